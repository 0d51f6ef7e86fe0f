//! Signing in at the company's identity provider with a real browser, which goes there and back.

use esecured::domain::timestamp::Timestamp;

use crate::support::{
    ANNA, Chromium, Database, TestApp,
    daemon_process::Installation,
    free_port::free_address,
    identity_provider::{CLIENT_SECRET, IdentityProvider, settings},
    test_app::{BEGINNING, PASSWORD},
};

/// A daemon at `localhost` and a provider at `127.0.0.1`: two sites, as they are in the world.
async fn start() -> (TestApp, IdentityProvider) {
    let address = free_address();
    let mut base = String::new();
    let mut app = TestApp::start_with(Database::Sqlite, |config| {
        let port = config.server.public_url.port().unwrap();
        base = format!("http://localhost:{port}");
        config.server.public_url = base.parse().unwrap();
        config.portal.identity_providers.push(settings(address));
    })
    .await;
    app.base = base;
    // The provider has no clock that could be moved.
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    app.pass(now.since(BEGINNING));
    let provider = IdentityProvider::start(address, &app.base, "RS256");
    (app, provider)
}

/// Presses the button that leads to the provider, says there to be `person`, and comes back.
async fn goes_there(anna: &Chromium, button: &str, person: &str) {
    anna.press(button).await;
    anna.comes_to_show("Sign in").await;
    anna.fill("person", person).await.press("Sign in").await;
    anna.shows("Tulpen BV weet wie je bent").await;
}

/// The same later on: the provider knows the browser, and asks nothing.
async fn goes_there_again(anna: &Chromium, button: &str) {
    anna.press(button).await;
    anna.comes_to_show("Tulpen BV weet wie je bent").await;
    anna.press("Verder").await;
}

async fn signs_out(anna: &Chromium) {
    anna.press("Mijn zendingen instellingen").await;
    anna.press("Uitloggen").await;
    anna.shows("Je bent uitgelogd.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anna_links_her_company_account_signs_in_with_it_and_unlinks_it() {
    let (app, _provider) = start().await;
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/login").await;
    goes_there(&anna, "Inloggen met Tulpen BV", "00u1-anna").await;
    anna.looks_right("provider returned").await;
    anna.press("Verder").await;
    anna.shows("die koppeling kennen wij niet").await;
    anna.looks_right_once("provider unknown").await;

    anna.press("Naar het inloggen").await;
    anna.press("English").await;
    anna.press("Sign in with Tulpen BV").await;
    anna.comes_to_show("Tulpen BV knows who you are").await;
    anna.press("Continue").await;
    anna.looks_right_once("provider unknown").await;
    anna.open("/login").await;
    anna.press("Nederlands").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.open("/settings").await;
    goes_there_again(&anna, "Koppelen Tulpen BV").await;
    anna.shows("De koppeling is gemaakt.").await;
    anna.looks_right("settings linked").await;
    signs_out(&anna).await;

    goes_there_again(&anna, "Inloggen met Tulpen BV").await;
    anna.shows("Welkom, Anna de Wit").await;
    anna.open("/settings").await;
    // The provider asked her nothing, so she confirms who she is before anything that matters.
    anna.press("Ontkoppelen Tulpen BV").await;
    anna.shows("Bevestig eerst dat jij het bent").await;
    signs_out(&anna).await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.open("/settings").await;
    anna.press("Ontkoppelen Tulpen BV").await;
    anna.shows("De koppeling is verwijderd.").await;
    signs_out(&anna).await;

    goes_there_again(&anna, "Inloggen met Tulpen BV").await;
    anna.shows("die koppeling kennen wij niet").await;
    anna.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_with_a_certificate_of_the_company_is_asked_once_the_system_trusts_it() {
    let address = free_address();
    let mut installation = Installation::new(&format!(
        "[database]\nurl = \"sqlite:esecured.db\"\n\
         [mail]\nfrom = \"esecure@example.com\"\ntransport = \"dev\"\n\
         [portal.oidc.company]\nissuer = \"https://{address}\"\nclient_id = \"esecured\"\n\
         client_secret = \"{CLIENT_SECRET}\"\nlabel = \"Tulpen BV\""
    ));
    let provider = IdentityProvider::start_behind_tls(address, &installation.base());
    installation.says(&["account", "add", "112233445", "--name", "Tulpenhandel"]);
    let anna = ["admin", "add", ANNA, "--account", "112233445"];
    let details = [
        "--name",
        "Anna de Wit",
        "--language",
        "nl",
        "--password-stdin",
    ];
    installation.hears(&[&anna[..], &details[..]].concat(), PASSWORD);

    // Nobody the system trusts has signed its certificate.
    let daemon = installation.start();
    let anna = Chromium::at(&installation.base(), "nl").await;
    anna.open("/login").await;
    anna.press("Inloggen met Tulpen BV").await;
    anna.shows("Daar kun je nu even niet inloggen.").await;

    assert!(daemon.terminate().success());
    installation.trusts(provider.authority());
    let _daemon = installation.start();
    anna.signs_in(ANNA, PASSWORD).await;
    anna.open("/settings").await;
    goes_there(&anna, "Koppelen Tulpen BV", "00u1-anna").await;
    anna.press("Verder").await;
    anna.shows("De koppeling is gemaakt.").await;
    signs_out(&anna).await;
    goes_there_again(&anna, "Inloggen met Tulpen BV").await;
    anna.shows("Welkom, Anna de Wit").await;
    anna.leave().await;
}
