//! Klantaccountbeheerder, Customer Administrator: who decides, and how that changes.

use esecured::domain::email_address::EmailAddress;
use esecured::store::people;
use serde_json::{Value, json};

use super::{CARLA, ROSES, add_roses};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases,
};

pub const LIST: &str = "/customer-administrators";
pub const ADD: &str = "/customer-administrators/add";
pub const DORA: &str = "dora@tulips.example";
pub const CHOSEN: &str = "five yellow wheelbarrows";

/// What somebody is called in forms.
pub async fn id_of(app: &TestApp, address: &str) -> String {
    let mut conn = app.app.store.read().await.unwrap();
    let email = EmailAddress::parse(address).unwrap();
    let found = people::by_email(&mut conn, &email).await.unwrap();
    found.unwrap().0.id.to_string()
}

/// Ticks Tulips, presses Add, fills in the form and presses Add again.
pub async fn adds(browser: &Browser, name: &str, email: &str) -> Page {
    let form = browser.open(&format!("{ADD}?account={TULIPS}")).await;
    let csrf = form.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", name),
        ("email", email),
        ("language", "nl"),
    ];
    browser.submit(ADD, &fields).await
}

/// Presses the button of the page that asks whether to remove somebody from Tulips.
pub async fn removes(browser: &Browser, id: &str) -> Page {
    let path = format!("{LIST}/remove");
    let question = format!("{path}?account={TULIPS}&administrator={id}");
    let csrf = browser.open(&question).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", id),
    ];
    browser.submit(&path, &fields).await
}

async fn esecure_is_switched_after_saying_what_that_means(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let path = format!("{LIST}/esecure");
    let question = format!("{path}?account={TULIPS}");
    let decision = async || -> Value {
        let body = json!({"accountNumber": TULIPS, "email": JORIS});
        let answer = app.post("/v1/access-checks", &body).await;
        answer.json::<Value>().await.unwrap()["decision"].clone()
    };
    let switches = async |to: &str| {
        let csrf = anna.open(&question).await.field("csrf");
        let fields = [("csrf", csrf.as_str()), ("account", TULIPS), ("to", to)];
        let done = anna.submit(&path, &fields).await;
        anna.open(&done.location.unwrap()).await
    };
    assert_eq!(decision().await, "ask");
    anna.open(&question)
        .await
        .shows("eSecure uitzetten voor 112233445?")
        .shows("iedereen die dit klantnummer kent");
    assert_eq!(decision().await, "ask");
    let list = switches("off").await;
    list.shows("eSecure is uitgezet")
        .shows("eSecure is uit: iedereen mag dit nummer gebruiken");
    assert_eq!(decision().await, "allow");
    app.deliver_mail().await;
    let told = app.last_mail_to(BRAM);
    assert!(
        told.subject.starts_with("eSecure was switched off"),
        "{}",
        told.subject
    );
    assert!(told.text.contains("Anna de Wit switched eSecure off"));
    assert!(app.mails_to(ANNA).is_empty());

    // Off again changes nothing and tells nobody; on again is told.
    switches("off").await;
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), 1);
    anna.open(&question).await.shows("eSecure aanzetten voor");
    switches("on").await.shows("eSecure is aangezet");
    assert_eq!(decision().await, "ask");
    app.deliver_mail().await;
    assert!(
        app.last_mail_to(BRAM)
            .subject
            .starts_with("eSecure was switched on")
    );
    invariants::hold(&app.app).await;
}

async fn nobody_touches_another_companys_administrators(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let carla = app.signed_in(CARLA).await;
    let csrf = carla.open(LIST).await.field("csrf");
    let (of_anna, of_carla) = (id_of(&app, ANNA).await, id_of(&app, CARLA).await);
    let before = app.dump().await;
    let list = carla.open(LIST).await;
    list.hides(TULIPS)
        .hides(ANNA)
        .hides(BRAM)
        .hides("Anna de Wit");
    for (account, administrator) in [
        (TULIPS, of_anna.as_str()),
        (ROSES, of_anna.as_str()),
        (TULIPS, of_carla.as_str()),
        ("998877660", of_carla.as_str()),
        ("x", "y"),
        ("", ""),
    ] {
        for page in ["remove", "aliases", "invite", "esecure"] {
            if page == "esecure" && account == ROSES {
                continue; // That one is hers.
            }
            let path = format!("{LIST}/{page}");
            let query = format!("{path}?account={account}&administrator={administrator}");
            let shown = carla.open(&query).await;
            assert_eq!(shown.status, 404, "{query}");
            shown.hides(ANNA).hides("Tulpenhandel");
            let fields = [
                ("csrf", csrf.as_str()),
                ("account", account),
                ("administrator", administrator),
                ("action", "add"),
                ("email", "evil@roses.example"),
                ("to", "off"),
            ];
            assert_eq!(carla.submit(&path, &fields).await.status, 404, "{query}");
        }
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", "Carla"),
        ("email", CARLA),
        ("language", "en"),
    ];
    let added = carla.submit(ADD, &fields).await;
    assert_eq!(added.status, 400);
    added.hides("Tulpenhandel");
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    esecure_is_switched_after_saying_what_that_means,
    nobody_touches_another_companys_administrators,
);
