//! The second factor: a code of a device after the password, and recovery codes for when it is lost.

mod owner_is_told;
mod sign_in;
mod without;

use std::time::Duration;

use esecured::domain::{timestamp::Timestamp, totp_secret::TotpSecret};
use serde_json::json;

use crate::support::{
    ANNA, Browser, Database, TestApp, browser::Page, on_both_databases, test_app::PASSWORD,
};

const MINUTE: Duration = Duration::from_secs(60);
/// How long a code is the current one.
const STEP: Duration = Duration::from_secs(30);

/// An app on somebody's phone.
struct Device(totp_rs::Totp);

impl Device {
    /// Reads the secret that the page shows as text.
    fn set_up(page: &Page) -> Self {
        let key = page.body.split("class=\"key\">").nth(1).unwrap();
        let key = key.split("</p>").next().unwrap();
        let groups: Vec<&str> = key
            .split("<code>")
            .skip(1)
            .map(|group| group.split("</code>").next().unwrap())
            .collect();
        assert_eq!(groups.len(), 8);
        // The link says the same.
        page.shows(&format!("secret&#x3D;{}&amp;issuer", groups.concat()));
        let secret = data_encoding::BASE32_NOPAD
            .decode(groups.concat().as_bytes())
            .unwrap();
        let builder = totp_rs::Builder::new();
        Self(builder.with_secret(secret.as_slice()).build().unwrap())
    }

    /// What it shows now.
    fn code(&self, app: &TestApp) -> String {
        self.code_at(app.app.clock.now())
    }

    fn code_at(&self, at: Timestamp) -> String {
        let seconds = at.as_seconds().try_into().unwrap();
        self.0.generate(seconds).to_string()
    }

    /// A code that is none of the three that are taken now.
    fn wrong_code(&self, app: &TestApp) -> String {
        let now = app.app.clock.now();
        let secret: [u8; 20] = self.0.secret().as_bytes().try_into().unwrap();
        let secret = TotpSecret::from_bytes(secret);
        (0..10)
            .map(|digit| digit.to_string().repeat(6))
            .find(|code| secret.step_of(code, now).is_none())
            .unwrap()
    }
}

/// Turns codes on in the settings of whoever is signed in; the device and the recovery codes.
async fn turns_codes_on(app: &TestApp, browser: &Browser) -> (Device, Vec<String>) {
    let csrf = browser.open("/settings").await.field("csrf");
    let begun = browser
        .submit("/settings/totp/begin", &[("csrf", &csrf)])
        .await;
    assert_eq!(begun.location.as_deref(), Some("/settings/totp"));
    let device = Device::set_up(&browser.open("/settings/totp").await);
    let fields = [("csrf", csrf.as_str()), ("code", &device.code(app))];
    let done = browser.submit("/settings/totp", &fields).await;
    assert_eq!(done.location.as_deref(), Some("/settings/recovery-codes"));
    let codes = recovery_codes(&browser.open("/settings/recovery-codes").await);
    // Where the next code is another one.
    app.pass(STEP);
    (device, codes)
}

fn recovery_codes(page: &Page) -> Vec<String> {
    let codes = page.body.split("<li><code>").skip(1);
    codes
        .map(|code| code.split('<').next().unwrap().to_owned())
        .collect()
}

/// The second step of a sign-in.
async fn enters(browser: &Browser, code: &str) -> Page {
    browser.submit("/login/code", &[("code", code)]).await
}

/// Both steps of Anna's.
async fn signs_in(app: &TestApp, code: &str) -> (Browser, Page) {
    let browser = app.browser();
    let first = browser.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(first.location.as_deref(), Some("/login/code"));
    let page = enters(&browser, code).await;
    (browser, page)
}

async fn is_in(browser: &Browser) -> bool {
    browser.open("/settings").await.status == 200
}

async fn codes_are_turned_on_by_a_first_code(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    anna.open("/settings").await.shows("staat uit");
    // Nothing was begun: there is no secret to look at.
    let nothing = anna.open("/settings/totp").await;
    assert_eq!(nothing.location.as_deref(), Some("/settings"));
    let csrf = anna.open("/settings").await.field("csrf");
    let before = app.dump().await;
    let foreign = anna.submit("/settings/totp/begin", &[("csrf", "x")]).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(app.dump().await, before);

    anna.submit("/settings/totp/begin", &[("csrf", &csrf)])
        .await;
    let page = anna.open("/settings/totp").await;
    page.shows("<svg class=\"qr\"")
        .shows("otpauth://totp/eSecure:anna%40tulips");
    let device = Device::set_up(&page);
    let fields = [("csrf", csrf.as_str()), ("code", &device.wrong_code(&app))];
    let wrong = anna.submit("/settings/totp", &fields).await;
    assert_eq!(wrong.status, 400);
    wrong
        .shows("De code klopt niet.")
        .shows("<svg class=\"qr\"");
    anna.open("/settings").await.shows("staat uit");
    // Until it is on, the password is enough.
    assert!(is_in(&app.signed_in(ANNA).await).await);

    // Looked at long ago, it is shown no more before its owner confirms.
    app.pass(MINUTE * 15);
    let late = anna.open("/settings/totp").await;
    assert_eq!(
        late.location.as_deref(),
        Some("/confirm?next=%2Fsettings%2Ftotp")
    );
    let fields = [("csrf", csrf.as_str()), ("code", &device.code(&app))];
    let late = anna.submit("/settings/totp", &fields).await;
    assert_eq!(late.status, 400);
    late.shows("Bevestig eerst").hides("otpauth");
    let fields = [("csrf", csrf.as_str()), ("password", PASSWORD)];
    assert_eq!(anna.submit("/confirm", &fields).await.status, 303);

    let fields = [("csrf", csrf.as_str()), ("code", &device.code(&app))];
    let done = anna.submit("/settings/totp", &fields).await;
    assert_eq!(done.location.as_deref(), Some("/settings/recovery-codes"));
    let page = anna.open("/settings/recovery-codes").await;
    let codes = recovery_codes(&page);
    assert_eq!(codes.len(), 10);
    // They are shown once, and stand nowhere.
    let again = anna.open("/settings/recovery-codes").await;
    assert_eq!(again.location.as_deref(), Some("/settings"));
    let dump = app.dump().await;
    for code in &codes {
        assert!(!dump.contains(code) && !dump.contains(&code.replace('-', "")));
    }
    let secret = data_encoding::BASE32_NOPAD.encode(device.0.secret().as_bytes());
    assert!(!dump.contains(&secret));
    anna.open("/settings").await.shows("staat aan").shows("10");
    let added = app.events("factor.added").await;
    assert_eq!(added, [json!({ "factor": "totp" })]);
    // Once is enough.
    let fields = [("csrf", csrf.as_str()), ("code", &device.code(&app))];
    let again = anna.submit("/settings/totp", &fields).await;
    assert_eq!(again.location.as_deref(), Some("/settings"));
    let again = anna
        .submit("/settings/totp/begin", &[("csrf", &csrf)])
        .await;
    assert_eq!(again.location.as_deref(), Some("/settings"));
}

async fn confirming_takes_a_code_too(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let (device, codes) = turns_codes_on(&app, &anna).await;
    app.pass(MINUTE * 16);
    let page = anna.open("/confirm?next=/settings").await;
    page.shows("name=\"code\"").hides("name=\"password\"");
    let csrf = page.field("csrf");
    let confirms = async |field: &str, value: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("next", "/settings"),
            (field, value),
        ];
        anna.submit("/confirm", &fields).await
    };
    // The password alone is not enough.
    assert_eq!(confirms("password", PASSWORD).await.status, 400);
    assert_eq!(confirms("code", PASSWORD).await.status, 401);
    assert_eq!(confirms("code", &device.wrong_code(&app)).await.status, 401);
    assert_eq!(anna.open("/confirm?next=/settings").await.status, 200);
    let right = confirms("code", &device.code(&app)).await;
    assert_eq!(right.location.as_deref(), Some("/settings"));
    assert_eq!(anna.open("/confirm?next=/settings").await.status, 303);
    // Neither a code nor a recovery code works a second time.
    assert_eq!(confirms("code", &device.code(&app)).await.status, 401);
    app.pass(MINUTE * 16);
    assert_eq!(confirms("code", &codes[0]).await.status, 303);
    assert_eq!(confirms("code", &codes[0]).await.status, 401);
    let how = app.events("session.confirmed").await;
    assert_eq!(
        how,
        [
            json!({ "factor": "totp" }),
            json!({ "factor": "recovery_code" })
        ]
    );
}

async fn recovery_codes_are_renewed(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let (_, old) = turns_codes_on(&app, &anna).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let renewed = anna
        .submit("/settings/recovery-codes", &[("csrf", &csrf)])
        .await;
    let sealed = renewed.header("set-cookie").to_owned();
    let new = recovery_codes(&anna.open("/settings/recovery-codes").await);
    assert_eq!(new.len(), 10);
    assert!(old.iter().all(|code| !new.contains(code)));
    // What the cookie carries is for this session alone.
    let (name, value) = sealed.split(';').next().unwrap().split_once('=').unwrap();
    assert!(!new.iter().any(|code| value.contains(code.as_str())));
    let (other, page) = signs_in(&app, &old[0]).await;
    assert_eq!(page.status, 401, "old ones are worth nothing");
    assert_eq!(enters(&other, &new[0]).await.status, 303);
    let page = other
        .send(
            reqwest::Method::GET,
            "/settings/recovery-codes",
            &[("cookie", &format!("{name}={value}"))],
        )
        .await;
    page.hides(&new[1]);
    app.pass(MINUTE * 16);
    let late = anna
        .submit("/settings/recovery-codes", &[("csrf", &csrf)])
        .await;
    assert_eq!(late.status, 400);
    late.shows("Bevestig eerst");
}

on_both_databases!(
    codes_are_turned_on_by_a_first_code,
    confirming_takes_a_code_too,
    recovery_codes_are_renewed,
);
