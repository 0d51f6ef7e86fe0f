//! Idempotency keys: asked twice, done once, answered alike.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, call, joris_for_tulips};
use crate::support::{ANNA, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

async fn ask_once(app: &TestApp, key: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {}", app.api_key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    call(
        app,
        Method::POST,
        "/v1/access-requests",
        &headers,
        body.to_string(),
    )
    .await
}

async fn the_same_key_gives_the_same_answer_and_one_request(database: Database) {
    let app = TestApp::start(database).await;
    let first = ask_once(&app, "order-7", &joris_for_tulips()).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let before = app.dump().await;
    let again = ask_once(&app, "order-7", &joris_for_tulips()).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.body, first.body);
    assert_eq!(app.dump().await, before);

    let other = json!({ "accountNumber": TULIPS, "email": "piet@elsewhere.example" });
    let refused = ask_once(&app, "order-7", &other).await;
    refused.is_problem(422, "/v1/access-requests");
    assert_eq!(app.dump().await, before);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);
    invariants::hold(&app.app).await;
}

async fn twenty_at_once_are_one_request(database: Database) {
    let app = TestApp::start(database).await;
    let body = joris_for_tulips();
    let answers = join_all((0..20).map(|_| ask_once(&app, "order-7", &body))).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.body, answers[0].body);
    }
    let replayed = answers
        .iter()
        .filter(|answer| answer.header("idempotent-replayed") == "true");
    assert_eq!(replayed.count(), 19);
    invariants::hold(&app.app).await;
}

async fn twenty_without_a_key_are_one_request_and_nineteen_repeats(database: Database) {
    let app = TestApp::start(database).await;
    let body = joris_for_tulips();
    let asked = join_all((0..20).map(|_| super::ask(&app, &body))).await;
    let created = asked.iter().filter(|answer| answer.status == 201).count();
    let joined = asked.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((created, joined), (1, 19));
    let mut repeats: Vec<i64> = asked
        .iter()
        .map(|answer| answer.body["repeats"].as_i64().unwrap())
        .collect();
    repeats.sort_unstable();
    assert_eq!(repeats, (0..20).collect::<Vec<i64>>());
    invariants::hold(&app.app).await;
}

on_both_databases!(
    the_same_key_gives_the_same_answer_and_one_request,
    twenty_at_once_are_one_request,
    twenty_without_a_key_are_one_request_and_nineteen_repeats,
);

#[tokio::test]
async fn a_key_is_of_one_client_alone() {
    let app = TestApp::start(Database::Sqlite).await;
    let first = ask_once(&app, "order-7", &joris_for_tulips()).await;
    let other = esecured::workflow::client_keys::add_client(&app.app, "warehouse", &[], None)
        .await
        .unwrap();
    let authorization = format!("Bearer {}", other.expose());
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "order-7"),
    ];
    let body = json!({ "accountNumber": TULIPS, "email": JORIS, "reason": "x" }).to_string();
    let theirs = call(&app, Method::POST, "/v1/access-requests", &headers, body).await;
    assert_eq!(theirs.status, 200, "{theirs:?}");
    assert_eq!(theirs.body["id"], first.body["id"]);
    assert_eq!(theirs.header("idempotent-replayed"), "");
}

#[tokio::test]
async fn a_key_has_at_most_255_characters() {
    let app = TestApp::start(Database::Sqlite).await;
    let before = app.dump().await;
    for bad in ["x".repeat(256), String::new()] {
        let refused = ask_once(&app, &bad, &joris_for_tulips()).await;
        refused.is_problem(400, "/v1/access-requests");
    }
    assert_eq!(app.dump().await, before);
    let longest = ask_once(&app, &"x".repeat(255), &joris_for_tulips()).await;
    assert_eq!(longest.status, 201);
}
