//! Signing in with a code.

use std::time::Duration;

use esecured::{domain::email_address::EmailAddress, workflow::manage};
use futures_util::future::join_all;
use serde_json::json;

use super::{MINUTE, STEP, enters, is_in, signs_in, turns_codes_on};
use crate::support::{
    ANNA, BRAM, Browser, Database, TestApp, on_both_databases, test_app::PASSWORD,
};

async fn the_password_alone_leads_to_the_code_and_no_further(database: Database) {
    let app = TestApp::start(database).await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    // Without the first step there is no second.
    let browser = app.browser();
    for page in [
        browser.open("/login/code").await,
        enters(&browser, &device.code(&app)).await,
    ] {
        assert_eq!(page.location.as_deref(), Some("/login?again=1"));
    }
    browser.open("/login?again=1").await.shows("Begin opnieuw.");
    let wrong = browser.sign_in(ANNA, "three red bicycles", "/").await;
    assert_eq!(wrong.status, 401);

    let first = browser.sign_in(ANNA, PASSWORD, "/authorized-users").await;
    assert_eq!(first.location.as_deref(), Some("/login/code"));
    let cookie = first.header("set-cookie").to_owned();
    assert!(cookie.starts_with("esecured-ceremony="), "{cookie}");
    assert!(!is_in(&browser).await);
    browser.open("/login/code").await.shows("Nog één stap");
    assert_eq!(enters(&browser, "").await.status, 400);
    let other_site = [("sec-fetch-site", "cross-site")];
    let code = device.code(&app);
    let forged = browser
        .submit_with("/login/code", &[("code", &code)], &other_site)
        .await;
    assert_eq!(forged.status, 403);
    let wrong = enters(&browser, &device.wrong_code(&app)).await;
    assert_eq!(wrong.status, 401);
    wrong.shows("De code klopt niet");
    assert!(!is_in(&browser).await);

    let right = enters(&browser, &code).await;
    assert_eq!(right.location.as_deref(), Some("/authorized-users"));
    assert!(is_in(&browser).await);
    let how = app.events("session.started").await;
    assert_eq!(how.last().unwrap(), &json!({ "factor": "password+totp" }));
    // The step cannot be taken again: whoever kept its cookie has nothing.
    let kept = cookie.split(';').next().unwrap();
    app.pass(STEP);
    let headers = [("cookie", kept), ("sec-fetch-site", "same-origin")];
    let fields = [("code", device.code(&app))];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let again = app
        .browser()
        .submit_with("/login/code", &fields, &headers)
        .await;
    assert_eq!(again.location.as_deref(), Some("/login?again=1"));
}

async fn a_code_works_once_for_its_owner_in_its_time(database: Database) {
    let app = TestApp::start(database).await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    let bram = app.signed_in(BRAM).await;
    let (brams, _) = turns_codes_on(&app, &bram).await;
    let code = device.code(&app);
    let (browser, foreign) = signs_in(&app, &brams.code(&app)).await;
    assert_eq!(foreign.status, 401);
    assert_eq!(enters(&browser, &code).await.status, 303);
    // Seen over the shoulder: neither it nor the one before works any more.
    let (_, replayed) = signs_in(&app, &code).await;
    assert_eq!(replayed.status, 401);
    let before = device.code_at(app.app.clock.now().minus(STEP));
    assert_eq!(signs_in(&app, &before).await.1.status, 401);
    // A device whose clock is a little fast or slow.
    let next = device.code_at(app.app.clock.now().plus(STEP));
    assert_eq!(signs_in(&app, &next).await.1.status, 303);
    app.pass(STEP * 4);
    let slow = device.code_at(app.app.clock.now().minus(STEP));
    assert_eq!(signs_in(&app, &slow).await.1.status, 303);
    let too_slow = device.code_at(app.app.clock.now().minus(STEP * 2));
    assert_eq!(signs_in(&app, &too_slow).await.1.status, 401);
}

async fn one_code_at_the_same_moment_lets_one_in(database: Database) {
    let app = TestApp::start(database).await;
    let (device, recovery) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    for code in [device.code(&app), recovery[3].to_uppercase()] {
        let mut browsers: Vec<Browser> = Vec::new();
        for _ in 0..4 {
            let browser = app.browser();
            browser.sign_in(ANNA, PASSWORD, "/").await;
            browsers.push(browser);
        }
        let pages = join_all(browsers.iter().map(|browser| enters(browser, &code))).await;
        let statuses: Vec<u16> = pages.iter().map(|page| page.status).collect();
        let let_in = statuses.iter().filter(|status| **status == 303).count();
        assert_eq!(let_in, 1, "{statuses:?}");
        app.pass(MINUTE * 16);
    }
    let used = app.events("recovery_code.used").await;
    assert_eq!(used, [json!({ "left": 9 })]);
    let how = app.events("session.started").await;
    let last = how.last().unwrap();
    assert_eq!(last, &json!({ "factor": "password+recovery_code" }));
}

async fn five_wrong_codes_or_ten_minutes_end_it(database: Database) {
    let app = TestApp::start(database).await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    let browser = app.browser();
    browser.sign_in(ANNA, PASSWORD, "/").await;
    for _ in 0..5 {
        let wrong = enters(&browser, &device.wrong_code(&app)).await;
        assert_eq!(wrong.status, 401);
    }
    // Slowed first; and when the wait is over, the password is asked for again.
    let slowed = enters(&browser, &device.code(&app)).await;
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, "1"));
    app.pass(Duration::from_secs(1));
    let over = enters(&browser, &device.code(&app)).await;
    assert_eq!(over.location.as_deref(), Some("/login?again=1"));
    // The right password sets no further tries at codes free.
    browser.sign_in(ANNA, PASSWORD, "/").await;
    let wrong = enters(&browser, &device.wrong_code(&app)).await;
    assert_eq!(wrong.status, 401);
    let slowed = enters(&browser, &device.code(&app)).await;
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, "2"));
    app.pass(Duration::from_secs(2));
    assert_eq!(enters(&browser, &device.code(&app)).await.status, 303);

    app.pass(MINUTE);
    let browser = app.browser();
    browser.sign_in(ANNA, PASSWORD, "/").await;
    app.pass(MINUTE * 10);
    let late = enters(&browser, &device.code(&app)).await;
    assert_eq!(late.location.as_deref(), Some("/login?again=1"));
    assert!(!is_in(&browser).await);
}

async fn codes_are_slowed_wherever_they_are_guessed_and_the_owner_is_told(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let anna = app.signed_in(ANNA).await;
    let (device, recovery) = turns_codes_on(&app, &anna).await;
    let guessed = "Er zijn verkeerde codes achter elkaar ingevuld";
    let told = async || {
        let mails = app.sign_in_mails_to(ANNA).await;
        mails
            .iter()
            .filter(|mail| mail.starts_with(guessed))
            .count()
    };
    // Each guess comes from another place.
    let place = std::cell::Cell::new(0);
    let guesses = async |code: &str| {
        place.set(place.get() + 1);
        let from = format!("198.51.100.{}", place.get());
        let headers = [
            ("x-forwarded-for", from.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let thief = app.browser();
        let password = [("email", ANNA), ("password", PASSWORD)];
        thief.submit_with("/login", &password, &headers).await;
        thief
            .submit_with("/login/code", &[("code", code)], &headers)
            .await
    };
    for _ in 0..9 {
        assert_eq!(guesses(&device.wrong_code(&app)).await.status, 401);
    }
    assert_eq!(told().await, 0);
    assert_eq!(guesses(&device.wrong_code(&app)).await.status, 401);
    assert_eq!(told().await, 1);
    let waits = guesses(&device.code(&app)).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "60"));
    // So does whoever sits at an open browser.
    let csrf = anna.open("/confirm").await.field("csrf");
    let confirms = async |code: &str| {
        let fields = [("csrf", csrf.as_str()), ("code", code)];
        anna.submit("/confirm", &fields).await.status
    };
    assert_eq!(confirms(&device.code(&app)).await, 429);
    for minutes in [2, 4] {
        app.pass(MINUTE * minutes / 2);
        assert_eq!(confirms(&device.wrong_code(&app)).await, 401);
        let waits = guesses(&device.code(&app)).await;
        let after = (minutes * 60).to_string();
        assert_eq!(
            (waits.status, waits.header("retry-after")),
            (429, after.as_str())
        );
    }
    guesses("000000")
        .await
        .shows("Probeer het over 4 minuten opnieuw");
    // Its owner need not wait, and is told no second time.
    assert_eq!(guesses(&recovery[0]).await.status, 303);
    app.pass(MINUTE * 4);
    assert_eq!(guesses(&device.code(&app)).await.status, 303);
    for _ in 0..5 {
        assert_eq!(guesses(&device.wrong_code(&app)).await.status, 401);
    }
    assert_eq!(told().await, 1);
    // A few before a right one are no secret either.
    app.pass(STEP);
    assert_eq!(guesses(&device.code(&app)).await.status, 303);
    assert_eq!(told().await, 2);
}

async fn another_password_ends_what_began_with_the_old_one(database: Database) {
    let app = TestApp::start(database).await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    let browser = app.browser();
    browser.sign_in(ANNA, PASSWORD, "/").await;
    let anna = EmailAddress::parse(ANNA).unwrap();
    manage::set_password(&app.app, &anna, "mijn buurvrouw zingt vals".into())
        .await
        .unwrap();
    let over = enters(&browser, &device.code(&app)).await;
    assert_eq!(over.location.as_deref(), Some("/login?again=1"));
}

on_both_databases!(
    the_password_alone_leads_to_the_code_and_no_further,
    a_code_works_once_for_its_owner_in_its_time,
    one_code_at_the_same_moment_lets_one_in,
    five_wrong_codes_or_ten_minutes_end_it,
    codes_are_slowed_wherever_they_are_guessed_and_the_owner_is_told,
    another_password_ends_what_began_with_the_old_one,
);

#[tokio::test]
async fn whoever_is_unknown_learns_nothing_of_second_factors() {
    let app = TestApp::start(Database::Sqlite).await;
    turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    let browser = app.browser();
    let known = browser.sign_in(ANNA, "three red bicycles", "/").await;
    let unknown = browser
        .sign_in("anne@tulips.example", "three red bicycles", "/")
        .await;
    assert_eq!((known.status, unknown.status), (401, 401));
    assert_eq!(known.body.replace("anna@", "anne@"), unknown.body);
}

#[tokio::test]
async fn guessing_elsewhere_does_not_keep_anna_out() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let (device, _) = turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    let thief = app.browser();
    let elsewhere = [
        ("x-forwarded-for", "198.51.100.7"),
        ("sec-fetch-site", "same-origin"),
    ];
    let password = [("email", ANNA), ("password", PASSWORD)];
    thief.submit_with("/login", &password, &elsewhere).await;
    for _ in 0..5 {
        let code = [("code", device.wrong_code(&app))];
        let code = code.each_ref().map(|(name, value)| (*name, value.as_str()));
        let wrong = thief.submit_with("/login/code", &code, &elsewhere).await;
        assert_eq!(wrong.status, 401);
    }
    let slowed = thief.submit_with("/login/code", &[("code", "1")], &elsewhere);
    assert_eq!(slowed.await.status, 429);
    assert_eq!(signs_in(&app, &device.code(&app)).await.1.status, 303);
}
