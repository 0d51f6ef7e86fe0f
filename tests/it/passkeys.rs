//! Passkeys: making one, signing in and confirming with it, and all that is not taken for one.

mod pages;

use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::support::{
    ANNA, BRAM, Browser, Database, TestApp, authenticator::Authenticator, browser::Page,
    on_both_databases,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A daemon whose address has a name, as passkeys need it, and that name.
async fn start(database: Database) -> (TestApp, String) {
    let mut origin = String::new();
    let app = TestApp::start_with(database, |config| {
        let port = config.server.public_url.port().unwrap();
        origin = format!("http://localhost:{port}");
        config.server.public_url = origin.parse().unwrap();
        config.portal.passkeys = true;
    })
    .await;
    (app, origin)
}

/// What the page asks of the device.
fn options(page: &Page) -> String {
    let (_, rest) = page.body.split_once("data-options=\"").unwrap();
    let (options, _) = rest.split_once('"').unwrap();
    options.replace("&quot;", "\"").replace("&#x3D;", "=")
}

/// The page on which somebody ends up who sends this form.
async fn begins(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let begun = browser.submit(path, fields).await;
    assert_eq!(
        begun.location.as_deref(),
        Some("/passkey"),
        "{}",
        begun.body
    );
    let page = browser.open("/passkey").await;
    assert_eq!(page.status, 200);
    page
}

/// Sends the answer of a device from this page.
async fn answers(browser: &Browser, page: &Page, answer: &str) -> Page {
    let mut fields = vec![("answer", answer)];
    let csrf = page
        .body
        .contains("name=\"csrf\"")
        .then(|| page.field("csrf"));
    if let Some(csrf) = &csrf {
        fields.push(("csrf", csrf));
    }
    browser.submit("/passkey", &fields).await
}

/// Somebody who is signed in adds a passkey to this device.
async fn adds(browser: &Browser, device: &mut Authenticator) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("name", "Telefoon van Anna")];
    let page = begins(browser, "/settings/passkeys", &fields).await;
    let answer = device.makes(&options(&page));
    answers(browser, &page, &answer).await
}

/// Anna with a passkey, and the device it is on.
async fn anna_with_passkey(app: &TestApp, origin: &str) -> (Browser, Authenticator) {
    let anna = app.signed_in(ANNA).await;
    let mut device = Authenticator::at(origin);
    let added = adds(&anna, &mut device).await;
    let to = added.location.as_deref();
    assert_eq!(to, Some("/settings?done=passkey_added"), "{}", added.body);
    (anna, device)
}

/// Somebody signs in with what is on this device, in a new browser.
async fn signs_in(app: &TestApp, device: &mut Authenticator) -> (Browser, Page) {
    let browser = app.browser();
    let page = begins(&browser, "/login/passkey", &[("next", "/settings")]).await;
    let answer = device.uses(&options(&page));
    let page = answers(&browser, &page, &answer).await;
    (browser, page)
}

/// How many rows a table has.
async fn count(app: &TestApp, table: &str) -> i64 {
    let mut conn = app.app.store.read().await.unwrap();
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let count = sqlx::query_scalar(AssertSqlSafe(sql));
    count.fetch_one(&mut *conn).await.unwrap()
}

async fn one_is_only_added_shortly_after_she_proved_who_she_is(database: Database) {
    let (app, origin) = start(database).await;
    let anna = app.signed_in(ANNA).await;
    let mut device = Authenticator::at(&origin);
    app.pass(MINUTE * 8);
    let csrf = anna.open("/settings").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("name", "Telefoon")];
    let page = begins(&anna, "/settings/passkeys", &fields).await;
    app.pass(MINUTE * 8);
    let late = answers(&anna, &page, &device.makes(&options(&page))).await;
    assert_eq!(late.status, 403, "{}", late.body);
    late.shows("te lang geleden bevestigd")
        .shows("href=\"/confirm?next=");
    assert_eq!(count(&app, "passkey").await, 0);
    assert!(app.events("factor.added").await.is_empty());
}

async fn is_in(browser: &Browser) -> bool {
    browser.open("/").await.status == 200
}

async fn a_passkey_is_made_used_and_removed(database: Database) {
    let (app, origin) = start(database).await;
    let (anna, mut device) = anna_with_passkey(&app, &origin).await;
    let settings = anna.open("/settings?done=passkey_added").await;
    settings
        .shows("Je passkey is toegevoegd.")
        .shows("Telefoon van Anna")
        .shows("Nog niet gebruikt");

    let (browser, page) = signs_in(&app, &mut device).await;
    assert_eq!(page.location.as_deref(), Some("/settings"), "{}", page.body);
    assert!(is_in(&browser).await);
    let settings = browser.open("/settings").await;
    settings.shows(ANNA).hides("Nog niet gebruikt");

    // A passkey shows who she is later on, too.
    app.pass(MINUTE * 15);
    let csrf = settings.field("csrf");
    let id = settings.field("passkey");
    let fields = [("csrf", csrf.as_str()), ("passkey", id.as_str())];
    let refused = browser.submit("/settings/passkeys/remove", &fields).await;
    assert_eq!(refused.status, 400);
    refused.shows("Bevestig eerst dat jij het bent");
    let fields_again = [("csrf", csrf.as_str()), ("next", "/settings")];
    let page = begins(&browser, "/confirm/passkey", &fields_again).await;
    let answer = device.uses(&options(&page));
    let confirmed = answers(&browser, &page, &answer).await;
    assert_eq!(confirmed.location.as_deref(), Some("/settings"));
    let removed = browser.submit("/settings/passkeys/remove", &fields).await;
    assert_eq!(
        removed.location.as_deref(),
        Some("/settings?done=passkey_removed")
    );
    anna.open("/settings").await.hides("Telefoon van Anna");
    let (browser, page) = signs_in(&app, &mut device).await;
    assert_eq!(page.status, 403);
    page.shows("We kennen deze passkey niet (meer).");
    assert!(!is_in(&browser).await);

    let told = [
        "Er is een passkey toegevoegd.",
        "Er is een passkey verwijderd.",
    ];
    assert_eq!(app.sign_in_mails_to(ANNA).await, told);

    let trail = app.dump().await;
    for event in [
        "factor.added",
        "session.started",
        "session.confirmed",
        "factor.removed",
    ] {
        assert!(trail.contains(event), "{event}");
    }
    assert!(trail.contains(r#"{"factor":"passkey"}"#));
}

async fn a_question_is_answered_once_and_within_ten_minutes(database: Database) {
    let (app, origin) = start(database).await;
    let (_anna, mut device) = anna_with_passkey(&app, &origin).await;
    let browser = app.browser();
    let page = begins(&browser, "/login/passkey", &[]).await;
    let answer = device.uses(&options(&page));
    // Looking at the page again changes nothing.
    let before = app.dump().await;
    assert_eq!(options(&browser.open("/passkey").await), options(&page));
    assert_eq!(app.dump().await, before);
    // Somebody who saw the answer but has not the cookie of the browser gets nowhere.
    let thief = app.browser();
    let stolen = thief.submit("/passkey", &[("answer", &answer)]).await;
    assert_eq!(stolen.status, 400);
    assert_eq!(app.dump().await, before);
    let cookie = browser_cookie(&app, &mut device).await;
    let answered = answers(&browser, &page, &answer).await;
    assert_eq!(answered.location.as_deref(), Some("/"));

    let (cookie, answer) = cookie;
    let send = async || {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("cookie", cookie.as_str()),
        ];
        let fields = [("answer", answer.as_str())];
        app.browser()
            .submit_with("/passkey", &fields, &headers)
            .await
    };
    assert_eq!(send().await.status, 303);
    let again = send().await;
    assert_eq!(again.status, 400);
    again.shows("Begin opnieuw.");

    let late = app.browser();
    let page = begins(&late, "/login/passkey", &[]).await;
    let answer = device.uses(&options(&page));
    app.pass(MINUTE * 10);
    assert_eq!(answers(&late, &page, &answer).await.status, 400);
    assert_eq!(late.open("/passkey").await.status, 400);
}

/// The cookie of a ceremony, and the answer that fits it, for whoever would send them twice.
async fn browser_cookie(app: &TestApp, device: &mut Authenticator) -> (String, String) {
    let browser = app.browser();
    let begun = browser.submit("/login/passkey", &[]).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let page = browser.open("/passkey").await;
    // It is sent after another answer, so that the device has counted on.
    device.counter += 1;
    let answer = device.uses(&options(&page));
    device.counter -= 2;
    (cookie.to_owned(), answer)
}

async fn what_is_wrong_with_an_answer_keeps_everybody_out(database: Database) {
    let (app, origin) = start(database).await;
    let (_anna, mut device) = anna_with_passkey(&app, &origin).await;
    let (_, page) = signs_in(&app, &mut device).await;
    assert_eq!(page.status, 303);
    let annas = device.user.clone();
    type Change = fn(&mut Authenticator);
    let cases: [(&str, Change); 5] = [
        ("another site", |device| {
            device.origin = "https://evil.example".to_owned()
        }),
        ("another port", |device| {
            device.origin = "http://localhost:1".to_owned()
        }),
        ("nobody verified", |device| device.flags = 1),
        ("nobody present", |device| device.flags = 4),
        ("somebody else", |device| device.user[15] ^= 1),
    ];
    for (what, change) in cases {
        change(&mut device);
        let before = count(&app, "session").await;
        let (browser, page) = signs_in(&app, &mut device).await;
        assert_eq!(page.status, 403, "{what}");
        assert!(!is_in(&browser).await, "{what}");
        assert_eq!(count(&app, "session").await, before, "{what}");
        (device.origin, device.flags) = (origin.clone(), 5);
        device.user.clone_from(&annas);
    }
    // Another key under the same name.
    let mut forger = Authenticator::at(&origin);
    forger.user.clone_from(&annas);
    assert_eq!(signs_in(&app, &mut forger).await.1.status, 403);
    // The answer to another question.
    let browser = app.browser();
    let page = begins(&browser, "/login/passkey", &[]).await;
    let other = begins(&app.browser(), "/login/passkey", &[]).await;
    let answer = device.uses(&options(&other));
    assert_eq!(answers(&browser, &page, &answer).await.status, 403);
    for nonsense in ["", "{}", "[", "null"] {
        let page = begins(&browser, "/login/passkey", &[]).await;
        assert_eq!(answers(&browser, &page, nonsense).await.status, 403);
    }
    // After all that hers still works.
    assert_eq!(signs_in(&app, &mut device).await.1.status, 303);
}

async fn a_device_that_counts_backwards_may_be_a_copy(database: Database) {
    let (app, origin) = start(database).await;
    let (_anna, mut device) = anna_with_passkey(&app, &origin).await;
    assert_eq!(signs_in(&app, &mut device).await.1.status, 303);
    assert_eq!(signs_in(&app, &mut device).await.1.status, 303);
    device.counter -= 1;
    let (browser, page) = signs_in(&app, &mut device).await;
    assert_eq!(page.status, 403);
    page.shows("misschien gekopieerd");
    assert!(!is_in(&browser).await);
    assert_eq!(signs_in(&app, &mut device).await.1.status, 303);
}

async fn a_passkey_is_its_owners_alone(database: Database) {
    let (app, origin) = start(database).await;
    let (anna, mut device) = anna_with_passkey(&app, &origin).await;
    let bram = app.signed_in(BRAM).await;
    let csrf = bram.open("/settings").await.field("csrf");
    // He cannot confirm with hers,
    let page = begins(&bram, "/confirm/passkey", &[("csrf", &csrf)]).await;
    let answer = device.uses(&options(&page));
    let refused = answers(&bram, &page, &answer).await;
    assert_eq!(refused.status, 403);
    refused.shows("Deze passkey is niet (meer) van jou.");
    // nor take it away,
    let id = anna.open("/settings").await.field("passkey");
    let fields = [("csrf", csrf.as_str()), ("passkey", id.as_str())];
    bram.submit("/settings/passkeys/remove", &fields).await;
    anna.open("/settings").await.shows("Telefoon van Anna");
    // nor add the one on her device to himself.
    let fields = [("csrf", csrf.as_str()), ("name", "Phone")];
    let page = begins(&bram, "/settings/passkeys", &fields).await;
    let answer = device.makes(&options(&page));
    let refused = answers(&bram, &page, &answer).await;
    assert_eq!(refused.status, 409);
    refused.shows("Deze passkey is al toegevoegd.");
    // What he began to add does not become hers by being ended in her session.
    let begun = bram.submit("/settings/passkeys", &fields).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let page = bram.open("/passkey").await;
    let mut other = Authenticator::at(&origin);
    let answer = other.makes(&options(&page));
    let hers = app.browser();
    let session = hers
        .sign_in(ANNA, crate::support::test_app::PASSWORD, "/")
        .await;
    let session = session.header("set-cookie").split(';').next().unwrap();
    let csrf = hers.open("/settings").await.field("csrf");
    let cookies = format!("{session}; {cookie}");
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", &cookies)];
    let fields = [("answer", answer.as_str()), ("csrf", csrf.as_str())];
    let refused = app
        .browser()
        .submit_with("/passkey", &fields, &headers)
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(signs_in(&app, &mut other).await.1.status, 403);
}

async fn nobody_removes_their_last_way_in(database: Database) {
    let (app, origin) = start(database).await;
    let (anna, mut device) = anna_with_passkey(&app, &origin).await;
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(AssertSqlSafe(
        "UPDATE administrator SET password_hash = NULL, password_at = NULL".to_owned(),
    ))
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let settings = anna.open("/settings").await;
    let (csrf, id) = (settings.field("csrf"), settings.field("passkey"));
    let fields = [("csrf", csrf.as_str()), ("passkey", id.as_str())];
    let refused = anna.submit("/settings/passkeys/remove", &fields).await;
    assert_eq!(refused.status, 400);
    refused.shows("Dit is je laatste manier om in te loggen.");
    assert_eq!(signs_in(&app, &mut device).await.1.status, 303);
    // With a second one, one of them may go.
    let mut second = Authenticator::at(&origin);
    adds(&anna, &mut second).await;
    let removed = anna.submit("/settings/passkeys/remove", &fields).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    assert_eq!(signs_in(&app, &mut second).await.1.status, 303);
}

async fn adding_one_needs_a_name_and_a_fresh_factor(database: Database) {
    let (app, _) = start(database).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let long = "x".repeat(61);
    for (name, said) in [
        ("", "Geef de passkey een naam."),
        ("  ", "Geef de passkey een naam."),
        (long.as_str(), "Kies een naam van hoogstens 60 tekens."),
        ("a\nb", "Kies een naam van hoogstens 60 tekens."),
    ] {
        let fields = [("csrf", csrf.as_str()), ("name", name)];
        let refused = anna.submit("/settings/passkeys", &fields).await;
        assert_eq!(refused.status, 400);
        refused.shows(said);
    }
    let foreign = anna.submit("/settings/passkeys", &[("name", "a")]).await;
    assert_eq!(foreign.status, 403);
    app.pass(MINUTE * 15);
    let fields = [("csrf", csrf.as_str()), ("name", "Sleutel")];
    let refused = anna.submit("/settings/passkeys", &fields).await;
    assert_eq!(refused.status, 400);
    refused
        .shows("Bevestig eerst dat jij het bent")
        .shows("value=\"Sleutel\"");
    assert_eq!(count(&app, "ceremony").await, 0);
}

on_both_databases!(
    one_is_only_added_shortly_after_she_proved_who_she_is,
    a_passkey_is_made_used_and_removed,
    a_question_is_answered_once_and_within_ten_minutes,
    what_is_wrong_with_an_answer_keeps_everybody_out,
    a_device_that_counts_backwards_may_be_a_copy,
    a_passkey_is_its_owners_alone,
    nobody_removes_their_last_way_in,
    adding_one_needs_a_name_and_a_fresh_factor,
);
