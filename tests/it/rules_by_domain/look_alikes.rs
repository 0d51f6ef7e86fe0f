//! Domains that look like a known one, or may look like any: flagged wherever somebody decides,
//! never approved by rule.

use esecured::{
    domain::{
        account_number::AccountNumber,
        domain_name::DomainName,
        domain_rule::{DomainKind, DomainRule},
    },
    store::domains,
    workflow::domain_rules::DomainRuleError,
};
use serde_json::json;

use super::{add, ask, check, trusts};
use crate::support::{ANNA, BRAM, Database, TestApp, invariants, on_both_databases};

async fn it_is_flagged_in_the_mail_in_the_list_and_on_its_page(database: Database) {
    let app = TestApp::start(database).await;
    let (status, answer) = ask(&app, "anna@tu1ips.example", true).await;
    assert_eq!((status, &answer["rule"]), (201, &json!("ask")));
    app.deliver_mail().await;
    for (who, dutch_first) in [(ANNA, true), (BRAM, false)] {
        let mail = app.last_mail_to(who);
        let dutch = "Let op: het domein tu1ips.example lijkt op tulips.example, dat jullie kennen";
        let english =
            "Please note: the domain tu1ips.example looks like tulips.example, which you know";
        let at = |words| {
            mail.text
                .find(words)
                .unwrap_or_else(|| panic!("{words}: {}", mail.text))
        };
        assert_eq!(at(dutch) < at(english), dutch_first);
        assert!(mail.html.contains("lijkt op <b>tulips.example</b>"));
        assert!(mail.html.contains("looks like <b>tulips.example</b>"));
    }
    let anna = app.signed_in(ANNA).await;
    let flagged = "Lijkt op tulips.example, maar is het niet";
    anna.open("/authorized-users").await.shows(flagged);
    let id = answer["id"].as_str().unwrap();
    anna.open(&format!("/requests/{id}"))
        .await
        .shows("lijkt op <strong class=\"address\">tulips.example</strong>");
    anna.decides(&[id], "approve").await;
    anna.open("/authorized-users?status=approved")
        .await
        .shows(flagged);
    let request = app.request(id.parse().unwrap()).await;
    let entry = format!("{}.{}", request.account.as_str(), request.requester);
    anna.open(&format!("/authorized-users/{entry}"))
        .await
        .shows("lijkt op <strong class=\"address\">tulips.example</strong>");
    invariants::hold(&app.app).await;
}

async fn nobody_who_is_what_it_says_is_flagged(database: Database) {
    let app = TestApp::start(database).await;
    for genuine in [
        "kees@tulips.example",
        "kees@mail.tulips.example",
        "kees@elsewhere.example",
    ] {
        ask(&app, genuine, true).await;
    }
    app.deliver_mail().await;
    for mail in app.mails_to(ANNA) {
        assert!(!mail.text.contains("lijkt op"), "{}", mail.text);
    }
    let anna = app.signed_in(ANNA).await;
    anna.open("/authorized-users").await.hides("Lijkt op");
}

async fn the_domain_of_an_authorized_user_is_known(database: Database) {
    let app = TestApp::start(database).await;
    let flag = async |email| {
        let (_, answer) = ask(&app, email, false).await;
        let request = app
            .request(answer["id"].as_str().unwrap().parse().unwrap())
            .await;
        request.looks_like.map(|known| known.to_string())
    };
    assert_eq!(flag("a@partmer.example").await, None);
    let piet = app
        .asks("piet@partner.example", crate::support::TULIPS)
        .await;
    let anna = app.signed_in(ANNA).await;
    assert_eq!(flag("b@partmer.example").await, None);
    anna.decides(&[&piet.to_string()], "approve").await;
    assert_eq!(
        flag("c@partmer.example").await.as_deref(),
        Some("partner.example")
    );
    // What was asked before is shown as it was then.
    assert_eq!(flag("a@partmer.example").await, None);
}

async fn it_is_not_trusted_and_where_it_became_one_the_administrators_are_asked(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let refused = add(&app, DomainKind::Authorized, "tullips.example").await;
    let Err(DomainRuleError::LooksLike { looks_like, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(looks_like.to_string(), "tulips.example");

    // That one address of it was approved vouches for no other.
    let anna = app.signed_in(ANNA).await;
    let one = app.asks("x@tullips.example", crate::support::TULIPS).await;
    anna.decides(&[&one.to_string()], "approve").await;
    let refused = add(&app, DomainKind::Authorized, "tullips.example").await;
    assert!(
        matches!(refused, Err(DomainRuleError::LooksLike { .. })),
        "{refused:?}"
    );
    let (status, answer) = ask(&app, "y@tullips.example", true).await;
    assert_eq!((status, &answer["status"]), (201, &json!("pending")));
    let next = app
        .request(answer["id"].as_str().unwrap().parse().unwrap())
        .await;
    assert_eq!(next.looks_like.unwrap().to_string(), "tulips.example");

    // Trusted first; then somebody becomes known whom it looks like.
    trusts(&app, "partner.example").await;
    assert_eq!(
        check(&app, "a@partner.example", true).await,
        ["allow", "authorized-domain"]
    );
    let other = app.asks("b@partners.example", crate::support::TULIPS).await;
    anna.decides(&[&other.to_string()], "approve").await;
    assert_eq!(check(&app, "a@partner.example", true).await, ["ask", "ask"]);
    let (status, answer) = ask(&app, "a@partner.example", true).await;
    assert_eq!((status, &answer["status"]), (201, &json!("pending")));
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    let about_it = mails
        .iter()
        .find(|mail| mail.text.contains("a@partner.example"));
    let text = &about_it.unwrap().text;
    assert!(text.contains("lijkt op partners.example"), "{text}");
    invariants::hold(&app.app).await;
}

/// Of whom it is flagged, with what an administrator reads of it.
const UNUSUAL: [(&str, &str); 3] = [
    ("who@b\u{430}nkieren.nl", "xn--"),
    ("who@köln.de", "xn--kln-sna.de"),
    ("l\u{456}am@elsewhere.example", "\u{456}"),
];

async fn letters_that_are_not_plain_are_flagged_though_they_look_like_nothing_known(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    for (email, named) in UNUSUAL {
        let (status, answer) = ask(&app, email, true).await;
        assert_eq!((status, &answer["rule"]), (201, &json!("ask")), "{email}");
        let id = answer["id"].as_str().unwrap();
        assert_eq!(app.request(id.parse().unwrap()).await.looks_like, None);
        let local = !named.starts_with("xn--");
        let (dutch, english) = if local {
            ("voor de @ staan letters", "before the @ are letters")
        } else {
            ("in dit domein staan letters", "this domain has letters")
        };
        app.deliver_mail().await;
        let mail = app.last_mail_to(ANNA);
        for part in [&mail.text, &mail.html] {
            for words in [dutch, english, named] {
                assert!(part.contains(words), "{words}: {part}");
            }
        }
        anna.open(&format!("/requests/{id}"))
            .await
            .shows(dutch)
            .shows(named);
        let list = anna.open("/authorized-users").await;
        list.shows(&format!("Ongewone letters: <bdi>{named}"));
        anna.decides(&[id], "approve").await;
        anna.open("/authorized-users?status=approved")
            .await
            .shows(&format!("Ongewone letters: <bdi>{named}"));
        assert_eq!(check(&app, email, true).await, ["allow", "authorized-user"]);
    }
    invariants::hold(&app.app).await;
}

async fn a_domain_with_such_letters_is_not_trusted_even_where_it_stood_as_one(database: Database) {
    let app = TestApp::start(database).await;
    let refused = add(&app, DomainKind::Authorized, "münchen.de").await;
    let Err(DomainRuleError::UnusualLetters(domain)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(domain.as_str(), "xn--mnchen-3ya.de");

    // As a version that did not look at letters let it in.
    let rule = DomainRule {
        account: AccountNumber::parse(crate::support::TULIPS).unwrap(),
        kind: DomainKind::Authorized,
        domain: DomainName::parse("münchen.de").unwrap(),
        added_at: app.app.clock.now(),
    };
    let mut tx = app.app.store.begin().await.unwrap();
    assert!(domains::add(&mut tx, &rule).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(check(&app, "a@münchen.de", true).await, ["ask", "ask"]);
    let (status, answer) = ask(&app, "a@münchen.de", true).await;
    assert_eq!((status, &answer["status"]), (201, &json!("pending")));

    // What is one's own may be written in any letters.
    add(&app, DomainKind::My, "münchen.de").await.unwrap();
    assert_eq!(check(&app, "a@münchen.de", true).await, ["ask", "ask"]);
    assert_eq!(
        check(&app, "a@elsewhere.example", true).await,
        ["deny", "outside-my-domain"]
    );
}

on_both_databases!(
    it_is_flagged_in_the_mail_in_the_list_and_on_its_page,
    nobody_who_is_what_it_says_is_flagged,
    the_domain_of_an_authorized_user_is_known,
    it_is_not_trusted_and_where_it_became_one_the_administrators_are_asked,
    letters_that_are_not_plain_are_flagged_though_they_look_like_nothing_known,
    a_domain_with_such_letters_is_not_trusted_even_where_it_stood_as_one,
);
