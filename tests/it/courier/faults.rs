//! One mail server that misbehaves.

use std::{collections::HashSet, time::Duration};

use esecured::domain::retry::ATTEMPTS_MAX;
use serde_json::Value;

use super::{FIRST_RETRY, count, impatient, message_id, over_smtp, queued};
use crate::support::{
    Database, JORIS, Received, TULIPS, TestApp,
    captured_log::CapturedLog,
    free_port::free_address,
    invariants,
    scripted_smtp::{ArrivedMail, Fault, Moment, ScriptedSmtp},
};

#[tokio::test]
async fn a_server_that_says_later_is_asked_again_after_growing_and_scattered_waits() {
    let server = ScriptedSmtp::start().await;
    let app =
        TestApp::start_with(Database::Sqlite, |config| over_smtp(config, server.address)).await;
    let log = CapturedLog::start();
    for _ in 0..6 {
        server.once(Moment::Rcpt, Fault::Reply("451 4.3.0 busy"));
    }
    let id = app.joris_asks().await;
    let number = app.request(id).await.number.to_string();
    for (attempt, shortest, longest) in [(1, 11.25, 18.75), (2, 22.5, 37.5)] {
        app.deliver_mail().await;
        let waiting = queued(&app).await;
        let waits: Vec<f64> = waiting
            .iter()
            .map(|one| one.message.due_at.since(app.app.clock.now()).as_secs_f64())
            .collect();
        assert_eq!(waits.len(), 3);
        assert!(
            waits.iter().all(|wait| (shortest..=longest).contains(wait)),
            "{waits:?}"
        );
        // A crowd that failed together does not come back together.
        assert!(waits[0] != waits[1] && waits[1] != waits[2], "{waits:?}");
        for one in &waiting {
            assert_eq!((one.status.as_str(), one.attempts), ("queued", attempt));
            assert!(one.reason.as_ref().unwrap().contains("451 4.3.0 busy"));
        }
        app.pass(Duration::from_secs_f64(longest + 0.1));
    }
    assert!(server.arrived().is_empty());
    app.deliver_mail().await;
    assert_eq!(server.arrived().len(), 3);
    assert_eq!(count(&app, "delivered").await, 3);

    // All of it can be followed by the number of the request.
    let deferred = log.of("outbox.deferred");
    assert_eq!(deferred.len(), 6);
    assert!(
        deferred
            .iter()
            .all(|line| line["request.number"] == number.as_str())
    );
    assert!(
        deferred
            .iter()
            .all(|line| line["possible_duplicate"] == false)
    );
    assert_eq!(log.of("outbox.delivered").len(), 3);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_reported_to_the_shipping_system_and_the_operator() {
    let server = ScriptedSmtp::start().await;
    let app =
        TestApp::start_with(Database::Sqlite, |config| over_smtp(config, server.address)).await;
    let log = CapturedLog::start();
    for _ in 0..3 {
        server.once(Moment::Rcpt, Fault::Reply("550 5.1.1 no such user"));
    }
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(24 * 3600));
    app.deliver_mail().await;
    // A refusal is final. Of the first administrator the second was told, before that was refused too.
    let arrived = server.arrived();
    assert_eq!(arrived.len(), 1);
    let told = Received::parse(None, "", arrived[0].text.as_bytes());
    assert!(
        told.subject.contains("cannot be reached"),
        "{}",
        told.subject
    );

    let shown: Value = app
        .get(&format!("/v1/access-requests/{id}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(shown["status"], "pending");
    assert_eq!(shown["reachable"], false);
    for notification in shown["notifications"].as_array().unwrap() {
        assert_eq!(notification["state"], "failed", "{shown}");
    }
    let given_up = queued(&app).await;
    assert_eq!(given_up.len(), 3);
    for one in &given_up {
        assert_eq!(one.status, "failed");
        assert!(one.reason.as_ref().unwrap().contains("550 5.1.1"));
    }
    let errors = log.of("outbox.failed");
    assert_eq!(errors.len(), 3);
    assert!(errors.iter().all(|line| line["level"] == "ERROR"));

    // The operator mends the address and sets the messages going again.
    let mut tx = app.app.store.begin().await.unwrap();
    for one in &given_up {
        let now = app.app.clock.now();
        let id = one.message.id;
        assert!(
            esecured::store::queue::retry(&mut tx, id, now)
                .await
                .unwrap()
        );
    }
    tx.commit().await.unwrap();
    app.deliver_mail().await;
    assert_eq!(server.arrived().len(), 1 + 3);
    let shown: Value = app
        .get(&format!("/v1/access-requests/{id}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(shown["reachable"], true);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn whatever_breaks_at_whichever_step_each_mail_arrives_and_a_copy_only_after_the_final_dot() {
    let server = ScriptedSmtp::start().await;
    let mut app =
        TestApp::start_with(Database::Sqlite, |config| over_smtp(config, server.address)).await;
    let moments = [
        Moment::Greeting,
        Moment::Ehlo,
        Moment::Mail,
        Moment::Rcpt,
        Moment::Data,
        Moment::Text,
        Moment::FinalDot,
    ];
    let mut already = 0;
    for (round, moment) in moments.into_iter().enumerate() {
        for fault in [Fault::Drop, Fault::Hang] {
            let case = format!("{moment:?} {fault:?}");
            impatient(&mut app.app);
            let log = CapturedLog::start();
            server.once(moment, fault);
            let requester = format!("joris{round}-{fault:?}@elsewhere.example");
            app.asks(&requester, TULIPS).await;
            app.deliver_mail().await;
            assert_eq!(queued(&app).await.len(), 1, "{case}");
            app.pass(FIRST_RETRY);
            app.deliver_mail().await;
            assert_eq!(queued(&app).await.len(), 0, "{case}");

            let arrived = server.arrived().split_off(already);
            already += arrived.len();
            let mails: HashSet<String> = arrived.iter().map(message_id).collect();
            assert_eq!(mails.len(), 3, "{case}");
            let twice = moment == Moment::FinalDot;
            assert_eq!(arrived.len(), if twice { 4 } else { 3 }, "{case}");
            let received = |mail: &ArrivedMail| Received::parse(None, "", mail.text.as_bytes());
            let received: Vec<Received> = arrived.iter().map(received).collect();
            assert_eq!(invariants::copies_are_equal(&received), [""; 0], "{case}");
            let deferred = log.of("outbox.deferred");
            assert_eq!(deferred.len(), 1, "{case}");
            // A server that goes while the text is on its way may have got the dot for all we know.
            let ambiguous = matches!(moment, Moment::Text | Moment::FinalDot);
            assert_eq!(deferred[0]["possible_duplicate"], ambiguous, "{case}");
        }
    }
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_server_that_is_never_there_is_given_up_one_day_and_not_before() {
    let app =
        TestApp::start_with(Database::Sqlite, |config| over_smtp(config, free_address())).await;
    let id = app.joris_asks().await;
    // All three find out that it is away; from then on one at a time does, when it is due.
    let tries = 3 * (ATTEMPTS_MAX - 1) + 1;
    for attempt in 1..=tries {
        assert!(count(&app, "queued").await > 0, "before attempt {attempt}");
        app.deliver_mail().await;
        app.pass(Duration::from_secs(8 * 3600));
    }
    let given_up = queued(&app).await;
    assert_eq!(given_up.len(), 3);
    for one in &given_up {
        assert_eq!(
            (one.status.as_str(), one.attempts),
            ("failed", ATTEMPTS_MAX)
        );
        let reason = one.reason.as_ref().unwrap();
        assert!(
            reason.starts_with("given up after 24 attempts; the last: cannot connect to"),
            "{reason}"
        );
    }
    assert_eq!(app.status_of(id).await, "pending");
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_server_that_comes_back_gets_what_has_waited() {
    let address = free_address();
    let app = TestApp::start_with(Database::Sqlite, |config| over_smtp(config, address)).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let waiting = queued(&app).await;
    assert_eq!(waiting.len(), 3);
    assert!(
        waiting[0]
            .reason
            .as_ref()
            .unwrap()
            .starts_with("cannot connect to")
    );

    let server = ScriptedSmtp::start_at(address).await;
    app.deliver_mail().await;
    assert!(server.arrived().is_empty(), "it is not due yet");
    app.pass(FIRST_RETRY);
    app.deliver_mail().await;
    let mut recipients: Vec<String> = server
        .arrived()
        .into_iter()
        .map(|mail| mail.rcpt_command)
        .collect();
    recipients.sort();
    assert_eq!(
        recipients,
        [
            "RCPT TO:<anna@tulips.example>".to_owned(),
            "RCPT TO:<bram@tulips.example>".to_owned(),
            format!("RCPT TO:<{JORIS}>"),
        ]
    );
    invariants::hold(&app.app).await;
}
