//! An alias is what somebody says: nobody has proved it. It keeps nobody out and lets nobody in.

use esecured::store::{aliases, people};

use super::{CARLA, add_roses, standing_in::asked};
use crate::support::{ANNA, Browser, Database, TestApp, browser::Page, on_both_databases};
use esecured::domain::email_address::EmailAddress;

const BOB: &str = "bob@tulips.example";

/// Carla, who decides for another company, says that Bob's address is hers.
async fn carla_takes_bobs_address(app: &TestApp) {
    add_roses(app).await;
    let [carla, bob] = [CARLA, BOB].map(|text| EmailAddress::parse(text).unwrap());
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let (carla, _) = people::by_email(&mut tx, &carla).await.unwrap().unwrap();
    let bob = people::person(&mut tx, &bob, now).await.unwrap();
    assert!(aliases::insert(&mut tx, bob, carla.id, now).await.unwrap());
    tx.commit().await.unwrap();
}

async fn sends(browser: &Browser, path: &str, more: &[(&str, &str)]) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("name", "Bob Visser"),
        ("email", BOB),
        ("language", "nl"),
    ];
    fields.extend(more);
    browser.submit(path, &fields).await
}

async fn whoever_is_named_stands_in_and_not_whose_alias_it_was(database: Database) {
    let app = TestApp::start(database).await;
    carla_takes_bobs_address(&app).await;
    app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let days = [("first", "2026-05-11"), ("last", "2026-05-13")];
    let named = sends(&anna, "/settings/stand-in", &days).await;
    assert_eq!(named.status, 303, "{}", named.body);
    app.deliver_mail().await;
    assert!(asked(&app, CARLA).is_empty(), "she is not asked");
    carla_is_told(&app).await;
    assert!(app.last_mail_to(BOB).path("/invite/").len() > 20);
    let carla = app.signed_in(CARLA).await;
    carla.open("/authorized-users").await.hides("joris@");
}

async fn an_alias_elsewhere_keeps_no_colleague_out(database: Database) {
    let app = TestApp::start(database).await;
    carla_takes_bobs_address(&app).await;
    let anna = app.signed_in(ANNA).await;
    let account = [("account", crate::support::TULIPS)];
    let added = sends(&anna, "/customer-administrators/add", &account).await;
    assert_eq!(added.status, 303, "{}", added.body);
    app.deliver_mail().await;
    assert!(app.last_mail_to(BOB).path("/invite/").len() > 20);
    let taken = app.events("administrator.alias_removed").await;
    assert_eq!(taken.len(), 2, "for the operator, and for Roses: {taken:?}");
    carla_is_told(&app).await;
}

/// She hears that the address is no longer hers, and not by whom: a company that is none of hers.
async fn carla_is_told(app: &TestApp) {
    let told = app.last_mail_to(CARLA);
    assert!(
        told.subject.starts_with("Other address removed"),
        "{}",
        told.subject
    );
    for words in [
        "Another address of yours was removed on",
        BOB,
        "An administrator of another account number did this.",
        "ask the system operator",
    ] {
        assert!(told.text.contains(words), "{words}: {}", told.text);
    }
    assert!(!told.text.contains("Anna"), "{}", told.text);
    let carla = app.signed_in(CARLA).await;
    carla
        .open("/activity")
        .await
        .shows("Extra e-mailadres van een accountbeheerder verwijderd")
        .hides("Anna");
}

on_both_databases!(
    whoever_is_named_stands_in_and_not_whose_alias_it_was,
    an_alias_elsewhere_keeps_no_colleague_out,
);
