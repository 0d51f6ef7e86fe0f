//! What became of the events that endpoints were told, and telling them again.

use esecured::{
    domain::{announced::FeedEventId, webhook::DeliveryStatus},
    store::{endpoints, webhook_log, webhook_queue},
};

use super::{LAST, Place, after};
use crate::support::{Database, on_both_databases};

async fn the_log_says_what_became_of_it_and_sends_it_again(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let endpoint = place.endpoint(&booking, "https://example.com/").await;
    let first = place.queues(&endpoint, "joris", 1).await;
    let second = place.queues(&endpoint, "mila", 2).await;
    let leased = place.leases(after(2)).await;
    let of = |event| {
        leased
            .iter()
            .find(|one| one.delivery.event == event)
            .unwrap()
    };
    place
        .settles(of(first), DeliveryStatus::Failed, after(3))
        .await;
    place
        .settles(of(second), DeliveryStatus::Delivered, after(3))
        .await;
    let waiting = place.queues(&endpoint, "noor", 4).await;

    let mut tx = place.tx().await;
    let newest = webhook_log::page(&mut tx, endpoint.id, None, 2)
        .await
        .unwrap();
    let shown: Vec<_> = newest.iter().map(|one| (one.event, one.status)).collect();
    assert_eq!(
        shown,
        [
            (waiting, DeliveryStatus::Queued),
            (second, DeliveryStatus::Delivered)
        ]
    );
    let mut totals = webhook_log::totals(&mut tx).await.unwrap();
    totals.sort();
    let expected = [("delivered", 1), ("failed", 1), ("queued", 1)];
    assert_eq!(
        totals,
        expected.map(|(status, count)| (status.to_owned(), count))
    );
    let line = webhook_log::waiting(&mut tx, after(3), 9).await.unwrap();
    assert_eq!(line.len(), 2);
    assert_eq!(line[0].delivery.reason.as_deref(), Some("it answered 500"));
    assert!(!line[0].active && !line[0].is_disabled && line[0].client == "booking");

    assert!(
        webhook_log::has_event(&mut tx, endpoint.id, first)
            .await
            .unwrap()
    );
    assert!(
        !webhook_log::has_event(&mut tx, endpoint.id, FeedEventId::new())
            .await
            .unwrap()
    );
    let since = webhook_log::replay_failed(&mut tx, endpoint.id, after(2), after(9));
    assert_eq!(since.await.unwrap(), 0, "it is older");
    let since = webhook_log::replay_failed(&mut tx, endpoint.id, after(1), after(9));
    assert_eq!(since.await.unwrap(), 1);
    let one = webhook_log::replay_event(&mut tx, endpoint.id, second, after(9));
    assert_eq!(one.await.unwrap(), 1);
    let again = webhook_log::replay_event(&mut tx, endpoint.id, second, after(9));
    assert_eq!(again.await.unwrap(), 0, "it waits anyway");
    tx.commit().await.unwrap();
    let leased = place.leases(after(9)).await;
    assert_eq!(leased.len(), 3);
    assert!(
        leased
            .iter()
            .all(|one| one.delivery.attempts == 1 && one.begun_at >= after(4))
    );

    // The operator sets one going, and the endpoint rests no more.
    let mut tx = place.tx().await;
    webhook_queue::give_back_leases(&mut tx, None)
        .await
        .unwrap();
    endpoints::failed(&mut tx, endpoint.id, after(999), after(10))
        .await
        .unwrap();
    let id = leased[0].delivery.id;
    assert!(webhook_log::retry(&mut tx, id, after(11)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(place.leases(after(11)).await.len(), 1);

    let mut tx = place.tx().await;
    let due = leased.iter().map(|one| one.delivery.due_at).max().unwrap();
    webhook_log::prune(&mut tx, due).await.unwrap();
    let left = webhook_log::page(&mut tx, endpoint.id, None, 9)
        .await
        .unwrap();
    assert!(
        !left.is_empty() && left.iter().all(|one| one.due_at >= due),
        "{left:?}"
    );
    webhook_log::prune(&mut tx, LAST).await.unwrap();
    assert!(
        webhook_log::page(&mut tx, endpoint.id, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!webhook_log::retry(&mut tx, id, after(12)).await.unwrap());
}

on_both_databases!(the_log_says_what_became_of_it_and_sends_it_again);
