//! `ETag`, `If-None-Match` and `Prefer: wait=N`: learning a decision as soon as it is there.

use std::{sync::Arc, time::Duration};

use esecured::{domain::request::RequestId, worker::change_watcher};
use reqwest::Method;
use tokio::time::timeout;

use super::{Answer, call};
use crate::support::{ANNA, Database, JORIS, TULIPS, TestApp, on_both_databases};

/// Far longer than anything here takes, and far shorter than a wait that nobody ends.
const SOON: Duration = Duration::from_secs(30);

fn path(id: RequestId) -> String {
    format!("/v1/access-requests/{id}")
}

async fn look(app: &TestApp, id: RequestId, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", app.api_key);
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(more);
    timeout(SOON, call(app, Method::GET, &path(id), &headers, ""))
        .await
        .expect("the wait did not end")
}

/// Begins to wait, and returns when the daemon has somebody who waits.
async fn begin_to_wait(
    app: &Arc<TestApp>,
    id: RequestId,
    known: Option<String>,
) -> tokio::task::JoinHandle<Answer> {
    let waits = Arc::clone(app);
    let waiting = tokio::spawn(async move {
        let mut headers = vec![("prefer", "wait=60")];
        headers.extend(known.iter().map(|tag| ("if-none-match", tag.as_str())));
        look(&waits, id, &headers).await
    });
    while !app.app.request_changes.is_awaited() {
        tokio::task::yield_now().await;
    }
    waiting
}

async fn what_is_known_is_not_sent_again(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let first = look(&app, id, &[]).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    let same = look(&app, id, &[("if-none-match", &tag)]).await;
    assert_eq!((same.status, same.header("etag")), (304, tag.as_str()));
    assert_eq!(same.body, "");
    let waited = look(&app, id, &[("if-none-match", &tag), ("prefer", "wait=0")]).await;
    assert_eq!(waited.status, 304);
    assert_eq!(waited.header("preference-applied"), "wait=0");
    app.signed_in(ANNA)
        .await
        .decides(&[&id.to_string()], "approve")
        .await;
    let changed = look(&app, id, &[("if-none-match", &tag), ("prefer", "wait=60")]).await;
    assert_eq!(
        (changed.status, &changed.body["status"]),
        (200, &"approved".into())
    );
    assert_ne!(changed.header("etag"), tag);
}

async fn whoever_waits_hears_a_decision_when_it_is_made(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    for known in [false, true] {
        let id = app
            .asks(&format!("{known}@elsewhere.example"), TULIPS)
            .await;
        let tag = look(&app, id, &[]).await.header("etag").to_owned();
        let waiting = begin_to_wait(&app, id, known.then_some(tag)).await;
        app.signed_in(ANNA)
            .await
            .decides(&[&id.to_string()], "reject")
            .await;
        let heard = waiting.await.unwrap();
        assert_eq!(
            (heard.status, &heard.body["status"]),
            (200, &"rejected".into())
        );
        assert_eq!(heard.header("preference-applied"), "wait=60");
        assert!(
            !app.app.request_changes.is_awaited(),
            "nobody is left waiting"
        );
    }
}

async fn whoever_waits_hears_of_repeats_expiry_and_undo(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let id = app.joris_asks().await;
    // What is known is named: the change may come before the first look.
    let tag = look(&app, id, &[]).await.header("etag").to_owned();
    let waiting = begin_to_wait(&app, id, Some(tag)).await;
    app.joris_asks().await;
    assert_eq!(waiting.await.unwrap().body["repeats"], 1);

    app.deliver_mail().await;
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    let tag = look(&app, id, &[]).await.header("etag").to_owned();
    let waiting = begin_to_wait(&app, id, Some(tag)).await;
    app.presses(&app.last_mail_to(ANNA).path("/u/")).await;
    assert_eq!(waiting.await.unwrap().body["status"], "pending");

    let waiting = begin_to_wait(&app, id, None).await;
    app.pass(Duration::from_secs(15 * 86_400));
    esecured::workflow::expire::expire_due(&app.app, 10)
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap().body["status"], "expired");
}

async fn what_another_process_changes_is_heard_too(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let id = app.joris_asks().await;
    let tag = look(&app, id, &[]).await.header("etag").to_owned();
    let waiting = begin_to_wait(&app, id, Some(tag)).await;
    // As a command or another daemon does it: nobody here rings.
    let sql = format!(
        "UPDATE access_request SET repeats = 7, updated_at = {} WHERE id = '{id}'",
        app.app.clock.now().as_micros()
    );
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(change_watcher::look(&app.app).await.unwrap(), 1);
    assert_eq!(waiting.await.unwrap().body["repeats"], 7);
    app.pass(Duration::from_secs(60));
    assert_eq!(change_watcher::look(&app.app).await.unwrap(), 0);
}

async fn nobody_waits_for_what_is_closed_or_not_there(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.asks(JORIS, TULIPS).await;
    app.signed_in(ANNA)
        .await
        .decides(&[&id.to_string()], "reject")
        .await;
    let closed = look(&app, id, &[("prefer", "wait=60")]).await;
    assert_eq!(closed.body["status"], "rejected");
    let unknown = RequestId::new();
    let missing = look(&app, unknown, &[("prefer", "wait=60")]).await;
    missing.is_problem(404, &path(unknown));
}

async fn a_key_that_was_revoked_meanwhile_hears_nothing(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let id = app.joris_asks().await;
    let tag = look(&app, id, &[]).await.header("etag").to_owned();
    let waiting = begin_to_wait(&app, id, Some(tag)).await;
    esecured::workflow::client_keys::revoke_client(&app.app, "booking")
        .await
        .unwrap();
    app.signed_in(ANNA)
        .await
        .decides(&[&id.to_string()], "approve")
        .await;
    waiting.await.unwrap().is_problem(401, &path(id));
}

async fn a_stop_lets_everybody_go(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let id = app.joris_asks().await;
    let waiting = begin_to_wait(&app, id, None).await;
    app.app.request_changes.close();
    let answer = waiting.await.unwrap();
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (200, &"pending".into())
    );
}

on_both_databases!(
    what_is_known_is_not_sent_again,
    whoever_waits_hears_a_decision_when_it_is_made,
    whoever_waits_hears_of_repeats_expiry_and_undo,
    what_another_process_changes_is_heard_too,
    nobody_waits_for_what_is_closed_or_not_there,
    a_key_that_was_revoked_meanwhile_hears_nothing,
    a_stop_lets_everybody_go,
);
