//! `POST /v1/access-requests/{id}/cancel`: whoever opened a request can take it back.

use esecured::workflow::client_keys;
use reqwest::Method;
use serde_json::json;

use super::{Answer, call};
use crate::support::{ANNA, Database, JORIS, TestApp, invariants, on_both_databases};

async fn cancel(app: &TestApp, id: &str) -> Answer {
    let path = format!("/v1/access-requests/{id}/cancel");
    Answer::of(app.post(&path, &json!({})).await).await
}

async fn an_open_request_is_taken_back_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let link = app.last_mail_to(ANNA).path("/r/");
    let cancelled = cancel(&app, &id.to_string()).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(cancelled.body["decision"]["door"], "client");
    // A retry gets the same; nothing happens twice.
    let before = app.dump().await;
    let again = cancel(&app, &id.to_string()).await;
    assert_eq!((again.status, &again.body), (200, &cancelled.body));
    assert_eq!(app.dump().await, before);
    // The link shows what became of it, and asking again opens a new one.
    app.browser().open(&link).await.hides("name=\"nonce\"");
    assert_ne!(app.joris_asks().await, id);
    assert_eq!(app.events("access_request.cancelled").await.len(), 1);
    invariants::hold(&app.app).await;
}

async fn what_is_decided_stays_so(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await.to_string();
    app.signed_in(ANNA).await.decides(&[&id], "approve").await;
    let before = app.dump().await;
    let path = format!("/v1/access-requests/{id}/cancel");
    let refused = cancel(&app, &id).await;
    refused.is_problem(409, &path);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("approved"), "{detail}");
    assert_eq!(app.dump().await, before);
}

async fn only_who_opened_it_can_and_who_may_not_see_it_learns_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let path = format!("/v1/access-requests/{id}/cancel");
    let other = client_keys::add_client(&app.app, "other", &[], None)
        .await
        .unwrap();
    let bearer = format!("Bearer {}", other.expose());
    let headers = [("authorization", bearer.as_str())];
    // It joined the request: it may look, and may not take it from the one who asked first.
    let body = json!({ "accountNumber": "112233445", "email": JORIS }).to_string();
    let json = [headers[0], ("content-type", "application/json")];
    let joined = call(&app, Method::POST, "/v1/access-requests", &json, body).await;
    assert_eq!(joined.body["id"], id.to_string());
    let refused = call(&app, Method::POST, &path, &headers, "").await;
    refused.is_problem(409, &path);
    assert_eq!(app.status_of(id).await, "pending");
    for nothing in ["nonsense", "0198c3a0-0000-7000-8000-000000000000"] {
        let path = format!("/v1/access-requests/{nothing}/cancel");
        cancel(&app, nothing).await.is_problem(404, &path);
    }
    let nobody = call(&app, Method::POST, &path, &[], "").await;
    nobody.is_problem(401, &path);
    assert_eq!(app.status_of(id).await, "pending");
}

on_both_databases!(
    an_open_request_is_taken_back_once,
    what_is_decided_stays_so,
    only_who_opened_it_can_and_who_may_not_see_it_learns_nothing,
);
