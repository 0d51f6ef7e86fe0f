//! The guide's way to a new account administrator, and every page on it and beside it.

use std::time::Duration;

use fantoccini::Locator;

use crate::support::{ANNA, BRAM, Chromium, Database, TULIPS, TestApp, test_app::PASSWORD};

const DORA: &str = "dora@tulips.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_is_added_as_the_guide_says_and_the_pages_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.press("Mijn zendingen instellingen").await;
    anna.press("eSecure toegang").await;
    anna.press("Klantaccountbeheerder").await;
    anna.looks_right("administrators").await;
    anna.press("Toevoegen").await;
    anna.shows("Er is niets aangevinkt").await;
    anna.looks_right("administrators nothing ticked").await;
    anna.click(Locator::Css("input[name=account]")).await;
    anna.press("Toevoegen").await;
    anna.looks_right("administrators add").await;
    anna.fill("name", "Dora Groen").await;
    anna.fill("email", "dora@tulips").await;
    anna.press("Toevoegen").await;
    anna.shows("is geen domein zoals example.com").await;
    anna.looks_right("administrators wrong").await;
    anna.fill("email", DORA).await;
    anna.press("Toevoegen").await;
    anna.shows("De accountbeheerder is nu toegevoegd").await;
    anna.looks_right("administrators added").await;
    for page in ["remove", "aliases", "invite"] {
        let links = format!("a[href*='/{page}?']");
        anna.open("/customer-administrators").await;
        let last = format!(".administrators li:last-child {links}");
        anna.click(Locator::Css(&last)).await;
        anna.looks_right(&format!("administrators {page}")).await;
    }
    anna.open("/customer-administrators").await;
    anna.click(Locator::Css(
        ".administrators li:nth-child(2) a[href*='/aliases?']",
    ))
    .await;
    let long = format!(
        "{}@{}.example",
        "bram.smith".repeat(5),
        "tulpenhandel".repeat(5)
    );
    anna.fill("email", &long).await;
    anna.press("Toevoegen").await;
    anna.looks_right("administrators alias added").await;
    anna.open("/customer-administrators").await;
    anna.click(Locator::Css("a[href*='/esecure?']")).await;
    anna.looks_right("esecure off").await;
    anna.press("eSecure uitzetten").await;
    anna.looks_right("administrators long").await;
    anna.click(Locator::Css("a[href*='/esecure?']")).await;
    anna.looks_right("esecure on").await;
    anna.press("eSecure aanzetten").await;

    anna.open("/customer-administrators").await;
    anna.click(Locator::Css(
        ".administrators li:nth-child(2) a[href*='/remove?']",
    ))
    .await;
    app.pass(Duration::from_secs(16 * 60));
    anna.press("Verwijderen").await;
    anna.shows("Bevestig eerst dat jij het bent").await;
    anna.looks_right("administrators confirm first").await;
    anna.open("/confirm?next=/customer-administrators").await;
    anna.fill("password", PASSWORD)
        .await
        .press("Bevestigen")
        .await;
    anna.click(Locator::Css(
        ".administrators li:nth-child(2) a[href*='/remove?']",
    ))
    .await;
    anna.press("Verwijderen").await;
    anna.shows("De accountbeheerder is verwijderd").await;
    anna.click(Locator::Css(
        ".administrators li:nth-child(1) a[href*='/remove?']",
    ))
    .await;
    anna.shows("Dit kan nu niet").await;
    anna.looks_right("administrators last").await;
    app.deliver_mail().await;
    assert!(!app.mails_to(BRAM).is_empty());
    anna.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_behind_an_invitation_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/customer-administrators").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", "Dora Groen"),
        ("email", DORA),
        ("language", "nl"),
    ];
    anna.submit("/customer-administrators/add", &fields).await;
    app.deliver_mail().await;
    let path = app.last_mail_to(DORA).path("/invite/");
    let dora = Chromium::start(&app, "nl").await;
    dora.open(&path).await;
    dora.looks_right("invite open").await;
    for (new, again, words) in [
        (
            "een zin die niemand verwacht",
            "een andere",
            "niet twee keer hetzelfde",
        ),
        (
            "dora@tulips.example",
            "dora@tulips.example",
            "te makkelijk te raden",
        ),
    ] {
        dora.fill("new", new).await.fill("again", again).await;
        dora.click(Locator::Css("button.primary")).await;
        dora.shows(words).await;
    }
    dora.looks_right("invite wrong").await;
    dora.fill("new", "een zin die niemand verwacht").await;
    dora.fill("again", "een zin die niemand verwacht").await;
    dora.click(Locator::Css("button.primary")).await;
    dora.looks_right("login welcome").await;
    dora.signs_in(DORA, "een zin die niemand verwacht").await;
    dora.shows("Welkom, Dora Groen").await;
    dora.open(&path).await;
    dora.looks_right("invite used").await;
    dora.open("/invite/x").await;
    dora.looks_right("invite unknown").await;
    dora.quit().await;
}
