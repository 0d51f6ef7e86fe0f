//! Several sweepers on one database: each mail once for each event and recipient, whatever breaks
//! off in between.

use std::collections::BTreeMap;

use esecured::{
    app::App,
    store::reminders,
    worker::courier,
    workflow::{expire, remind},
};
use sqlx::Row;

use super::DAY;
use crate::support::{
    Database, TULIPS, TestApp, colleague::colleague, invariants, on_both_databases,
    test_app::without_limits,
};

const REQUESTS: usize = 12;

/// How often each kind of mail was sent, and to how many for how many requests.
async fn sent(app: &TestApp) -> BTreeMap<String, (usize, i64)> {
    let mut conn = app.app.store.read().await.unwrap();
    let rows = sqlx::query(
        "SELECT kind, COUNT(*) AS copies, COUNT(DISTINCT about || recipient_id || occasion) AS facts
         FROM message WHERE status = 'delivered' GROUP BY kind",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mailbox = app.app.transport.dev_mailbox().unwrap().all().len();
    let total: i64 = rows.iter().map(|row| row.get::<i64, _>("copies")).sum();
    assert!(mailbox <= usize::try_from(total).unwrap());
    rows.iter()
        .map(|row| {
            let copies: i64 = row.get("copies");
            let kind = row.get("kind");
            (kind, (usize::try_from(copies).unwrap(), row.get("facts")))
        })
        .collect()
}

async fn sweep(app: &App) -> (usize, usize) {
    let reminded = remind::remind_due(app, 99).await.unwrap();
    let expired = expire::expire_due(app, 99).await.unwrap();
    while courier::deliver_due(app, "one of several").await.unwrap() > 0 {}
    (reminded, expired)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_sweepers_on_one_postgresql_remind_and_expire_once() {
    let app = TestApp::start_with(Database::Postgres, without_limits).await;
    for number in 0..REQUESTS {
        app.asks(&format!("joris{number}@elsewhere.example"), TULIPS)
            .await;
    }
    app.deliver_mail().await;
    let (second, third) = (colleague(&app).await, colleague(&app).await);
    let mut totals = (0, 0);
    for days in [2, 2, 10] {
        app.pass(DAY * days);
        let all = tokio::join!(sweep(&app.app), sweep(&second), sweep(&third));
        for (reminded, expired) in [all.0, all.1, all.2] {
            totals.0 += reminded;
            totals.1 += expired;
        }
    }
    assert_eq!(totals, (2 * REQUESTS, REQUESTS));
    app.deliver_mail().await;
    let sent = sent(&app).await;
    let all = |copies: usize| (copies, i64::try_from(copies).unwrap());
    let expected = [
        ("approval_request", all(2 * REQUESTS)),
        ("expired", all(2 * REQUESTS)),
        ("reminder", all(4 * REQUESTS)),
        ("requester_expired", all(REQUESTS)),
        ("requester_received", all(REQUESTS)),
    ];
    assert_eq!(
        sent,
        expected
            .map(|(kind, copies)| (kind.to_owned(), copies))
            .into()
    );
    let events = app.events("access_request.reminded").await;
    assert_eq!(events.len(), 2 * REQUESTS);
    invariants::hold(&app.app).await;
    second.store.close().await;
    third.store.close().await;
}

/// A sweeper that dies between two statements leaves nothing; the next one does all of it.
async fn what_breaks_off_is_as_if_it_had_never_begun(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(DAY * 2);
    let before = app.dump().await;
    let silence = app.request(id).await.silence;
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let counted = reminders::count(&mut tx, id, &silence, now, None).await;
    assert!(counted.unwrap());
    drop(tx);
    assert_eq!(app.dump().await, before);
    assert_eq!(remind::remind_due(&app.app, 9).await.unwrap(), 1);
    let after = app.dump().await;
    assert_eq!(remind::remind_due(&app.app, 9).await.unwrap(), 0);
    assert_eq!(app.dump().await, after);
    // Even where the count is lost, the mails of a reminder are there once.
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(
        "UPDATE access_request SET reminders = 0, silent_since = NULL, remind_at = created_at",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    app.deliver_mail().await;
    assert_eq!(remind::remind_due(&app.app, 9).await.unwrap(), 1);
    app.deliver_mail().await;
    assert_eq!(sent(&app).await["reminder"], (2, 2));
}

on_both_databases!(what_breaks_off_is_as_if_it_had_never_begun);
