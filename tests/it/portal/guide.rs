//! The guide's own labels, in both languages, on the way it describes.

use std::time::Duration;

use reqwest::Method;

use crate::support::{ANNA, Database, TestApp};

const DUTCH: [&str; 4] = [
    "Mijn zendingen instellingen",
    "eSecure toegang",
    "Geautoriseerde gebruikers",
    "DHL-klantnummer",
];
const ENGLISH: [&str; 4] = [
    "My Shipment Settings",
    "Access eSecure",
    "Authorized User",
    "Account Number",
];

#[tokio::test]
async fn the_menu_of_every_signed_in_page_reads_as_in_the_guide() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    for (path, status) in [
        ("/".to_owned(), 200),
        ("/authorized-users".to_owned(), 200),
        ("/authorized-users?status=approved".to_owned(), 200),
        ("/authorized-users?q=nothing".to_owned(), 200),
        (format!("/requests/{id}"), 200),
        ("/not/there".to_owned(), 404),
    ] {
        for (accept, labels, other) in [("nl", DUTCH, ENGLISH), ("en", ENGLISH, DUTCH)] {
            let headers = [("accept-language", accept)];
            let page = anna.send(Method::GET, &path, &headers).await;
            assert_eq!(page.status, status, "{path}");
            page.shows(&format!("<html lang=\"{accept}\">"));
            page.shows(&format!("<summary>{}</summary>", labels[0]));
            page.shows(&format!(">{}</a>", labels[1]));
            page.hides(&format!(">{}</a>", other[1]));
            // The menu leads to the list, and stands before everything else.
            let menu = page.body.find(labels[0]).unwrap();
            assert!(menu < page.body.find("<main").unwrap(), "{path}");
            let menu = page.body[menu..].split("</nav>").next().unwrap();
            assert!(menu.contains("href=\"/authorized-users\""), "{path}");
        }
    }
    for (accept, labels) in [("nl", DUTCH), ("en", ENGLISH)] {
        let headers = [("accept-language", accept)];
        let list = anna.send(Method::GET, "/authorized-users", &headers).await;
        for label in labels {
            list.shows(label);
        }
    }
}

#[tokio::test]
async fn the_language_follows_the_browser_until_somebody_chooses() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    let language = async |accept: Option<&str>| {
        let headers: Vec<_> = accept
            .map(|accept| ("accept-language", accept))
            .into_iter()
            .collect();
        let page = anna.send(Method::GET, "/", &headers).await;
        page.body.split("<html lang=\"").nth(1).unwrap()[..2].to_owned()
    };
    assert_eq!(language(None).await, "nl");
    assert_eq!(language(Some("en-GB,en;q=0.9,nl;q=0.8")).await, "en");
    assert_eq!(language(Some("nl-BE, en;q=0.5")).await, "nl");
    assert_eq!(language(Some("en;q=0.2, nl;q=0.9")).await, "nl");
    assert_eq!(language(Some("de, fr")).await, "nl");
    assert_eq!(language(Some(";;;q=x,,")).await, "nl");

    let csrf = anna.open("/").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("language", "en"),
        ("next", "/authorized-users?status=approved"),
    ];
    let answer = anna.submit("/language", &fields).await;
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.location.as_deref(),
        Some("/authorized-users?status=approved")
    );
    assert!(answer.header("set-cookie").contains("Max-Age=31536000"));
    assert_eq!(language(Some("nl")).await, "en");
    assert_eq!(language(None).await, "en");
    // The sign-in remembers it too, and its own links switch it.
    app.pass(Duration::from_secs(3600));
    anna.open("/login").await.shows("<html lang=\"en\">");
    anna.open("/login?language=nl").await.shows("Inloggen");
    anna.open("/login").await.shows("<html lang=\"nl\">");

    let fields = [("language", "fr"), ("next", "/")];
    assert_eq!(anna.submit("/language", &fields).await.status, 400);
    let fields = [("language", "en"), ("next", "//evil.example")];
    let answer = anna.submit("/language", &fields).await;
    assert_eq!(answer.location.as_deref(), Some("/"));
    let foreign = [("sec-fetch-site", "cross-site")];
    let fields = [("language", "nl"), ("next", "/")];
    let answer = anna.submit_with("/language", &fields, &foreign).await;
    assert_eq!(answer.status, 403);
}
