//! With `inbox.require_auth = "dmarc"` the sender must be proven by our own mail server.

use esecured::config::RequireAuth;

use super::does_nothing;
use crate::support::{ANNA, Database, Received, TestApp, on_both_databases};

async fn asked(database: Database) -> (TestApp, Received) {
    let app = TestApp::start_with(database, |config| {
        config.replies.require_auth = RequireAuth::Dmarc;
        config.replies.authserv_id = Some("mx.example.com".to_owned());
    })
    .await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail)
}

const PASS: &str =
    "Authentication-Results: mx.example.com; dmarc=pass header.from=tulips.example\r\n";

async fn only_what_our_own_server_proved_may_act(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let fail = PASS.replace("pass", "fail");
    for top in [
        String::new(),
        fail.clone(),
        PASS.replace("pass", "none"),
        PASS.replace("dmarc=pass", "spf=pass"),
        PASS.replace("dmarc=pass", "dkim=pass"),
        PASS.replace("mx.example.com", "mx.evil.example"),
        PASS.replace("mx.example.com", "mx.example.com.evil.example"),
        PASS.replace("tulips.example", "evil.example"),
        // It contradicts itself.
        format!("{PASS}{fail}"),
        format!("{fail}{PASS}"),
        // Below another header it is the sender's own work.
        format!("Received: from evil.example by mx.example.com\r\n{PASS}"),
        format!("{fail}Received: from evil.example by mx.example.com\r\n{PASS}"),
        format!("X-Note: x\r\n{PASS}"),
        // In a comment, or in somebody else's words.
        PASS.replace("dmarc=pass", "spf=fail (dmarc=pass)"),
        PASS.replace("dmarc=pass", "spf=fail reason=\"; dmarc=pass\""),
    ] {
        let raw = mail.answer_with(ANNA, "weigeren", &top);
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.effect.as_str(), "ignored", "{top}{outcome:?}");
        assert_eq!(outcome.decision, "reject");
        assert!(outcome.reason.contains("not proven"), "{top}{outcome:?}");
    }
    assert_eq!(app.status_of(id).await, "pending");
    let forged = format!("{PASS}Received: by mx.example.com\r\n{fail}");
    let raw = mail.answer_with(ANNA, "weigeren", &forged);
    assert_eq!(app.arrives(&raw).await.effect.as_str(), "rejected");
    assert_eq!(app.status_of(id).await, "rejected");
}

async fn nobody_is_answered_whose_address_is_not_proven(database: Database) {
    let (app, mail) = asked(database).await;
    does_nothing(&app, &mail.answer(ANNA, "akkoord")).await;
    let outcome = app.arrives(&mail.answer_with(ANNA, "akkoord", PASS)).await;
    assert_eq!(outcome.effect.as_str(), "answered");
}

on_both_databases!(
    only_what_our_own_server_proved_may_act,
    nobody_is_answered_whose_address_is_not_proven,
);
