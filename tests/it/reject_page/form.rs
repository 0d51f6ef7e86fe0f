//! The form: a person's press counts, and nothing else does.

use std::time::Duration;

use esecured::config::Confirm;
use reqwest::Method;

use crate::support::{ANNA, BRAM, Database, TestApp, browser::Page, invariants, on_both_databases};

/// The page again, and nothing changed.
#[track_caller]
fn is_refused(page: &Page) {
    assert_eq!(page.status, 400, "{}", page.body);
    page.shows("Er is nog niets gebeurd")
        .shows("Nothing has happened yet")
        .shows("WEIGEREN / Reject</button>");
    assert!(!page.field("nonce").is_empty());
}

async fn without_a_nonce_of_this_page_nothing_happens(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.asks("piet@elsewhere.example", crate::support::TULIPS)
        .await;
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    let path = mails[0].path("/r/");
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    let of_another_link = browser.open(&mails[1].path("/r/")).await.field("nonce");
    let of_a_colleague = browser
        .open(&app.mails_to(BRAM)[0].path("/r/"))
        .await
        .field("nonce");
    let before = app.dump().await;
    app.pass(Duration::from_secs(5));
    let mut changed = nonce.clone().into_bytes();
    changed[20] ^= 1;
    for fields in [
        vec![],
        vec![("nonce", "")],
        vec![("nonce", "x")],
        vec![("nonce", std::str::from_utf8(&changed).unwrap())],
        vec![("nonce", &nonce[..35])],
        vec![("nonce", of_another_link.as_str())],
        vec![("nonce", of_a_colleague.as_str())],
        vec![("token", nonce.as_str())],
    ] {
        is_refused(&browser.submit(&path, &fields).await);
    }
    assert_eq!(app.dump().await, before);
    let done = browser.submit(&path, &[("nonce", &nonce)]).await;
    done.shows("mark-rejected");
    invariants::hold(&app.app).await;
}

async fn too_early_and_too_late_nothing_happens(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    let before = app.dump().await;
    let early = browser.open(&path).await.field("nonce");
    is_refused(&browser.submit(&path, &[("nonce", &early)]).await);
    app.pass(Duration::from_micros(1_999_999));
    is_refused(&browser.submit(&path, &[("nonce", &early)]).await);
    app.pass(Duration::from_secs(30 * 60));
    let refused = browser.submit(&path, &[("nonce", &early)]).await;
    is_refused(&refused);
    assert_eq!(app.dump().await, before);
    // The page that says so carries a fresh nonce: pressing once more is enough.
    app.pass(Duration::from_secs(2));
    let done = browser
        .submit(&path, &[("nonce", &refused.field("nonce"))])
        .await;
    assert_eq!(done.status, 200);
    done.shows("mark-rejected");
}

async fn another_site_cannot_press_the_button(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    let fields = [("nonce", nonce.as_str())];
    app.pass(Duration::from_secs(5));
    let before = app.dump().await;
    for headers in [
        [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
        [
            ("sec-fetch-site", "cross-site"),
            ("origin", app.base.as_str()),
        ],
        [("sec-fetch-site", "same-site"), ("origin", "null")],
        [("sec-fetch-site", "none"), ("origin", "null")],
        [("origin", "https://evil.example"), ("x", "y")],
        [("origin", "http://127.0.0.1"), ("x", "y")],
    ] {
        is_refused(&browser.submit_with(&path, &fields, &headers).await);
    }
    assert_eq!(app.dump().await, before);
    // An old browser sends no more than Origin, or nothing.
    let headers = [("origin", app.base.as_str())];
    let done = browser.submit_with(&path, &fields, &headers).await;
    done.shows("mark-rejected");
    assert_eq!(app.status_of(id).await, "rejected");
}

on_both_databases!(
    without_a_nonce_of_this_page_nothing_happens,
    too_early_and_too_late_nothing_happens,
    another_site_cannot_press_the_button,
);

#[tokio::test]
async fn a_body_that_is_no_form_shows_the_page_again() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    is_refused(&browser.send(Method::POST, &path, &[]).await);
    let json = [("content-type", "application/json")];
    is_refused(&browser.send(Method::POST, &path, &json).await);
    assert_eq!(app.status_of(id).await, "pending");
}

#[tokio::test]
async fn other_methods_are_not_taken() {
    let app = TestApp::start(Database::Sqlite).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let before = app.dump().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let page = app.browser().send(method.clone(), &path, &[]).await;
        assert_eq!(page.status, 405, "{method}");
        let allow = page.header("allow");
        assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    }
    assert_eq!(app.dump().await, before);
}

#[tokio::test]
async fn with_confirm_tick_the_box_must_be_ticked() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.reject.confirm = Confirm::Tick;
    })
    .await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    let page = browser.open(&path).await;
    page.shows("type=\"checkbox\"")
        .shows("Yes, I want to reject this request.")
        .shows("Ja, ik wil deze aanvraag weigeren.")
        .hides(" checked");
    app.pass(Duration::from_secs(5));
    let nonce = page.field("nonce");
    for fields in [
        vec![("nonce", nonce.as_str())],
        vec![("nonce", nonce.as_str()), ("confirm", "")],
        vec![("nonce", nonce.as_str()), ("confirm", "no")],
    ] {
        let refused = browser.submit(&path, &fields).await;
        assert_eq!(refused.status, 400);
        refused
            .shows("zet eerst het vinkje")
            .shows("tick the box first");
        assert_eq!(app.status_of(id).await, "pending");
    }
    let fields = [("nonce", nonce.as_str()), ("confirm", "yes")];
    browser.submit(&path, &fields).await.shows("mark-rejected");
    assert_eq!(app.status_of(id).await, "rejected");
}

#[tokio::test]
async fn the_shortest_time_is_a_setting() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.reject.min_dwell = Duration::ZERO;
    })
    .await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    browser
        .submit(&path, &[("nonce", &nonce)])
        .await
        .shows("mark-rejected");
}
