//! Somebody is made an administrator, and mailed once more who did not come.

use std::time::Duration;

use super::ROSES;
use super::customer_administrators::{ADD, CHOSEN, DORA, LIST, adds, id_of};
use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

/// A name is what is read: nothing hides in it or turns it around, and of nothing else it is made.
async fn a_name_is_what_is_read(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let nothing = adds(&anna, "\u{200b}\u{202e} \u{2060}", DORA).await;
    assert_eq!(nothing.status, 400);
    nothing.shows("href=\"#name\"");
    let added = adds(&anna, "Do\u{200b}ra\u{202e}  Gro\u{61c}en\u{feff}", DORA).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let list = anna.open(LIST).await;
    list.shows("Dora Groen");
    for hidden in ['\u{200b}', '\u{202e}', '\u{61c}', '\u{feff}'] {
        assert!(!list.body.contains(hidden), "{hidden:?}");
    }
}

async fn the_guides_way_adds_an_administrator(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    // Klantaccountbeheerder stands beside Geautoriseerde gebruikers.
    let users = anna.open("/authorized-users").await;
    users.shows(">Klantaccountbeheerder</a>");
    let list = anna.open(LIST).await;
    list.shows("aria-current=\"page\">Klantaccountbeheerder</a>")
        .shows(&format!(
            "type=\"checkbox\" name=\"account\" value=\"{TULIPS}\""
        ))
        .shows("action=\"/customer-administrators/add\"")
        .shows(">Toevoegen</button>")
        .shows("Anna de Wit")
        .shows(BRAM);
    let form = anna.open(&format!("{ADD}?account={TULIPS}")).await;
    form.shows("Tulpenhandel De Wit")
        .shows(">Toevoegen</button>");

    let added = adds(&anna, "Dora Groen", DORA).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let list = anna.open(&added.location.unwrap()).await;
    list.shows("De accountbeheerder is nu toegevoegd")
        .shows("Dora Groen")
        .shows("nog niet ingelogd voor dit klantnummer");
    app.deliver_mail().await;
    // Dora is invited by Anna and asked about Joris, Bram is told, Anna knows.
    let mails = app.mails_to(DORA);
    assert_eq!(mails.len(), 2);
    let invitation = mails.iter().find(|mail| mail.text.contains("/invite/"));
    let invitation = invitation.unwrap();
    assert!(invitation.text.contains("Anna de Wit heeft je toegevoegd"));
    let asked = mails.iter().find(|mail| mail.text.contains("/r/")).unwrap();
    assert_eq!(app.request_of(asked), id);
    let told = app.last_mail_to(BRAM);
    assert!(
        told.subject.starts_with("New account administrator"),
        "{}",
        told.subject
    );
    assert!(told.text.contains("Dora Groen") && told.text.contains(DORA));
    assert!(!told.subject.contains(TULIPS));
    assert_eq!(app.mails_to(ANNA).len(), 1);

    // In Anna's browser it is not Anna who is welcome, nor does Dora come to stand in Anna's things.
    let path = invitation.path("/invite/");
    let dora = app.signed_in(ANNA).await;
    let page = dora.open(&path).await;
    page.shows("Deze uitnodiging is voor Dora Groen")
        .shows(ANNA)
        .hides("Welkom")
        .hides("type=\"password\"");
    let fields = [("new", CHOSEN), ("again", CHOSEN)];
    assert_eq!(dora.submit(&path, &fields).await.status, 403);
    let csrf = page.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("action", "sign_out")];
    let out = dora.submit(&path, &fields).await;
    assert_eq!(out.location.as_deref(), Some(path.as_str()));
    let nonce = dora.open(&path).await.field("nonce");
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", CHOSEN),
        ("again", CHOSEN),
    ];
    assert_eq!(dora.submit(&path, &fields).await.status, 303);
    assert_eq!(dora.sign_in(DORA, CHOSEN, "/").await.status, 303);
    let text = id.to_string();
    dora.decides(&[&text], "approve").await;
    assert_eq!(app.status_of(id).await, "approved");
    let list = anna.open(LIST).await;
    assert_eq!(
        list.body.matches("nog niet ingelogd").count(),
        1,
        "Bram never came"
    );
    invariants::hold(&app.app).await;
}

async fn what_is_wrong_is_named_and_what_was_typed_stays(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open(LIST).await.field("csrf");
    let before = app.dump().await;
    let long = "x".repeat(201);
    for (name, email, language, phone, words) in [
        ("", DORA, "nl", "", "Vul de naam in"),
        (long.as_str(), DORA, "nl", "", "De naam is te lang"),
        ("Dora", "", "nl", "", "Vul het e-mailadres in"),
        ("Dora", "dora", "nl", "", "staat geen @"),
        (
            "Dora",
            "do ra@tulips.example",
            "nl",
            "",
            "Wat voor de @ staat",
        ),
        ("Dora", "dora@tulips", "nl", "", "Wat achter de @ staat"),
        ("Dora", "dıra@tulips.example", "nl", "", "tekens buiten a-z"),
        (
            "Dora",
            "bram@tulıps.example",
            "nl",
            "",
            "lijkt op dat van een beheerder",
        ),
        ("Dora", BRAM, "nl", "", "is al accountbeheerder van"),
        ("Dora", DORA, "", "", "Kies een taal"),
        ("Dora", DORA, "fr", "", "Kies een taal"),
        (
            "Dora",
            DORA,
            "nl",
            "bel maar",
            "Een telefoonnummer bestaat uit",
        ),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("name", name),
            ("email", email),
            ("language", language),
            ("phone", phone),
        ];
        let page = anna.submit(ADD, &fields).await;
        assert_eq!(page.status, 400, "{words}");
        page.shows(words)
            .shows("<title>Fout: ")
            .shows(&format!("name=\"name\" value=\"{name}\""))
            .shows(&format!("name=\"email\" value=\"{email}\""))
            .shows(&format!("name=\"phone\" value=\"{phone}\""))
            .shows("role=\"alert\"");
    }
    let fields = [
        ("account", TULIPS),
        ("name", "Dora"),
        ("email", DORA),
        ("language", "nl"),
    ];
    let stale = anna.submit(ADD, &fields).await;
    assert_eq!(stale.status, 403);
    stale.shows("Deze pagina was verouderd");

    let nothing = anna.open(ADD).await;
    assert_eq!(nothing.status, 400);
    nothing.shows("Er is niets aangevinkt");
    for number in [ROSES, "1", "../x"] {
        let foreign = anna
            .open(&format!("{ADD}?account={TULIPS}&account={number}"))
            .await;
        assert_eq!(foreign.status, 400);
        foreign.shows("Dit klantnummer beheer je niet");
    }
    assert_eq!(app.dump().await, before);
}

async fn a_waiting_colleague_is_invited_once_more(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    adds(&anna, "Dora Groen", DORA).await;
    app.deliver_mail().await;
    let first = app.last_mail_to(DORA).path("/invite/");
    app.pass(Duration::from_secs(72 * 3600));
    let anna = {
        drop(anna);
        app.signed_in(ANNA).await
    };
    anna.open(LIST).await.shows("nog niet ingelogd");
    let path = format!("{LIST}/invite");
    let invites = async |whom: &str| {
        let query = format!("{path}?account={TULIPS}&administrator={whom}");
        let csrf = anna.open(&query).await.field("csrf");
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", whom),
        ];
        anna.submit(&path, &fields).await
    };
    let done = invites(&id_of(&app, DORA).await).await;
    anna.open(&done.location.unwrap())
        .await
        .shows("De mail is nog een keer onderweg")
        .shows("nog niet ingelogd voor dit klantnummer");
    app.deliver_mail().await;
    let second = app.last_mail_to(DORA).path("/invite/");
    assert_ne!(first, second);
    app.browser()
        .open(&second)
        .await
        .shows("Welkom, Dora Groen");
    // To Anna it looks the same with Bram, who has a password; but he is not invited: a stolen inbox
    // opens nothing.
    let of_bram = id_of(&app, BRAM).await;
    let done = invites(&of_bram).await;
    assert_eq!(
        done.location.as_deref(),
        Some("/customer-administrators?done=mailed_again")
    );
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM);
    assert!(mails.iter().all(|mail| !mail.text.contains("/invite/")));
    let told = app.last_mail_to(BRAM);
    assert!(told.subject.starts_with("You administer one more account"));
    app.signed_in(BRAM).await;
    let refused = invites(&of_bram).await;
    assert_eq!(refused.status, 400);
    refused.shows("heeft voor dit klantnummer al ingelogd");
    invariants::hold(&app.app).await;
}

async fn whoever_did_not_confirm_lately_does_so_first(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let of_bram = id_of(&app, BRAM).await;
    let csrf = anna.open(LIST).await.field("csrf");
    app.pass(Duration::from_secs(16 * 60));
    let before = app.dump().await;
    let both = format!("account={TULIPS}&administrator={of_bram}");
    for path in [
        format!("{ADD}?account={TULIPS}"),
        format!("{LIST}/remove?{both}"),
        format!("{LIST}/aliases?{both}"),
        format!("{LIST}/invite?{both}"),
        format!("{LIST}/esecure?account={TULIPS}"),
    ] {
        let page = anna.open(&path).await;
        let location = page.location.unwrap_or_default();
        assert!(location.starts_with("/confirm?next="), "{path}: {location}");
    }
    for page in ["add", "remove", "aliases", "invite", "esecure"] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", &of_bram),
            ("name", "Dora Groen"),
            ("email", DORA),
            ("language", "nl"),
            ("action", "add"),
            ("to", "off"),
        ];
        let page = anna.submit(&format!("{LIST}/{page}"), &fields).await;
        assert_eq!(page.status, 403);
        page.shows("Bevestig eerst dat jij het bent");
        if page.body.contains("name=\"email\"") {
            page.shows(&format!("value=\"{DORA}\""));
        }
    }
    // Looking is no change.
    anna.open(LIST).await.shows(BRAM);
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    a_name_is_what_is_read,
    the_guides_way_adds_an_administrator,
    what_is_wrong_is_named_and_what_was_typed_stays,
    a_waiting_colleague_is_invited_once_more,
    whoever_did_not_confirm_lately_does_so_first,
);
