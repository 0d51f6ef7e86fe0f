//! Two daemons at one mailbox: one reads, and the other takes over.

use std::time::Duration;

use super::{Reader, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{Database, TestApp, captured_log::CapturedLog, dovecot::Dovecot, invariants};

/// More than a lease lasts.
const A_LEASE: Duration = Duration::from_secs(31);

async fn one_reads_and_the_other_takes_over_when_it_stops(database: Database) {
    let app = TestApp::start(database).await;
    let mut dovecot = Dovecot::start();
    let inbox = inbox_at(&dovecot.imap_url());
    let log = CapturedLog::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let one = Reader::start(&app, inbox.clone());
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    let other = Reader::start(&app, inbox);
    until("the other stands by", || log.of("inbox.standby").len() == 1).await;
    dovecot.drop_in(&answer);
    until_rejected(&app, first).await;
    until("it is moved", || dovecot.count("Processed") == 1).await;
    assert_eq!(log.of("inbox.connected").len(), 1);

    let (second, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    one.stop().await;
    dovecot.drop_in(&answer);
    until_rejected(&app, second).await;
    other.stop().await;
    assert_eq!(log.of("inbox.connected").len(), 2);
    assert_eq!(log.of("inbox.ignored").len(), 0, "nothing was read twice");
    invariants::hold(&app.app).await;
}

/// One that was killed cannot say so, and one that was only frozen goes on: then both read.
async fn one_that_says_nothing_any_more_is_followed_and_two_at_once_do_nothing_twice(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut dovecot = Dovecot::start();
    let inbox = inbox_at(&dovecot.imap_url());
    let log = CapturedLog::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let frozen = Reader::start(&app, inbox.clone());
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    let other = Reader::start(&app, inbox);
    until("the other stands by", || log.of("inbox.standby").len() == 1).await;
    app.pass(A_LEASE);
    until("the other reads", || log.of("inbox.connected").len() == 2).await;

    dovecot.drop_in(&answer);
    until_rejected(&app, id).await;
    until("it is moved", || {
        dovecot.count("Processed") == 1 && dovecot.count("INBOX") == 0
    })
    .await;
    drop(frozen);
    other.stop().await;
    assert_eq!(log.of("access_request.decided").len(), 1);
    invariants::hold(&app.app).await;
}

// The log is captured on the test's own thread.
#[tokio::test]
async fn one_reads_and_the_other_takes_over_on_sqlite() {
    one_reads_and_the_other_takes_over_when_it_stops(Database::Sqlite).await;
}

#[tokio::test]
async fn one_reads_and_the_other_takes_over_on_postgres() {
    one_reads_and_the_other_takes_over_when_it_stops(Database::Postgres).await;
}

#[tokio::test]
async fn two_that_read_at_once_do_nothing_twice_on_postgres() {
    one_that_says_nothing_any_more_is_followed_and_two_at_once_do_nothing_twice(Database::Postgres)
        .await;
}
