//! What a reply brings about, once.

use std::time::Duration;

use super::{asked, changed, does_nothing, essence};
use crate::support::{ANNA, BRAM, Database, JORIS, TestApp, invariants, on_both_databases};

const MINUTE: Duration = Duration::from_secs(60);

async fn a_reply_rejects_and_everybody_is_told(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let outcome = app.arrives(&mail.answer(ANNA, "Weigeren graag.")).await;
    assert_eq!(essence(&outcome), ("reply", "reject", "rejected"));
    assert_eq!(outcome.request, Some(id));
    assert_eq!(outcome.reply_text, "Weigeren graag.");
    assert_eq!(app.status_of(id).await, "rejected");
    app.deliver_mail().await;
    let done = app.last_mail_to(ANNA);
    assert!(done.text.contains("/u/"), "{}", done.text);
    let told = app.last_mail_to(BRAM);
    assert!(told.text.contains("Anna de Wit"), "{}", told.text);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    app.pass(MINUTE * 15);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(JORIS).len(), 2);
    let page = app.browser().open(&mail.path("/r/")).await;
    page.shows("door de mail te beantwoorden");
    invariants::hold(&app.app).await;
}

async fn a_reply_that_approves_gets_the_way_to_the_sign_in_and_approves_nothing(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    for (answer, minutes) in [("Goedkeuren", 61), ("approve", 61), ("Akkoord, prima!", 61)] {
        let mails = app.mails_to(ANNA).len();
        let raw = mail.answer(ANNA, answer);
        let outcome = app.arrives(&raw).await;
        assert_eq!(essence(&outcome), ("reply", "approve-asked", "answered"));
        assert_eq!(app.status_of(id).await, "pending");
        app.deliver_mail().await;
        assert_eq!(app.mails_to(ANNA).len(), mails + 1);
        let way = app.last_mail_to(ANNA);
        assert_eq!(way.path("/requests/"), format!("/requests/{id}"));
        assert!(!way.text.contains("/r/"), "{}", way.text);
        app.pass(MINUTE * minutes);
    }
    invariants::hold(&app.app).await;
}

async fn an_unclear_reply_changes_nothing_and_is_answered(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    for (answer, decision) in [
        ("Wie is dit?", "none"),
        ("Niet weigeren!", "ambiguous"),
        ("Moet ik dit weigeren?", "ambiguous"),
        ("Weigeren, tenzij het voor Piet is.", "ambiguous"),
    ] {
        let outcome = app.arrives(&mail.answer(ANNA, answer)).await;
        assert_eq!(outcome.effect.as_str(), "answered", "{answer}: {outcome:?}");
        if decision == "ambiguous" {
            assert_eq!(outcome.decision, decision, "{answer}");
        }
        assert_eq!(app.status_of(id).await, "pending");
        app.deliver_mail().await;
        app.pass(MINUTE * 6 * 60 + MINUTE);
    }
    invariants::hold(&app.app).await;
}

async fn the_same_mail_a_second_time_does_nothing(database: Database) {
    let (app, mail) = asked(database).await;
    let raw = mail.answer(ANNA, "weigeren");
    assert_eq!(app.arrives(&raw).await.effect.as_str(), "rejected");
    app.deliver_mail().await;
    let trace = b"Return-Path: <anna@tulips.example>\r\n\
        Received: from a.example by b.example; Mon, 11 May 2026 10:00:09 +0200\r\n"
        .to_vec();
    for copy in [
        raw.clone(),
        [trace, raw.clone()].concat(),
        changed(&raw, "\r\n", "\n"),
    ] {
        let outcome = does_nothing(&app, &copy).await;
        assert_eq!(outcome.effect.as_str(), "ignored", "{outcome:?}");
        assert!(outcome.reason.contains("was read before"), "{outcome:?}");
    }
    invariants::hold(&app.app).await;
}

async fn after_an_undo_the_old_reply_stays_spent_and_a_new_one_counts(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let old = mail.answer(ANNA, "weigeren");
    app.arrives(&old).await;
    app.deliver_mail().await;
    app.presses(&app.last_mail_to(ANNA).path("/u/")).await;
    assert_eq!(app.status_of(id).await, "pending");
    // It comes again: fetched anew, or sent around by a forwarding loop.
    does_nothing(&app, &old).await;
    let with_trace = [b"Received: by c.example\r\n".to_vec(), old.clone()].concat();
    does_nothing(&app, &with_trace).await;
    assert_eq!(app.status_of(id).await, "pending");
    let new = mail.answer(ANNA, "Toch weigeren.");
    assert_eq!(app.arrives(&new).await.effect.as_str(), "rejected");
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

async fn whoever_is_slower_than_a_colleague_changes_nothing(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&id.to_string()], "approve").await;
    app.deliver_mail().await;
    let told = app.mails_to(ANNA).len();
    let outcome = app.arrives(&mail.answer(ANNA, "weigeren")).await;
    assert_eq!(essence(&outcome), ("reply", "reject", "answered"));
    assert_eq!(app.status_of(id).await, "approved");
    // Anna is shown the decision that stands, and nobody else hears of it.
    let others = app.mails_to(BRAM).len();
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), told + 1);
    assert_eq!(app.mails_to(BRAM).len(), others);
    let shown = app.last_mail_to(ANNA);
    assert!(shown.text.contains("Bram Smith"), "{}", shown.text);
    assert_eq!(shown.envelope_from, None);
    invariants::hold(&app.app).await;
}

async fn an_answer_to_our_answer_counts_as_well(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    app.arrives(&mail.answer(ANNA, "akkoord")).await;
    app.deliver_mail().await;
    let way = app.last_mail_to(ANNA);
    assert_ne!(way.reply_to, mail.reply_to);
    let outcome = app.arrives(&way.answer(ANNA, "Dan toch weigeren.")).await;
    assert_eq!(essence(&outcome), ("reply", "reject", "rejected"));
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

async fn a_mail_over_the_limit_is_put_aside_and_the_next_one_is_read(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let mut large = mail.answer(ANNA, "weigeren");
    large.extend(std::iter::repeat_n(b"x".as_slice(), 10 * 1024 * 1024 + 1).flatten());
    let outcome = does_nothing(&app, &large).await;
    assert_eq!(outcome.effect.as_str(), "quarantined", "{outcome:?}");
    assert_eq!(app.status_of(id).await, "pending");
    let outcome = app.arrives(&mail.answer(ANNA, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "rejected");
}

on_both_databases!(
    a_reply_rejects_and_everybody_is_told,
    a_reply_that_approves_gets_the_way_to_the_sign_in_and_approves_nothing,
    an_unclear_reply_changes_nothing_and_is_answered,
    the_same_mail_a_second_time_does_nothing,
    after_an_undo_the_old_reply_stays_spent_and_a_new_one_counts,
    whoever_is_slower_than_a_colleague_changes_nothing,
    an_answer_to_our_answer_counts_as_well,
    a_mail_over_the_limit_is_put_aside_and_the_next_one_is_read,
);

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    use esecured::workflow::read_mail;

    let (app, mail) = asked(Database::Sqlite).await;
    let raw = mail.answer(ANNA, "weigeren");
    let before = app.dump().await;
    let outcome = read_mail::read_mail(&app.app, &raw, true).await.unwrap();
    assert_eq!(outcome.effect.as_str(), "rejected");
    assert_eq!(app.dump().await, before);
    assert_eq!(app.arrives(&raw).await.effect.as_str(), "rejected");
}

/// Two readers, or one mail in two mailboxes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_readers_at_once_reject_once() {
    let app = TestApp::start(Database::Sqlite).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let raw = app.last_mail_to(ANNA).answer(ANNA, "weigeren");
    let outcomes = futures_util::future::join_all((0..6).map(|_| app.arrives(&raw))).await;
    let effects: Vec<&str> = outcomes.iter().map(|one| one.effect.as_str()).collect();
    let rejected = effects.iter().filter(|effect| **effect == "rejected");
    assert_eq!(rejected.count(), 1, "{effects:?}");
    invariants::hold(&app.app).await;
}
