//! What we answer to replies: seldom, to the stored address alone, and in a way no robot answers.

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress},
    workflow::{authorized_users, read_mail::Effect},
};

use super::{asked, changed, does_nothing};
use crate::support::{ANNA, BRAM, Database, JORIS, Received, TULIPS, on_both_databases};

const MINUTE: Duration = Duration::from_secs(60);

async fn an_answer_hangs_on_the_reply_and_has_no_sender_to_bounce_to(database: Database) {
    let (app, mail) = asked(database).await;
    let raw = mail.answer(ANNA, "akkoord");
    // Where the reply wants to be answered is its own affair.
    let raw = changed(
        &raw,
        "To: <",
        "Reply-To: <evil@evil.example>\r\nSender: <evil@evil.example>\r\nCc: <evil@evil.example>\r\nTo: <",
    );
    let text = String::from_utf8(raw.clone()).unwrap();
    let line = text.lines().find(|line| line.starts_with("Message-ID:"));
    let reply_id = line.unwrap().trim_start_matches("Message-ID: ").trim();
    assert_eq!(app.arrives(&raw).await.effect.as_str(), "answered");
    app.deliver_mail().await;
    let answer = app.last_mail_to(ANNA);
    assert_eq!(answer.envelope_from, None);
    assert_eq!(app.mails_to("evil@evil.example").len(), 0);
    let headers = String::from_utf8(answer.raw.clone()).unwrap();
    let headers = headers
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .replace("\r\n ", " ");
    let header = |name: &str| {
        let line = headers.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    assert_eq!(header("Auto-Submitted:"), "auto-replied");
    assert_eq!(header("In-Reply-To:"), reply_id);
    let references = header("References:");
    assert!(
        references.contains(&format!("<{}>", mail.message_id)),
        "{references}"
    );
    assert!(references.ends_with(reply_id), "{references}");
    assert!(header("To:").contains(ANNA));
    assert_eq!(header("Cc:"), "");
}

/// Whoever orders a rejection must not read that all is done while the address may use the number.
async fn what_is_open_by_now_is_said_to_whoever_rejects_again(database: Database) {
    let (app, mail) = asked(database).await;
    assert_eq!(
        app.arrives(&mail.answer(ANNA, "weigeren")).await.effect,
        Effect::Rejected
    );
    app.deliver_mail().await;
    app.pass(MINUTE * 61);
    // As long as that stands, the rejection is told again.
    assert_eq!(
        app.arrives(&mail.answer(ANNA, "weigeren!")).await.effect,
        Effect::Answered
    );
    app.deliver_mail().await;
    let again = app.last_mail_to(ANNA);
    assert!(
        again.text.contains("je had deze aanvraag al geweigerd"),
        "{}",
        again.text
    );

    let email = EmailAddress::parse(JORIS).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    authorized_users::add_by_operator(&app.app, &tulips, &email, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    app.pass(MINUTE * 61);
    assert_eq!(
        app.arrives(&mail.answer(ANNA, "weiger dit")).await.effect,
        Effect::Answered
    );
    app.deliver_mail().await;
    let answer = app.last_mail_to(ANNA);
    assert!(
        answer.text.contains("Het heeft niets veranderd"),
        "{}",
        answer.text
    );
    assert!(
        answer.text.contains("mag 112233445 intussen gebruiken"),
        "{}",
        answer.text
    );
    assert!(answer.path("/requests/").starts_with("/requests/"));
    assert!(!answer.text.contains("niets meer te doen"));
}

async fn one_answer_an_hour_and_four_a_day(database: Database) {
    let (app, mail) = asked(database).await;
    let mut answers = Vec::new();
    for hour in 0..26 {
        let raw = mail.answer(ANNA, &format!("akkoord {hour}"));
        answers.push(app.arrives(&raw).await.effect.as_str());
        let again = mail.answer(ANNA, &format!("prima {hour}"));
        assert_eq!(app.arrives(&again).await.effect.as_str(), "recorded");
        app.deliver_mail().await;
        app.pass(MINUTE * 61);
    }
    let answered: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, effect)| **effect == "answered")
        .map(|(hour, _)| hour)
        .collect();
    assert_eq!(answered, [0, 1, 2, 3, 24, 25]);
    assert_eq!(app.mails_to(ANNA).len(), 1 + 6);
    // A colleague's answers are counted apart.
    let bram = app.mails_to(BRAM).remove(0);
    let outcome = app.arrives(&bram.answer(BRAM, "ok")).await;
    assert_eq!(outcome.effect.as_str(), "answered");
}

/// The value of a header, as it stands in its line.
fn header(mail: &Received, name: &str) -> String {
    let text = String::from_utf8_lossy(&mail.raw);
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_default().trim().to_owned()
}

async fn who_rejected_is_told_its_own_decision_with_the_way_back_while_there_is_one(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    assert_eq!(
        app.arrives(&mail.answer(ANNA, "weigeren")).await.effect,
        Effect::Rejected
    );
    app.deliver_mail().await;
    for (hurry, undo) in [(MINUTE, true), (MINUTE * 61, false)] {
        app.pass(hurry);
        let raw = mail.answer(ANNA, &format!("Toch akkoord, {undo}"));
        assert_eq!(app.arrives(&raw).await.effect, Effect::Answered);
        app.deliver_mail().await;
        let told = app.last_mail_to(ANNA);
        assert!(
            told.text
                .contains("je had deze aanvraag al geweigerd door de mail"),
            "{}",
            told.text
        );
        assert_eq!(told.text.contains("/u/"), undo, "{}", told.text);
        assert_eq!(told.envelope_from, None);
        assert_eq!(header(&told, "Auto-Submitted:"), "auto-replied");
    }
    // A colleague hears whose decision it was.
    let bram = app.mails_to(BRAM).remove(0);
    app.arrives(&bram.answer(BRAM, "akkoord")).await;
    app.deliver_mail().await;
    let told = app.last_mail_to(BRAM);
    assert!(told.text.contains("Anna de Wit"), "{}", told.text);
    assert!(!told.text.contains("/u/"), "{}", told.text);
    assert_eq!(told.envelope_from, None);
    assert_eq!(header(&told, "Auto-Submitted:"), "auto-replied");
}

async fn who_rejected_in_the_portal_is_told_so_and_nothing_that_is_over(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "reject").await;
    app.arrives(&mail.answer(ANNA, "akkoord")).await;
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.text
            .contains("je had deze aanvraag al geweigerd in het portaal"),
        "{}",
        told.text
    );
    assert!(told.text.contains("omdat je antwoordde"), "{}", told.text);
    assert!(!told.text.contains("/u/"), "{}", told.text);
    // Bram grants it after all: it is not true any more that the address has no access.
    let bram = app.signed_in(BRAM).await;
    let row = format!("{TULIPS}.{}", app.request(id).await.requester);
    bram.overturns("rejected", &row, "approve").await;
    app.pass(MINUTE * 61);
    app.deliver_mail().await;
    app.arrives(&mail.answer(ANNA, "Akkoord?")).await;
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(!told.text.contains("je weigerde"), "{}", told.text);
}

/// Chapter 2.5 wants the token where nobody is answered.
async fn what_a_reply_brings_has_no_sender_to_bounce_to_and_what_a_link_brings_has(
    database: Database,
) {
    let (app, mail) = asked(database).await;
    app.arrives(&mail.answer(ANNA, "weigeren")).await;
    app.deliver_mail().await;
    let by_reply = app.last_mail_to(ANNA);
    assert_eq!(by_reply.envelope_from, None);
    assert_eq!(header(&by_reply, "Auto-Submitted:"), "auto-replied");

    app.asks("kees@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    app.rejects_by_link(&mail).await;
    app.deliver_mail().await;
    let by_link = app.last_mail_to(ANNA);
    assert!(by_link.path("/u/").len() > 10);
    let sender = by_link.envelope_from.clone().unwrap_or_default();
    assert!(sender.starts_with("reply+b."), "{sender}");
    assert_eq!(header(&by_link, "Auto-Submitted:"), "auto-generated");
}

async fn our_own_answer_coming_back_is_not_answered(database: Database) {
    let (app, mail) = asked(database).await;
    app.arrives(&mail.answer(ANNA, "akkoord")).await;
    app.deliver_mail().await;
    let answer = app.last_mail_to(ANNA);
    app.pass(MINUTE * 120);
    does_nothing(&app, &answer.raw).await;
    does_nothing(&app, &mail.raw).await;
    assert_eq!(app.mails_to(JORIS).len(), 1);
}

on_both_databases!(
    an_answer_hangs_on_the_reply_and_has_no_sender_to_bounce_to,
    what_is_open_by_now_is_said_to_whoever_rejects_again,
    one_answer_an_hour_and_four_a_day,
    who_rejected_is_told_its_own_decision_with_the_way_back_while_there_is_one,
    who_rejected_in_the_portal_is_told_so_and_nothing_that_is_over,
    what_a_reply_brings_has_no_sender_to_bounce_to_and_what_a_link_brings_has,
    our_own_answer_coming_back_is_not_answered,
);
