//! When nobody can be reached, and how somebody can again.

use std::time::Duration;

use esecured::workflow::reach;

use super::{address_of, asked, report, shown, states, told, was};
use crate::support::{
    ANNA, BRAM, Database, JORIS, TULIPS, TestApp, captured_log::CapturedLog, invariants,
    on_both_databases,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Anna's and Bram's last mails come back.
async fn nobody_is_there(app: &TestApp) {
    for administrator in [ANNA, BRAM] {
        let mail = app.last_mail_to(administrator);
        let name = format!("gone-{administrator}-{}", mail.message_id);
        let name = name.replace('@', ".");
        was(
            &app.arrives(&report(&mail, "failed", "5.1.1", &name)).await,
            "recorded",
        );
    }
}

async fn a_request_that_nobody_hears_of_waits_and_the_operator_is_told_once(database: Database) {
    let (app, mail) = asked(database).await;
    let log = CapturedLog::start();
    let id = app.request_of(&mail);
    nobody_is_there(&app).await;
    let answer = shown(&app, id).await;
    assert_eq!(
        (&answer["status"], &answer["reachable"]),
        (&"pending".into(), &false.into())
    );
    assert_eq!(states(&app, id).await, "a bounced, b bounced");
    let said = log.of("access_request.unreachable");
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["level"], "ERROR");
    assert_eq!(said[0]["request.number"], answer["number"]);
    assert_eq!(said[0]["account.last4"], "3445");
    assert_eq!(app.events("access_request.unreachable").await.len(), 1);
    // Bram was told of Anna, and that came back as well: nobody is left to be told of Bram.
    app.deliver_mail().await;
    assert_eq!(told(&app, ANNA), 0);

    // A further request waits likewise. Its mails are tried all the same.
    let next = app.asks("kees@elsewhere.example", TULIPS).await;
    assert_eq!(shown(&app, next).await["reachable"], false);
    assert_eq!(shown(&app, next).await["status"], "pending");
    assert_eq!(app.events("access_request.unreachable").await.len(), 2);
    app.deliver_mail().await;
    assert_eq!(states(&app, next).await, "a delivered, b delivered");
    assert_eq!(shown(&app, next).await["reachable"], false);
    nobody_is_there(&app).await;
    assert_eq!(log.of("access_request.unreachable").len(), 1);
    assert_eq!(app.events("access_request.unreachable").await.len(), 2);
    invariants::hold(&app.app).await;
}

async fn whoever_signs_in_can_be_reached_again(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    nobody_is_there(&app).await;
    let anna = app.signed_in(ANNA).await;
    assert_eq!(address_of(&app, ANNA).await, "fine");
    assert_eq!(address_of(&app, BRAM).await, "unreachable");
    assert_eq!(shown(&app, id).await["reachable"], true);
    let events = app.events("administrator.reachable").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["by"], "sign-in");
    let page = anna.open(&format!("/requests/{id}")).await;
    assert!(!page.body.contains("Geen beheerder is per mail bereikbaar"));
    app.signed_in(ANNA).await;
    assert_eq!(app.events("administrator.reachable").await.len(), 1);
    invariants::hold(&app.app).await;
}

async fn whoever_answers_can_be_reached_again_and_nobody_else(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    nobody_is_there(&app).await;
    // Somebody else with the token, and the answer of a program.
    app.arrives(&mail.answer("eve@elsewhere.example", "weigeren"))
        .await;
    let by_program = mail.answer_with(ANNA, "weigeren", "Auto-Submitted: auto-replied\r\n");
    app.arrives(&by_program).await;
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    let outcome = app.arrives(&mail.answer(ANNA, "Wie is dit?")).await;
    assert_eq!(outcome.effect.as_str(), "answered", "{outcome:?}");
    assert_eq!(address_of(&app, ANNA).await, "fine");
    assert_eq!(shown(&app, id).await["reachable"], true);
    assert_eq!(
        app.events("administrator.reachable").await[0]["by"],
        "reply"
    );
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

async fn after_three_days_without_a_bounce_a_delivered_mail_counts(database: Database) {
    let (app, mail) = asked(database).await;
    was(
        &app.arrives(&report(&mail, "failed", "5.1.1", "gone")).await,
        "recorded",
    );
    app.pass(HOUR * 80);
    reach::trust_silence(&app.app).await.unwrap();
    assert_eq!(
        address_of(&app, ANNA).await,
        "unreachable",
        "no mail went there since"
    );

    // A mail that comes back starts the time anew, another shows that the address works.
    app.asks("kees@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let second = app.last_mail_to(ANNA);
    app.pass(HOUR * 20);
    was(
        &app.arrives(&report(&second, "failed", "5.1.1", "still"))
            .await,
        "recorded",
    );
    app.pass(HOUR * 80);
    reach::trust_silence(&app.app).await.unwrap();
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    app.asks("loes@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    app.pass(HOUR * 71);
    reach::trust_silence(&app.app).await.unwrap();
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    app.pass(HOUR * 2);
    reach::trust_silence(&app.app).await.unwrap();
    assert_eq!(address_of(&app, ANNA).await, "fine");
    assert_eq!(
        app.events("administrator.reachable").await[0]["by"],
        "delivery"
    );
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

async fn an_account_that_loses_its_last_reachable_administrator_is_reported(database: Database) {
    let (app, mail) = asked(database).await;
    let log = CapturedLog::start();
    let id = app.request_of(&mail);
    was(
        &app.arrives(&report(&mail, "failed", "5.1.1", "gone")).await,
        "recorded",
    );
    assert!(log.of("access_request.unreachable").is_empty());
    app.dismiss(BRAM, TULIPS).await;
    assert_eq!(log.of("access_request.unreachable").len(), 1);
    assert_eq!(shown(&app, id).await["reachable"], false);
    app.deliver_mail().await;
    // Bram hears nothing of Anna any more.
    assert_eq!(told(&app, BRAM), 0);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    invariants::hold(&app.app).await;
}

on_both_databases! {
    a_request_that_nobody_hears_of_waits_and_the_operator_is_told_once,
    whoever_signs_in_can_be_reached_again,
    whoever_answers_can_be_reached_again_and_nobody_else,
    after_three_days_without_a_bounce_a_delivered_mail_counts,
    an_account_that_loses_its_last_reachable_administrator_is_reported,
}
