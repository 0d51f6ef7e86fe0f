//! Rights that end while they are being used: an administrator is removed, a key is revoked.

use std::time::Duration;

use esecured::{
    domain::{email_address::EmailAddress, language::Language},
    store::{Dialect, sessions},
    workflow::{
        client_keys,
        decide::{self, Answer, DecideError},
        manage,
    },
};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{PATIENCE, administrator, by_link, tulips};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

/// Whoever is removed decides nothing any more, also not what was begun before.
async fn an_administrator_removed_while_deciding_decides_before_or_not_at_all(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let bram = administrator(&app, BRAM).await;

    // Somebody holds the request, so that the decision stands half-way.
    let mut holder = app.app.store.begin().await.unwrap();
    sqlx::query("UPDATE access_request SET repeats = repeats")
        .execute(&mut *holder)
        .await
        .unwrap();
    let deciding = {
        let app = app.app.clone();
        tokio::spawn(async move {
            decide::decide(&app, id, &Answer::RejectByMail(&by_link(bram))).await
        })
    };
    if app.app.store.dialect() == Dialect::Postgres {
        wait_for_a_lock(&app).await;
    }
    let removing = {
        let app = app.app.clone();
        let email = EmailAddress::parse(BRAM).unwrap();
        tokio::spawn(async move { manage::remove_administrator(&app, &email, &tulips()).await })
    };
    sleep(Duration::from_millis(50)).await;
    drop(holder);
    let decided = timeout(PATIENCE, deciding).await.unwrap().unwrap();
    timeout(PATIENCE, removing).await.unwrap().unwrap().unwrap();
    match decided {
        Ok(_) => assert_eq!(app.status_of(id).await, "rejected"),
        Err(DecideError::NotYours) => assert_eq!(app.status_of(id).await, "pending"),
        Err(error) => panic!("{error}"),
    }
    invariants::hold(&app.app).await;
}

/// Whoever was signed in when the form came, and is not when it would take effect, sets nothing.
async fn a_session_that_ends_meanwhile_sets_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let anna_is = administrator(&app, ANNA).await;
    for (path, field) in [
        ("/settings/language", ("language", "en")),
        ("/settings/notifications", ("notifications", "each")),
    ] {
        let anna = app.signed_in(ANNA).await;
        let csrf = anna.open("/settings").await.field("csrf");
        let before = app.dump().await;
        let before: Vec<&str> = before
            .lines()
            .filter(|line| !line.starts_with("session"))
            .collect();
        let mut holder = app.app.store.begin().await.unwrap();
        sessions::end_all_of(&mut holder, anna_is).await.unwrap();
        let ending = async {
            match app.app.store.dialect() {
                Dialect::Postgres => wait_for_a_lock(&app).await,
                Dialect::Sqlite => sleep(Duration::from_millis(50)).await,
            }
            holder.commit().await.unwrap();
        };
        let fields = [("csrf", csrf.as_str()), field];
        let (page, ()) = tokio::join!(anna.submit(path, &fields), ending);
        assert_eq!(page.status, 403, "{path}: {}", page.body);
        let after = app.dump().await;
        let after: Vec<&str> = after
            .lines()
            .filter(|line| !line.starts_with("session"))
            .collect();
        assert_eq!(after, before, "{path}");
    }
}

/// Until somebody waits for a row that somebody else holds.
async fn wait_for_a_lock(app: &TestApp) {
    let waiting = async {
        loop {
            let mut conn = app.app.store.read().await.unwrap();
            let waiting: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut *conn)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap();
}

async fn removals_and_decisions_in_any_order_keep_the_record_true(database: Database) {
    let app = TestApp::start(database).await;
    let bram = administrator(&app, BRAM).await;
    let email = EmailAddress::parse(BRAM).unwrap();
    for round in 0..15 {
        let id = app
            .asks(&format!("p{round}@elsewhere.example"), TULIPS)
            .await;
        let mail = by_link(bram);
        let answer = Answer::RejectByMail(&mail);
        let number = tulips();
        let (decided, removed) = tokio::join!(
            decide::decide(&app.app, id, &answer),
            manage::remove_administrator(&app.app, &email, &number),
        );
        removed.unwrap();
        let expected = if decided.is_ok() {
            "rejected"
        } else {
            "pending"
        };
        assert_eq!(app.status_of(id).await, expected);
        manage::add_administrator(&app.app, &email, &number, "Bram", Language::En, None)
            .await
            .unwrap();
    }
    invariants::hold(&app.app).await;
}

async fn a_revoked_key_is_refused_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let path = format!("/v1/access-requests/{}", app.joris_asks().await);
    assert_eq!(app.get(&path).await.status(), 200);
    client_keys::revoke_client(&app.app, "booking")
        .await
        .unwrap();
    assert_eq!(app.get(&path).await.status(), 401);
    let body = json!({"accountNumber": TULIPS, "email": JORIS});
    assert_eq!(app.post("/v1/access-requests", &body).await.status(), 401);
}

on_both_databases!(
    an_administrator_removed_while_deciding_decides_before_or_not_at_all,
    removals_and_decisions_in_any_order_keep_the_record_true,
    a_session_that_ends_meanwhile_sets_nothing,
    a_revoked_key_is_refused_at_once,
);
