//! One language for each person: the one in their settings, in whichever browser they sign in.

use crate::support::{ANNA, Browser, Database, TestApp, on_both_databases, test_app::PASSWORD};

/// The language of the home page.
async fn reads(browser: &Browser) -> String {
    let page = browser.open("/").await;
    page.body.split("<html lang=\"").nth(1).unwrap()[..2].to_owned()
}

/// Presses the language switch at the top.
async fn switches(browser: &Browser, to: &str) -> u16 {
    let csrf = browser.open("/").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("language", to), ("next", "/")];
    browser.submit("/language", &fields).await.status
}

async fn the_switch_and_the_settings_say_the_same_in_every_browser(database: Database) {
    let app = TestApp::start(database).await;
    let (desk, phone) = (app.signed_in(ANNA).await, app.signed_in(ANNA).await);
    assert_eq!(switches(&desk, "en").await, 303);
    let settings = desk.open("/settings").await;
    settings.shows("<option value=\"en\" lang=\"en\" selected>");
    assert_eq!(app.events("administrator.language_set").await.len(), 1);
    // Pressing it again changes nothing.
    assert_eq!(switches(&desk, "en").await, 303);
    assert_eq!(app.events("administrator.language_set").await.len(), 1);

    // The next sign-in, in a new browser or in one that read Dutch for her, follows.
    let laptop = app.browser();
    for browser in [&laptop, &phone] {
        let signed_in = browser.sign_in(ANNA, PASSWORD, "/").await;
        assert_eq!(signed_in.status, 303);
        assert_eq!(reads(browser).await, "en");
    }
    let csrf = laptop.open("/settings").await.field("csrf");
    let dutch = [("csrf", csrf.as_str()), ("language", "nl")];
    laptop.submit("/settings/language", &dutch).await;
    assert_eq!(reads(&laptop).await, "nl");
    phone.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(reads(&phone).await, "nl");

    // What was chosen on the sign-in page stays in that browser, and says nothing of others.
    let kiosk = app.browser();
    kiosk.open("/login?language=en").await;
    kiosk.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(reads(&kiosk).await, "en");
    phone.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(reads(&phone).await, "nl");

    // Another site cannot press it.
    let fields = [("language", "en"), ("next", "/")];
    assert_eq!(phone.submit("/language", &fields).await.status, 403);
    assert_eq!(reads(&phone).await, "nl");
}

on_both_databases!(the_switch_and_the_settings_say_the_same_in_every_browser);
