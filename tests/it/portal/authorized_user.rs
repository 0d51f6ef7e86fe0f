//! The page of one address: until when it may, and what happened.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CARLA, add_roses, row_of, rows};
use crate::support::{
    ANNA, Browser, Database, JORIS, TULIPS, TestApp, browser::Page, invariants, on_both_databases,
};

async fn allowed(app: &TestApp) -> bool {
    let body = json!({ "accountNumber": TULIPS, "email": JORIS });
    let answer = app.post("/v1/access-requests", &body).await;
    let answer: Value = answer.json().await.unwrap();
    answer["rule"] == "authorized-user"
}

async fn ends(browser: &Browser, path: &str, until: &str) -> Page {
    let csrf = browser.open(path).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("action", "until"),
        ("until", until),
    ];
    browser.submit(path, &fields).await
}

async fn a_permission_gets_an_end_and_loses_it_again(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    assert!(allowed(&app).await);
    let path = format!("/authorized-users/{}", row_of(&app, id).await);
    let list = anna.open("/authorized-users?status=approved").await;
    assert!(rows(&list)[0].contains(&format!("<a href=\"{path}\">")));
    assert!(rows(&list)[0].contains("1× gebruikt"));
    anna.open(&path)
        .await
        .shows("zonder einde")
        .shows("1×, laatst op")
        .shows("Aanvraag goedgekeurd");

    let done = ends(&anna, &path, "2026-05-12").await;
    assert_eq!(
        (done.status, done.location.as_deref()),
        (303, Some(path.as_str()))
    );
    anna.open(&path)
        .await
        .shows("de einddatum is opgeslagen.")
        .shows("name=\"until\" value=\"2026-05-12\"")
        .shows("Einddatum van de toegang ingesteld tot en met <time datetime=\"2026-05-12\">");
    anna.open(&path).await.hides("de einddatum is opgeslagen.");
    assert!(allowed(&app).await);
    let before = app.dump().await;
    for (until, words) in [("2026-05-10", "is al voorbij"), ("soon", "is geen datum")] {
        let page = ends(&anna, &path, until).await;
        assert_eq!(page.status, 400);
        page.shows(words).shows(&format!("value=\"{until}\""));
    }
    assert_eq!(app.dump().await, before);
    ends(&anna, &path, "").await;
    anna.open(&path).await.shows("zonder einde");
    ends(&anna, &path, "2026-05-12").await;
    invariants::hold(&app.app).await;

    app.pass(Duration::from_secs(2 * 24 * 3600));
    assert!(!allowed(&app).await);
    let anna = app.signed_in(ANNA).await;
    // What asked again is open again, and can be given no end before somebody approves it.
    let page = anna.open(&path).await;
    page.hides("name=\"until\"");
}

async fn what_is_over_is_said_in_the_list(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    let path = format!("/authorized-users/{}", row_of(&app, id).await);
    ends(&anna, &path, "2026-05-11").await;
    app.pass(Duration::from_secs(24 * 3600));
    let anna = app.signed_in(ANNA).await;
    let list = anna.open("/authorized-users?status=approved").await;
    assert!(rows(&list)[0].contains("dat is voorbij"));
    anna.open(&path).await.shows("dat is voorbij");
}

async fn it_is_revoked_and_allowed_from_its_page(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    let row = row_of(&app, id).await;
    let path = format!("/authorized-users/{row}");
    let status = format!("status_{row}");
    let stale = anna.open(&path).await.field("csrf");
    for (shown, action, words) in [
        ("approved", "reject", "afgewezen voor 112233445."),
        ("rejected", "approve", "goedgekeurd voor 112233445."),
        // What was shown is not so any more.
        ("rejected", "approve", "niet veranderd, want al goedgekeurd"),
    ] {
        app.pass(Duration::from_secs(60));
        let fields = [
            ("csrf", stale.as_str()),
            ("action", action),
            (status.as_str(), shown),
        ];
        let done = anna.submit(&path, &fields).await;
        assert_eq!(done.status, 303, "{}", done.body);
        anna.open(&path).await.shows(words);
    }
    anna.open(&path)
        .await
        .shows("Toegang weggenomen")
        .shows("Toegang gegeven");
    invariants::hold(&app.app).await;
}

async fn nobody_else_finds_or_changes_it(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    let path = format!("/authorized-users/{}", row_of(&app, id).await);
    let carla = app.signed_in(CARLA).await;
    let csrf = carla.open("/authorized-users").await.field("csrf");
    let before = app.dump().await;
    for path in [
        path.as_str(),
        "/authorized-users/x",
        "/authorized-users/112233445.x",
    ] {
        assert_eq!(carla.open(path).await.status, 404);
        let fields = [("csrf", csrf.as_str()), ("action", "until"), ("until", "")];
        assert_eq!(carla.submit(path, &fields).await.status, 404);
    }
    for (csrf, action, status) in [("", "until", 403), (csrf.as_str(), "until", 403)] {
        let fields = [("csrf", csrf), ("action", action), ("until", "")];
        assert_eq!(anna.submit(&path, &fields).await.status, status);
    }
    let own = anna.open(&path).await.field("csrf");
    let fields = [("csrf", own.as_str()), ("action", "erase")];
    assert_eq!(anna.submit(&path, &fields).await.status, 400);
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    a_permission_gets_an_end_and_loses_it_again,
    what_is_over_is_said_in_the_list,
    it_is_revoked_and_allowed_from_its_page,
    nobody_else_finds_or_changes_it,
);
