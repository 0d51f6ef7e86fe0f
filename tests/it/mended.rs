//! Stories of things that once went wrong, and must not again.

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    store::requests,
    workflow::manage::{self, ManageError},
};

use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

const CARLA: &str = "carla@tulips.example";

async fn adds(app: &TestApp, email: &str, password: Option<&str>) -> Result<(), ManageError> {
    let email = EmailAddress::parse(email).unwrap();
    let account = AccountNumber::parse(TULIPS).unwrap();
    let password = password.map(Into::into);
    manage::add_administrator(&app.app, &email, &account, "Carla", Language::Nl, password)
        .await
        .map(drop)
}

async fn a_new_administrator_is_asked_what_still_waits(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    adds(&app, CARLA, None).await.unwrap();
    app.deliver_mail().await;
    let mails = app.mails_to(CARLA);
    let mail = mails.iter().find(|mail| mail.text.contains("/r/")).unwrap();
    app.arrives(&mail.answer(CARLA, "weigeren")).await;
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

async fn a_password_is_not_replaced_in_passing(database: Database) {
    let app = TestApp::start(database).await;
    let refused = adds(&app, ANNA, Some("another blue bicycle")).await;
    assert!(
        matches!(refused, Err(ManageError::HasPassword)),
        "{refused:?}"
    );
    app.signed_in(ANNA).await;
    let refused = adds(&app, "zoë@tulips.example", None).await;
    assert!(
        matches!(refused, Err(ManageError::Unmailable)),
        "{refused:?}"
    );
}

async fn who_was_not_asked_before_the_undo_is_asked_after_it(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    // Anna's mail goes out and is answered before Bram's turn comes.
    changes_bram_s_mail(&app, "due_at = due_at + 600000000").await;
    app.deliver_mail().await;
    let done = app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(601));
    app.deliver_mail().await;
    assert!(app.mails_to(BRAM).is_empty(), "the request had moved on");

    let undo = done.body.split("href=\"/u/").nth(1).unwrap();
    let undo = format!("/u/{}", undo.split('"').next().unwrap());
    app.presses(&undo).await;
    assert_eq!(app.status_of(id).await, "pending");
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), 1);
    invariants::hold(&app.app).await;
}

async fn one_message_that_makes_no_sense_holds_up_no_other(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    changes_bram_s_mail(&app, "kind = 'of tomorrow'").await;
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);
    assert!(app.mails_to(BRAM).is_empty());
    let mut conn = app.app.store.read().await.unwrap();
    assert!(requests::find(&mut conn, id).await.unwrap().is_some());
}

async fn an_address_that_no_mail_reaches_is_asked_for_and_not_written_to(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.asks("zoë@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    // Nothing waits that could never be sent.
    let mut conn = app.app.store.read().await.unwrap();
    let sent = sqlx::query("SELECT kind FROM message WHERE status <> 'delivered'");
    assert!(sent.fetch_all(&mut *conn).await.unwrap().is_empty());
    drop(conn);
    let anna = app.signed_in(ANNA).await;
    let page = anna.open(&format!("/requests/{id}")).await;
    page.shows("Dit e-mailadres kan geen mail van ons krijgen");
    let other = app.asks("joris@elsewhere.example", TULIPS).await;
    let page = anna.open(&format!("/requests/{other}")).await;
    page.hides("kan geen mail van ons krijgen");
}

async fn changes_bram_s_mail(app: &TestApp, change: &str) {
    let sql = format!(
        "UPDATE message SET {change}
         WHERE recipient_id = (SELECT id FROM person WHERE address_key = $1)"
    );
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(BRAM)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

on_both_databases!(
    a_new_administrator_is_asked_what_still_waits,
    a_password_is_not_replaced_in_passing,
    who_was_not_asked_before_the_undo_is_asked_after_it,
    one_message_that_makes_no_sense_holds_up_no_other,
    an_address_that_no_mail_reaches_is_asked_for_and_not_written_to,
);
