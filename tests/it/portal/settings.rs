//! What belongs to a person: language and sessions.

use std::time::Duration;

use reqwest::Method;

use crate::support::{
    ANNA, BRAM, Browser, Database, TestApp, browser::Page, on_both_databases, test_app::PASSWORD,
};

const MINUTE: Duration = Duration::from_secs(60);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Somebody signs in on a device that says this of itself.
async fn signed_in_with(app: &TestApp, email: &str, device: &str) -> Browser {
    let browser = app.browser();
    let fields = [("email", email), ("password", PASSWORD)];
    let headers = [("user-agent", device), ("sec-fetch-site", "same-origin")];
    let page = browser.submit_with("/login", &fields, &headers).await;
    assert_eq!(page.status, 303);
    browser
}

/// The sessions on the page that can be ended.
fn others(page: &Page) -> Vec<String> {
    let marker = "name=\"session\" value=\"";
    let rows = page.body.split(marker).skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned())
        .collect()
}

async fn is_in(browser: &Browser) -> bool {
    browser.open("/settings").await.status == 200
}

async fn a_session_is_recognised_and_ended(database: Database) {
    let app = TestApp::start(database).await;
    let desk = app.signed_in(ANNA).await;
    let laptop = signed_in_with(&app, ANNA, FIREFOX).await;
    let bram = app.signed_in(BRAM).await;
    let page = desk.open("/settings").await;
    page.shows("Firefox op Linux").shows("Onbekende browser");
    let found = others(&page);
    assert_eq!(found.len(), 1);
    let csrf = page.field("csrf");

    // Bram cannot, whatever he names.
    let brams = bram.open("/settings").await;
    brams.hides("Firefox");
    let fields = [("csrf", brams.field("csrf")), ("session", found[0].clone())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    bram.submit("/settings/sessions/end", &fields).await;
    assert!(is_in(&laptop).await);

    let before = app.dump().await;
    for csrf in ["", &brams.field("csrf")] {
        let fields = [("csrf", csrf), ("session", &found[0])];
        let refused = desk.submit("/settings/sessions/end", &fields).await;
        assert_eq!(refused.status, 403);
        refused.shows("er is niets veranderd");
        let refused = desk
            .submit("/settings/sessions/end-others", &[("csrf", csrf)])
            .await;
        assert_eq!(refused.status, 403);
    }
    assert_eq!(app.dump().await, before);

    let fields = [("csrf", csrf.as_str()), ("session", &found[0])];
    let done = desk.submit("/settings/sessions/end", &fields).await;
    desk.follow(&done.location.unwrap())
        .await
        .shows("Dat apparaat is uitgelogd.")
        .hides("Firefox");
    assert!(!is_in(&laptop).await);
    assert!(is_in(&desk).await);
    assert_eq!(app.events("session.ended").await.len(), 1);
}

async fn all_other_sessions_end_and_this_one_stays(database: Database) {
    let app = TestApp::start(database).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(app.signed_in(ANNA).await);
    }
    let bram = app.signed_in(BRAM).await;
    let desk = app.signed_in(ANNA).await;
    let csrf = desk.open("/settings").await.field("csrf");
    let done = desk
        .submit("/settings/sessions/end-others", &[("csrf", &csrf)])
        .await;
    desk.follow(&done.location.unwrap())
        .await
        .shows("Alle andere apparaten zijn uitgelogd.")
        .hides("end-others");
    for other in &others {
        assert!(!is_in(other).await);
    }
    assert!(is_in(&desk).await);
    assert!(is_in(&bram).await);
}

async fn the_chosen_language_is_that_of_pages_and_mails(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/settings").await;
    page.shows("<option value=\"nl\" lang=\"nl\" selected>");
    let csrf = page.field("csrf");
    let before = app.dump().await;
    for (csrf, language, status) in [("", "en", 403), (csrf.as_str(), "de", 400)] {
        let fields = [("csrf", csrf), ("language", language)];
        let refused = anna.submit("/settings/language", &fields).await;
        assert_eq!(refused.status, status);
    }
    assert_eq!(app.dump().await, before);
    let fields = [("csrf", csrf.as_str()), ("language", "en")];
    let done = anna.submit("/settings/language", &fields).await;
    anna.follow(&done.location.unwrap())
        .await
        .shows("Your language is saved.")
        .shows("<option value=\"en\" lang=\"en\" selected>");
    app.joris_asks().await;
    app.deliver_mail().await;
    let subject = app.last_mail_to(ANNA).subject;
    assert_eq!(subject, app.last_mail_to(BRAM).subject);
}

async fn changes_password(browser: &Browser, old: &str, new: &str, again: &str) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("old", old),
        ("new", new),
        ("again", again),
    ];
    browser.submit("/settings/password", &fields).await
}

async fn another_password_ends_the_other_sessions_and_the_old_one_is_worth_nothing(
    database: Database,
) {
    const NEW: &str = "mijn buurvrouw zingt vals";
    let app = TestApp::start(database).await;
    let other = app.signed_in(ANNA).await;
    let desk = app.signed_in(ANNA).await;
    let bram = app.signed_in(BRAM).await;
    app.pass(MINUTE * 16);
    // Long after the sign-in it takes the old one.
    desk.open("/settings").await.shows("Oud wachtwoord");
    let before = app.dump().await;
    for (old, new, again, words) in [
        ("", NEW, NEW, "Vul alle velden in."),
        (PASSWORD, "", "", "Vul alle velden in."),
        (
            "three red bicycles",
            NEW,
            NEW,
            "Het oude wachtwoord klopt niet.",
        ),
        (
            PASSWORD,
            NEW,
            "mijn buurvrouw zingt",
            "niet twee keer hetzelfde",
        ),
        (
            PASSWORD,
            "veertien teken",
            "veertien teken",
            "minstens 15 tekens",
        ),
        (
            PASSWORD,
            "anna@tulips.example",
            "anna@tulips.example",
            "te raden",
        ),
        (PASSWORD, "welkomwelkom2026", "welkomwelkom2026", "te raden"),
    ] {
        let refused = changes_password(&desk, old, new, again).await;
        assert_eq!(refused.status, 400, "{words}");
        refused.shows(words).hides("zingt vals");
    }
    assert_eq!(app.dump().await, before);

    let done = changes_password(&desk, PASSWORD, NEW, NEW).await;
    desk.follow(&done.location.unwrap())
        .await
        .shows("Je nieuwe wachtwoord geldt nu.");
    assert!(is_in(&desk).await);
    assert!(is_in(&bram).await);
    assert!(!is_in(&other).await);
    assert_eq!(app.browser().sign_in(ANNA, PASSWORD, "/").await.status, 401);
    assert_eq!(app.browser().sign_in(ANNA, NEW, "/").await.status, 303);
    assert_eq!(app.events("administrator.password_set").await.len(), 1);
    assert!(!app.dump().await.contains("buurvrouw"));
}

async fn shortly_after_the_sign_in_it_takes_no_old_password(database: Database) {
    const NEW: &str = "mijn buurvrouw zingt vals";
    let app = TestApp::start(database).await;
    let desk = app.signed_in(ANNA).await;
    desk.open("/settings").await.hides("Oud wachtwoord");
    let done = changes_password(&desk, "", NEW, NEW).await;
    assert_eq!(done.location.as_deref(), Some("/settings?done=password"));
    assert_eq!(app.browser().sign_in(ANNA, NEW, "/").await.status, 303);
}

async fn a_form_that_comes_too_late_is_said_to_be_lost(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    app.pass(Duration::from_secs(31 * 60));
    let request = format!("/requests/{id}");
    for (path, page) in [
        ("/customer-administrators/add", "/customer-administrators"),
        ("/settings/password", "/settings"),
        ("/settings/stand-in", "/settings"),
        ("/settings/sessions/end", "/settings"),
        ("/authorized-users/add", "/authorized-users/add"),
        ("/authorized-users", "/authorized-users"),
        ("/domains/preview", "/domains/preview"),
        ("/domains", "/domains"),
        (&request, &request),
    ] {
        let fields = [("csrf", csrf.as_str()), ("email", "secret@tulips.example")];
        let sent = anna.submit(path, &fields).await;
        let to = sent.location.unwrap();
        assert!(
            to.starts_with("/login?") && to.ends_with("unsaved=1"),
            "{to}"
        );
        let login = anna.open(&to).await;
        login
            .shows("is niet opgeslagen")
            .hides("secret@tulips.example");
        let english = anna
            .send(reqwest::Method::GET, &to, &[("accept-language", "en")])
            .await;
        english.shows("was not saved");
        let next = login.field("next");
        assert_eq!(next, page);
        // From there it goes on to a page, and not to one that only takes forms.
        let again = app.signed_in(ANNA).await.open(&next).await;
        assert!(
            [200, 303].contains(&again.status),
            "{next}: {}",
            again.status
        );
    }
    // Who only looked has lost nothing.
    let looked = anna.open("/settings").await.location.unwrap();
    assert_eq!(looked, "/login?next=%2Fsettings&ended=1");
    anna.open(&looked).await.hides("niet opgeslagen");
}

on_both_databases!(
    a_form_that_comes_too_late_is_said_to_be_lost,
    another_password_ends_the_other_sessions_and_the_old_one_is_worth_nothing,
    shortly_after_the_sign_in_it_takes_no_old_password,
    a_session_is_recognised_and_ended,
    all_other_sessions_end_and_this_one_stays,
    the_chosen_language_is_that_of_pages_and_mails,
);

#[tokio::test]
async fn the_settings_are_in_the_menu_and_behind_the_sign_in() {
    let app = TestApp::start(Database::Sqlite).await;
    let nobody = app.browser().open("/settings").await;
    assert_eq!(nobody.location.as_deref(), Some("/login?next=%2Fsettings"));
    let anna = app.signed_in(ANNA).await;
    anna.open("/")
        .await
        .shows("<a href=\"/settings\">Instellingen</a>");
    let english = [("accept-language", "en")];
    let page = anna.send(Method::GET, "/settings", &english).await;
    page.shows("<h1>Settings</h1>").shows("this one");
    // Only words that we know are said.
    anna.open("/settings?done=<b>x</b>").await.hides("<b>x");
}
