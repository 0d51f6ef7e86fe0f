//! `api.rate_limit`: a key that calls too often is told when it may again, and others notice nothing.

use std::time::Duration;

use esecured::{config::Limit, workflow::client_keys};
use reqwest::Method;
use serde_json::json;

use super::{Answer, call};
use crate::support::{
    Database, JORIS, TULIPS, TestApp, colleague::ServingColleague, on_both_databases,
};

const PATH: &str = "/v1/access-checks";

async fn check(app: &TestApp, key: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let body = json!({ "accountNumber": TULIPS, "email": JORIS }).to_string();
    call(app, Method::POST, PATH, &headers, body).await
}

async fn with(limit: Option<Limit>) -> TestApp {
    TestApp::start_with(Database::Sqlite, |config| config.api.rate_limit = limit).await
}

const THREE_A_MINUTE: Limit = Limit {
    count: 3,
    per: Duration::from_secs(60),
};

#[tokio::test]
async fn a_key_calls_as_often_as_the_limit_says_and_again_later() {
    let app = with(Some(THREE_A_MINUTE)).await;
    for left in ["2", "1", "0"] {
        let answer = check(&app, &app.api_key).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
        let stands = answer.header("ratelimit");
        assert!(
            stands.starts_with(&format!("\"key\";r={left};t=")),
            "{stands}"
        );
    }
    let refused = check(&app, &app.api_key).await;
    refused.is_problem(429, PATH);
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(refused.header("ratelimit"), "\"key\";r=0;t=60");
    // As soon as it was told, and not before.
    app.pass(Duration::from_secs(19));
    assert_eq!(check(&app, &app.api_key).await.status, 429);
    app.pass(Duration::from_secs(1));
    assert_eq!(check(&app, &app.api_key).await.status, 200);
    assert_eq!(check(&app, &app.api_key).await.status, 429);
}

#[tokio::test]
async fn what_is_refused_changes_nothing_and_other_keys_call_on() {
    let app = with(Some(THREE_A_MINUTE)).await;
    let other = client_keys::add_client(&app.app, "other", &[], None)
        .await
        .unwrap();
    for _ in 0..3 {
        check(&app, &app.api_key).await;
    }
    let before = app.dump().await;
    let body = json!({ "accountNumber": TULIPS, "email": JORIS });
    let refused = Answer::of(app.post("/v1/access-requests", &body).await).await;
    refused.is_problem(429, "/v1/access-requests");
    assert_eq!(app.dump().await, before);
    assert_eq!(check(&app, other.expose()).await.status, 200);
    // A key that nobody has takes nothing from anybody.
    let nobody = check(&app, "esk_nobody").await;
    assert_eq!((nobody.status, nobody.header("ratelimit")), (401, ""));
}

#[tokio::test]
async fn without_a_limit_nothing_is_counted() {
    let app = with(None).await;
    for _ in 0..20 {
        let answer = check(&app, &app.api_key).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
}

async fn what_is_posted_is_counted_for_all_daemons_and_not_forgotten(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.api.rate_limit = Some(THREE_A_MINUTE);
    })
    .await;
    let asks = async |base: &str| {
        let body = json!({ "accountNumber": TULIPS, "email": JORIS });
        let url = format!("{base}/v1/access-requests");
        let call = app.http.post(url).bearer_auth(&app.api_key).json(&body);
        Answer::of(call.send().await.unwrap()).await
    };
    for (status, left) in [(201, 2), (200, 1)] {
        let answer = asks(&app.base).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let stands = answer.header("ratelimit");
        assert!(
            stands.starts_with(&format!("\"key\";r={left};t=")),
            "{stands}"
        );
    }
    // The first daemon stops; the next one knows what was used.
    app.app.store.close().await;
    let next = ServingColleague::of(&app).await;
    assert_eq!(asks(&next.base).await.status, 200);
    let refused = asks(&next.base).await;
    refused.is_problem(429, "/v1/access-requests");
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(refused.header("ratelimit"), "\"key\";r=0;t=60");
    // Looking changes nothing, and nothing is written to count it: each daemon counts by itself.
    let buckets = async || -> Vec<(String, i64)> {
        let mut conn = next.app.store.read().await.unwrap();
        let all = sqlx::query_as("SELECT client_id, full_at FROM call_bucket");
        all.fetch_all(&mut *conn).await.unwrap()
    };
    let before = buckets().await;
    assert_eq!(before.len(), 1);
    let url = format!("{}/v1/access-requests", next.base);
    let looks = app.http.get(url).bearer_auth(&app.api_key).send().await;
    assert_eq!(looks.unwrap().status(), 200);
    assert_eq!(buckets().await, before);
    app.pass(Duration::from_secs(20));
    assert_eq!(asks(&next.base).await.status, 200);
    assert_eq!(asks(&next.base).await.status, 429);
}

async fn an_older_count_lets_nobody_wait_for_longer_than_the_limit_says(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.api.rate_limit = Some(THREE_A_MINUTE);
    })
    .await;
    check(&app, &app.api_key).await;
    // The clock was set back, or the limit was for a whole day when this was written.
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query("UPDATE call_bucket SET full_at = full_at + 86400000000")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = check(&app, &app.api_key).await;
    refused.is_problem(429, PATH);
    assert_eq!(refused.header("retry-after"), "20");
    app.pass(Duration::from_secs(20));
    assert_eq!(check(&app, &app.api_key).await.status, 200);
}

on_both_databases!(
    what_is_posted_is_counted_for_all_daemons_and_not_forgotten,
    an_older_count_lets_nobody_wait_for_longer_than_the_limit_says,
);
