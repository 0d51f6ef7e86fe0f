//! A passkey in a real browser: made, used to sign in and to confirm, and removed.

use std::time::Duration;

use crate::support::{ANNA, Chromium, Database, TestApp, identity_provider, test_app::PASSWORD};

/// A daemon whose address has a name, as passkeys need it.
async fn start() -> TestApp {
    let mut base = String::new();
    let mut app = TestApp::start_with(Database::Sqlite, |config| {
        let port = config.server.public_url.port().unwrap();
        base = format!("http://localhost:{port}");
        config.server.public_url = base.parse().unwrap();
        config.portal.passkeys = true;
        let nobody = identity_provider::settings("127.0.0.1:9".parse().unwrap());
        config.portal.identity_providers.push(nobody);
    })
    .await;
    app.base = base;
    app
}

async fn signs_out(anna: &Chromium) {
    anna.press("Mijn zendingen instellingen").await;
    anna.press("Uitloggen").await;
    anna.shows("Je bent uitgelogd.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_signs_in_and_confirms_until_it_is_removed() {
    let app = start().await;
    let anna = Chromium::start(&app, "nl").await;
    anna.has_device_for_passkeys().await;
    anna.open("/login").await;
    anna.looks_right("login with all ways in").await;
    for query in ["code=a&state=b", "error=access_denied"] {
        anna.open(&format!("/login/oidc/company/callback?{query}"))
            .await;
        anna.looks_right(&format!("provider {query}")).await;
    }
    anna.open("/login").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.open("/settings").await;
    anna.looks_right("settings without a passkey").await;

    // The page is of no use without script, and says so.
    anna.fill("name", "Laptop")
        .await
        .press("Passkey toevoegen")
        .await;
    anna.shows("Passkeys werken alleen met JavaScript").await;
    assert!(!anna.text().await.contains("Passkey maken"));
    anna.looks_right("passkey without script").await;
    anna.lets_pages_run_script(true).await;
    anna.open("/passkey").await;
    anna.comes_to_show("Je passkey is toegevoegd.").await;
    anna.shows("Laptop").await;
    // One device keeps one for each person: the page says that she has it.
    anna.fill("name", "Laptop, nog een keer").await;
    anna.press("Passkey toevoegen").await;
    anna.comes_to_show("Op dit apparaat heb je al een passkey.")
        .await;

    signs_out(&anna).await;
    anna.press("Inloggen met een passkey").await;
    anna.comes_to_show("Welkom, Anna").await;
    app.pass(Duration::from_secs(15 * 60));
    anna.open("/confirm?next=/settings").await;
    anna.press("Bevestigen met een passkey").await;
    anna.comes_to_show("Waar je bent ingelogd").await;
    anna.looks_right("settings with a passkey").await;
    anna.press("Verwijderen Laptop").await;
    anna.shows("De passkey is verwijderd.").await;

    // The device still has it; here it is worth nothing any more.
    signs_out(&anna).await;
    anna.lets_pages_run_script(true).await;
    anna.press("Inloggen met een passkey").await;
    anna.comes_to_show("We kennen deze passkey niet (meer).")
        .await;
    anna.looks_right("passkey unknown").await;
    anna.open("/").await;
    assert_eq!(anna.path().await, "/login");
    anna.quit().await;
}
