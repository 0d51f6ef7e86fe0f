//! Addresses that are not what they look like, wherever somebody gives them rights.

use super::customer_administrators::{ADD, LIST, id_of};
use super::{rows, standing_in::NEW};
use crate::support::{ANNA, Database, TULIPS, TestApp, invariants, on_both_databases};

/// One character off the domain of Anna and Bram.
const ALIKE: &str = "anna@tu1ips.example";
const LOOKS: &str = "<strong class=\"address\">tulips.example</strong>, dat jullie kennen";

async fn among_many_that_are_added_each_is_flagged_and_stays_so(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let typed = format!("new@partner.example, {ALIKE}");
    let preview = anna.adds(TULIPS, &typed, "", "preview").await;
    preview
        .shows("1 adres lijkt op iets anders")
        .shows("het domein lijkt op tulips.example, maar het is een ander");
    assert_eq!(preview.body.matches("het domein lijkt op").count(), 1);
    let before = app.dump().await;
    let asked = anna.adds(TULIPS, &typed, "", "save").await;
    assert_eq!(asked.status, 400);
    asked
        .shows("bevestig ze hieronder")
        .shows("1 adres lijkt op iets anders");
    assert_eq!(app.dump().await, before);
    anna.means(&asked, TULIPS, &typed).await;
    let list = anna.open("/authorized-users?status=approved").await;
    let rows = rows(&list);
    let flagged: Vec<bool> = rows
        .iter()
        .map(|row| row.contains("Lijkt op tulips.example, maar is het niet"))
        .collect();
    let expected: Vec<bool> = rows.iter().map(|row| row.contains(ALIKE)).collect();
    assert_eq!(flagged, expected);
    assert!(flagged.contains(&true) && flagged.contains(&false));
}

async fn an_administrator_is_added_once_the_address_is_meant(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open(LIST).await.field("csrf");
    let adds = async |email: &str, sure: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("name", "Anna de Wit"),
            ("email", email),
            ("language", "nl"),
            ("sure", sure),
        ];
        anna.submit(ADD, &fields).await
    };
    let before = app.dump().await;
    let asked = adds(ALIKE, "").await;
    assert_eq!(asked.status, 400);
    asked
        .shows("Er is nog niemand toegevoegd")
        .shows("<a href=\"#sure\">Controleer dit adres, en bevestig het hieronder.</a>")
        .shows(LOOKS)
        .shows(&format!("id=\"sure\" name=\"sure\" value=\"{ALIKE}\""));
    // The tick is for that address alone.
    assert_eq!(adds("anna@tullps.example", ALIKE).await.status, 400);
    assert_eq!(app.dump().await, before);
    assert_eq!(adds(ALIKE, ALIKE).await.status, 303);
    anna.open(LIST).await.shows(ALIKE);
    invariants::hold(&app.app).await;
}

async fn an_other_address_and_a_stand_in_likewise(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let id = id_of(&app, ANNA).await;
    let csrf = anna.open(LIST).await.field("csrf");
    let alias = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", &id),
        ("action", "add"),
        ("email", ALIKE),
    ];
    let stand_in = [
        ("csrf", csrf.as_str()),
        ("name", "Dora Vos"),
        ("email", ALIKE),
        ("language", "nl"),
        ("first", "2026-05-12"),
        ("last", "2026-05-13"),
    ];
    let path = format!("{LIST}/aliases");
    for (path, fields) in [(path.as_str(), &alias[..]), (NEW, &stand_in[..])] {
        let before = app.dump().await;
        let asked = anna.submit(path, fields).await;
        assert_eq!(asked.status, 400, "{path}");
        asked.shows(LOOKS).shows("id=\"sure\"");
        assert_eq!(app.dump().await, before, "{path}");
        let meant = [fields, &[("sure", ALIKE)]].concat();
        let done = anna.submit(path, &meant).await;
        assert_eq!(done.status, 303, "{path}: {}", done.body);
        let shown = anna.open(&done.location.unwrap()).await;
        if path == NEW {
            shown.shows("Dora Vos");
            continue;
        }
        // Taken away again: nobody stands in with somebody's other address.
        let alias = shown.field("alias");
        let back = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", &id),
            ("action", "remove"),
            ("alias", &alias),
        ];
        assert_eq!(anna.submit(path, &back).await.status, 303);
    }
    invariants::hold(&app.app).await;
}

on_both_databases!(
    among_many_that_are_added_each_is_flagged_and_stays_so,
    an_administrator_is_added_once_the_address_is_meant,
    an_other_address_and_a_stand_in_likewise,
);
