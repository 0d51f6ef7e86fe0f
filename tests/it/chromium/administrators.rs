//! The guide's way to a new account administrator, and every page on it and beside it.

use std::time::Duration;

use esecured::{
    domain::{
        account_number::AccountNumber, counted_by::CountedBy, email_address::EmailAddress,
        language::Language,
    },
    store::mail_counts,
    workflow::{change_brake::AT_MOST, invite, manage},
};
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
    anna.fill("email", "dora@tu1ips.example").await;
    anna.press("Toevoegen").await;
    anna.shows("lijkt op tulips.example").await;
    anna.looks_right("administrators doubtful").await;
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
        ".administrators li:nth-child(1) a[href*='/aliases?']",
    ))
    .await;
    anna.fill("email", "bram@tu1ips.example").await;
    anna.press("Toevoegen").await;
    anna.shows("lijkt op tulips.example").await;
    anna.looks_right("administrators alias doubtful").await;
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
    too_many_changes(&app, &anna).await;
    app.deliver_mail().await;
    assert!(!app.mails_to(BRAM).is_empty());
    anna.quit().await;
}

/// The pages that say that there were too many changes of the account.
async fn too_many_changes(app: &TestApp, anna: &Chromium) {
    let mut tx = app.app.store.begin().await.unwrap();
    let account = CountedBy::ChangesOf(AccountNumber::parse(TULIPS).unwrap());
    for number in 0..AT_MOST.count {
        let now = app.app.clock.now();
        mail_counts::add(&mut tx, &account, &number.to_string(), now)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    anna.open(&format!(
        "/customer-administrators/esecure?account={TULIPS}"
    ))
    .await;
    anna.press("eSecure uitzetten").await;
    anna.looks_right("esecure too many").await;
    anna.open(&format!("/customer-administrators/add?account={TULIPS}"))
        .await;
    anna.fill("name", "Erik Bos").await;
    anna.fill("email", "erik@tulips.example").await;
    anna.press("Toevoegen").await;
    anna.shows("Het kan weer vanaf").await;
    anna.looks_right("administrators too many").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_behind_an_invitation_look_right() {
    behind_an_invitation("nl").await;
    behind_an_invitation("en").await;
}

/// What Dora sees, who is invited in this language.
async fn behind_an_invitation(language: &str) {
    const CHOSEN: &str = "een zin die niemand verwacht";
    let app = TestApp::start(Database::Sqlite).await;
    let account = AccountNumber::parse(TULIPS).unwrap();
    let email = EmailAddress::parse(DORA).unwrap();
    let spoken = Language::parse(language).unwrap();
    manage::add_administrator(&app.app, &email, &account, "Dora Groen", spoken, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let replaced = app.last_mail_to(DORA).path("/invite/");
    invite::invite(&app.app, &email).await.unwrap();
    app.deliver_mail().await;
    let path = app.last_mail_to(DORA).path("/invite/");

    let dora = Chromium::start(&app, language).await;
    dora.open(&replaced).await;
    dora.looks_right_once("invite replaced").await;
    dora.open(&path).await;
    dora.looks_right_once("invite open").await;
    for (new, again) in [(CHOSEN, "een andere"), (DORA, DORA)] {
        dora.fill("new", new).await.fill("again", again).await;
        dora.click(Locator::Css("button.primary")).await;
        dora.looks_right_once("invite wrong").await;
    }
    app.pass(Duration::from_secs(72 * 60 * 60));
    dora.open(&path).await;
    dora.looks_right_once("invite expired").await;
    invite::invite(&app.app, &email).await.unwrap();
    app.deliver_mail().await;
    let path = app.last_mail_to(DORA).path("/invite/");
    dora.open(&path).await;
    dora.fill("new", CHOSEN).await.fill("again", CHOSEN).await;
    dora.click(Locator::Css("button.primary")).await;
    dora.looks_right_once("login welcome").await;
    dora.signs_in(DORA, CHOSEN).await;
    dora.shows("Dora Groen").await;
    dora.open(&path).await;
    dora.looks_right_once("invite used").await;
    dora.open("/invite/x").await;
    dora.looks_right_once("invite unknown").await;
    dora.quit().await;
}
