//! Doing without: shorter passwords beside it, the end of it, lost devices, and lost keys.

use esecured::{
    domain::email_address::EmailAddress,
    signing::key_file,
    workflow::{reset_factors::reset_factors, sealed_totp},
};

use super::{MINUTE, enters, is_in, signs_in, turns_codes_on};
use crate::support::{
    ANNA, Browser, Database, TestApp, browser::Page, on_both_databases, test_app::PASSWORD,
};

async fn posts(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields: Vec<_> = [("csrf", csrf.as_str())]
        .into_iter()
        .chain(fields.iter().copied())
        .collect();
    browser.submit(path, &fields).await
}

async fn beside_a_code_the_password_may_be_short_and_alone_it_may_not(database: Database) {
    const SHORT: &str = "kR7vw2qx";
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let new = |new| [("new", new), ("again", new)];
    let refused = posts(&anna, "/settings/password", &new(SHORT)).await;
    assert_eq!(refused.status, 400);
    refused.shows("minstens 15 tekens");
    let (device, _) = turns_codes_on(&app, &anna).await;
    anna.open("/settings").await.shows("Minstens 8 tekens");
    let common = posts(&anna, "/settings/password", &new("welkom01")).await;
    assert_eq!(common.status, 400);
    let done = posts(&anna, "/settings/password", &new(SHORT)).await;
    assert_eq!(done.status, 303);

    let removes =
        async |password| posts(&anna, "/settings/totp/remove", &[("password", password)]).await;
    let before = app.dump().await;
    let refused = removes(SHORT).await;
    assert_eq!(refused.status, 400);
    refused.shows("te kort om zonder code in te loggen");
    let refused = removes("three red bicycles").await;
    assert_eq!(refused.status, 400);
    refused.shows("Het wachtwoord klopt niet.");
    assert_eq!(app.dump().await, before);
    posts(&anna, "/settings/password", &new(PASSWORD)).await;
    app.pass(MINUTE * 16);
    let late = removes(PASSWORD).await;
    assert_eq!(late.status, 400);
    late.shows("Bevestig eerst dat jij het bent");
    let code = device.code(&app);
    assert_eq!(
        posts(&anna, "/confirm", &[("code", &code)]).await.status,
        303
    );
    let done = removes(PASSWORD).await;
    assert_eq!(
        done.location.as_deref(),
        Some("/settings?done=totp_removed")
    );
    assert_eq!(app.events("factor.removed").await.len(), 1);
    assert!(is_in(&app.signed_in(ANNA).await).await);
    let again = removes(PASSWORD).await;
    assert_eq!(again.location.as_deref(), Some("/settings"));
}

async fn the_operator_resets_what_is_lost(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let (_, codes) = turns_codes_on(&app, &anna).await;
    let half_way = app.browser();
    half_way.sign_in(ANNA, PASSWORD, "/").await;
    let email = EmailAddress::parse(ANNA).unwrap();
    assert!(reset_factors(&app.app, &email).await.unwrap());
    assert!(!is_in(&anna).await);
    let over = enters(&half_way, &codes[0]).await;
    assert_eq!(over.location.as_deref(), Some("/login?again=1"));
    // The password alone lets in again, and the codes begin anew.
    let anna = app.signed_in(ANNA).await;
    anna.open("/settings").await.shows("staat uit");
    assert_eq!(app.events("administrator.factors_reset").await.len(), 1);
    let nobody = EmailAddress::parse("nobody@tulips.example").unwrap();
    let refused = reset_factors(&app.app, &nobody).await.err().unwrap();
    assert!(refused.to_string().contains("nobody with this address"));
}

async fn a_short_password_is_not_enough_once_the_codes_are_gone(database: Database) {
    const SHORT: &str = "kort8!zq";
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    turns_codes_on(&app, &anna).await;
    let fields = [("old", PASSWORD), ("new", SHORT), ("again", SHORT)];
    let changed = posts(&anna, "/settings/password", &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    reset_factors(&app.app, &EmailAddress::parse(ANNA).unwrap())
        .await
        .unwrap();
    let browser = app.browser();
    let refused = browser.sign_in(ANNA, SHORT, "/").await;
    assert_eq!(refused.status, 403);
    refused.shows("Je wachtwoord is te kort nu er geen code meer bij hoort.");
    assert!(!is_in(&browser).await);
}

async fn codes_outlive_the_key_that_sealed_them(database: Database) {
    let app = TestApp::start(database).await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    // More rotations than a key file keeps keys.
    for _ in 0..5 {
        key_file::rotate(&app.app.config.keys.file, app.app.clock.now()).unwrap();
        app.app.keys.reload_if_changed().unwrap();
        sealed_totp::reseal(&app.app).await.unwrap();
        app.pass(MINUTE);
        assert_eq!(signs_in(&app, &device.code(&app)).await.1.status, 303);
    }
}

async fn a_secret_of_a_lost_key_lets_nobody_in_but_by_recovery_code(database: Database) {
    let app = TestApp::start(database).await;
    let (device, codes) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    for _ in 0..5 {
        key_file::rotate(&app.app.config.keys.file, app.app.clock.now()).unwrap();
    }
    app.app.keys.reload_if_changed().unwrap();
    let (browser, page) = signs_in(&app, &device.code(&app)).await;
    assert_eq!(page.status, 401);
    assert_eq!(enters(&browser, &codes[0]).await.status, 303);
}

on_both_databases!(
    a_short_password_is_not_enough_once_the_codes_are_gone,
    beside_a_code_the_password_may_be_short_and_alone_it_may_not,
    the_operator_resets_what_is_lost,
    codes_outlive_the_key_that_sealed_them,
    a_secret_of_a_lost_key_lets_nobody_in_but_by_recovery_code,
);

#[tokio::test]
async fn where_codes_are_not_offered_nobody_can_turn_them_on() {
    let app = TestApp::start_with(Database::Sqlite, |config| config.portal.totp = false).await;
    let anna = app.signed_in(ANNA).await;
    anna.open("/settings").await.hides("Codes bij het inloggen");
    assert_eq!(posts(&anna, "/settings/totp/begin", &[]).await.status, 404);
}
