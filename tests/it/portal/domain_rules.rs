//! `/domains`: rules by mail domain, and what would happen to an address.

use std::time::Duration;

use esecured::{
    domain::{
        account_number::AccountNumber, domain_name::DomainName, domain_rule::DomainKind,
        email_address::EmailAddress, language::Language,
    },
    workflow::{
        domain_rules::{self, By},
        manage,
    },
};
use serde_json::{Value, json};

use super::{CARLA, ROSES, add_roses};
use crate::support::{
    ANNA, Browser, Database, JORIS, TULIPS, TestApp, browser::Page, invariants, on_both_databases,
    test_app::PASSWORD,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Sends one of the forms of the page.
async fn sends(browser: &Browser, action: &str, account: &str, kind: &str, domain: &str) -> Page {
    let csrf = browser.open("/domains").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", account),
        ("kind", kind),
        ("domain", domain),
        ("action", action),
    ];
    browser.submit("/domains", &fields).await
}

async fn wonders(browser: &Browser, account: &str, email: &str) -> Page {
    let csrf = browser.open("/domains").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", account),
        ("email", email),
    ];
    browser.submit("/domains/preview", &fields).await
}

async fn rule_for(app: &TestApp, email: &str) -> String {
    let body = json!({ "accountNumber": TULIPS, "email": email, "emailVerified": true });
    let answer = app.post("/v1/access-checks", &body).await;
    let answer: Value = answer.json().await.unwrap();
    answer["rule"].as_str().unwrap().to_owned()
}

async fn a_rule_is_added_and_removed_and_both_are_on_record(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    anna.open("/authorized-users")
        .await
        .shows("<a href=\"/domains\">Domeinregels</a>");
    for (kind, domain) in [("my", "@Tulips.Example"), ("my", " bücher.example ")] {
        let done = sends(&anna, "add", TULIPS, kind, domain).await;
        assert_eq!(done.status, 303, "{}", done.body);
        anna.follow(&done.location.unwrap())
            .await
            .shows("Het domein is toegevoegd.");
    }
    let page = anna.open("/domains").await;
    page.shows("<span class=\"address\">tulips.example</span>")
        .shows("<span class=\"address\">xn--bcher-kva.example</span>");
    assert_eq!(rule_for(&app, JORIS).await, "outside-my-domain");
    let evidence = json!({ "kind": "my", "domain": "xn--bcher-kva.example" });
    assert_eq!(app.events("domain.added").await[1], evidence);

    sends(&anna, "remove", TULIPS, "my", "bücher.example").await;
    let done = sends(&anna, "remove", TULIPS, "my", "tulips.example").await;
    anna.follow(&done.location.unwrap())
        .await
        .shows("Het domein is verwijderd.")
        .hides("<span class=\"address\">tulips.example</span>");
    assert_eq!(rule_for(&app, JORIS).await, "ask");
    let evidence = json!({ "kind": "my", "domain": "tulips.example" });
    assert_eq!(app.events("domain.removed").await[1], evidence);
    let late = sends(&anna, "remove", TULIPS, "my", "tulips.example").await;
    assert_eq!(late.status, 400);
    late.shows("Dit domein was al verwijderd.");
    invariants::hold(&app.app).await;
}

async fn what_cannot_be_is_said_with_the_input_kept(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    sends(&anna, "add", TULIPS, "authorized", "partner.example").await;
    let before = app.dump().await;
    for (kind, domain, said) in [
        ("authorized", "", "Vul een domein in"),
        (
            "authorized",
            "gmial.com",
            "Bedoel je gmail.com? gmial.com scheelt daar maar één letter mee.",
        ),
        (
            "authorized",
            "co.uk",
            "Onder co.uk kan iedereen een naam kopen",
        ),
        (
            "authorized",
            "passmail.net",
            "Bij passmail.net kan iedereen",
        ),
        (
            "authorized",
            "joris@partner.example",
            "Dit is geen domein zoals example.com.",
        ),
        (
            "authorized",
            "Gmail.com",
            "Bij gmail.com kan iedereen een e-mailadres krijgen",
        ),
        (
            "authorized",
            "tu1ips.example",
            "tu1ips.example lijkt op tulips.example, dat jullie kennen",
        ),
        (
            "authorized",
            "münchen.de",
            "In de naam van xn--mnchen-3ya.de staan letters die op andere kunnen lijken",
        ),
        ("authorized", "PARTNER.example", "Dit domein staat er al."),
    ] {
        let refused = sends(&anna, "add", TULIPS, kind, domain).await;
        assert_eq!(refused.status, 400, "{domain}");
        refused
            .shows(said)
            .shows(&format!("<a href=\"#authorized-{TULIPS}\">"))
            .shows(&format!(
                "id=\"authorized-{TULIPS}\" name=\"domain\" value=\"{domain}\""
            ))
            .shows("aria-invalid=\"true\"");
        assert_eq!(refused.body.matches("aria-invalid").count(), 1);
    }
    assert_eq!(app.dump().await, before);
    // Only for what it trusts is an account choosy.
    assert_eq!(
        sends(&anna, "add", TULIPS, "my", "gmail.com").await.status,
        303
    );
}

async fn whoever_has_not_confirmed_lately_is_asked_to_first(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE * 16);
    // Looking and wondering need nothing.
    assert_eq!(anna.open("/domains").await.status, 200);
    assert_eq!(wonders(&anna, TULIPS, JORIS).await.status, 200);
    let before = app.dump().await;
    let refused = sends(&anna, "add", TULIPS, "authorized", "partner.example").await;
    assert_eq!(refused.status, 403);
    refused
        .shows("Bevestig eerst dat jij het bent")
        .shows("name=\"domain\" value=\"partner.example\"");
    assert_eq!(app.dump().await, before);
    let csrf = refused.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("next", "/domains"),
        ("password", PASSWORD),
    ];
    anna.submit("/confirm", &fields).await;
    let done = sends(&anna, "add", TULIPS, "authorized", "partner.example").await;
    assert_eq!(done.status, 303);
}

async fn the_rules_of_another_account_are_neither_seen_nor_changed(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let roses = AccountNumber::parse(ROSES).unwrap();
    let secret = DomainName::parse("secret.example").unwrap();
    let kind = DomainKind::Authorized;
    let added = domain_rules::add(&app.app, By::Operator, &roses, kind, &secret).await;
    added.unwrap();
    let anna = app.signed_in(ANNA).await;
    let before = app.dump().await;
    anna.open("/domains")
        .await
        .hides("secret.example")
        .hides(ROSES);
    for (action, domain) in [("add", "tulips.example"), ("remove", "secret.example")] {
        let refused = sends(&anna, action, ROSES, "authorized", domain).await;
        assert_eq!(refused.status, 400);
        refused.shows("niet van jou").hides("Rozenkwekerij");
    }
    let refused = wonders(&anna, ROSES, "piet@secret.example").await;
    assert_eq!(refused.status, 400);
    refused.shows("niet van jou").hides("Goedgekeurd");
    // Nor with the form of another session.
    let carla = app.signed_in(CARLA).await;
    let csrf = carla.open("/domains").await.field("csrf");
    let sessions = app.dump().await;
    for path in ["/domains", "/domains/preview"] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("kind", "my"),
            ("domain", "tulips.example"),
            ("email", JORIS),
            ("action", "add"),
        ];
        let refused = anna.submit(path, &fields).await;
        assert_eq!(refused.status, 403);
        refused
            .shows("Deze pagina was verouderd")
            .hides("<strong class=\"address\">joris");
    }
    assert_eq!(app.dump().await, sessions);
    assert_ne!(before, sessions); // Carla signed in.
}

async fn a_rule_that_can_never_have_effect_is_marked(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let added = sends(&anna, "add", TULIPS, "authorized", "partner.example").await;
    let page = anna.open(&added.location.unwrap()).await;
    page.shows("partner.example").hides("werkt niet");
    assert_eq!(
        rule_for(&app, "piet@partner.example").await,
        "authorized-domain"
    );

    let added = sends(&anna, "add", TULIPS, "my", "tulips.example").await;
    let page = anna.open(&added.location.unwrap()).await;
    page.shows(
        "<span class=\"address\">partner.example</span> <strong class=\"idle\">werkt niet</strong>",
    )
    .shows("afgewezen, niet goedgekeurd");
    assert_eq!(
        rule_for(&app, "piet@partner.example").await,
        "outside-my-domain"
    );

    sends(&anna, "add", TULIPS, "my", "partner.example").await;
    anna.open("/domains").await.hides("werkt niet");
    assert_eq!(
        rule_for(&app, "piet@partner.example").await,
        "authorized-domain"
    );
}

async fn who_is_no_administrator_any_more_changes_no_rule(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/domains").await.field("csrf");
    app.dismiss(ANNA, TULIPS).await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("kind", "my"),
        ("domain", "tulips.example"),
        ("action", "add"),
    ];
    let refused = anna.submit("/domains", &fields).await;
    assert_eq!(
        refused.location.as_deref(),
        Some("/login?next=%2Fdomains&unsaved=1")
    );
    assert!(app.events("domain.added").await.is_empty());
}

async fn the_preview_says_what_would_happen_and_does_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let rejected = app.asks("out@elsewhere.example", TULIPS).await;
    let approved = app.asks("in@elsewhere.example", TULIPS).await;
    app.asks("open@elsewhere.example", TULIPS).await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&rejected.to_string()], "reject").await;
    anna.decides(&[&approved.to_string()], "approve").await;
    sends(&anna, "add", TULIPS, "authorized", "partner.example").await;
    let before = app.dump().await;
    for (email, said) in [
        (
            "in@elsewhere.example",
            "Toegestaan. Dit is een geautoriseerde gebruiker.",
        ),
        ("out@elsewhere.example", "Blijft afgewezen."),
        ("open@elsewhere.example", "Er staat al een aanvraag open."),
        (
            "new@elsewhere.example",
            "Jullie krijgen een mail en beslissen zelf.",
        ),
        (
            "Piet@Partner.example",
            "partner.example is een geautoriseerd domein. Anders krijgen jullie een mail",
        ),
        (
            "x@tullips.example",
            "lijkt op <strong class=\"address\">tulips.example</strong>",
        ),
        (
            "x@mail.tulips.example",
            "Jullie krijgen een mail en beslissen zelf.",
        ),
    ] {
        let page = wonders(&anna, TULIPS, email).await;
        assert_eq!(page.status, 200);
        page.shows(said).shows(&format!("value=\"{email}\""));
        assert_eq!(page.location, None);
    }
    let wrong = wonders(&anna, TULIPS, "nobody").await;
    assert_eq!(wrong.status, 400);
    wrong
        .shows("Dit is geen e-mailadres")
        .shows("value=\"nobody\"");
    assert_eq!(wonders(&anna, TULIPS, "").await.status, 400);
    assert_eq!(app.dump().await, before);

    sends(&anna, "add", TULIPS, "my", "tulips.example").await;
    wonders(&anna, TULIPS, "new@elsewhere.example")
        .await
        .shows("Afgewezen. elsewhere.example is geen van jullie eigen domeinen.");
}

async fn whoever_decides_for_two_accounts_sees_both_and_says_which(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let roses = AccountNumber::parse(ROSES).unwrap();
    let anna = EmailAddress::parse(ANNA).unwrap();
    let name = "Anna de Wit";
    manage::add_administrator(&app.app, &anna, &roses, name, Language::Nl, None)
        .await
        .unwrap();
    let anna = app.signed_in(ANNA).await;
    sends(&anna, "add", ROSES, "authorized", "partner.example").await;
    let page = anna.open("/domains").await;
    page.shows("Tulpenhandel De Wit").shows("Rozenkwekerij Vos");
    assert_eq!(page.body.matches("<option value=").count(), 2);
    assert_eq!(page.body.matches("partner.example</span>").count(), 2); // The name and its button.
    for (account, said) in [
        (ROSES, "Goedgekeurd, als"),
        (TULIPS, "Jullie krijgen een mail"),
    ] {
        wonders(&anna, account, "piet@partner.example")
            .await
            .shows(said)
            .shows(&format!("<option value=\"{account}\" selected>"));
    }
}

on_both_databases!(
    whoever_decides_for_two_accounts_sees_both_and_says_which,
    a_rule_is_added_and_removed_and_both_are_on_record,
    what_cannot_be_is_said_with_the_input_kept,
    whoever_has_not_confirmed_lately_is_asked_to_first,
    the_rules_of_another_account_are_neither_seen_nor_changed,
    a_rule_that_can_never_have_effect_is_marked,
    who_is_no_administrator_any_more_changes_no_rule,
    the_preview_says_what_would_happen_and_does_nothing,
);
