//! An answer to a digest could mean any of its requests, so it means none.

use super::{HOUR, asks_as, chooses, digests_to};
use crate::support::{ANNA, BRAM, Database, Received, TestApp, invariants, on_both_databases};

/// Anna got a digest of two requests.
async fn anna_got_a_digest(database: Database) -> (TestApp, Vec<String>, Received) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    chooses(&anna, "digest", "11").await;
    let requests = vec![asks_as(&app, 1).await, asks_as(&app, 2).await];
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    let digest = digests_to(&app, ANNA).remove(0);
    (app, requests, digest)
}

async fn a_reply_to_a_digest_rejects_nothing_and_is_told_why(database: Database) {
    for words in ["weigeren", "goedkeuren", "wat is dit?"] {
        let (app, requests, digest) = anna_got_a_digest(database).await;
        let outcome = app.arrives(&digest.answer(ANNA, words)).await;
        assert_eq!(
            (outcome.kind, outcome.effect.as_str()),
            ("reply", "answered")
        );
        assert_eq!(outcome.request, None);
        for request in &requests {
            assert_eq!(app.status_of(request.parse().unwrap()).await, "pending");
        }
        app.deliver_mail().await;
        let answer = app.last_mail_to(ANNA);
        assert!(
            answer.subject.starts_with("Je antwoord is niet verwerkt"),
            "{}",
            answer.subject
        );
        assert!(answer.text.contains("bij elke aanvraag horen"));
        assert_eq!(answer.path("/authorized-users"), "/authorized-users");
        assert_eq!(answer.envelope_from, None);
        let headers = String::from_utf8(answer.raw.clone()).unwrap();
        assert!(headers.contains("Auto-Submitted: auto-replied"));
        // One answer an hour, whatever comes.
        let again = app.arrives(&digest.answer(ANNA, "weigeren!")).await;
        assert_eq!(again.effect.as_str(), "recorded");
        // And an answer to the answer is read likewise.
        app.pass(HOUR * 2);
        let outcome = app.arrives(&answer.answer(ANNA, "reject")).await;
        assert_eq!(outcome.effect.as_str(), "answered");
        assert_eq!(app.status_of(requests[0].parse().unwrap()).await, "pending");
        invariants::hold(&app.app).await;
    }
}

async fn nobody_else_gets_an_answer(database: Database) {
    let (app, _, digest) = anna_got_a_digest(database).await;
    let mails = app.mails_to(ANNA).len() + app.mails_to(BRAM).len();
    for from in [BRAM, "evil@evil.example"] {
        let outcome = app.arrives(&digest.answer(from, "weigeren")).await;
        assert_eq!(outcome.effect.as_str(), "ignored");
    }
    app.dismiss(ANNA, crate::support::TULIPS).await;
    let outcome = app.arrives(&digest.answer(ANNA, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "ignored");
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len() + app.mails_to(BRAM).len(), mails);
}

on_both_databases!(
    a_reply_to_a_digest_rejects_nothing_and_is_told_why,
    nobody_else_gets_an_answer,
);
