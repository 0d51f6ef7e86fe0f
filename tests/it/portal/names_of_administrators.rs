//! What a company calls somebody, no other company sees; nor whether there is a way in already.

use super::customer_administrators::{LIST, adds, id_of, removes};
use super::{
    CARLA, ROSES, add_roses,
    standing_in::{names, sweep},
};
use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

async fn an_administrator_of_another_account_just_sees_this_one_too(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let carla = app.signed_in(CARLA).await;
    carla.open(LIST).await.hides(TULIPS);
    let anna = app.signed_in(ANNA).await;
    let added = adds(&anna, "Mevrouw V.", CARLA).await;
    let list = anna.open(&added.location.unwrap()).await;
    // Roses is not Anna's to see, nor what Carla is called there, nor that she has a password.
    list.shows("krijgt een mail waarin staat hoe het verder gaat")
        .shows("Mevrouw V.")
        .shows("nog niet ingelogd voor dit klantnummer")
        .hides("Carla Vos")
        .hides(ROSES);
    app.deliver_mail().await;
    let mail = app.last_mail_to(CARLA);
    assert!(mail.subject.starts_with("You administer one more account"));
    assert!(!mail.text.contains("/invite/"));
    assert!(mail.text.contains("Hello Mevrouw V.,"), "{}", mail.text);
    assert!(app.last_mail_to(BRAM).text.contains("Mevrouw V."));
    // Each company's list has its own name for her, who sees both; her own name is said to her alone.
    let both = carla.open(LIST).await;
    both.shows("Mevrouw V.").shows("Carla Vos");

    let again = adds(&anna, "Carla", CARLA).await;
    assert_eq!(again.status, 400);
    again
        .shows(&format!("Dit adres is al accountbeheerder van {TULIPS}"))
        .shows("ook naam en telefoonnummer niet");
    anna.open(LIST).await.shows("Mevrouw V.");

    // What she does is said by the name that the account knows.
    let of_tulips = app.joris_asks().await;
    let of_roses = app.asks("mia@elsewhere.example", ROSES).await;
    app.deliver_mail().await;
    let carla = app.signed_in(CARLA).await;
    for request in [of_tulips, of_roses] {
        carla.decides(&[&request.to_string()], "reject").await;
    }
    let list = anna.open(LIST).await;
    assert_eq!(
        list.body.matches("nog niet ingelogd").count(),
        1,
        "Bram never came"
    );
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA).text;
    assert!(
        told.contains("Mevrouw V.") && !told.contains("Carla Vos"),
        "{told}"
    );
    let activity = anna.open("/activity").await;
    activity.shows("Mevrouw V.").hides("Carla Vos");
    let found = anna.open("/activity?person=mevrouw").await;
    found.shows("Mevrouw V.");
    anna.open("/activity?person=carla+vos")
        .await
        .hides("Mevrouw V.");
    let of_both = carla.open("/activity").await;
    of_both.shows("Mevrouw V.").shows("Carla Vos");
    for (request, name) in [(of_tulips, "Mevrouw V."), (of_roses, "Carla Vos")] {
        carla
            .open(&format!("/requests/{request}"))
            .await
            .shows(name);
    }
    // The operator ends one of the two: it signs her out of nothing else.
    app.dismiss(CARLA, ROSES).await;
    carla.open(LIST).await.shows(TULIPS).hides(ROSES);
    // Who is gone keeps the name under which it was known.
    removes(&anna, &id_of(&app, CARLA).await).await;
    anna.open(&format!("/requests/{of_tulips}"))
        .await
        .shows("Mevrouw V.")
        .hides("Carla Vos");
    invariants::hold(&app.app).await;
}

/// Whoever is named or appointed once more under another name changes nothing of what the past says.
async fn who_comes_back_keeps_the_name_that_history_has(database: Database) {
    let app = TestApp::start(database).await;
    let request = app.joris_asks().await;
    app.deliver_mail().await;
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&request.to_string()], "reject").await;
    let anna = app.signed_in(ANNA).await;
    removes(&anna, &id_of(&app, BRAM).await).await;
    let past = format!("/requests/{request}");
    anna.open(&past).await.shows("<strong>Bram Smith</strong>");

    // As a stand-in he is called "Dora Vos": named, and while he stands in.
    let named = names(&anna, BRAM, "2026-05-11", "2026-05-13").await;
    assert_eq!(named.status, 303, "{}", named.body);
    for begun in [0, 1] {
        if begun == 1 {
            assert_eq!(sweep(&app).await, 1);
        }
        let page = anna.open(&past).await;
        page.shows("<strong>Bram Smith</strong>").hides("Dora Vos");
        let activity = anna.open("/activity").await;
        activity.shows("Bram Smith").hides("Dora Vos");
    }
    anna.open("/settings").await.shows("Dora Vos");
    let csrf = anna.open("/settings").await.field("csrf");
    let ended = anna
        .submit("/settings/stand-in/end", &[("csrf", &csrf)])
        .await;
    assert_eq!(ended.status, 303);

    // Appointed anew, he keeps it too, and the page says so.
    let added = adds(&anna, "Somebody Else", BRAM).await;
    anna.open(&added.location.unwrap())
        .await
        .shows("houdt de naam van toen")
        .shows("Bram Smith")
        .hides("Somebody Else");
    anna.open(&past).await.shows("<strong>Bram Smith</strong>");
    invariants::hold(&app.app).await;
}

on_both_databases!(
    an_administrator_of_another_account_just_sees_this_one_too,
    who_comes_back_keeps_the_name_that_history_has,
);
