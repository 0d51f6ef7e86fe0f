//! Authorized Domain: whose verified address is of it needs not ask anybody.

use std::{sync::Arc, time::Duration};

use esecured::{
    domain::{account_number::AccountNumber, domain_name::DomainName, domain_rule::DomainKind},
    workflow::domain_rules::{self, By, DomainRuleError},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{add, ask, check, trusts};
use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

const PIET: &str = "Piet@partner.example";

async fn a_verified_address_is_approved_at_once_and_nobody_is_asked(database: Database) {
    let app = TestApp::start(database).await;
    trusts(&app, "partner.example").await;
    assert_eq!(
        check(&app, PIET, true).await,
        ["allow", "authorized-domain"]
    );
    let (status, answer) = ask(&app, PIET, true).await;
    assert_eq!(status, 200);
    assert_eq!(answer["status"], "approved");
    assert_eq!(answer["rule"], "authorized-domain");
    assert_eq!(
        answer["decision"],
        json!({ "door": "policy", "at": "2026-05-11T07:14:00.000Z" })
    );
    assert_eq!(answer["notifications"], json!([]));
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len() + app.mails_to(BRAM).len(), 0);
    let told = app.mails_to(PIET);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].text.contains("je aanvraag is goedgekeurd"),
        "{}",
        told[0].text
    );

    // It is an authorized user from then on, whatever the system says next time.
    assert_eq!(check(&app, PIET, false).await, ["allow", "authorized-user"]);
    let (_, again) = ask(&app, PIET, false).await;
    assert_eq!(
        again,
        json!({ "status": "approved", "rule": "authorized-user" })
    );
    let anna = app.signed_in(ANNA).await;
    anna.open("/authorized-users?status=approved")
        .await
        .shows("Piet@partner.example")
        .shows("door een vaste regel");
    let path = format!("/requests/{}", answer["id"].as_str().unwrap());
    anna.open(&path).await.shows("door een vaste regel");
    invariants::hold(&app.app).await;
}

async fn an_address_that_nobody_verified_is_asked_for(database: Database) {
    let app = TestApp::start(database).await;
    trusts(&app, "partner.example").await;
    assert_eq!(check(&app, PIET, false).await, ["ask", "ask"]);
    let (status, first) = ask(&app, PIET, false).await;
    assert_eq!((status, &first["status"]), (201, &json!("pending")));
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);

    // Verified now: the rule decides the open request, and who was asked hears of it.
    app.pass(Duration::from_secs(60));
    let (status, second) = ask(&app, PIET, true).await;
    assert_eq!((status, &second["id"]), (200, &first["id"]));
    assert_eq!(
        (&second["status"], &second["rule"]),
        (&json!("approved"), &json!("authorized-domain"))
    );
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.text.contains("Een domeinregel heeft de aanvraag van"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains("door een vaste regel goedgekeurd"),
        "{}",
        told.text
    );
    assert_eq!(app.mails_to(PIET).len(), 2);
    invariants::hold(&app.app).await;
}

async fn exactly_the_domain_counts(database: Database) {
    let app = TestApp::start(database).await;
    trusts(&app, "partner.example").await;
    let approved = ["allow", "authorized-domain"];
    assert_eq!(check(&app, "a@PARTNER.example", true).await, approved);
    for other in [
        "a@mail.partner.example",
        "a@example.example",
        "a@partner.example.nl",
    ] {
        assert_eq!(check(&app, other, true).await, ["ask", "ask"], "{other}");
    }
}

async fn a_revoked_user_of_a_trusted_domain_stays_out_for_the_cool_down(database: Database) {
    let app = TestApp::start(database).await;
    trusts(&app, "partner.example").await;
    let (_, answer) = ask(&app, PIET, true).await;
    let id = answer["id"].as_str().unwrap().parse().unwrap();
    let request = app.request(id).await;
    let row = format!("{TULIPS}.{}", request.requester);
    let anna = app.signed_in(ANNA).await;
    app.pass(Duration::from_secs(60));
    anna.overturns("approved", &row, "reject").await;
    assert_eq!(
        check(&app, PIET, true).await,
        ["deny", "standing-rejection"]
    );
    for _ in 0..2 {
        let (_, again) = ask(&app, PIET, true).await;
        assert_eq!(
            again,
            json!({ "status": "rejected", "rule": "standing-rejection" })
        );
    }
    // No request counts that; the row does.
    let list = anna.open("/authorized-users?status=rejected").await;
    list.shows("2× opnieuw gevraagd");
    invariants::hold(&app.app).await;
}

async fn a_rule_that_is_taken_away_approves_nobody_any_more(database: Database) {
    let app = TestApp::start(database).await;
    trusts(&app, "partner.example").await;
    let account = AccountNumber::parse(TULIPS).unwrap();
    let domain = DomainName::parse("partner.example").unwrap();
    let kind = DomainKind::Authorized;
    let gone = domain_rules::remove(&app.app, By::Operator, &account, kind, &domain).await;
    gone.unwrap();
    let again = domain_rules::remove(&app.app, By::Operator, &account, kind, &domain).await;
    assert!(matches!(again, Err(DomainRuleError::Missing)));
    assert_eq!(ask(&app, PIET, true).await.0, 201);
    invariants::hold(&app.app).await;
}

async fn a_public_mail_provider_is_never_trusted(database: Database) {
    let app = TestApp::start(database).await;
    for provider in ["gmail.com", "Ziggo.nl", "telenet.be", "outlook.com"] {
        let refused = add(&app, DomainKind::Authorized, provider).await;
        assert!(
            matches!(refused, Err(DomainRuleError::FreeMail(_))),
            "{provider}"
        );
        add(&app, DomainKind::My, provider).await.unwrap();
        let twice = add(&app, DomainKind::My, provider).await;
        assert!(matches!(twice, Err(DomainRuleError::Known)), "{provider}");
    }
    invariants::hold(&app.app).await;
}

async fn a_rule_that_goes_meanwhile_approves_nobody_after_it(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    trusts(&app, "partner.example").await;
    let mut asking = JoinSet::new();
    for number in 0..24 {
        let app = Arc::clone(&app);
        asking.spawn(async move { ask(&app, &format!("p{number}@partner.example"), true).await });
    }
    let account = AccountNumber::parse(TULIPS).unwrap();
    let domain = DomainName::parse("partner.example").unwrap();
    let kind = DomainKind::Authorized;
    let gone = domain_rules::remove(&app.app, By::Operator, &account, kind, &domain).await;
    gone.unwrap();
    while let Some(answer) = asking.join_next().await {
        let (status, answer) = answer.unwrap();
        let right = match status {
            200 => answer["rule"] == "authorized-domain",
            201 => answer["rule"] == "ask",
            _ => false,
        };
        assert!(right, "{status} {answer}");
    }
    // An approval behind the rule's end in the chain would be a fault of invariant 3.
    invariants::hold(&app.app).await;
}

on_both_databases!(
    a_rule_that_goes_meanwhile_approves_nobody_after_it,
    a_verified_address_is_approved_at_once_and_nobody_is_asked,
    an_address_that_nobody_verified_is_asked_for,
    exactly_the_domain_counts,
    a_revoked_user_of_a_trusted_domain_stays_out_for_the_cool_down,
    a_rule_that_is_taken_away_approves_nobody_any_more,
    a_public_mail_provider_is_never_trusted,
);
