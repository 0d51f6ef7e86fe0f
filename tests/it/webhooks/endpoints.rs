//! Endpoints come and go, and are nobody else's.

use std::time::Duration;

use esecured::{
    signing::key_file,
    workflow::{client_keys, sealed_webhook},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ENDPOINTS, added, added_with, calls, gets, posts, shown, tells};
use crate::support::{
    Database, TestApp, invariants, on_both_databases, receiver::Receiver, test_app::BEGINNING,
};

async fn an_endpoint_shows_its_secret_once_and_keeps_it_sealed(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    assert!(endpoint.secret.starts_with("whsec_"));
    let now = shown(&app).await;
    assert_eq!(now["id"], endpoint.id);
    assert_eq!(now["url"], receiver.url());
    assert_eq!(now["status"], "working");
    assert_eq!(now.as_object().unwrap().len(), 4, "{now}");
    let dump = app.dump().await;
    assert!(!dump.contains(endpoint.secret.trim_start_matches("whsec_")));
    assert_eq!(app.events("webhook_endpoint.added").await.len(), 1);

    // A new signing key seals it anew, and it signs as before.
    let file = &app.app.config.keys.file;
    let later = BEGINNING.plus(Duration::from_secs(60));
    key_file::rotate(file, later).unwrap();
    app.app.keys.reload_if_changed().unwrap();
    sealed_webhook::reseal(&app.app).await.unwrap();
    let resealed = app.dump().await;
    assert_ne!(dump, resealed);
    sealed_webhook::reseal(&app.app).await.unwrap();
    assert_eq!(app.dump().await, resealed, "once is enough");
    app.joris_asks().await;
    tells(&app).await;
    assert!(receiver.told()[0].is_signed_by(&endpoint.secret));
    invariants::hold(&app.app).await;
}

async fn what_is_no_endpoint_is_refused_with_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    for (body, said) in [
        (json!({}), "/url: is required"),
        (json!({ "url": 7 }), "expected a text"),
        (json!({ "url": "example.com" }), "expected a URL"),
        (json!({ "url": "http://example.com/" }), "expected https"),
        (
            json!({ "url": "https://10.0.0.1/" }),
            "expected a public address",
        ),
        (
            json!({ "url": "https://a:b@example.com/" }),
            "leave out user and password",
        ),
        (
            json!({ "url": "https://example.com/", "secret": "x" }),
            "is not known here",
        ),
    ] {
        let (status, problem) = posts(&app, ENDPOINTS, &body).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem.to_string().contains(said), "{problem}");
    }
    let url = |number: usize| json!({ "url": format!("https://example.com/{number}") });
    for number in 0..10 {
        let (status, problem) = posts(&app, ENDPOINTS, &url(number)).await;
        assert_eq!(status, 201, "{problem}");
    }
    for (number, said) in [(3, "already"), (10, "at most 10")] {
        let (status, problem) = posts(&app, ENDPOINTS, &url(number)).await;
        assert_eq!(status, 409, "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(said),
            "{problem}"
        );
    }
    assert_eq!(
        gets(&app, ENDPOINTS).await["data"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
}

async fn an_endpoint_that_is_removed_hears_nothing_more(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    receiver.answers(500);
    app.joris_asks().await;
    tells(&app).await;
    let gone = calls(&app, &app.api_key, Method::DELETE, &endpoint.path(""), None).await;
    assert_eq!(gone.0, 204);
    app.pass(Duration::from_secs(3600));
    assert_eq!(tells(&app).await, 0);
    assert_eq!(gets(&app, ENDPOINTS).await["data"], json!([]));
    let again = calls(&app, &app.api_key, Method::DELETE, &endpoint.path(""), None).await;
    assert_eq!(again.0, 404);
    assert_eq!(app.events("webhook_endpoint.removed").await.len(), 1);
    invariants::hold(&app.app).await;
}

async fn an_endpoint_is_nobody_elses(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let other = client_keys::add_client(&app.app, "other", &[], None)
        .await
        .unwrap();
    // Another may have the same URL: who runs it knows them apart by their secrets.
    let theirs = added_with(&app, other.expose(), &receiver.url()).await;
    assert_ne!(theirs.secret, endpoint.secret);
    let before = app.dump().await;
    for (method, path) in [
        (Method::DELETE, ""),
        (Method::POST, "/test"),
        (Method::POST, "/replay"),
        (Method::POST, "/rotate-secret"),
        (Method::POST, "/enable"),
        (Method::GET, "/deliveries"),
    ] {
        let path = endpoint.path(path);
        let body = (method == Method::POST).then(|| json!({}));
        let (status, answer) =
            calls(&app, other.expose(), method.clone(), &path, body.as_ref()).await;
        assert_eq!(status, 404, "{method} {path}: {answer}");
        let (status, _) = calls(&app, "esk_wrong", method.clone(), &path, body.as_ref()).await;
        assert_eq!(status, 401, "{method} {path}");
    }
    assert_eq!(app.dump().await, before);
    let (_, listed) = calls(&app, other.expose(), Method::GET, ENDPOINTS, None).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["id"], theirs.id);
}

/// Adds an endpoint under an Idempotency-Key: status, whether it is a replay, and the body.
async fn added_once(app: &TestApp, key: &str, url: &str) -> (u16, bool, Value) {
    once(app, key, ENDPOINTS, &json!({ "url": url })).await
}

async fn once(app: &TestApp, key: &str, path: &str, body: &Value) -> (u16, bool, Value) {
    let request = app
        .http
        .post(format!("{}{path}", app.base))
        .bearer_auth(&app.api_key)
        .header("idempotency-key", key)
        .json(body);
    let answer = request.send().await.unwrap();
    let is_replay = answer.headers().contains_key("idempotent-replayed");
    (
        answer.status().as_u16(),
        is_replay,
        answer.json().await.unwrap(),
    )
}

async fn whoever_lost_the_answer_asks_again_and_gets_the_secret(database: Database) {
    let app = TestApp::start(database).await;
    let url = "http://127.0.0.1:9/hook";
    let (status, is_replay, first) = added_once(&app, "hook-1", url).await;
    assert_eq!((status, is_replay), (201, false));
    let secret = first["secret"].as_str().unwrap();
    assert_eq!(
        added_once(&app, "hook-1", url).await,
        (201, true, first.clone())
    );
    assert_eq!(
        gets(&app, ENDPOINTS).await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let (status, _, other) = added_once(&app, "hook-1", "http://127.0.0.1:9/other").await;
    assert_eq!(status, 422, "{other}");
    // It is kept sealed, and the answer stays the same when the secret is changed.
    assert!(!app.dump().await.contains(secret));
    let rotate = format!(
        "{ENDPOINTS}/{}/rotate-secret",
        first["id"].as_str().unwrap()
    );
    posts(&app, &rotate, &json!({})).await;
    assert_eq!(added_once(&app, "hook-1", url).await, (201, true, first));
    // A request under the same key is another thing.
    let body = json!({ "accountNumber": crate::support::TULIPS, "email": "a@example.com" });
    let asked = app
        .http
        .post(format!("{}/v1/access-requests", app.base))
        .bearer_auth(&app.api_key)
        .header("idempotency-key", "hook-1")
        .json(&body);
    assert_eq!(asked.send().await.unwrap().status(), 422);
    invariants::hold(&app.app).await;
}

async fn whoever_lost_a_new_secret_asks_again_and_rotates_once(database: Database) {
    let app = TestApp::start(database).await;
    let (_, _, first) = added_once(&app, "hook-1", "http://127.0.0.1:9/hook").await;
    let (_, _, second) = added_once(&app, "hook-2", "http://127.0.0.1:9/other").await;
    let rotates = async |endpoint: &Value| {
        let id = endpoint["id"].as_str().unwrap();
        let path = format!("{ENDPOINTS}/{id}/rotate-secret");
        once(&app, "new-secret-1", &path, &json!({})).await
    };
    let (status, is_replay, rotated) = rotates(&first).await;
    assert_eq!((status, is_replay), (200, false));
    assert_ne!(rotated["secret"], first["secret"]);
    assert_eq!(rotates(&first).await, (200, true, rotated.clone()));
    assert_eq!(app.events("webhook_endpoint.secret_rotated").await.len(), 1);
    let secret = rotated["secret"].as_str().unwrap();
    assert!(!app.dump().await.contains(secret));
    // Another endpoint under the same key is another thing.
    let (status, _, problem) = rotates(&second).await;
    assert_eq!(status, 422, "{problem}");
    invariants::hold(&app.app).await;
}

async fn deliveries_are_read_page_by_page(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    for name in ["a", "b", "c", "d", "e"] {
        let address = format!("{name}@elsewhere.example");
        app.asks(&address, crate::support::TULIPS).await;
    }
    tells(&app).await;
    let whole = gets(&app, &endpoint.path("/deliveries")).await;
    assert_eq!(whole.get("nextCursor"), None);
    let mut read = Vec::new();
    let mut cursor = String::new();
    for wanted in [2, 2, 1] {
        let page = gets(
            &app,
            &endpoint.path(&format!("/deliveries?limit=2{cursor}")),
        )
        .await;
        let found = page["data"].as_array().unwrap();
        assert_eq!(found.len(), wanted);
        read.extend(found.iter().cloned());
        // What comes meanwhile moves nothing into a later page.
        app.pass(super::MINUTE);
        posts(&app, &endpoint.path("/test"), &json!({})).await;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => assert_eq!(wanted, 1),
        }
    }
    assert_eq!(json!(read), whole["data"]);
    let (status, _) = calls(
        &app,
        &app.api_key,
        Method::GET,
        &endpoint.path("/deliveries?cursor=x"),
        None,
    )
    .await;
    assert_eq!(status, 400);
}

on_both_databases!(
    an_endpoint_shows_its_secret_once_and_keeps_it_sealed,
    what_is_no_endpoint_is_refused_with_the_reason,
    an_endpoint_that_is_removed_hears_nothing_more,
    an_endpoint_is_nobody_elses,
    whoever_lost_the_answer_asks_again_and_gets_the_secret,
    whoever_lost_a_new_secret_asks_again_and_rotates_once,
    deliveries_are_read_page_by_page,
);
