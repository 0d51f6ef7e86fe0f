//! Several messengers on one database.

use std::{collections::HashMap, time::Duration};

use esecured::{
    app::App,
    domain::webhook::DeliveryStatus,
    store::webhook_queue::{self, Settled},
    worker::{lease::LEASE, messenger},
    workflow::client_keys,
};

use super::{added, added_with, deliveries, tells};
use crate::support::{
    Database, TULIPS, TestApp, colleague::colleague, on_both_databases, receiver::Receiver,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_messengers_on_one_postgresql_tell_each_event_once() {
    let app = TestApp::start(Database::Postgres).await;
    let receiver = Receiver::start().await;
    added(&app, &receiver).await;
    for number in 0..20 {
        app.asks(&format!("joris{number}@elsewhere.example"), TULIPS)
            .await;
    }
    let other = colleague(&app).await;
    let tell_all = async |app: &App, owner: &str| {
        let mut told = 0;
        // One may find nothing just while the other holds it all.
        for _ in 0..20 {
            told += messenger::deliver_due(app, owner).await.unwrap();
        }
        told
    };
    let (first, second) = tokio::join!(tell_all(&app.app, "first"), tell_all(&other, "second"));
    assert_eq!(first + second, 20);
    let mut copies: HashMap<String, usize> = HashMap::new();
    for told in receiver.told() {
        *copies
            .entry(told.header("webhook-id").to_owned())
            .or_default() += 1;
    }
    assert_eq!(copies.len(), 20);
    assert!(copies.values().all(|copies| *copies == 1), "{copies:?}");
    other.store.close().await;
}

async fn settling_needs_the_lease_that_is_held(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    app.joris_asks().await;
    app.places_events().await;
    let lease = async |owner: &str| {
        let now = app.app.clock.now();
        let mut tx = app.app.store.begin().await.unwrap();
        webhook_queue::fill(&mut tx, now, 9).await.unwrap();
        let leased = webhook_queue::lease(&mut tx, owner, now, now.plus(LEASE), 9)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        leased
    };
    let frozen = lease("frozen").await.pop().unwrap();
    assert!(lease("early").await.is_empty());
    app.pass(LEASE + Duration::from_secs(1));
    let awake = lease("awake").await.pop().unwrap();
    assert_eq!(awake.delivery.id, frozen.delivery.id);
    assert_eq!(
        (awake.delivery.attempts, awake.epoch),
        (2, frozen.epoch + 1)
    );

    let settled = Settled {
        status: DeliveryStatus::Failed,
        due_at: None,
        http_status: None,
        reason: Some("frozen".to_owned()),
    };
    let now = app.app.clock.now();
    let before = app.dump().await;
    let mut tx = app.app.store.begin().await.unwrap();
    assert!(!webhook_queue::renew(&mut tx, &frozen, now).await.unwrap());
    assert!(
        !webhook_queue::settle(&mut tx, &frozen, &settled, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(app.dump().await, before);

    // Whoever stops gives back what it holds.
    let mut tx = app.app.store.begin().await.unwrap();
    webhook_queue::give_back_leases(&mut tx, Some("frozen"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tells(&app).await, 0);
    let mut tx = app.app.store.begin().await.unwrap();
    webhook_queue::give_back_leases(&mut tx, Some("awake"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tells(&app).await, 1);
    assert_eq!(deliveries(&app, &endpoint).await[0]["attempts"], 3);
}

async fn a_slow_endpoint_does_not_hold_up_another(database: Database) {
    let app = TestApp::start(database).await;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    added(&app, &slow).await;
    added(&app, &quick).await;
    for number in 0..10 {
        app.asks(&format!("joris{number}@elsewhere.example"), TULIPS)
            .await;
    }
    app.places_events().await;
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    webhook_queue::fill(&mut tx, now, 99).await.unwrap();
    let until = now.plus(LEASE);
    let leased = webhook_queue::lease(&mut tx, "test", now, until, 99)
        .await
        .unwrap();
    let of = |receiver: &Receiver| {
        let url = receiver.url();
        leased.iter().filter(|one| one.url == url).count()
    };
    assert_eq!((of(&slow), of(&quick)), (4, 4));
    let more = webhook_queue::lease(&mut tx, "test", now, until, 99)
        .await
        .unwrap();
    assert!(more.is_empty(), "four are under way to each");
}

async fn a_client_with_slow_endpoints_does_not_hold_up_another(database: Database) {
    let app = TestApp::start(database).await;
    for number in 0..10 {
        let url = format!("http://127.0.0.1:9/slow{number}");
        added_with(&app, &app.api_key, &url).await;
    }
    let asks = async |numbers: std::ops::Range<usize>| {
        for number in numbers {
            app.asks(&format!("joris{number}@elsewhere.example"), TULIPS)
                .await;
        }
        app.places_events().await;
    };
    asks(0..6).await;
    let lease = async |at_most: i64| {
        let now = app.app.clock.now();
        let mut tx = app.app.store.begin().await.unwrap();
        webhook_queue::fill(&mut tx, now, 99).await.unwrap();
        let until = now.plus(LEASE);
        let leased = webhook_queue::lease(&mut tx, "test", now, until, at_most).await;
        tx.commit().await.unwrap();
        let urls = leased.unwrap().into_iter().map(|one| one.url);
        urls.collect::<Vec<_>>()
    };
    // Each is called, and two of them twice.
    let mut called = lease(99).await;
    assert_eq!(called.len(), 12);
    called.sort();
    called.dedup();
    assert_eq!(called.len(), 10);
    assert!(lease(99).await.is_empty(), "twelve are under way");

    let other = client_keys::add_client(&app.app, "other", &[], None)
        .await
        .unwrap();
    let quick = "http://127.0.0.1:9/quick";
    added_with(&app, other.expose(), quick).await;
    asks(6..7).await;
    assert_eq!(lease(1).await, [quick]);
}

on_both_databases!(
    a_client_with_slow_endpoints_does_not_hold_up_another,
    settling_needs_the_lease_that_is_held,
    a_slow_endpoint_does_not_hold_up_another,
);
