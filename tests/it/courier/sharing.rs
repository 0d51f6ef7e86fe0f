//! Several couriers on one outbox, and one that sends much.

use std::{collections::HashMap, time::Duration};

use esecured::{
    app::App,
    domain::timestamp::Timestamp,
    store::outbox::{self, Leased, Settlement},
    worker::courier,
};
use tokio_util::sync::CancellationToken;

use super::{count, impatient, message_id, over_smtp};
use crate::support::{
    Database, TULIPS, TestApp,
    colleague::colleague,
    invariants, on_both_databases,
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_couriers_on_one_postgresql_send_nothing_twice() {
    let server = ScriptedSmtp::start().await;
    let app = TestApp::start_with(Database::Postgres, |config| {
        over_smtp(config, server.address)
    })
    .await;
    for number in 0..12 {
        app.asks(&format!("joris{number}@elsewhere.example"), TULIPS)
            .await;
    }
    let other = colleague(&app).await;
    let send_all = async |app: &App, owner: &str| {
        let mut sent = 0;
        loop {
            match courier::deliver_due(app, owner).await.unwrap() {
                0 => break sent,
                some => sent += some,
            }
        }
    };
    let (first, second) = tokio::join!(send_all(&app.app, "first"), send_all(&other, "second"));
    assert_eq!(first + second, 36);
    let mut copies: HashMap<String, usize> = HashMap::new();
    for mail in server.arrived() {
        *copies.entry(message_id(&mail)).or_default() += 1;
    }
    assert_eq!(copies.len(), 36);
    assert!(copies.values().all(|copies| *copies == 1), "{copies:?}");
    assert_eq!(count(&app, "delivered").await, 36);
    invariants::hold(&app.app).await;
    other.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_courier_that_was_frozen_does_not_undo_what_its_colleague_did() {
    let server = ScriptedSmtp::start().await;
    let mut app = TestApp::start_with(Database::Postgres, |config| {
        over_smtp(config, server.address);
        config.requests.notify_requester = false;
    })
    .await;
    app.dismiss(crate::support::BRAM, TULIPS).await;
    let other = colleague(&app).await;
    impatient(&mut app.app);
    server.once(Moment::FinalDot, Fault::Hang);
    app.joris_asks().await;

    let frozen = {
        let app = app.app.clone();
        tokio::spawn(async move { courier::deliver_due(&app, "frozen").await })
    };
    while server.arrived().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // More than a lease goes by while it waits for the last answer.
    app.pass(courier::LEASE + Duration::from_secs(1));
    assert_eq!(courier::deliver_due(&other, "awake").await.unwrap(), 1);
    assert_eq!(count(&app, "delivered").await, 1);
    let before = app.dump().await;
    assert_eq!(frozen.await.unwrap().unwrap(), 1);
    assert_eq!(app.dump().await, before);

    let arrived = server.arrived();
    assert_eq!(arrived.len(), 2, "the first may have been lost");
    assert_eq!(arrived[0].text, arrived[1].text);
    invariants::hold(&app.app).await;
    other.store.close().await;
}

async fn settling_needs_the_lease_that_is_held(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    let frozen = lease(&app, "frozen").await;
    app.pass(courier::LEASE + Duration::from_secs(1));
    let awake = lease(&app, "awake").await;
    let held = awake
        .iter()
        .find(|one| one.message.id == frozen[0].message.id)
        .unwrap();
    assert_eq!((held.attempt, held.epoch), (2, frozen[0].epoch + 1));
    let before = app.dump().await;

    let deferred = Settlement::Deferred {
        due_at: app.app.clock.now(),
        reason: "frozen".to_owned(),
    };
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    assert!(!outbox::renew(&mut tx, &frozen[0], now).await.unwrap());
    outbox::release(&mut tx, &frozen[0]).await.unwrap();
    assert!(
        !outbox::settle(&mut tx, &frozen[0], &deferred, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(app.dump().await, before, "nothing of it changed the row");

    // The control: without the epoch the same change takes the lease from who is sending.
    let mut tx = app.app.store.begin().await.unwrap();
    let changed = sqlx::query(
        "UPDATE message SET status = 'queued', reason = 'frozen', lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND status = 'queued'",
    )
    .bind(frozen[0].message.id.to_string())
    .execute(&mut *tx)
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    drop(tx);

    let mut tx = app.app.store.begin().await.unwrap();
    assert!(
        outbox::settle(&mut tx, held, &Settlement::Delivered, now)
            .await
            .unwrap()
    );
    assert!(
        !outbox::settle(&mut tx, held, &deferred, now).await.unwrap(),
        "only once"
    );
    tx.commit().await.unwrap();
}

async fn lease(app: &TestApp, owner: &str) -> Vec<Leased> {
    let now: Timestamp = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let leased = outbox::lease(&mut tx, owner, now, now.plus(courier::LEASE), 64)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(leased.len(), 3);
    leased
}

#[tokio::test]
async fn a_mail_that_hangs_holds_up_no_other() {
    let server = ScriptedSmtp::start().await;
    let app =
        TestApp::start_with(Database::Sqlite, |config| over_smtp(config, server.address)).await;
    server.once(Moment::FinalDot, Fault::Hang);
    app.joris_asks().await;
    let stop = CancellationToken::new();
    let courier = tokio::spawn(courier::run(
        app.app.clone(),
        "test".to_owned(),
        stop.clone(),
    ));
    until(&app, "delivered", 2).await;
    // One of three hangs, for up to ten minutes; what comes then goes out nevertheless.
    app.asks("marie@elsewhere.example", TULIPS).await;
    until(&app, "delivered", 5).await;
    assert_eq!(count(&app, "queued").await, 1);
    courier.abort();
}

#[tokio::test]
async fn a_stop_gives_back_what_was_leased_and_not_begun() {
    let server = ScriptedSmtp::start().await;
    let mut app = TestApp::start_with(Database::Sqlite, |config| {
        over_smtp(config, server.address);
        config.smtp.as_mut().unwrap().connections = 1;
    })
    .await;
    impatient(&mut app.app);
    server.once(Moment::Rcpt, Fault::Hang);
    app.joris_asks().await;
    let stop = CancellationToken::new();
    let courier = tokio::spawn(courier::run(
        app.app.clone(),
        "test".to_owned(),
        stop.clone(),
    ));
    while !server
        .commands()
        .iter()
        .any(|said| said.starts_with("RCPT"))
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop.cancel();
    courier.await.unwrap().unwrap();
    // What was being sent ran to its end, and counts; the others are as if never touched.
    let mut attempts: Vec<i64> = super::queued(&app)
        .await
        .iter()
        .map(|one| {
            assert!(!one.active);
            one.attempts
        })
        .collect();
    attempts.sort_unstable();
    assert_eq!(attempts, [0, 0, 1]);
    assert!(server.arrived().is_empty());
}

async fn until(app: &TestApp, status: &str, expected: i64) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while count(app, status).await != expected {
        assert!(
            tokio::time::Instant::now() < deadline,
            "never {expected} {status}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

on_both_databases!(settling_needs_the_lease_that_is_held);
