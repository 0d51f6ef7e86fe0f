//! API keys: which work, and that nobody learns why one does not.

use std::time::Duration;

use esecured::workflow::client_keys;
use reqwest::Method;

use super::{Answer, call};
use crate::support::test_app::BEGINNING;
use crate::support::{Database, TestApp};

const PATH: &str = "/v1/access-requests/0198c3a0-0000-7000-8000-000000000000";

async fn with_header(app: &TestApp, authorization: &str) -> Answer {
    call(
        app,
        Method::GET,
        PATH,
        &[("authorization", authorization)],
        "",
    )
    .await
}

#[tokio::test]
async fn a_key_works_as_bearer_token_and_as_user_name() {
    let app = TestApp::start(Database::Sqlite).await;
    let key = &app.api_key;
    assert!(key.starts_with("esk_") && key.len() >= 4 + 43, "{key}");
    let basic = |text: String| {
        let encoded = data_encoding::BASE64.encode(text.as_bytes());
        format!("Basic {encoded}")
    };
    for works in [
        format!("Bearer {key}"),
        format!("bearer {key}"),
        basic(format!("{key}:")),
        basic(format!("{key}:anything")),
    ] {
        // The key is good; there is no such request.
        with_header(&app, &works).await.is_problem(404, PATH);
    }
    for fails in [
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {key}x"),
        format!("Bearer {}", key.to_uppercase()),
        "Bearer esk_".to_owned(),
        "Bearer".to_owned(),
        key.clone(),
        format!("Digest {key}"),
        basic(format!("anything:{key}")),
        "Basic !!!".to_owned(),
    ] {
        let answer = with_header(&app, &fails).await;
        answer.is_problem(401, PATH);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert!(!answer.body.to_string().contains(key.as_str()), "{fails}");
    }
    let without = call(&app, Method::GET, PATH, &[], "").await;
    without.is_problem(401, PATH);
}

#[tokio::test]
async fn a_key_ends_at_its_date_when_it_is_revoked_and_when_it_is_rotated() {
    let app = TestApp::start(Database::Sqlite).await;
    let until = BEGINNING.plus(Duration::from_secs(3600));
    let short = client_keys::add_client(&app.app, "short", &[], Some(until))
        .await
        .unwrap();
    let short = format!("Bearer {}", short.expose());
    with_header(&app, &short).await.is_problem(404, PATH);
    app.pass(Duration::from_secs(3600));
    let expired = with_header(&app, &short).await;
    expired.is_problem(401, PATH);

    let old = format!("Bearer {}", app.api_key);
    let new = client_keys::rotate_client(&app.app, "booking")
        .await
        .unwrap();
    let rotated = with_header(&app, &old).await;
    rotated.is_problem(401, PATH);
    let new = format!("Bearer {}", new.expose());
    with_header(&app, &new).await.is_problem(404, PATH);
    client_keys::revoke_client(&app.app, "booking")
        .await
        .unwrap();
    let revoked = with_header(&app, &new).await;
    revoked.is_problem(401, PATH);
    // Expired, rotated, revoked or made up: one answer.
    assert_eq!(expired.body["detail"], rotated.body["detail"]);
    assert_eq!(expired.body["detail"], revoked.body["detail"]);
}
