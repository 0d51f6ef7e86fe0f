//! Reminders of requests that nobody answers: when they come, to whom, and how often.

mod several_daemons;
mod twice;
mod whom;

use std::time::Duration;

use esecured::workflow::remind;

use crate::support::{Received, TestApp};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The sweeper does its work, and the courier after it; of how many requests somebody was reminded.
async fn reminded(app: &TestApp) -> usize {
    let reminded = remind::remind_due(&app.app, 9).await.unwrap();
    app.deliver_mail().await;
    reminded
}

/// The reminders somebody got, the oldest first.
fn reminders_to(app: &TestApp, address: &str) -> Vec<Received> {
    let mut mails = app.mails_to(address);
    mails.retain(|mail| {
        mail.subject.starts_with("Herinnering: R-") || mail.subject.starts_with("Reminder: R-")
    });
    mails
}

/// How many reminders each of them got.
fn reminders<const N: usize>(app: &TestApp, addresses: [&str; N]) -> [usize; N] {
    addresses.map(|address| reminders_to(app, address).len())
}
