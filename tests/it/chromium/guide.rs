//! The way of the user guide, step by step and with its labels, in both languages.

use crate::support::{
    ANNA, BRAM, Chromium, Database, JORIS, TULIPS, TestApp, invariants, test_app::PASSWORD,
};

const LISA: &str = "lisa@elsewhere.example";
const STORE: &str = "store@shop.example";
const STRANGER: &str = "stranger@unknown.example";

/// What somebody reads.
struct Words {
    language: &'static str,
    to_sign_in: &'static str,
    menu: &'static str,
    access: &'static str,
    tab: &'static str,
    approve: &'static str,
    reject: &'static str,
    approved: &'static str,
    rejected: &'static str,
    nothing_open: &'static str,
    sign_out: &'static str,
    signed_out: &'static str,
    other_language: &'static str,
    menu_in_other_language: &'static str,
}

const DUTCH: Words = Words {
    language: "nl",
    to_sign_in: "Inloggen om goed te keuren",
    menu: "Mijn zendingen instellingen",
    access: "eSecure toegang",
    tab: "Geautoriseerde gebruikers",
    approve: "Goedkeuren",
    reject: "Afwijzen",
    approved: "goedgekeurd voor",
    rejected: "afgewezen voor",
    nothing_open: "Er zijn geen openstaande aanvragen",
    sign_out: "Uitloggen",
    signed_out: "Je bent uitgelogd.",
    other_language: "English",
    menu_in_other_language: "My Shipment Settings",
};

const ENGLISH: Words = Words {
    language: "en",
    to_sign_in: "Log in to approve",
    menu: "My Shipment Settings",
    access: "Access eSecure",
    tab: "Authorized User",
    approve: "Approve",
    reject: "Reject",
    approved: "approved for",
    rejected: "rejected for",
    nothing_open: "There are no open requests",
    sign_out: "Sign out",
    signed_out: "You are signed out.",
    other_language: "Nederlands",
    menu_in_other_language: "Mijn zendingen instellingen",
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anna_goes_the_way_of_the_guide_in_dutch() {
    goes_the_way_of_the_guide(ANNA, &DUTCH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bram_goes_the_way_of_the_guide_in_english() {
    goes_the_way_of_the_guide(BRAM, &ENGLISH).await;
}

async fn goes_the_way_of_the_guide(who: &str, words: &Words) {
    let app = TestApp::start(Database::Sqlite).await;
    let first = app.joris_asks().await;
    app.deliver_mail().await;
    let person = Chromium::start(&app, words.language).await;

    // From the mail through the sign-in straight to the request.
    person.opens_newest_mail_to(who).await;
    person.enter_frame().await;
    person.press_into_new_tab(words.to_sign_in).await;
    assert!(person.path().await.starts_with("/login"));
    person.signs_in(who, PASSWORD).await;
    assert_eq!(person.path().await, format!("/requests/{first}"));
    person.shows(JORIS).await;
    person.press(words.approve).await;
    person.shows(words.approved).await;
    assert_eq!(app.status_of(first).await, "approved");

    // From the first page along the menu at the top right to all open requests.
    let lisa = app.asks(LISA, TULIPS).await;
    let store = app.asks(STORE, TULIPS).await;
    let stranger = app.asks(STRANGER, TULIPS).await;
    person.open("/").await;
    assert!(stands_at_the_top_right(&person).await);
    person.press(words.menu).await;
    person.press(words.access).await;
    person.press(words.tab).await;

    // Place a check mark in front of the address and press.
    person.tick(LISA).await.tick(STORE).await;
    person.press(words.approve).await;
    person.shows(&format!("{LISA}: {}", words.approved)).await;
    person.shows(&format!("{STORE}: {}", words.approved)).await;
    person.tick(STRANGER).await;
    person.press(words.reject).await;
    person
        .shows(&format!("{STRANGER}: {}", words.rejected))
        .await;
    person.shows(words.nothing_open).await;
    assert_eq!(app.status_of(lisa).await, "approved");
    assert_eq!(app.status_of(store).await, "approved");
    assert_eq!(app.status_of(stranger).await, "rejected");

    // The other language stays chosen, on the same page and on the next.
    let list = person.path().await;
    person.press(words.other_language).await;
    assert_eq!(person.path().await, list);
    person.open("/").await;
    person.press(words.menu_in_other_language).await;
    person.open("/").await;
    person
        .press(if words.language == "nl" {
            "Nederlands"
        } else {
            "English"
        })
        .await;

    person.press(words.menu).await;
    person.press(words.sign_out).await;
    person.shows(words.signed_out).await;
    person.open("/authorized-users").await;
    assert!(person.path().await.starts_with("/login"));

    person.quit().await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

/// Whether the menu reaches the right edge of what the page shows and stands above all of it.
async fn stands_at_the_top_right(person: &Chromium) -> bool {
    let script = "
        const menu = document.querySelector('summary').getBoundingClientRect();
        const main = document.querySelector('main').getBoundingClientRect();
        return menu.bottom <= main.top && main.right - menu.right < 40;
    ";
    person.asks(script, Vec::new()).await == true
}
