//! What an endpoint hears.

use std::time::Duration;

use esecured::{domain::account::Esecure, worker::messenger, workflow::client_keys};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{DAY, MINUTE, added, added_with, deliveries, gets, posts, tells};
use crate::{
    api::add_account,
    support::{
        ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases,
        receiver::Receiver,
    },
};

async fn a_decision_is_told_signed_and_as_the_feed_shows_it(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(MINUTE);
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    app.pass(MINUTE);
    app.presses(&app.last_mail_to(ANNA).path("/u/")).await;
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&id.to_string()], "approve").await;
    app.deliver_mail().await;

    assert_eq!(tells(&app).await, 4);
    let told = receiver.told();
    assert_eq!(
        receiver.kinds(),
        ["created", "rejected", "reopened", "approved"]
            .map(|verb| format!("access_request.{verb}"))
    );
    let feed = gets(&app, "/v1/events").await;
    let now = app.app.clock.now().as_seconds().to_string();
    for (told, event) in told.iter().zip(feed["data"].as_array().unwrap()) {
        assert_eq!(told.json(), *event);
        assert_eq!(told.path, "/hook");
        assert_eq!(told.header("webhook-id"), event["id"]);
        assert_eq!(told.header("webhook-timestamp"), now);
        assert_eq!(told.header("content-type"), "application/json");
        assert_eq!(told.header("host"), receiver.address.to_string());
        assert!(told.is_signed_by(&endpoint.secret), "{told:?}");
        let mut changed = told.clone();
        changed.body = changed.body.replace(JORIS, ANNA);
        assert!(!changed.is_signed_by(&endpoint.secret));
    }
    let sequences: Vec<i64> = told
        .iter()
        .map(|told| told.json()["sequence"].as_i64().unwrap())
        .collect();
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");

    assert_eq!(tells(&app).await, 0, "each is told once");
    for delivery in deliveries(&app, &endpoint).await {
        assert_eq!(delivery["status"], "delivered", "{delivery}");
        assert_eq!(delivery["httpStatus"], 204);
        assert_eq!(delivery["attempts"], 1);
    }
    invariants::hold(&app.app).await;
}

async fn an_endpoint_hears_what_happens_from_then_on_in_its_scope(database: Database) {
    let app = TestApp::start(database).await;
    let roses = add_account(&app, "222222222", Esecure::Active).await;
    let key = client_keys::add_client(&app.app, "roses", std::slice::from_ref(&roses), None)
        .await
        .unwrap();
    app.asks("early@elsewhere.example", roses.as_str()).await;
    app.places_events().await;
    let (everything, roses_alone) = (Receiver::start().await, Receiver::start().await);
    added(&app, &everything).await;
    let narrow = added_with(&app, key.expose(), &roses_alone.url()).await;

    app.joris_asks().await;
    app.asks("rosa@elsewhere.example", roses.as_str()).await;
    // Rosa's request, for which nobody can decide, is unreachable at once.
    tells(&app).await;
    let whom = |receiver: &Receiver| -> Vec<Value> {
        let told = receiver.told();
        told.iter()
            .map(|told| told.json()["data"]["email"].clone())
            .collect()
    };
    let rosas = whom(&roses_alone);
    assert!(!rosas.is_empty());
    assert!(
        rosas.iter().all(|email| email == "rosa@elsewhere.example"),
        "{rosas:?}"
    );
    let all = whom(&everything);
    assert_eq!(all.len(), rosas.len() + 1);
    assert!(all.contains(&json!(JORIS)), "{all:?}");
    assert!(roses_alone.told()[0].is_signed_by(&narrow.secret));

    // Its key is taken away: it hears nothing more, and nothing waits for it.
    client_keys::revoke_client(&app.app, "roses").await.unwrap();
    let before = roses_alone.told().len();
    app.asks("late@elsewhere.example", roses.as_str()).await;
    tells(&app).await;
    assert_eq!(roses_alone.told().len(), before);
    assert!(everything.told().len() > all.len());
}

async fn something_to_try_it_with_is_sent_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let (status, answer) = posts(&app, &endpoint.path("/test"), &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    tells(&app).await;
    let told = receiver.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind(), "webhook_endpoint.test");
    assert_eq!(told[0].header("webhook-id"), answer["eventId"]);
    assert!(told[0].is_signed_by(&endpoint.secret));
    let log = deliveries(&app, &endpoint).await;
    assert_eq!(log[0]["eventId"], answer["eventId"]);
    assert_eq!(log[0]["status"], "delivered");
    // It is none of the feed.
    assert_eq!(gets(&app, "/v1/events").await["data"], json!([]));
}

async fn both_secrets_sign_for_a_day_while_one_is_rotated(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let rotate = endpoint.path("/rotate-secret");
    let (status, answer) = posts(&app, &rotate, &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let new = answer["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, endpoint.secret);
    app.joris_asks().await;
    tells(&app).await;
    app.pass(DAY - Duration::from_secs(1));
    app.asks("mila@elsewhere.example", TULIPS).await;
    tells(&app).await;
    app.pass(Duration::from_secs(1));
    app.asks("noor@elsewhere.example", TULIPS).await;
    tells(&app).await;
    let told = receiver.told();
    for (told, old_signs) in told.iter().zip([true, true, false]) {
        assert!(told.is_signed_by(&new));
        assert_eq!(told.is_signed_by(&endpoint.secret), old_signs);
        let signatures = told.header("webhook-signature").split(' ').count();
        assert_eq!(signatures, if old_signs { 2 } else { 1 });
    }
    assert_eq!(told.len(), 3);
    // Rotated twice in a row, the first one signs no more.
    let (_, second) = posts(&app, &rotate, &json!({})).await;
    let (_, third) = posts(&app, &rotate, &json!({})).await;
    posts(&app, &endpoint.path("/test"), &json!({})).await;
    tells(&app).await;
    let last = receiver.told().pop().unwrap();
    for (secret, signs) in [(&third, true), (&second, true)] {
        assert_eq!(last.is_signed_by(secret["secret"].as_str().unwrap()), signs);
    }
    assert!(!last.is_signed_by(&new));
}

on_both_databases!(
    a_decision_is_told_signed_and_as_the_feed_shows_it,
    an_endpoint_hears_what_happens_from_then_on_in_its_scope,
    something_to_try_it_with_is_sent_at_once,
    both_secrets_sign_for_a_day_while_one_is_rotated,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_messenger_tells_it_within_a_second() {
    let app = TestApp::start(Database::Sqlite).await;
    let receiver = Receiver::start().await;
    added(&app, &receiver).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(messenger::run(
        app.app.clone(),
        "test".to_owned(),
        stop.clone(),
    ));
    let asked = tokio::time::Instant::now();
    app.joris_asks().await;
    while receiver.told().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(asked.elapsed() < Duration::from_secs(10), "nothing came");
    }
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    stop.cancel();
    running.await.unwrap().unwrap();
}
