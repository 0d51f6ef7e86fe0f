//! Approval mails that are gathered, and the digests that carry them: for whoever wants one mail a
//! day, and for everybody in a flood.

mod answered;
mod changes;
mod daily;
mod expired;
mod flood;

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress},
    workflow::submit::{self, Submission},
};

use crate::support::{Browser, Received, TULIPS, TestApp};

const HOUR: Duration = Duration::from_secs(3600);

/// Somebody asks for an account, at the command line; the request's id.
async fn asks(app: &esecured::app::App, email: &str, account: &str) -> String {
    let submission = Submission {
        account: AccountNumber::parse(account).unwrap(),
        email: EmailAddress::parse(email).unwrap(),
        email_verified: false,
        name: None,
        reason: None,
        reference: None,
        language: None,
    };
    match submit::submit_by_operator(app, &submission).await.unwrap() {
        submit::Submitted::Opened(shown) => shown.request.id.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The same for Tulips by somebody with this number, each from a domain of its own.
async fn asks_as(app: &TestApp, number: usize) -> String {
    asks(&app.app, &address(number), TULIPS).await
}

fn address(number: usize) -> String {
    format!("joris@elsewhere{number}.example")
}

/// The digests somebody got, the oldest first.
fn digests_to(app: &TestApp, address: &str) -> Vec<Received> {
    let mut mails = app.mails_to(address);
    mails.retain(|mail| mail.text.contains("voor je verzameld in één mail"));
    mails
}

/// The requests that a mail has a reject link for, by their portal links.
fn requests_in(mail: &Received) -> Vec<String> {
    let ids = mail
        .text
        .lines()
        .filter_map(|line| line.split("/requests/").nth(1));
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    let tokens = mail.text.lines().filter(|line| line.contains("/r/"));
    ids.dedup();
    // Both languages of a mail about one request name it.
    if mail.subject.contains("R-") {
        ids.truncate(1);
    } else {
        assert_eq!(tokens.count(), ids.len(), "{}", mail.text);
    }
    ids
}

/// Somebody sets how often they are mailed.
async fn chooses(browser: &Browser, notifications: &str, hour: &str) {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("notifications", notifications),
        ("hour", hour),
    ];
    let done = browser.submit("/settings/notifications", &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
}
