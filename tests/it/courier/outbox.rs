//! What is still true when its turn comes, and who wants to hear it.

use esecured::{
    domain::{account::Account, account_number::AccountNumber},
    workflow::manage::{self, Existence},
};

use super::{count, queued};
use crate::support::{
    ANNA, BRAM, Database, JORIS, Received, TULIPS, TestApp, invariants, on_both_databases,
};

async fn what_was_decided_before_the_mails_went_out_is_not_asked_any_more(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve")
        .await
        .shows("goedgekeurd");
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 0);
    // Bram is not asked either; at most he hears that Anna has done it.
    let asked = |mail: &Received| mail.text.contains("/r/");
    assert!(!app.mails_to(BRAM).iter().any(asked));
    let mails = app.mails_to(JORIS);
    assert_eq!(mails.len(), 1, "only the outcome");
    assert!(mails[0].text.contains("approved"), "{}", mails[0].text);
    assert!(count(&app, "dropped").await >= 3);
    assert_eq!(queued(&app).await.len(), 0);
    invariants::hold(&app.app).await;
}

async fn requesters_of_an_account_that_says_so_get_no_mails(database: Database) {
    let app = TestApp::start(database).await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    let account = manage::find_account(&app.app, &number).await.unwrap();
    let quiet = Account {
        requester_mails: false,
        ..account
    };
    manage::put_account(&app.app, &quiet, Existence::Known)
        .await
        .unwrap();
    joris_is_rejected_and_hears_nothing(&app).await;
}

async fn requesters_get_no_mails_where_the_operator_says_so(database: Database) {
    let app =
        TestApp::start_with(database, |config| config.requests.notify_requester = false).await;
    joris_is_rejected_and_hears_nothing(&app).await;
}

async fn joris_is_rejected_and_hears_nothing(app: &TestApp) {
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let answer = app.last_mail_to(ANNA).answer(ANNA, "weigeren");
    assert_eq!(app.arrives(&answer).await.effect.as_str(), "rejected");
    app.pass(std::time::Duration::from_secs(3600));
    app.deliver_mail().await;
    assert_eq!(app.status_of(id).await, "rejected");
    // The request and what became of it, for each administrator; nothing for Joris.
    assert_eq!(app.mails_to(ANNA).len(), 2);
    assert_eq!(app.mails_to(BRAM).len(), 2);
    assert_eq!(app.mails_to(JORIS).len(), 0);
    invariants::hold(&app.app).await;
}

on_both_databases!(
    what_was_decided_before_the_mails_went_out_is_not_asked_any_more,
    requesters_of_an_account_that_says_so_get_no_mails,
    requesters_get_no_mails_where_the_operator_says_so,
);
