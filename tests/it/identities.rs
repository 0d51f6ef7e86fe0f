//! Signing in at the company's identity provider, told with a real one.

use std::time::Duration;

use esecured::domain::timestamp::Timestamp;
use sqlx::AssertSqlSafe;

use crate::support::{
    ANNA, BRAM, Browser, Database, TestApp,
    browser::Page,
    free_port::free_address,
    identity_provider::{COMPANY, IdentityProvider, says_to_be, settings},
    on_both_databases,
    test_app::{BEGINNING, PASSWORD},
};

const MINUTE: Duration = Duration::from_secs(60);
const CALLBACK: &str = "/login/oidc/company/callback";

/// A daemon that knows the provider of the company, and that provider. Both look at the same time:
/// the provider has no clock that could be moved.
async fn start(database: Database, algorithm: &str) -> (TestApp, IdentityProvider) {
    let address = free_address();
    let app = TestApp::start_with(database, |config| {
        config.portal.identity_providers.push(settings(address));
    })
    .await;
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    app.pass(now.since(BEGINNING));
    let provider = IdentityProvider::start(address, &app.base, algorithm);
    (app, provider)
}

/// Where the page leads on to.
fn leads_to(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let onward = page.header("refresh").strip_prefix("0; url=");
    onward.unwrap_or_else(|| panic!("{}", page.body)).to_owned()
}

/// Sends the one form of the page to which a provider led back.
async fn goes_on(browser: &Browser, page: &Page) -> Page {
    let named = ["code", "state", "iss"].map(|name| (name, page.field(name)));
    let mut fields: Vec<(&str, &str)> = named.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let csrf = page
        .body
        .contains("name=\"csrf\"")
        .then(|| page.field("csrf"));
    if let Some(csrf) = &csrf {
        fields.push(("csrf", csrf));
    }
    browser.submit(CALLBACK, &fields).await
}

/// Somebody leaves from a page of ours, says at the provider to be `person`, and comes back.
async fn travels(app: &TestApp, browser: &Browser, from: &str, person: &str) -> Page {
    let csrf = match from.starts_with("/login") {
        true => String::new(),
        false => browser.open("/settings").await.field("csrf"),
    };
    let fields = [("next", "/settings"), ("csrf", csrf.as_str())];
    let url = leads_to(&browser.submit(from, &fields).await);
    let back = browser.open(&says_to_be(app, &url, person).await).await;
    assert_eq!(back.status, 200, "{}", back.body);
    goes_on(browser, &back).await
}

/// Somebody signs in as `person` of the company, in a new browser.
async fn signs_in(app: &TestApp, person: &str) -> (Browser, Page) {
    let browser = app.browser();
    let page = travels(app, &browser, "/login/oidc/company", person).await;
    (browser, page)
}

/// Somebody who is signed in links `person` of the company.
async fn links(app: &TestApp, browser: &Browser, person: &str) -> Page {
    travels(app, browser, "/settings/identities/company/link", person).await
}

async fn a_link_is_only_made_shortly_after_she_proved_who_she_is(database: Database) {
    let (app, _provider) = start(database, "RS256").await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let from = "/settings/identities/company/link";
    let url = leads_to(&anna.submit(from, &[("csrf", &csrf)]).await);
    let back = anna.open(&says_to_be(&app, &url, "00u1-anna").await).await;
    // The way took long. The provider has no clock that could be moved, so the proof grows old.
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query("UPDATE session SET fresh_at = fresh_at - $1")
        .bind(i64::try_from((MINUTE * 15).as_micros()).unwrap())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let late = goes_on(&anna, &back).await;
    assert_eq!(late.status, 403, "{}", late.body);
    late.shows("te lang geleden bevestigd")
        .shows("href=\"/confirm?next=");
    anna.open("/settings").await.shows("Niet gekoppeld");
    assert!(app.events("identity.linked").await.is_empty());
}

async fn is_in(browser: &Browser) -> bool {
    browser.open("/").await.status == 200
}

async fn a_link_is_made_used_and_taken_away(database: Database) {
    let (app, _provider) = start(database, "RS256").await;
    let anna = app.signed_in(ANNA).await;
    anna.open("/settings").await.shows("Niet gekoppeld");
    let linked = links(&app, &anna, "00u1-anna").await;
    let to = linked.location.as_deref();
    assert_eq!(
        to,
        Some("/settings?done=identity_linked"),
        "{}",
        linked.body
    );
    let page = anna.open("/settings?done=identity_linked").await;
    page.shows("De koppeling is gemaakt.").shows("Gekoppeld op");

    let (browser, page) = signs_in(&app, "00u1-anna").await;
    assert_eq!(page.location.as_deref(), Some("/settings"), "{}", page.body);
    browser.open("/settings").await.shows(ANNA);
    // The provider may know her from days ago: who comes from there has confirmed nothing yet.
    let add = browser.open("/customer-administrators/add").await;
    assert!(add.location.unwrap().starts_with("/confirm"));

    // Later on she has to confirm it.
    app.pass(MINUTE * 17);
    let csrf = browser.open("/settings").await.field("csrf");
    let unlink = "/settings/identities/company/unlink";
    let refused = browser.submit(unlink, &[("csrf", &csrf)]).await;
    assert_eq!(refused.status, 400);
    refused.shows("Bevestig eerst dat jij het bent");
    // The provider's clock did not move: it says that she proved it seventeen minutes ago.
    let confirmed = travels(&app, &browser, "/confirm/oidc/company", "00u1-anna").await;
    assert_eq!(confirmed.status, 400, "{}", confirmed.body);
    confirmed.shows("Het antwoord van Tulpen BV klopt niet.");
    let signed_in = browser.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(signed_in.status, 303);
    let csrf = browser.open("/settings").await.field("csrf");
    let unlinked = browser.submit(unlink, &[("csrf", &csrf)]).await;
    let to = unlinked.location.as_deref();
    assert_eq!(to, Some("/settings?done=identity_unlinked"));
    assert_eq!(signs_in(&app, "00u1-anna").await.1.status, 403);

    let told = app.sign_in_mails_to(ANNA).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("is ontkoppeld"), "{told:?}");
    assert!(told[1].contains("is een account van je organisatie gekoppeld"));
    let trail = app.dump().await;
    for event in ["identity.linked", "identity.unlinked"] {
        assert!(trail.contains(event), "{event}");
    }
    assert!(trail.contains(r#"{"factor":"identity"}"#));
}

async fn whoever_is_not_linked_stays_outside(database: Database) {
    let (app, _provider) = start(database, "RS256").await;
    // Their provider says that they have Anna's address. That is worth nothing.
    let (browser, page) = signs_in(&app, "00u9-stranger").await;
    assert_eq!(page.status, 403);
    page.shows("Tulpen BV kent je, maar die koppeling kennen wij niet.")
        .shows("Koppelen");
    assert!(!is_in(&browser).await);
    // What is linked to one is nobody else's, and everybody has one.
    let anna = app.signed_in(ANNA).await;
    assert_eq!(links(&app, &anna, "00u1-anna").await.status, 303);
    let bram = app.signed_in(BRAM).await;
    let refused = links(&app, &bram, "00u1-anna").await;
    assert_eq!(refused.status, 409);
    refused.shows("is al aan iemand gekoppeld");
    assert_eq!(links(&app, &anna, "00u2-other").await.status, 409);
    assert_eq!(signs_in(&app, "00u2-other").await.1.status, 403);
    // Bram cannot confirm as her.
    let refused = travels(&app, &bram, "/confirm/oidc/company", "00u1-anna").await;
    assert_eq!(refused.status, 403);
    // He confirms as himself.
    assert_eq!(links(&app, &bram, "00u3-bram").await.status, 303);
    let confirmed = travels(&app, &bram, "/confirm/oidc/company", "00u3-bram").await;
    assert_eq!(confirmed.location.as_deref(), Some("/settings"));
}

async fn nobody_unlinks_their_last_way_in(database: Database) {
    let (app, _provider) = start(database, "ES256").await;
    let anna = app.signed_in(ANNA).await;
    assert_eq!(links(&app, &anna, "00u1-anna").await.status, 303);
    let mut tx = app.app.store.begin().await.unwrap();
    let sql = "UPDATE administrator SET password_hash = NULL, password_at = NULL";
    let forget = sqlx::query(AssertSqlSafe(sql.to_owned()));
    forget.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let csrf = anna.open("/settings").await.field("csrf");
    let unlink = "/settings/identities/company/unlink";
    let refused = anna.submit(unlink, &[("csrf", &csrf)]).await;
    assert_eq!(refused.status, 400);
    refused.shows("Dit is je laatste manier om in te loggen.");
    assert_eq!(signs_in(&app, "00u1-anna").await.1.status, 303);
}

on_both_databases!(
    a_link_is_only_made_shortly_after_she_proved_who_she_is,
    a_link_is_made_used_and_taken_away,
    whoever_is_not_linked_stays_outside,
    nobody_unlinks_their_last_way_in,
);

#[tokio::test]
async fn what_did_not_begin_here_does_not_end_here() {
    let (app, _provider) = start(Database::Sqlite, "RS256").await;
    let anna = app.signed_in(ANNA).await;
    assert_eq!(links(&app, &anna, "00u1-anna").await.status, 303);

    let browser = app.browser();
    let left = browser.submit("/login/oidc/company", &[]).await;
    let url = leads_to(&left);
    let path = says_to_be(&app, &url, "00u1-anna").await;
    let before = app.dump().await;
    let back = browser.open(&path).await;
    // The provider led here with a GET: it changes nothing.
    assert_eq!(app.dump().await, before);
    assert!(!is_in(&browser).await);
    let (code, state, iss) = (back.field("code"), back.field("state"), back.field("iss"));
    let sends = async |browser: &Browser, code: &str, state: &str, iss: &str| {
        let fields = [("code", code), ("state", state), ("iss", iss)];
        browser.submit(CALLBACK, &fields).await
    };
    // A browser that did not begin it, though it has the whole answer.
    let thief = app.browser();
    thief.open(&path).await;
    assert_eq!(sends(&thief, &code, &state, &iss).await.status, 400);
    // One that began another journey: a state of its own does not fit this code.
    let own = leads_to(&thief.submit("/login/oidc/company", &[]).await);
    let own = says_to_be(&app, &own, "00u9-stranger").await;
    let own = thief.open(&own).await.field("state");
    assert_eq!(sends(&thief, &code, &own, &iss).await.status, 400);
    assert!(!is_in(&thief).await);
    // Nor does a state that was made up; it does not end the journey either.
    let mut forged = state.clone();
    forged.replace_range(..1, if state.starts_with('A') { "B" } else { "A" });
    for forged in [forged.as_str(), "", "x", &state[1..]] {
        assert_eq!(sends(&browser, &code, forged, &iss).await.status, 400);
    }
    // The form of another site.
    let fields = [("code", code.as_str()), ("state", &state), ("iss", &iss)];
    let headers = [("sec-fetch-site", "cross-site")];
    let foreign = browser.submit_with(CALLBACK, &fields, &headers).await;
    assert_eq!(foreign.status, 400);
    assert!(!is_in(&browser).await);

    // All that has cost her nothing.
    assert_eq!(sends(&browser, &code, &state, &iss).await.status, 303);
    assert!(is_in(&browser).await);

    // What another provider says is mixed up.
    let browser = app.browser();
    for wrong in ["https://login.evil.example", ""] {
        let url = leads_to(&browser.submit("/login/oidc/company", &[]).await);
        let back = says_to_be(&app, &url, "00u1-anna").await;
        let back = browser.open(&back).await;
        let page = sends(&browser, &back.field("code"), &back.field("state"), wrong).await;
        assert_eq!(page.status, 400);
        page.shows("Het antwoord van Tulpen BV klopt niet.");
        assert!(!is_in(&browser).await);
    }
    // Whoever takes too long begins again.
    let url = leads_to(&browser.submit("/login/oidc/company", &[]).await);
    let back = browser
        .open(&says_to_be(&app, &url, "00u1-anna").await)
        .await;
    app.pass(MINUTE * 10);
    assert_eq!(goes_on(&browser, &back).await.status, 400);

    let twice = app.browser();
    let left = twice.submit("/login/oidc/company", &[]).await;
    let cookie = left
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let back = says_to_be(&app, &leads_to(&left), "00u1-anna").await;
    let back = twice.open(&back).await;
    let (code, state, iss) = (back.field("code"), back.field("state"), back.field("iss"));
    assert_eq!(sends(&twice, &code, &state, &iss).await.status, 303);
    let fields = [("code", code.as_str()), ("state", &state), ("iss", &iss)];
    let headers = [("sec-fetch-site", "same-origin"), ("cookie", &cookie)];
    let again = app.browser().submit_with(CALLBACK, &fields, &headers).await;
    assert_eq!(again.status, 400);
    again.shows("was al gedaan");
}

#[tokio::test]
async fn an_id_token_is_for_one_journey_and_signed_by_the_provider() {
    let (app, _provider) = start(Database::Sqlite, "RS256").await;
    let anna = app.signed_in(ANNA).await;
    assert_eq!(links(&app, &anna, "00u1-anna").await.status, 303);
    let browser = app.browser();
    let url = leads_to(&browser.submit("/login/oidc/company", &[]).await);
    let (before, rest) = url.split_once("nonce=").unwrap();
    let rest = rest.split_once('&').map_or("", |(_, rest)| rest);
    let other = format!("{before}nonce=of-another-journey&{rest}");
    let back = says_to_be(&app, &other, "00u1-anna").await;
    let page = goes_on(&browser, &browser.open(&back).await).await;
    assert_eq!(page.status, 400);
    page.shows("Het antwoord van Tulpen BV klopt niet.");
    assert!(!is_in(&browser).await);
    // One that has expired is worth nothing either: it lasts for twenty minutes.
    app.pass(MINUTE * 25);
    let (browser, page) = signs_in(&app, "00u1-anna").await;
    assert_eq!(page.status, 400);
    page.shows("Het antwoord van Tulpen BV klopt niet.");
    assert!(!is_in(&browser).await);
}

#[tokio::test]
async fn a_signature_that_our_own_password_could_make_is_not_believed() {
    let (app, _provider) = start(Database::Sqlite, "HS256").await;
    let (browser, page) = signs_in(&app, "00u1-anna").await;
    assert_eq!(page.status, 400);
    page.shows("Het antwoord van Tulpen BV klopt niet.");
    assert!(!is_in(&browser).await);
}

#[tokio::test]
async fn a_provider_may_change_its_keys_and_be_gone_for_a_while() {
    let address = free_address();
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.portal.identity_providers.push(settings(address));
    })
    .await;
    let now = Timestamp::from_jiff(jiff::Timestamp::now());
    app.pass(now.since(BEGINNING));

    // Not there yet: the page says so, and a password still works.
    let browser = app.browser();
    let fields = [("email", ANNA), ("next", "/settings")];
    let page = browser.submit("/login/oidc/company", &fields).await;
    assert_eq!(page.status, 502);
    page.shows("Met je wachtwoord kan het wel.")
        .shows(&format!("value=\"{ANNA}\""));
    assert_eq!(page.field("next"), "/settings");
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let link = "/settings/identities/company/link";
    let page = anna.submit(link, &[("csrf", &csrf)]).await;
    assert_eq!(page.status, 400);
    page.shows("die dienst antwoordt niet");

    let provider = IdentityProvider::start(address, &app.base, "ES256");
    app.pass(Duration::from_secs(5));
    assert_eq!(links(&app, &anna, "00u1-anna").await.status, 303);
    // Gone while she is on her way.
    let url = leads_to(&browser.submit("/login/oidc/company", &[]).await);
    let back = says_to_be(&app, &url, "00u1-anna").await;
    let back = browser.open(&back).await;
    drop(provider);
    let page = goes_on(&browser, &back).await;
    assert_eq!(page.status, 502);
    page.shows("Tulpen BV antwoordt niet.");
    // Back, with other keys, within the hour.
    let _provider = IdentityProvider::start(address, &app.base, "ES256");
    app.pass(MINUTE);
    assert_eq!(signs_in(&app, "00u1-anna").await.1.status, 303);
}

#[tokio::test]
async fn whoever_breaks_it_off_is_told_so() {
    let (app, _provider) = start(Database::Sqlite, "RS256").await;
    let browser = app.browser();
    let url = leads_to(&browser.submit("/login/oidc/company", &[]).await);
    let back = browser.open(&says_to_be(&app, &url, "").await).await;
    assert_eq!(back.status, 400);
    back.shows("Je hebt het bij Tulpen BV afgebroken.");
    for (path, status) in [
        (format!("/login/oidc/{COMPANY}/callback"), 400),
        ("/login/oidc/nobody/callback?code=a&state=b".to_owned(), 404),
    ] {
        assert_eq!(browser.open(&path).await.status, status);
    }
    assert_eq!(browser.submit("/login/oidc/nobody", &[]).await.status, 404);
    browser.open("/login").await.shows("Inloggen met Tulpen BV");
}
