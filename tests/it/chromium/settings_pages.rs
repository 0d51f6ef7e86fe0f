//! The pages on which somebody says who they are, and sets how they do.

use std::time::Duration;

use fantoccini::Locator;

use crate::support::{ANNA, BRAM, Chromium, Database, TestApp, test_app::PASSWORD};

const QUARTER: Duration = Duration::from_secs(15 * 60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_and_the_codes_at_sign_in_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/").await;
    anna.signs_in(ANNA, PASSWORD).await;
    app.signed_in(ANNA).await;
    anna.open("/settings").await;
    anna.looks_right("settings").await;
    names_a_stand_in(&app, &anna).await;
    anna.open("/confirm").await;
    anna.looks_right("confirm done").await;
    app.pass(QUARTER);
    anna.open("/settings").await;
    anna.looks_right("settings old password").await;
    anna.open("/confirm?next=/settings").await;
    anna.looks_right("confirm").await;
    confirms(&anna, "password", "wrong").await;
    anna.looks_right("confirm wrong").await;
    for _ in 0..5 {
        confirms(&anna, "password", "wrong").await;
    }
    anna.looks_right("confirm throttled").await;
    app.pass(Duration::from_secs(60));
    confirms(&anna, "password", PASSWORD).await;

    let code_now = codes_are_turned_on(&app, &anna).await;
    app.pass(QUARTER);
    anna.open("/confirm?next=/settings").await;
    anna.looks_right("confirm by code").await;
    confirms(&anna, "code", &code_now()).await;
    anna.looks_right("settings codes on").await;
    anna.click(Locator::Css(".more summary")).await;
    anna.fill("password", "wrong").await;
    anna.click(Locator::Css(".more .danger")).await;
    anna.looks_right("settings codes stay").await;

    // Somewhere else.
    anna.press("Mijn zendingen instellingen").await;
    anna.press("Uitloggen").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.looks_right("login code").await;
    anna.fill("code", "1").await.press("Inloggen").await;
    anna.looks_right("login code wrong").await;
    app.pass(Duration::from_secs(30));
    anna.fill("code", &code_now()).await.press("Inloggen").await;
    anna.open("/settings").await;
    anna.shows("staat aan").await;
    anna.quit().await;
}

/// Anna names a stand-in, sees it beside her name while she stands in for Bram, and ends it.
async fn names_a_stand_in(app: &TestApp, anna: &Chromium) {
    anna.press("Vervanger aanwijzen").await;
    anna.looks_right("stand-in").await;
    anna.fill("name", "Dora Vos").await;
    anna.fill("email", "dora").await.press("Opslaan").await;
    anna.looks_right("stand-in wrong").await;
    anna.fill("email", "dora@tu1ips.example").await;
    // What a date field takes from a keyboard depends on the language; its value does not.
    let script = "document.getElementById('first').value = '2026-05-12';
         document.getElementById('last').value = '2026-05-29';";
    anna.asks(script, Vec::new()).await;
    anna.press("Opslaan").await;
    anna.shows("lijkt op tulips.example").await;
    anna.looks_right("stand-in doubtful").await;
    anna.fill("email", "dora@office.example").await;
    anna.press("Opslaan").await;
    anna.shows("Je vervanger is aangewezen").await;
    anna.looks_right("settings stand-in named").await;
    let bram = app.signed_in(BRAM).await;
    let csrf = bram.open("/settings").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "Anna"),
        ("email", ANNA),
        ("language", "nl"),
        ("first", "2026-05-11"),
        ("last", "2026-05-15"),
    ];
    bram.submit("/settings/stand-in", &fields).await;
    anna.open("/customer-administrators").await;
    anna.shows("Je vervangt Bram Smith").await;
    anna.looks_right("administrators stand-in").await;
    anna.open("/settings").await;
    anna.press("Nu beëindigen Dora Vos").await;
    anna.shows("Er is niemand meer die namens jou beslist.")
        .await;
}

async fn confirms(anna: &Chromium, field: &str, value: &str) {
    anna.fill(field, value).await.press("Bevestigen").await;
}

/// Anna turns on the codes of a device; what it shows at each time it is asked.
async fn codes_are_turned_on(app: &TestApp, anna: &Chromium) -> impl use<> + Fn() -> String {
    anna.open("/settings").await;
    anna.press("Codes aanzetten").await;
    anna.looks_right("codes begin").await;
    let script = "return [...document.querySelectorAll('.key code')].map((one) => one.textContent)";
    let groups = anna.asks(script, Vec::new()).await;
    let groups: Vec<String> = serde_json::from_value(groups).unwrap();
    let secret = data_encoding::BASE32_NOPAD
        .decode(groups.concat().as_bytes())
        .unwrap();
    let device = totp_rs::Builder::new()
        .with_secret(secret.as_slice())
        .build()
        .unwrap();
    let clock = app.app.clock.clone();
    let code_now = move || {
        let now = clock.now().as_seconds().try_into().unwrap();
        device.generate(now).to_string()
    };
    let enters = async |code: &str| {
        anna.fill("code", code).await.press("Codes aanzetten").await;
    };
    enters("1").await;
    anna.looks_right("codes wrong").await;
    enters(&code_now()).await;
    anna.looks_right_once("recovery codes").await;
    anna.press("Ik heb ze bewaard").await;
    anna.press("English").await;
    anna.press("Make new recovery codes").await;
    anna.looks_right_once("recovery codes").await;
    anna.press("I have kept them").await;
    anna.press("Nederlands").await;
    code_now
}
