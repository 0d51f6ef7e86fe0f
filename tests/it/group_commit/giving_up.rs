//! Those who leave half-way: nothing of them stays, and nobody waits for them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use esecured::{
    store::accounts,
    workflow::submit::{self, Submitted},
};
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{PATIENCE, Shared, add, adds, submission};
use crate::support::{Database, TestApp, invariants};

/// Polls a future so often and no more, then drops it at that very moment.
async fn poll_times<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for poll in 1..=polls {
        if let std::task::Poll::Ready(output) = futures_util::poll!(&mut future) {
            return Some(output);
        }
        if poll < polls {
            // What it waits for is another thread.
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gives_up_half_way_leaves_nothing_behind_and_blocks_nobody() {
    let mut shared = Shared::open().await;
    let store = shared.store.clone();
    let mut finished = Vec::new();
    for round in 0..300 {
        let polls = round % 15;
        if let Some(done) = poll_times(adds(&store, &format!("leaves{round}")), polls).await {
            done.unwrap();
            finished.push(round);
        }
        let done = timeout(PATIENCE, adds(&store, &format!("stays{round}"))).await;
        done.unwrap_or_else(|_| panic!("given up at poll {polls}, and nobody comes after"))
            .unwrap_or_else(|error| panic!("given up at poll {polls}: {error}"));
    }
    let people = shared.people().await;
    let is_there = |name: &str| people.contains(&format!("{name}@example.com"));
    for round in 0..300 {
        assert!(is_there(&format!("stays{round}")), "{round}");
    }
    for round in &finished {
        assert!(is_there(&format!("leaves{round}")), "{round}");
    }
    // Where the commit was not yet asked for; how far later polls lead, the other thread decides.
    for round in (0..300).step_by(15) {
        assert!(!is_there(&format!("leaves{round}")), "{round}");
    }
    assert!(
        (1..=280).contains(&finished.len()),
        "the moments lie before and after"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_waiting_lets_the_others_be_committed() {
    let mut shared = Shared::open().await;
    let store = shared.store.clone();
    let mut left_alone = 0;
    for round in 0..10 {
        let mut anna = store.begin().await.unwrap();
        add(&mut anna, &format!("anna{round}")).await;
        let mut waits = Box::pin(store.begin());
        assert!(futures_util::poll!(&mut waits).is_pending());
        let mut anna = Box::pin(anna.commit());
        match timeout(Duration::from_millis(10), &mut anna).await {
            Ok(answered) => answered.unwrap(), // Her group was old enough.
            Err(_) => {
                // Her commit was left to somebody who will never come.
                drop(waits);
                timeout(PATIENCE, anna).await.unwrap().unwrap();
                left_alone += 1;
            }
        }
    }
    assert!(
        left_alone > 0,
        "no commit was left to another: the test shows nothing"
    );
    assert_eq!(shared.people().await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_that_comes_and_goes_every_answer_is_true() {
    const CROWD: usize = 600;
    let app = TestApp::start(Database::Sqlite).await;
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    let given_up = Arc::new(AtomicUsize::new(0));
    let crowd = (0..CROWD).map(|number| {
        let (app, acknowledged, given_up) =
            (app.app.clone(), acknowledged.clone(), given_up.clone());
        tokio::spawn(async move {
            let patience: [u8; 2] = esecured::random::bytes();
            let patience = u64::from(u16::from_be_bytes(patience));
            // Half of them have time; the others leave within 65 milliseconds.
            let patience = if number % 2 == 0 {
                PATIENCE
            } else {
                Duration::from_micros(patience)
            };
            // Some ask for the same address, and meet under its unique key.
            let submission = submission(number % 450);
            match timeout(patience, submit::submit_by_operator(&app, &submission)).await {
                Ok(Ok(Submitted::Opened(shown) | Submitted::Joined(shown))) => {
                    acknowledged
                        .lock()
                        .unwrap()
                        .push(shown.request.id.to_string());
                }
                Ok(other) => panic!("{other:?}"),
                Err(_) => {
                    assert_eq!(number % 2, 1, "who has time is answered");
                    given_up.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    });
    for one in join_all(crowd).await {
        one.unwrap();
    }
    let given_up = given_up.load(Ordering::Relaxed);
    assert!(given_up > 0, "nobody gave up: the test shows nothing");
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert_eq!(acknowledged.len() + given_up, CROWD);
    let faults = invariants::acknowledged_survive(&app.app, &acknowledged).await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    invariants::hold(&app.app).await;
    let mut tx = timeout(PATIENCE, app.app.store.begin())
        .await
        .unwrap()
        .unwrap();
    assert!(accounts::any(&mut tx).await.unwrap());
}
