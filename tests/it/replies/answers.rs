//! What we answer to replies: seldom, to the stored address alone, and in a way no robot answers.

use std::time::Duration;

use super::{asked, changed, does_nothing};
use crate::support::{ANNA, BRAM, Database, JORIS, on_both_databases};

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
    one_answer_an_hour_and_four_a_day,
    our_own_answer_coming_back_is_not_answered,
);
