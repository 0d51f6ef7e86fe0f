//! Mails that do not arrive: what reports and refusals say of an administrator's address, who is
//! told, and that nothing more comes of it.

mod nobody_there;
mod refusals;
mod reports;

use serde_json::Value;

use esecured::{
    domain::{email_address::EmailAddress, request::RequestId},
    store::people,
    workflow::read_mail::Outcome,
};

use crate::support::{ANNA, Database, Received, TestApp};

/// A story in which Joris has asked, and the mail that Anna got.
async fn asked(database: Database) -> (TestApp, Received) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail)
}

/// A report as Postfix writes it (RFC 3464) to the sender of a mail. `name` tells reports apart.
pub fn report(mail: &Received, action: &str, status: &str, name: &str) -> Vec<u8> {
    let sender = mail.envelope_from.as_deref().unwrap();
    report_to(sender, &mail.to, action, status, name)
}

fn report_to(sender: &str, recipient: &str, action: &str, status: &str, name: &str) -> Vec<u8> {
    let report = format!(
        "Return-Path: <>\n\
         Date: Mon, 11 May 2026 10:00:00 +0200\n\
         From: Mail Delivery System <MAILER-DAEMON@mx.example>\n\
         Subject: Undelivered Mail Returned to Sender\n\
         To: {sender}\n\
         Auto-Submitted: auto-replied\n\
         Message-ID: <{name}@mx.example>\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\
         \n\
         --b\n\
         Content-Type: text/plain; charset=us-ascii\n\
         \n\
         This is the mail system at host mx.example. weigeren\n\
         \n\
         --b\n\
         Content-Type: message/delivery-status\n\
         \n\
         Reporting-MTA: dns; mx.example\n\
         \n\
         Final-Recipient: rfc822; {recipient}\n\
         Action: {action}\n\
         Status: {status}\n\
         Diagnostic-Code: smtp; 550 {status} no\n\
         \n\
         --b--\n"
    );
    report.replace('\n', "\r\n").into_bytes()
}

/// The word for what is known of an administrator's address.
async fn address_of(app: &TestApp, email: &str) -> &'static str {
    let mut conn = app.app.store.read().await.unwrap();
    let email = EmailAddress::parse(email).unwrap();
    let (administrator, _) = people::by_email(&mut conn, &email).await.unwrap().unwrap();
    administrator.address_state.as_str()
}

/// The request as a shipping system sees it.
async fn shown(app: &TestApp, id: RequestId) -> Value {
    let answer = app.get(&format!("/v1/access-requests/{id}")).await;
    answer.json().await.unwrap()
}

/// What became of the mails about a request, by the first letter of the address.
async fn states(app: &TestApp, id: RequestId) -> String {
    let shown = shown(app, id).await;
    let states = shown["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let administrator = &one["administrator"].as_str().unwrap()[..1];
            format!("{administrator} {}", one["state"].as_str().unwrap())
        });
    states.collect::<Vec<_>>().join(", ")
}

/// The mails somebody got that tell of an address that is no good.
fn told(app: &TestApp, email: &str) -> usize {
    let mails = app.mails_to(email);
    let tells = |mail: &&Received| {
        mail.subject
            .contains("account administrator cannot be reached")
    };
    mails.iter().filter(tells).count()
}

/// That a mail was noted as a report, or said nothing new.
#[track_caller]
fn was(outcome: &Outcome, effect: &str) {
    assert_eq!(
        (outcome.kind, outcome.decision, outcome.effect.as_str()),
        ("bounce", "none", effect),
        "{outcome:?}"
    );
}
