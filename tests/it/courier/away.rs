//! A mail server that is away: it is left alone, and the log says so once.

use std::time::Duration;

use esecured::mail::smtp::SmtpUrl;

use super::{FIRST_RETRY, count, over_smtp, queued};
use crate::support::{
    Database, TULIPS, TestApp,
    captured_log::CapturedLog,
    free_port::free_address,
    invariants,
    own_word::{MetricsPage, ready},
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
    test_app::without_limits,
};

/// Before the first mail that finds out, and after it.
const SOON: Duration = Duration::from_secs(4);
const ENOUGH: Duration = Duration::from_secs(6);

async fn attempts(app: &TestApp) -> i64 {
    queued(app).await.iter().map(|one| one.attempts).sum()
}

/// Eight requests, and three mails about each.
async fn eight_ask(app: &TestApp) {
    for number in 0..8 {
        let requester = format!("joris{number}@elsewhere.example");
        app.asks(&requester, TULIPS).await;
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_by_one_mail_and_gets_all_when_it_is_back() {
    let address = free_address();
    let app = TestApp::start_with(Database::Sqlite, |config| {
        over_smtp(config, address);
        without_limits(config);
    })
    .await;
    let log = CapturedLog::start();
    eight_ask(&app).await;
    app.deliver_mail().await;
    let first = attempts(&app).await;
    // Those that were on their way together, and not one more.
    assert!((3..=6).contains(&first), "{first} of 24");
    assert_eq!(log.of("outbox.unreachable").len(), 1);
    let deferred = log.of("outbox.deferred").len();

    app.pass(SOON);
    app.deliver_mail().await;
    assert_eq!(attempts(&app).await, first, "it is left alone");
    app.pass(ENOUGH - SOON);
    app.deliver_mail().await;
    assert_eq!(attempts(&app).await, first + 1);
    app.pass(SOON);
    app.deliver_mail().await;
    assert_eq!(attempts(&app).await, first + 1, "for longer each time");
    assert_eq!(log.of("outbox.unreachable").len(), 1);
    assert_eq!(log.of("outbox.deferred").len(), deferred);
    assert_eq!(log.of("outbox.reachable").len(), 0);

    let server = ScriptedSmtp::start_at(address).await;
    app.pass(FIRST_RETRY);
    app.deliver_mail().await;
    assert_eq!(server.arrived().len(), 24);
    assert_eq!(count(&app, "delivered").await, 24);
    assert_eq!(log.of("outbox.reachable").len(), 1);
    assert_eq!(log.of("outbox.delivered").len(), 24);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn ready_log_and_metrics_say_alike_when_the_mail_server_last_took_a_mail() {
    let server = ScriptedSmtp::start().await;
    let app = TestApp::start_with(Database::Sqlite, |config| {
        over_smtp(config, server.address);
        without_limits(config);
    })
    .await;
    let last = "esecured_smtp_last_success_timestamp_seconds";
    assert_eq!(MetricsPage::of(&app.app).await.at(last), None);
    app.joris_asks().await;
    app.deliver_mail().await;
    let taken_at = app.app.clock.now();
    drop(server);

    let log = CapturedLog::start();
    app.pass(ENOUGH);
    eight_ask(&app).await;
    app.deliver_mail().await;
    let said = &log.of("outbox.unreachable")[0]["taken_at"];
    assert_eq!(*said, taken_at.to_string());
    let said = ready(&app.app).await;
    let line =
        format!("mail server: failing, and left alone for now; last took a mail at {taken_at}\n");
    assert!(said.contains(&line), "{said}");
    let page = MetricsPage::of(&app.app).await;
    assert_eq!(page.at(last), Some(taken_at));
    assert_eq!(page.sum("esecured_smtp_breaker_open", ""), 1.0);
    let deferred = page.sum("esecured_outbox_mails_total", "outcome=\"deferred\"");
    assert!(deferred >= 3.0, "{deferred}");
    // They wait since they were asked for; so does what was tried.
    app.pass(ENOUGH);
    let page = MetricsPage::of(&app.app).await;
    assert_eq!(
        page.sum("esecured_outbox_oldest_age_seconds", ""),
        ENOUGH.as_secs_f64()
    );
    assert_eq!(
        page.sum("esecured_outbox_messages", "state=\"queued\""),
        24.0
    );
}

#[tokio::test]
async fn a_sign_in_that_is_refused_is_not_repeated_for_each_mail() {
    let server = ScriptedSmtp::start().await;
    server.offers("AUTH PLAIN");
    server.always(Moment::Auth, Fault::Reply("535 5.7.8 wrong password"));
    let app = TestApp::start_with(Database::Sqlite, |config| {
        over_smtp(config, server.address);
        without_limits(config);
        let url = format!("smtp://anna:secret@{}", server.address);
        config.smtp.as_mut().unwrap().url = SmtpUrl::parse(&url).unwrap();
    })
    .await;
    let log = CapturedLog::start();
    eight_ask(&app).await;
    app.deliver_mail().await;
    assert!(server.connections() <= 6, "{}", server.connections());
    let [said] = &log.of("outbox.unreachable")[..] else {
        panic!("{:?}", log.of("outbox.unreachable"))
    };
    let reason = said["reason"].as_str().unwrap();
    assert!(reason.contains("535 5.7.8"), "{said}");
    assert_eq!(count(&app, "queued").await, 24);
}

#[tokio::test]
async fn what_a_server_says_about_one_mail_never_holds_up_the_others() {
    let server = ScriptedSmtp::start().await;
    let app = TestApp::start_with(Database::Sqlite, |config| {
        over_smtp(config, server.address);
        without_limits(config);
    })
    .await;
    let log = CapturedLog::start();
    for _ in 0..6 {
        server.once(Moment::Rcpt, Fault::Reply("452 4.2.2 mailbox full"));
        server.once(Moment::FinalDot, Fault::Reply("451 4.7.1 later"));
    }
    eight_ask(&app).await;
    app.deliver_mail().await;
    assert_eq!(count(&app, "delivered").await, 12);
    assert_eq!(log.of("outbox.deferred").len(), 12);
    assert_eq!(log.of("outbox.unreachable").len(), 0);
    app.pass(FIRST_RETRY);
    app.deliver_mail().await;
    assert_eq!(count(&app, "delivered").await, 24);
}
