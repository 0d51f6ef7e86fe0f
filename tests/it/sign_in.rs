//! Signing in to the portal: who gets in, how long it lasts, and what guessing comes to.

use std::{fs, path::Path, time::Duration};

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    workflow::manage,
};
use futures_util::future::join_all;
use reqwest::{Method, header};

use crate::support::{
    ANNA, Browser, Database, TULIPS, TestApp, browser::Page, on_both_databases, test_app::PASSWORD,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Whether somebody is signed in: the beginning is shown, or the way to the sign-in page.
async fn is_in(browser: &Browser) -> bool {
    let page = browser.open("/").await;
    match page.status {
        200 => true,
        303 => {
            assert!(page.location.unwrap().starts_with("/login"));
            false
        }
        other => panic!("{other}: {}", page.body),
    }
}

/// The session cookie that a page sets: name, value and attributes.
fn session_cookie(page: &Page) -> (String, String, String) {
    let cookie = page.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    (name.to_owned(), value.to_owned(), attributes.to_owned())
}

/// When the one session there is was last used.
async fn last_use(app: &TestApp) -> i64 {
    let mut conn = app.app.store.read().await.unwrap();
    sqlx::query_scalar("SELECT seen_at FROM session")
        .fetch_one(&mut *conn)
        .await
        .unwrap()
}

async fn looking_notes_the_last_use_at_most_once_a_minute(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let first = last_use(&app).await;
    app.pass(MINUTE - Duration::from_secs(1));
    assert!(is_in(&anna).await);
    assert_eq!(last_use(&app).await, first);
    app.pass(Duration::from_secs(1));
    assert!(is_in(&anna).await);
    assert_eq!(last_use(&app).await, first + 60_000_000);
    assert!(is_in(&anna).await);
    assert_eq!(last_use(&app).await, first + 60_000_000);
}

async fn the_right_password_leads_on_and_a_wrong_one_does_not(database: Database) {
    let app = TestApp::start(database).await;
    let browser = app.browser();
    let before = app.dump().await;
    let wrong = browser.sign_in(ANNA, "three red bicycles", "/").await;
    assert_eq!(wrong.status, 401);
    wrong
        .shows("E-mailadres of wachtwoord klopt niet.")
        .shows(&format!("value=\"{ANNA}\""))
        .hides("three red bicycles");
    assert_eq!(wrong.header("set-cookie"), "");
    assert_eq!(app.dump().await, before);
    assert!(!is_in(&browser).await);

    // Nobody learns which addresses are known.
    let unknown = browser
        .sign_in("anne@tulips.example", "three red bicycles", "/")
        .await;
    assert_eq!(unknown.status, 401);
    let mask = |page: &Page| page.body.replace("anne@", "anna@");
    assert_eq!(mask(&unknown), mask(&wrong));
    for (email, password, status) in [
        ("", "", 400),
        (ANNA, "", 400),
        ("", PASSWORD, 400),
        ("no address", PASSWORD, 401),
        (ANNA, &PASSWORD.to_uppercase(), 401),
        (ANNA, &format!("{PASSWORD} "), 401),
    ] {
        let refused = browser.sign_in(email, password, "/").await;
        assert_eq!(refused.status, status, "{email:?} {password:?}");
    }
    assert_eq!(app.dump().await, before);

    let page = app
        .browser()
        .sign_in("ANNA@Tulips.example", PASSWORD, "/authorized-users")
        .await;
    assert_eq!(page.status, 303);
    assert_eq!(page.location.as_deref(), Some("/authorized-users"));
}

async fn a_session_ends_when_it_is_not_used_and_after_twelve_hours(database: Database) {
    let app = TestApp::start(database).await;
    let idle = app.signed_in(ANNA).await;
    app.pass(MINUTE * 29);
    assert!(is_in(&idle).await);
    app.pass(MINUTE * 29);
    assert!(is_in(&idle).await);
    app.pass(MINUTE * 30);
    assert!(!is_in(&idle).await);

    let busy = app.signed_in(ANNA).await;
    for _ in 0..(12 * 60 / 20 - 1) {
        app.pass(MINUTE * 20);
        assert!(is_in(&busy).await);
    }
    app.pass(MINUTE * 20);
    assert!(!is_in(&busy).await);
}

async fn signing_out_ends_the_session_and_not_only_the_cookie(database: Database) {
    let app = TestApp::start(database).await;
    let browser = app.browser();
    let signed_in = browser.sign_in(ANNA, PASSWORD, "/").await;
    let (name, value, _) = session_cookie(&signed_in);
    let elsewhere = app.signed_in(ANNA).await;
    let csrf = browser.open("/").await.field("csrf");
    let foreign = elsewhere.open("/").await.field("csrf");
    for refused in [vec![], vec![("csrf", foreign.as_str())]] {
        assert_eq!(browser.submit("/logout", &refused).await.status, 403);
        assert!(is_in(&browser).await);
    }
    let out = browser.submit("/logout", &[("csrf", &csrf)]).await;
    assert_eq!(out.status, 303);
    assert_eq!(out.location.as_deref(), Some("/login?signed_out=1"));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert!(!is_in(&browser).await);
    // Whoever kept the cookie is out as well; another session is not.
    let kept = format!("{name}={value}");
    let page = app
        .browser()
        .send(Method::GET, "/", &[("cookie", &kept)])
        .await;
    assert_eq!(page.status, 303);
    assert!(is_in(&elsewhere).await);
    browser
        .open("/login?signed_out=1")
        .await
        .shows("Je bent uitgelogd.");
}

async fn every_sign_in_has_a_session_of_its_own_and_the_database_keeps_its_hash(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let browser = app.browser();
    // Somebody else's idea of a session is not taken over.
    let planted = [
        ("cookie", "esecured=planted-by-somebody"),
        ("sec-fetch-site", "same-origin"),
    ];
    let fields = [("email", ANNA), ("password", PASSWORD)];
    let first = browser.submit_with("/login", &fields, &planted).await;
    let second = app.browser().sign_in(ANNA, PASSWORD, "/").await;
    let (first, second) = (session_cookie(&first).1, session_cookie(&second).1);
    assert_ne!(first, second);
    for value in [&first, &second] {
        assert_eq!(value.len(), 43, "{value}");
        assert!(!app.dump().await.contains(value.as_str()));
    }
    assert!(!first.contains("planted"));
}

async fn a_dismissed_administrator_is_out_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let browser = app.signed_in(ANNA).await;
    let csrf = browser.open("/authorized-users").await.field("csrf");
    app.dismiss(ANNA, TULIPS).await;
    let id = id.to_string();
    let before = app.dump().await;
    let answer = browser
        .posts_rows(&csrf, "pending", &[&id], "approve")
        .await;
    assert_eq!(answer.status, 303);
    assert!(answer.location.unwrap().starts_with("/login"));
    assert!(!is_in(&browser).await);
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    looking_notes_the_last_use_at_most_once_a_minute,
    the_right_password_leads_on_and_a_wrong_one_does_not,
    a_session_ends_when_it_is_not_used_and_after_twelve_hours,
    signing_out_ends_the_session_and_not_only_the_cookie,
    every_sign_in_has_a_session_of_its_own_and_the_database_keeps_its_hash,
    a_dismissed_administrator_is_out_at_once,
);

#[tokio::test]
async fn after_five_failures_a_guesser_waits_and_anna_elsewhere_does_not() {
    let app = TestApp::start(Database::Sqlite).await;
    let browser = app.browser();
    for _ in 0..5 {
        let wrong = browser.sign_in(ANNA, "a wrong password", "/").await;
        assert_eq!(wrong.status, 401);
    }
    let right = browser.sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(right.status, 429);
    assert_eq!(right.header("retry-after"), "1");
    right.shows("Te veel pogingen");
    assert_eq!(right.header("set-cookie"), "");
    app.pass(Duration::from_secs(1));
    assert_eq!(browser.sign_in(ANNA, PASSWORD, "/").await.status, 303);
    // It was the right one: five more are free.
    let wrong = browser.sign_in(ANNA, "a wrong password", "/").await;
    assert_eq!(wrong.status, 401);
}

#[tokio::test]
async fn guessing_at_the_same_moment_does_not_get_around_the_wait() {
    let app = TestApp::start(Database::Sqlite).await;
    let browser = app.browser();
    let guesses = (0..12).map(|_| browser.sign_in(ANNA, "a wrong password", "/"));
    let pages = join_all(guesses).await;
    let tried = pages.iter().filter(|page| page.status == 401).count();
    let slowed = pages.iter().filter(|page| page.status == 429).count();
    assert_eq!((tried, slowed), (5, 7));
}

#[tokio::test]
async fn a_whole_team_signs_in_at_the_same_moment() {
    let app = TestApp::start(Database::Sqlite).await;
    let browsers: Vec<Browser> = (0..8).map(|_| app.browser()).collect();
    let signing_in = browsers
        .iter()
        .map(|browser| browser.sign_in(ANNA, PASSWORD, "/"));
    for page in join_all(signing_in).await {
        assert_eq!(page.status, 303);
    }
}

#[tokio::test]
async fn next_never_leads_to_another_site() {
    let app = TestApp::start(Database::Sqlite).await;
    for evil in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "evil",
        "",
    ] {
        let browser = app.browser();
        let page = browser.sign_in(ANNA, PASSWORD, evil).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{evil:?}");
        // Nor does it where somebody is signed in already.
        let query: String = form_encoded(evil);
        let again = browser.open(&format!("/login?next={query}")).await;
        assert_eq!(again.location.as_deref(), Some("/"), "{evil:?}");
    }
    let page = app.browser().open("/login?next=//evil.example").await;
    page.hides("evil");
}

fn form_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn another_site_cannot_sign_somebody_in() {
    let app = TestApp::start(Database::Sqlite).await;
    let fields = [("email", ANNA), ("password", PASSWORD)];
    for headers in [
        [("sec-fetch-site", "cross-site"), ("x", "y")],
        [("origin", "https://evil.example"), ("x", "y")],
    ] {
        let page = app.browser().submit_with("/login", &fields, &headers).await;
        assert_eq!(page.status, 403);
        assert_eq!(page.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_for_https_where_that_is_spoken() {
    let app = TestApp::start(Database::Sqlite).await;
    let page = app.browser().sign_in(ANNA, PASSWORD, "/").await;
    let (name, _, attributes) = session_cookie(&page);
    assert_eq!(name, "esecured");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(page.header("strict-transport-security"), "");

    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.server.public_url = "https://esecure.example".parse().unwrap();
    })
    .await;
    let page = app.browser().sign_in(ANNA, PASSWORD, "/").await;
    assert_eq!(page.status, 303);
    let (name, value, attributes) = session_cookie(&page);
    assert_eq!(name, "__Host-esecured");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(page.header("strict-transport-security"), "max-age=63072000");
    // The plain name is worth nothing there.
    let open = async |cookie: String| {
        let headers = [("cookie", cookie.as_str())];
        app.browser().send(Method::GET, "/", &headers).await.status
    };
    assert_eq!(open(format!("__Host-esecured={value}")).await, 200);
    assert_eq!(open(format!("esecured={value}")).await, 303);
}

#[tokio::test]
async fn the_way_through_the_sign_in_leads_to_the_request_of_the_mail() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/requests/");
    assert_eq!(path, format!("/requests/{id}"));
    let browser = app.browser();
    let login = browser.follow(&path).await;
    assert_eq!(login.status, 200);
    login.shows("Na het inloggen kom je meteen bij de aanvraag.");
    assert_eq!(login.field("next"), path);
    let answer = browser.sign_in(ANNA, PASSWORD, &login.field("next")).await;
    assert_eq!(answer.location.as_deref(), Some(path.as_str()));
    let page = browser.open(&path).await;
    assert_eq!(page.status, 200);
    page.shows("Goedkeuren</button>").shows("Afwijzen</button>");
}

#[tokio::test]
async fn signing_in_needs_one_form_whose_first_button_signs_in() {
    let app = TestApp::start(Database::Sqlite).await;
    let page = app.browser().open("/login").await;
    assert_eq!(page.body.matches("<form").count(), 1);
    let button = page.body.split("<button").nth(1).unwrap();
    assert!(button.contains(">Inloggen</button>"), "{button}");
    page.shows("type=\"email\"").shows("type=\"password\"");
    assert_eq!(page.header(header::SET_COOKIE.as_str()), "");
}

/// Invariant 3 rests on this: whoever approves shows a `SignedIn`, and only the session check makes
/// one. The compiler keeps it inside the crate; this keeps it inside one file of it.
#[test]
fn only_the_session_check_makes_a_signed_in() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut makers = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            // Unit tests stand at the bottom of their file, or in a file called tests.
            let code = text.split("#[cfg(test)]").next().unwrap();
            let is_test = path
                .components()
                .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
            let makes_one = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains("SignedIn::by_session") || line.contains("SignedIn {"));
            if makes_one && !is_test {
                let path = path.strip_prefix(&source).unwrap();
                makers.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    makers.sort();
    // The type itself stands in people.rs: its definition and its constructor.
    assert_eq!(makers, ["domain/people.rs", "http/session_cookie.rs"]);
}

#[tokio::test]
async fn whoever_tries_costs_one_hash_known_or_not() {
    let app = TestApp::start(Database::Sqlite).await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    let invited = EmailAddress::parse("dora@tulips.example").unwrap();
    manage::add_administrator(&app.app, &invited, &number, "Dora", Language::Nl, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    for email in [ANNA, "nobody@tulips.example", "dora@tulips.example"] {
        let before = app.app.passwords.worked_out();
        app.browser().sign_in(email, "a wrong password", "/").await;
        assert_eq!(app.app.passwords.worked_out(), before + 1, "{email}");
    }
}
