//! What a report does, once, and whose does nothing.

use esecured::workflow::read_mail::Effect;

use super::{address_of, asked, report, report_to, shown, states, told, was};
use crate::support::{
    ANNA, BRAM, Database, JORIS, TULIPS, TestApp, captured_log::CapturedLog, invariants,
    on_both_databases,
};

async fn a_mail_that_came_back_for_good_makes_the_address_unreachable_and_is_told_once(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    let log = CapturedLog::start();
    let id = app.request_of(&mail);
    let raw = report(&mail, "failed", "5.1.1", "first");
    let outcome = app.arrives(&raw).await;
    was(&outcome, "recorded");
    assert!(outcome.reason.contains("5.1.1"), "{outcome:?}");
    assert_eq!(outcome.request, Some(id));
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    assert_eq!(address_of(&app, BRAM).await, "fine");
    assert_eq!(states(&app, id).await, "a bounced, b delivered");
    let answer = shown(&app, id).await;
    assert_eq!(
        (&answer["status"], &answer["reachable"]),
        (&"pending".into(), &true.into())
    );

    app.deliver_mail().await;
    assert_eq!(told(&app, BRAM), 1);
    let mail_to_bram = app.last_mail_to(BRAM);
    assert!(
        mail_to_bram.text.contains("Anna de Wit"),
        "{}",
        mail_to_bram.text
    );
    assert!(mail_to_bram.reply_to.is_none(), "nothing is decided by it");
    // Nobody writes to the address that mails come back from, nor to whoever asked.
    assert_eq!(app.mails_to(ANNA).len(), 1);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    let said = log.of("administrator.unreachable");
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["level"], "WARN");
    assert_eq!(said[0]["administrator"], "a***@tulips.example");
    assert!(log.of("access_request.unreachable").is_empty());
    let events = app.events("administrator.unreachable").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["status"], "5.1.1");
    assert_eq!(events[0]["messageId"], "<first@mx.example>");

    // The same report, that report on another way, and another one about the same mail.
    let before = log.of("administrator.unreachable").len();
    was(&app.arrives(&raw).await, "ignored");
    let again = [b"Received: by c.example\r\n".to_vec(), raw].concat();
    was(&app.arrives(&again).await, "ignored");
    was(
        &app.arrives(&report(&mail, "failed", "5.1.1", "second"))
            .await,
        "recorded",
    );
    app.deliver_mail().await;
    assert_eq!(told(&app, BRAM), 1);
    assert_eq!(app.events("administrator.unreachable").await.len(), 1);
    assert_eq!(log.of("administrator.unreachable").len(), before);
    invariants::hold(&app.app).await;
}

async fn a_delay_and_a_full_mailbox_are_noted_and_nobody_is_told(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    was(
        &app.arrives(&report(&mail, "delayed", "4.4.1", "late"))
            .await,
        "recorded",
    );
    assert_eq!(address_of(&app, ANNA).await, "soft");
    assert_eq!(states(&app, id).await, "a delivered, b delivered");
    assert_eq!(app.events("administrator.mail_delayed").await.len(), 1);

    was(
        &app.arrives(&report(&mail, "failed", "5.2.2", "full")).await,
        "recorded",
    );
    assert_eq!(address_of(&app, ANNA).await, "soft");
    assert_eq!(states(&app, id).await, "a bounced, b delivered");
    assert_eq!(app.events("administrator.mail_delayed").await.len(), 1);
    app.deliver_mail().await;
    assert_eq!(told(&app, BRAM), 0);
    // A later delay says nothing better of an address that is no good.
    app.asks("kees@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let next = app.last_mail_to(ANNA);
    was(
        &app.arrives(&report(&next, "failed", "5.1.1", "gone")).await,
        "recorded",
    );
    was(
        &app.arrives(&report(&next, "delayed", "4.4.1", "odd")).await,
        "recorded",
    );
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    invariants::hold(&app.app).await;
}

/// Anna's mailbox may be fine where her forward is not, and where a filter dislikes us.
async fn a_report_about_somebody_else_or_about_the_mail_spares_the_address(database: Database) {
    let (app, mail) = asked(database).await;
    let bounces = mail.envelope_from.as_deref().unwrap();
    let forwarded = report_to(
        bounces,
        "anna@private.example",
        "failed",
        "5.1.1",
        "forward",
    );
    was(&app.arrives(&forwarded).await, "recorded");
    assert_eq!(address_of(&app, ANNA).await, "soft");
    for (name, status) in [("filtered", "5.7.1"), ("large", "5.3.4")] {
        app.asks(&format!("{name}@elsewhere.example"), TULIPS).await;
        app.deliver_mail().await;
        let next = app.last_mail_to(ANNA);
        was(
            &app.arrives(&report(&next, "failed", status, name)).await,
            "recorded",
        );
        assert_eq!(address_of(&app, ANNA).await, "soft", "{status}");
    }
    app.deliver_mail().await;
    assert_eq!(told(&app, BRAM), 0);
    invariants::hold(&app.app).await;
}

async fn a_report_of_success_and_an_absence_say_nothing_of_an_address(database: Database) {
    let (app, mail) = asked(database).await;
    was(
        &app.arrives(&report(&mail, "delivered", "2.0.0", "ok"))
            .await,
        "recorded",
    );
    let sender = mail.envelope_from.as_deref().unwrap();
    let absent = format!(
        "From: {ANNA}\r\nTo: {sender}\r\nMessage-ID: <away@x.example>\r\n\
         Subject: Afwezig: verzoek\r\nAuto-Submitted: auto-replied\r\n\r\nWeigeren!\r\n"
    );
    assert_eq!(app.arrives(absent.as_bytes()).await.kind, "auto-reply");
    assert_eq!(address_of(&app, ANNA).await, "fine");
    let id = app.request_of(&mail);
    assert_eq!(states(&app, id).await, "a delivered, b delivered");
    assert_eq!(app.status_of(id).await, "pending");
    invariants::hold(&app.app).await;
}

/// Mail systems have words of their own for what they report.
async fn a_report_in_prose_counts_whatever_its_subject_and_a_person_there_is_told_of(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    let log = CapturedLog::start();
    let id = app.request_of(&mail);
    let sender = mail.envelope_from.as_deref().unwrap();
    let written = |from: &str, name: &str, text: &str| {
        format!(
            "From: {from}\r\nTo: {sender}\r\nMessage-ID: <{name}@mx.example>\r\n\
             Subject: Uw e-mail\r\n\r\n{text}\r\n"
        )
    };
    let person = written(
        "Postmaster <postmaster@tulips.example>",
        "person",
        "weigeren",
    );
    let outcome = app.arrives(person.as_bytes()).await;
    assert_eq!((outcome.kind, outcome.effect), ("reply", Effect::Ignored));
    let said = log.of("inbox.ignored");
    assert_eq!((said.len(), &said[0]["level"]), (1, &"WARN".into()));
    assert_eq!(address_of(&app, ANNA).await, "fine");

    let report = written(
        "postmaster@mx.example",
        "report",
        &format!("{ANNA}: 550 5.1.1 no such user"),
    );
    was(&app.arrives(report.as_bytes()).await, "recorded");
    assert_eq!(address_of(&app, ANNA).await, "unreachable");
    assert_eq!(states(&app, id).await, "a bounced, b delivered");
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

async fn without_the_bounce_token_of_that_mail_a_report_does_nothing(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let other = TestApp::start(Database::Sqlite).await;
    other.joris_asks().await;
    other.deliver_mail().await;
    let foreign = other.last_mail_to(ANNA).envelope_from.unwrap();
    let own = mail.envelope_from.clone().unwrap();
    let (local, domain) = own.split_once('@').unwrap();
    let last = if local.ends_with('a') { "b" } else { "a" };
    let forged = format!("{}{last}@{domain}", &local[..local.len() - 1]);
    let reply = mail.reply_to.clone().unwrap();
    let bare = format!("reply@{domain}");
    for (name, sender) in [&foreign, &forged, &reply, &bare].into_iter().enumerate() {
        let raw = report_to(sender, ANNA, "failed", "5.1.1", &format!("forged{name}"));
        let outcome = app.arrives(&raw).await;
        assert_eq!(outcome.kind, "bounce");
        assert_eq!(address_of(&app, ANNA).await, "fine", "{sender}");
    }
    assert_eq!(states(&app, id).await, "a delivered, b delivered");
    app.deliver_mail().await;
    assert_eq!(told(&app, BRAM), 0);
    invariants::hold(&app.app).await;
}

async fn a_mail_to_the_requester_that_comes_back_says_nothing_of_administrators(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let received = app.last_mail_to(JORIS);
    was(
        &app.arrives(&report(&received, "failed", "5.1.1", "joris"))
            .await,
        "recorded",
    );
    assert_eq!(address_of(&app, ANNA).await, "fine");
    assert_eq!(states(&app, id).await, "a delivered, b delivered");
    assert_eq!(shown(&app, id).await["reachable"], true);
    invariants::hold(&app.app).await;
}

async fn the_bounce_button_of_the_development_mailbox_feeds_one_in(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let mailbox = app.app.transport.dev_mailbox().unwrap();
    let in_mailbox = mailbox
        .all()
        .into_iter()
        .find(|one| one.to == BRAM)
        .unwrap();
    let path = format!("/dev/mailbox/{}/bounce", in_mailbox.id);
    let page = app.browser().submit(&path, &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(address_of(&app, BRAM).await, "unreachable");
    assert_eq!(states(&app, id).await, "a delivered, b bounced");

    let anna = app.signed_in(ANNA).await;
    let page = anna.open(&format!("/requests/{id}")).await;
    page.shows("teruggekomen");
    page.shows("Niet bereikbaar: mail aan dit adres komt niet aan");
    let page = anna.open("/customer-administrators").await;
    page.shows("Niet bereikbaar: mail aan dit adres komt niet aan");
    page.shows("Bereikbaar per mail");
    anna.open("/activity")
        .await
        .shows("Accountbeheerder niet bereikbaar per mail");
    invariants::hold(&app.app).await;
}

on_both_databases! {
    a_mail_that_came_back_for_good_makes_the_address_unreachable_and_is_told_once,
    a_delay_and_a_full_mailbox_are_noted_and_nobody_is_told,
    a_report_about_somebody_else_or_about_the_mail_spares_the_address,
    a_report_of_success_and_an_absence_say_nothing_of_an_address,
    a_report_in_prose_counts_whatever_its_subject_and_a_person_there_is_told_of,
    without_the_bounce_token_of_that_mail_a_report_does_nothing,
    a_mail_to_the_requester_that_comes_back_says_nothing_of_administrators,
    the_bounce_button_of_the_development_mailbox_feeds_one_in,
}
