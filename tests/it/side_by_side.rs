//! Several daemons on one PostgreSQL: what one of them does, the others know. (That two of them tell a
//! webhook endpoint of each event once stands in `webhooks/sharing.rs`.)

use std::time::{Duration, Instant};

use esecured::{config::Limit, worker::courier, workflow::client_keys};
use serde_json::Value;

use crate::support::{
    Database, TULIPS, TestApp,
    colleague::ServingColleague,
    many_callers::{Heard, all_ask, mailed_under_the_limits, nothing_is_lost, prepare},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_at_one_daemon_hears_within_a_second_what_another_decides() {
    let app = TestApp::start(Database::Postgres).await;
    let other = ServingColleague::of(&app).await;
    let mut waits = Vec::new();
    for number in 0..3 {
        let id = app
            .asks(&format!("joris{number}@elsewhere.example"), TULIPS)
            .await;
        let waiting = app
            .http
            .get(format!("{}/v1/access-requests/{id}", other.base))
            .bearer_auth(&app.api_key)
            .header("prefer", "wait=60")
            .send();
        let heard = tokio::spawn(async move {
            let answer: Value = waiting.await.unwrap().json().await.unwrap();
            (answer, Instant::now())
        });
        while !other.app.request_changes.is_awaited() {
            tokio::task::yield_now().await;
        }
        let path = format!("/v1/access-requests/{id}/cancel");
        let cancelled = app.post(&path, &Value::Null).await;
        let committed = Instant::now();
        assert_eq!(cancelled.status(), 200);
        let (answer, at) = heard.await.unwrap();
        assert_eq!(answer["status"], "cancelled", "{answer}");
        waits.push(at.saturating_duration_since(committed));
    }
    // The middle one: other tests take their turn at the processors, too.
    waits.sort();
    assert!(waits[1] < Duration::from_secs(1), "{waits:?}");
    other.app.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_made_or_revoked_at_one_daemon_is_so_at_all_of_them_at_once() {
    let app = TestApp::start(Database::Postgres).await;
    let other = ServingColleague::of(&app).await;
    let key = client_keys::add_client(&other.app, "webshop", &[], None)
        .await
        .unwrap();
    let statuses = async || {
        let mut statuses = Vec::new();
        for base in [&app.base, &other.base] {
            let call = app.http.get(format!("{base}/v1/access-requests"));
            let answer = call.bearer_auth(key.expose()).send().await.unwrap();
            statuses.push(answer.status().as_u16());
        }
        statuses
    };
    assert_eq!(statuses().await, [200, 200]);
    client_keys::revoke_client(&app.app, "webshop")
        .await
        .unwrap();
    assert_eq!(statuses().await, [401, 401]);
    other.app.store.close().await;
}

/// So many accounts are asked for by all, twice: a slice of the 10,000 calls of `cargo bench --bench api
/// -- flood`, which takes a build that is not optimized a few seconds.
const ACCOUNTS: usize = 3;
/// Of each requester the first two requests are mailed, and of those about one account thirty to
/// each of its two administrators: those about the third account are not.
const MAILS: usize = 2 * 30 * 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_daemons_share_the_limits_and_lose_no_call_of_a_flood() {
    let app = flooded(Database::Postgres).await;
    let other = ServingColleague::of(&app).await;
    let daemons = [app.base.as_str(), other.base.as_str()];
    let mut heard = Heard::default();
    for _ in 0..2 {
        all_ask(&app, &daemons, 0..ACCOUNTS, &mut heard).await;
    }
    app.deliver_mail().await;
    nothing_is_lost(&app.app, &heard).await;
    assert_eq!(mailed_under_the_limits(&app.app).await, MAILS);
    other.app.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_outlive_a_daemon_and_no_call_of_a_flood_is_lost() {
    let app = flooded(Database::Sqlite).await;
    let mut heard = Heard::default();
    for _ in 0..2 {
        all_ask(&app, &[&app.base], 0..1, &mut heard).await;
    }
    app.app.store.close().await;
    let next = ServingColleague::of(&app).await;
    for _ in 0..2 {
        all_ask(&app, &[&next.base], 1..ACCOUNTS, &mut heard).await;
    }
    while courier::deliver_due(&next.app, "next").await.unwrap() > 0 {}
    nothing_is_lost(&next.app, &heard).await;
    assert_eq!(mailed_under_the_limits(&next.app).await, MAILS);
}

/// Nothing but the limits of what is mailed slows anybody down.
async fn flooded(database: Database) -> TestApp {
    let app = TestApp::start_with(database, |config| {
        config.api.rate_limit = None;
        config.limits.per_requester = Some(Limit {
            count: 2,
            per: Duration::from_secs(24 * 3600),
        });
    })
    .await;
    prepare(&app, ACCOUNTS).await;
    app
}
