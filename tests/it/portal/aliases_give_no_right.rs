//! An alias is what somebody says: nobody has proved it. It keeps nobody out and lets nobody in.

use esecured::store::{aliases, people};

use super::{CARLA, add_roses, standing_in::asked};
use crate::support::{
    ANNA, Browser, Database, Received, TestApp, browser::Page, on_both_databases,
};
use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    workflow::manage,
};

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

async fn whoever_is_named_stands_in_and_not_whose_alias_it_is(database: Database) {
    let app = TestApp::start(database).await;
    carla_takes_bobs_address(&app).await;
    app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let days = [("first", "2026-05-11"), ("last", "2026-05-13")];
    let named = sends(&anna, "/settings/stand-in", &days).await;
    assert_eq!(named.status, 303, "{}", named.body);
    app.deliver_mail().await;
    assert!(asked(&app, CARLA).is_empty(), "she is not asked");
    carla_hears_nothing(&app).await;
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
    carla_hears_nothing(&app).await;
}

/// Nor does she learn that the address is somebody's by now: it stays an alias of hers, from which her
/// own mails can be answered, and nothing else.
async fn carla_hears_nothing(app: &TestApp) {
    assert!(app.events("administrator.alias_removed").await.is_empty());
    assert!(app.mails_to(CARLA).is_empty());
    let carla = app.signed_in(CARLA).await;
    carla.open("/customer-administrators").await.shows(BOB);
    carla.open("/activity").await.hides("Anna");
}

/// Whoever decides with the one who names it loses it, and everybody concerned is told.
async fn an_alias_of_a_colleague_is_taken_from_it(database: Database) {
    let app = TestApp::start(database).await;
    carla_takes_bobs_address(&app).await;
    let carla = EmailAddress::parse(CARLA).unwrap();
    let tulips = AccountNumber::parse(crate::support::TULIPS).unwrap();
    manage::add_administrator(&app.app, &carla, &tulips, "Carla", Language::En, None)
        .await
        .unwrap();
    let anna = app.signed_in(ANNA).await;
    let days = [("first", "2026-05-11"), ("last", "2026-05-13")];
    let named = sends(&anna, "/settings/stand-in", &days).await;
    assert_eq!(named.status, 303, "{}", named.body);
    app.deliver_mail().await;
    // At Tulips and at Roses, and for the operator.
    assert_eq!(app.events("administrator.alias_removed").await.len(), 3);
    let says_it = |mail: &&Received| mail.subject.starts_with("Other address removed");
    let mails = app.mails_to(CARLA);
    let told = mails.iter().find(says_it).unwrap();
    assert!(told.text.contains(BOB), "{}", told.text);
    let carla = app.signed_in(CARLA).await;
    carla
        .open("/customer-administrators")
        .await
        .hides(&format!("ook <span class=\"address\">{BOB}"));
}

on_both_databases!(
    whoever_is_named_stands_in_and_not_whose_alias_it_is,
    an_alias_elsewhere_keeps_no_colleague_out,
    an_alias_of_a_colleague_is_taken_from_it,
);
