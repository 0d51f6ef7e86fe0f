//! The main job in one story: asked, mailed, answered.

use crate::support::{ANNA, BRAM, Database, JORIS, TestApp, invariants, on_both_databases};

async fn anna_rejects_by_the_link_and_everybody_is_told(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let browser = app.browser();
    let page = browser.open(&mail.path("/r/")).await;
    assert_eq!(page.status, 200);
    page.shows("WEIGEREN / Reject");
    app.pass(std::time::Duration::from_secs(5));
    let done = browser
        .submit(&mail.path("/r/"), &[("nonce", &page.field("nonce"))])
        .await;
    assert_eq!(done.status, 200);
    assert_eq!(app.status_of(id).await, "rejected");
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 2);
    assert_eq!(app.mails_to(BRAM).len(), 2);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    app.pass(std::time::Duration::from_secs(16 * 60));
    app.deliver_mail().await;
    assert_eq!(app.mails_to(JORIS).len(), 2);
    invariants::hold(&app.app).await;
}

async fn anna_approves_in_the_portal(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    let page = anna.decides(&[&id.to_string()], "approve").await;
    page.shows(JORIS).shows("goedgekeurd");
    assert_eq!(app.status_of(id).await, "approved");
    invariants::hold(&app.app).await;
}

async fn a_reply_rejects_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let answer = app.last_mail_to(ANNA).answer(ANNA, "weigeren");
    let outcome = app.arrives(&answer).await;
    assert_eq!(outcome.effect.as_str(), "rejected", "{outcome:?}");
    assert_eq!(app.status_of(id).await, "rejected");
    let again = app.arrives(&answer).await;
    assert_eq!(again.effect.as_str(), "ignored", "{again:?}");
    invariants::hold(&app.app).await;
}

on_both_databases!(
    anna_rejects_by_the_link_and_everybody_is_told,
    anna_approves_in_the_portal,
    a_reply_rejects_once,
);
