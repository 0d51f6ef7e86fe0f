//! Answering the mail: a reply can reject and nothing else, and only that of the right person.

mod answers;
mod cells;
mod dmarc;
mod each_other;
mod effects;
mod forwarded;
mod own_check;
mod senders;

use esecured::workflow::read_mail::Outcome;

use crate::support::{ANNA, Database, JORIS, Received, TestApp};

/// A story in which Joris has asked, and the mail that Anna got.
async fn asked(database: Database) -> (TestApp, Received) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail)
}

/// A mail as text, changed.
fn changed(raw: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).unwrap();
    assert!(text.contains(from), "{from:?} is not in\n{text}");
    text.replace(from, to).into_bytes()
}

/// What was read and done: kind, decision, effect.
fn essence(outcome: &Outcome) -> (&str, &str, &str) {
    (outcome.kind, outcome.decision, outcome.effect.as_str())
}

/// Asserts that a mail changes nothing that anybody could notice: no request, no mail.
async fn does_nothing(app: &TestApp, raw: &[u8]) -> Outcome {
    let mails = app.mails_to(ANNA).len() + app.mails_to(JORIS).len();
    let requests = |dump: String| -> String {
        let lines = dump.lines().filter(|line| !line.starts_with("inbound "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let before = requests(app.dump().await);
    let outcome = app.arrives(raw).await;
    assert!(
        matches!(
            outcome.effect.as_str(),
            "ignored" | "recorded" | "quarantined"
        ),
        "{outcome:?}"
    );
    assert_eq!(requests(app.dump().await), before, "{outcome:?}");
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len() + app.mails_to(JORIS).len(), mails);
    outcome
}
