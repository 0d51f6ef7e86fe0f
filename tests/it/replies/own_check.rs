//! Where our own mail server says nothing, DKIM and DMARC are checked by ourselves.

use std::sync::Arc;
use std::time::Duration;

use esecured::config::RequireAuth;
use esecured::mail::own_check::OwnCheck;

use super::{cells::with_a_forged_token, changed, does_nothing};
use crate::support::scripted_dns::ScriptedDns;
use crate::support::signed_mail::Signer;
use crate::support::{ANNA, BRAM, Database, Received, TestApp, on_both_databases};

const DOMAINS: [&str; 2] = ["tulips.example", "roses.example"];

/// Whatever the machine is busy with, a name server on it answers within this time.
const LOOK_UPS_MAX: Duration = Duration::from_secs(20);

/// Joris has asked; our mail server is known, and the domains of Anna's addresses sign their mail.
async fn asked(database: Database, signer: &Signer) -> (TestApp, Received, ScriptedDns) {
    let mut app = TestApp::start_with(database, |config| {
        config.replies.require_auth = RequireAuth::Dmarc;
        config.replies.authserv_id = Some("mx.example.com".to_owned());
    })
    .await;
    let dns = ScriptedDns::knowing(&signer.records(&DOMAINS)).await;
    app.app.own_check = Arc::new(OwnCheck::asking(dns.address, LOOK_UPS_MAX).unwrap());
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail, dns)
}

async fn only_a_whole_signature_for_the_domain_in_from_proves_it(database: Database) {
    let signer = Signer::new();
    let (app, mail, dns) = asked(database, &signer).await;
    let id = app.request_of(&mail);
    let raw = mail.answer(ANNA, "weigeren");
    let signed = signer.sign("tulips.example", &raw);
    for (what, raw) in [
        (
            "its text was changed",
            changed(&signed, "\r\nweigeren\r\n", "\r\nWeigeren!\r\n"),
        ),
        (
            "its sender was changed",
            changed(&signed, "From: Anna de Wit", "From: Anna"),
        ),
        ("another domain", signer.sign("roses.example", &raw)),
        ("a domain without a key", signer.sign("evil.example", &raw)),
        ("another key", Signer::new().sign("tulips.example", &raw)),
        (
            "From is not signed",
            signer.sign_headers("tulips.example", &["To", "Subject"], &raw),
        ),
        (
            "no signature",
            changed(&signed, "DKIM-Signature:", "DKIM-Signature: v=0;"),
        ),
        (
            "too many signatures",
            (0..11).fold(raw.clone(), |raw, _| signer.sign("tulips.example", &raw)),
        ),
    ] {
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.effect.as_str(), "ignored", "{what}: {outcome:?}");
        assert!(outcome.reason.contains("not proven"), "{what}: {outcome:?}");
    }
    assert_eq!(app.status_of(id).await, "pending");
    assert!(
        dns.asked()
            .iter()
            .any(|name| name == "s1._domainkey.tulips.example")
    );
    assert_eq!(app.arrives(&signed).await.effect.as_str(), "rejected");
}

async fn nobody_is_looked_up_whose_answer_could_not_act(database: Database) {
    let signer = Signer::new();
    let (app, mail, dns) = asked(database, &signer).await;
    let raw = mail.answer(ANNA, "weigeren");
    let automatic = ["Auto-Submitted: auto-replied\r\n".as_bytes(), &raw].concat();
    let forged = with_a_forged_token(&mail, &raw);
    for raw in [
        raw.clone(),
        signer.sign("tulips.example", &automatic),
        signer.sign("tulips.example", &mail.answer(BRAM, "weigeren")),
        signer.sign("tulips.example", &forged),
    ] {
        does_nothing(&app, &raw).await;
    }
    assert_eq!(dns.asked(), Vec::<String>::new());
}

async fn a_name_server_that_says_nothing_proves_nobody(database: Database) {
    let signer = Signer::new();
    let (mut app, mail, _dns) = asked(database, &signer).await;
    let silent = ScriptedDns::silent().await;
    let patience = Duration::from_millis(50);
    app.app.own_check = Arc::new(OwnCheck::asking(silent.address, patience).unwrap());
    let signed = signer.sign("tulips.example", &mail.answer(ANNA, "weigeren"));
    let outcome = does_nothing(&app, &signed).await;
    assert!(outcome.reason.contains("in time"), "{outcome:?}");
}

on_both_databases!(
    only_a_whole_signature_for_the_domain_in_from_proves_it,
    nobody_is_looked_up_whose_answer_could_not_act,
    a_name_server_that_says_nothing_proves_nobody,
);
