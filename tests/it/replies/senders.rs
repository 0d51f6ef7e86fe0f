//! Who may act by mail: the administrator the mail was sent to, as a person, and nobody else.

use esecured::workflow::expire;

use super::{asked, changed, does_nothing};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, invariants, on_both_databases};

async fn nobody_but_the_administrator_it_was_sent_to_may_act(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let good = mail.answer(ANNA, "weigeren");
    let own = format!("From: Anna de Wit <{ANNA}>");
    for (from, because) in [
        (format!("From: Bram <{BRAM}>"), "not the administrator"),
        (format!("From: Joris <{JORIS}>"), "not the administrator"),
        (
            "From: Anna de Wit <anna@tulips.example.evil.example>".to_owned(),
            "not the administrator",
        ),
        // The name is an address; the address is another.
        (
            format!("From: \"{ANNA}\" <evil@evil.example>"),
            "not the administrator",
        ),
        (
            format!("From: Anna de Wit <{ANNA}>, Bram <{BRAM}>"),
            "exactly one",
        ),
        (
            format!("From: Bram <{BRAM}>\r\nFrom: Anna de Wit <{ANNA}>"),
            "exactly one",
        ),
        (
            format!("From: Anna de Wit <{ANNA}>\r\nFrom: Bram <{BRAM}>"),
            "exactly one",
        ),
        (
            format!("From: Anna de Wit <{ANNA}>\r\nFrom: Anna de Wit <{ANNA}>"),
            "exactly one",
        ),
        (format!("From: Team: Anna de Wit <{ANNA}>;"), "exactly one"),
        ("X-From: nobody".to_owned(), "exactly one"),
    ] {
        let raw = changed(&good, &own, &from);
        let outcome = does_nothing(&app, &raw).await;
        assert!(outcome.reason.contains(because), "{from}: {outcome:?}");
        // What was read is said, whoever wrote it.
        assert_eq!(outcome.decision, "reject", "{from}");
    }
    assert_eq!(app.status_of(id).await, "pending");
    // None of those keeps the genuine one from counting, though it has the same Message-ID.
    assert_eq!(app.arrives(&good).await.effect.as_str(), "rejected");
    invariants::hold(&app.app).await;
}

async fn without_a_whole_token_of_ours_nothing_happens(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let good = mail.answer(ANNA, "weigeren");
    let address = mail.reply_to.clone().unwrap();
    let (local, domain) = address.split_once('@').unwrap();
    let (mailbox, token) = local.split_once('+').unwrap();
    assert_eq!(token.len(), 40);
    let flipped = if token.ends_with('a') { "b" } else { "a" };
    for to in [
        format!("{mailbox}@{domain}"),
        format!("{mailbox}+@{domain}"),
        format!("{mailbox}+{}@{domain}", &token[..39]),
        format!("{mailbox}+{}@{domain}", &token[..20]),
        format!("{mailbox}+{}{flipped}@{domain}", &token[..39]),
        format!("{mailbox}+{token}a@{domain}"),
        format!("{mailbox}+b.{token}@{domain}"),
    ] {
        let raw = changed(&good, &address, &to);
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.effect.as_str(), "ignored", "{to}: {outcome:?}");
    }
    // In the text alone it is no address.
    let raw = changed(
        &good,
        &format!("To: <{address}>"),
        "To: <nobody@example.com>",
    );
    let raw = changed(&raw, "weigeren\r\n", &format!("weigeren {address}\r\n"));
    does_nothing(&app, &raw).await;
    // The address our mail bounces to takes no commands, not even beside the right one.
    let bounce = mail.envelope_from.clone().unwrap();
    assert!(bounce.starts_with("reply+b."), "{bounce}");
    let raw = changed(&good, &address, &bounce);
    does_nothing(&app, &raw).await;
    let raw = changed(&good, &address, &format!("{address}>, <{bounce}"));
    does_nothing(&app, &raw).await;
    assert_eq!(app.status_of(id).await, "pending");
    // A mail system on the way may write it in capitals.
    let raw = changed(&good, token, &token.to_uppercase());
    assert_eq!(app.arrives(&raw).await.effect.as_str(), "rejected");
}

async fn what_no_person_wrote_is_no_command(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let good = mail.answer(ANNA, "weigeren");
    for (top, kind) in [
        ("Auto-Submitted: auto-replied\r\n", "auto-reply"),
        (
            "Auto-Submitted: auto-generated (rejected)\r\n",
            "auto-reply",
        ),
        ("Return-Path: <>\r\n", "auto-reply"),
        ("X-Autoreply: yes\r\n", "auto-reply"),
        ("Precedence: auto_reply\r\n", "auto-reply"),
        ("Precedence: bulk\r\n", "other"),
        ("List-Id: <tulips.example>\r\n", "other"),
        ("X-Failed-Recipients: x@y.example\r\n", "bounce"),
        (
            "X-MS-Exchange-Inbox-Rules-Loop: anna@tulips.example\r\n",
            "auto-reply",
        ),
        ("Delivered-To: Autoresponder\r\n", "auto-reply"),
    ] {
        let raw = [top.as_bytes(), good.as_slice()].concat();
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.kind, kind, "{top}: {outcome:?}");
    }
    for (subject, kind) in [
        ("Automatisch antwoord: weigeren", "auto-reply"),
        ("Out of Office: reject", "auto-reply"),
        ("[Auto-Reply] weigeren", "auto-reply"),
        ("Wij hebben uw e-mail ontvangen", "auto-reply"),
        ("Fwd: verzoek", "forward"),
        ("Undeliverable: verzoek", "bounce"),
    ] {
        let text = String::from_utf8(good.clone()).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("Subject: "))
            .unwrap();
        let raw = changed(&good, line.trim_end(), &format!("Subject: {subject}"));
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.kind, kind, "{subject}: {outcome:?}");
        assert_eq!(outcome.decision, "none", "{subject}: {outcome:?}");
    }
    assert_eq!(app.status_of(id).await, "pending");
}

async fn a_dismissed_administrator_cannot_act_by_an_old_mail_and_is_told_so(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    app.dismiss(ANNA, TULIPS).await;
    app.deliver_mail().await;
    for text in ["weigeren", "akkoord"] {
        let mails = app.mails_to(ANNA).len();
        let outcome = app.arrives(&mail.answer(ANNA, text)).await;
        assert_eq!(outcome.effect.as_str(), "answered", "{outcome:?}");
        assert!(outcome.reason.contains("no longer"), "{outcome:?}");
        app.deliver_mail().await;
        assert_eq!(app.mails_to(ANNA).len(), mails + 1);
        let told = app.last_mail_to(ANNA);
        assert!(
            told.text.contains("geen accountbeheerder meer"),
            "{}",
            told.text
        );
        assert!(!told.text.contains("/requests/") && !told.text.contains("/r/"));
        // Only now and then: a program may be answering.
        let again = app
            .arrives(&mail.answer(ANNA, &format!("Hallo? {text}")))
            .await;
        assert_eq!(again.effect.as_str(), "recorded", "{again:?}");
        app.pass(std::time::Duration::from_secs(3601));
    }
    assert_eq!(app.status_of(id).await, "pending");
}

async fn an_answer_to_a_mail_from_before_a_removal_is_refused_after_the_return(database: Database) {
    let (app, before) = asked(database).await;
    let id = app.request_of(&before);
    app.pass(std::time::Duration::from_secs(60));
    app.dismiss(ANNA, TULIPS).await;
    app.deliver_mail().await;
    app.pass(std::time::Duration::from_secs(60));
    app.appoints_again(ANNA, TULIPS).await;
    app.deliver_mail().await;
    let anew = app.last_mail_to(ANNA);
    let outcome = app.arrives(&before.answer(ANNA, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "answered", "{outcome:?}");
    assert!(outcome.reason.contains("from before"), "{outcome:?}");
    assert_eq!(app.status_of(id).await, "pending");
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA).text;
    assert!(told.contains("opnieuw werd toegevoegd"), "{told}");
    // To the mail that asked anew she may answer.
    let outcome = app.arrives(&anew.answer(ANNA, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "rejected", "{outcome:?}");
}

async fn who_answers_about_a_cancelled_request_is_told_so(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    expire::cancel_by_operator(&app.app, id).await.unwrap();
    let outcome = app.arrives(&mail.answer(ANNA, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "answered", "{outcome:?}");
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(told.text.contains("ingetrokken"), "{}", told.text);
    assert_eq!(app.status_of(id).await, "cancelled");
}

on_both_databases!(
    nobody_but_the_administrator_it_was_sent_to_may_act,
    without_a_whole_token_of_ours_nothing_happens,
    what_no_person_wrote_is_no_command,
    a_dismissed_administrator_cannot_act_by_an_old_mail_and_is_told_so,
    an_answer_to_a_mail_from_before_a_removal_is_refused_after_the_return,
    who_answers_about_a_cancelled_request_is_told_so,
);
