//! Proving again who it is, before what matters most is changed.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    ANNA, BRAM, Browser, Database, TestApp, browser::Page, on_both_databases, test_app::PASSWORD,
};

const MINUTE: Duration = Duration::from_secs(60);

async fn confirms(browser: &Browser, password: &str, next: &str) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("next", next),
        ("password", password),
    ];
    browser.submit("/confirm", &fields).await
}

/// Where somebody who wants to go on to the settings is sent; `None`: has to confirm first.
async fn goes_on(browser: &Browser) -> Option<String> {
    browser.open("/confirm?next=/settings").await.location
}

async fn whoever_signed_in_lately_need_not_confirm_and_later_the_password_does(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE * 15 - Duration::from_secs(1));
    assert_eq!(goes_on(&anna).await.as_deref(), Some("/settings"));
    app.pass(Duration::from_secs(1));
    assert_eq!(goes_on(&anna).await, None);
    let elsewhere = app.signed_in(ANNA).await;

    let wrong = confirms(&anna, "three red bicycles", "/settings").await;
    assert_eq!(wrong.status, 401);
    wrong
        .shows("Het wachtwoord klopt niet.")
        .shows("name=\"next\" value=\"/settings\"");
    assert_eq!(confirms(&anna, "", "/settings").await.status, 400);
    assert_eq!(goes_on(&anna).await, None);

    let right = confirms(&anna, PASSWORD, "/settings").await;
    assert_eq!(right.location.as_deref(), Some("/settings"));
    assert_eq!(right.header("set-cookie"), "");
    assert_eq!(goes_on(&anna).await.as_deref(), Some("/settings"));
    // It was this session that confirmed, no other one.
    app.pass(MINUTE * 14);
    assert_eq!(goes_on(&anna).await.as_deref(), Some("/settings"));
    app.pass(MINUTE);
    assert_eq!(goes_on(&anna).await, None);
    assert_eq!(goes_on(&elsewhere).await, None);
    let events = app.events("session.confirmed").await;
    assert_eq!(events, [json!({ "factor": "password" })]);
}

async fn the_password_of_somebody_else_confirms_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let bram = app.signed_in(BRAM).await;
    let csrf = bram.open("/settings").await.field("csrf");
    app.pass(MINUTE * 20);
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE * 16);
    let before = app.dump().await;
    // Neither with the form of another session, nor with a form that says whose it is.
    let foreign = [
        ("csrf", csrf.as_str()),
        ("next", "/"),
        ("password", PASSWORD),
    ];
    let page = anna.submit("/confirm", &foreign).await;
    assert_eq!(page.status, 403);
    page.shows("Deze pagina was verouderd");
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    whoever_signed_in_lately_need_not_confirm_and_later_the_password_does,
    the_password_of_somebody_else_confirms_nothing,
);

#[tokio::test]
async fn guessing_is_slowed_as_it_is_at_the_sign_in() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE * 16);
    for _ in 0..5 {
        assert_eq!(confirms(&anna, "a wrong one", "/").await.status, 401);
    }
    let slowed = confirms(&anna, PASSWORD, "/").await;
    assert_eq!(slowed.status, 429);
    assert_eq!(slowed.header("retry-after"), "1");
    let sign_in = app.browser().sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(sign_in.status, 429);
    app.pass(Duration::from_secs(1));
    assert_eq!(confirms(&anna, PASSWORD, "/").await.status, 303);
}

#[tokio::test]
async fn the_way_on_never_leads_to_another_site() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    for evil in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let page = confirms(&anna, PASSWORD, evil).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{evil}");
        let page = anna.open(&format!("/confirm?next={evil}")).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{evil}");
    }
}

#[tokio::test]
async fn in_a_tab_of_its_own_the_page_says_that_it_can_be_closed() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE * 16);
    anna.open("/confirm")
        .await
        .hides("Je kunt dit tabblad sluiten");
    let page = confirms(&anna, PASSWORD, "").await;
    assert_eq!(page.location.as_deref(), Some("/confirm"));
    anna.open("/confirm")
        .await
        .shows("Je kunt dit tabblad sluiten");
    let nobody = app.browser().open("/confirm?next=/settings").await;
    assert!(nobody.location.unwrap().starts_with("/login"));
}
