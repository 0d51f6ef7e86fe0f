//! An administrator cannot make us mail strangers and colleagues without end.

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    store::people,
    workflow::{change_brake::AT_MOST, manage},
};

use super::{CARLA, ROSES, add_roses};
use crate::support::{
    ANNA, BRAM, Browser, Database, TULIPS, TestApp, browser::Page, invariants, on_both_databases,
};

const LIST: &str = "/customer-administrators";

async fn id_of(app: &TestApp, address: &str) -> String {
    let mut conn = app.app.store.read().await.unwrap();
    let email = EmailAddress::parse(address).unwrap();
    let found = people::by_email(&mut conn, &email).await.unwrap();
    found.unwrap().0.id.to_string()
}

/// Somebody who sends forms, as often as it takes, from the page that is open.
struct Sender {
    browser: Browser,
    csrf: String,
}

impl Sender {
    async fn signed_in(app: &TestApp, address: &str) -> Self {
        let browser = app.signed_in(address).await;
        let csrf = browser.open("/settings").await.field("csrf");
        Self { browser, csrf }
    }

    async fn sends(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        self.browser.submit(path, &all).await
    }

    async fn adds(&self, account: &str, email: &str) -> Page {
        let fields = [
            ("account", account),
            ("name", "Dora Groen"),
            ("email", email),
            ("language", "nl"),
        ];
        self.sends(&format!("{LIST}/add"), &fields).await
    }

    /// Adds as many to Tulips as may be.
    async fn adds_all(&self) {
        for number in 0..AT_MOST.count {
            let added = self
                .adds(TULIPS, &format!("d{number}@tulips.example"))
                .await;
            assert_eq!(added.status, 303, "{}", added.body);
        }
    }
}

async fn above_the_limit_nobody_is_added_and_the_page_says_when(database: Database) {
    let app = TestApp::start(database).await;
    let anna = Sender::signed_in(&app, ANNA).await;
    let bram = Sender::signed_in(&app, BRAM).await;
    anna.adds_all().await;
    app.deliver_mail().await;
    let before = app.dump().await;
    let refused = anna.adds(TULIPS, "one-more@tulips.example").await;
    assert_eq!(refused.status, 429);
    refused
        .shows("Er is nog niemand toegevoegd")
        .shows("Het kan weer vanaf <time datetime=\"2026-05-11T08:14:00.000Z\">")
        .shows("value=\"one-more@tulips.example\"")
        .shows("value=\"Dora Groen\"");
    // Nor can an accomplice go on for the same account, or anybody mail by another page.
    let refused = bram.adds(TULIPS, "one-more@tulips.example").await;
    assert_eq!(refused.status, 429);
    refused.shows("Het kan weer vanaf");
    let waiting = id_of(&app, "d0@tulips.example").await;
    let about = [("account", TULIPS), ("administrator", waiting.as_str())];
    let off = [("account", TULIPS), ("to", "off")];
    let away = [
        ("name", "Dora Groen"),
        ("email", "dora@office.example"),
        ("language", "nl"),
        ("first", "2026-05-12"),
        ("last", "2026-05-12"),
    ];
    for (path, fields) in [
        (format!("{LIST}/invite"), about.as_slice()),
        (format!("{LIST}/esecure"), &off),
        ("/settings/stand-in".to_owned(), &away),
    ] {
        let refused = anna.sends(&path, fields).await;
        assert_eq!(refused.status, 429, "{path}: {}", refused.body);
        refused.shows("Het kan weer vanaf").shows("role=\"alert\"");
    }
    assert_eq!(app.dump().await, before);

    // What takes something back is never refused.
    let removed = anna.sends(&format!("{LIST}/remove"), &about).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    app.pass(Duration::from_secs(3_600));
    let anna = Sender::signed_in(&app, ANNA).await;
    let added = anna.adds(TULIPS, "one-more@tulips.example").await;
    assert_eq!(added.status, 303, "{}", added.body);
    invariants::hold(&app.app).await;
}

async fn whoever_has_several_accounts_has_no_more_for_that(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let email = EmailAddress::parse(ANNA).unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    manage::add_administrator(&app.app, &email, &roses, "Anna", Language::Nl, None)
        .await
        .unwrap();
    let anna = Sender::signed_in(&app, ANNA).await;
    anna.adds_all().await;
    let refused = anna.adds(ROSES, "one-more@roses.example").await;
    assert_eq!(refused.status, 429);
    // What a mistake refused took no place.
    app.pass(Duration::from_secs(3_600));
    let anna = Sender::signed_in(&app, ANNA).await;
    for _ in 0..=AT_MOST.count {
        assert_eq!(
            anna.adds(TULIPS, BRAM).await.status,
            400,
            "he is there already"
        );
    }
    assert_eq!(anna.adds(ROSES, BRAM).await.status, 303);
    invariants::hold(&app.app).await;
}

/// What one company has used up is nothing that its administrators of another one lack.
async fn a_full_account_stands_in_nobodys_way_elsewhere(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let email = EmailAddress::parse(ANNA).unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    manage::add_administrator(&app.app, &email, &roses, "Anna", Language::Nl, None)
        .await
        .unwrap();
    let carla = Sender::signed_in(&app, CARLA).await;
    for number in 0..AT_MOST.count {
        let email = format!("d{number}@roses.example");
        assert_eq!(carla.adds(ROSES, &email).await.status, 303);
    }
    let anna = Sender::signed_in(&app, ANNA).await;
    let id = id_of(&app, ANNA).await;
    let adds_alias = async |email: &str| {
        let fields = [
            ("account", TULIPS),
            ("administrator", id.as_str()),
            ("action", "add"),
            ("email", email),
        ];
        anna.sends(&format!("{LIST}/aliases"), &fields).await
    };
    let added = adds_alias("anna@home.example").await;
    assert_eq!(added.status, 303, "{}", added.body);
    let away = [
        ("name", "Eva Bos"),
        ("email", "eva@office.example"),
        ("language", "nl"),
        ("first", "2026-05-12"),
        ("last", "2026-05-12"),
    ];
    let named = anna.sends("/settings/stand-in", &away).await;
    assert_eq!(named.status, 303, "{}", named.body);
    // Where nothing is left on any of her accounts, she has to wait.
    let bram = Sender::signed_in(&app, BRAM).await;
    for number in 2..AT_MOST.count {
        let email = format!("d{number}@tulips.example");
        assert_eq!(bram.adds(TULIPS, &email).await.status, 303);
    }
    assert_eq!(adds_alias("anna@train.example").await.status, 429);
    invariants::hold(&app.app).await;
}

async fn esecure_can_always_be_switched_on(database: Database) {
    let app = TestApp::start(database).await;
    let anna = Sender::signed_in(&app, ANNA).await;
    let switches = async |to: &str| {
        let fields = [("account", TULIPS), ("to", to)];
        anna.sends(&format!("{LIST}/esecure"), &fields).await
    };
    for _ in 1..AT_MOST.count {
        assert_eq!(switches("off").await.status, 303);
        assert_eq!(switches("on").await.status, 303);
    }
    assert_eq!(switches("off").await.status, 303);
    assert_eq!(switches("on").await.status, 303, "however often it was off");
    let refused = switches("off").await;
    assert_eq!(refused.status, 429);
    refused.shows("Het kan weer vanaf");
    invariants::hold(&app.app).await;
}

#[test]
fn the_limit_stands_in_the_configuration_file() {
    let file = include_str!("../../../config/esecured.toml");
    let words = file.replace("\n# ", " ");
    assert!(words.contains(&format!("{} times an hour", AT_MOST.count)));
    assert_eq!(AT_MOST.per, Duration::from_secs(3_600));
}

on_both_databases!(
    above_the_limit_nobody_is_added_and_the_page_says_when,
    whoever_has_several_accounts_has_no_more_for_that,
    a_full_account_stands_in_nobodys_way_elsewhere,
    esecure_can_always_be_switched_on,
);
