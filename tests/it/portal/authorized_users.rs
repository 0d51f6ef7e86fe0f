//! The Authorized User list: tick, press, and see what became of each row.

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress},
    workflow::{authorized_users, expire},
};

use super::{buttons, row_of, rows};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

async fn every_entry_is_one_row_with_its_check_box_and_address(database: Database) {
    let app = TestApp::start(database).await;
    let long = format!(
        "{}@elsewhere.example",
        "a-rather-long-name.".repeat(3) + "x"
    );
    let first = app.asks(&long, TULIPS).await;
    app.pass(Duration::from_secs(1));
    app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/authorized-users").await;
    assert_eq!(page.body.matches("<table").count(), 1);
    assert_eq!(page.body.matches("type=\"checkbox\"").count(), 2);
    let rows = rows(&page);
    assert_eq!(rows.len(), 2);
    // The newest stands first.
    assert!(
        rows[0].contains(&format!(">{JORIS}</label>")),
        "{}",
        rows[0]
    );
    assert!(rows[1].contains(&format!(">{long}</label>")), "{}", rows[1]);
    assert!(rows[1].contains(&format!("value=\"{first}\"")));
    assert!(rows[0].contains(TULIPS));
    assert_eq!(buttons(&page), ["Goedkeuren", "Afwijzen"]);
    page.shows("Retour van een bestelling").hides(" checked");
    let english = [("accept-language", "en")];
    let page = anna
        .send(reqwest::Method::GET, "/authorized-users", &english)
        .await;
    assert_eq!(buttons(&page), ["Approve", "Reject"]);
    let all = anna.open("/authorized-users?select=all").await;
    assert_eq!(all.body.matches(" checked").count(), 2);
    all.shows("Niets selecteren");
}

async fn many_are_decided_at_once_each_with_its_result(database: Database) {
    let app = TestApp::start(database).await;
    let mut ids = Vec::new();
    for name in ["kees", "mia", "noor"] {
        ids.push(app.asks(&format!("{name}@elsewhere.example"), TULIPS).await);
    }
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let anna = app.signed_in(ANNA).await;
    let bram = app.signed_in(BRAM).await;
    let csrf = anna.open("/authorized-users").await.field("csrf");
    // Bram is faster with one of them.
    bram.decides(&[&texts[1]], "reject").await;
    app.pass(Duration::from_secs(60));
    let ticked: Vec<&str> = texts.iter().map(String::as_str).collect();
    let answer = anna.posts_rows(&csrf, "pending", &ticked, "approve").await;
    assert_eq!(answer.status, 303);
    let location = answer.location.unwrap();
    let page = anna.open(&location).await;
    page.shows("<strong class=\"address\">kees@elsewhere.example</strong>: goedgekeurd voor 112233445.")
        .shows("<strong class=\"address\">noor@elsewhere.example</strong>: goedgekeurd voor 112233445.")
        .shows("<strong class=\"address\">mia@elsewhere.example</strong>: niet veranderd, want al afgewezen op")
        .shows("door <strong>Bram Smith</strong>, in het portaal.");
    let mut states = Vec::new();
    for id in &ids {
        states.push(app.status_of(*id).await);
    }
    assert_eq!(states, ["approved", "rejected", "approved"]);
    // The results are shown once.
    anna.open(&location).await.hides("goedgekeurd voor");
    // Pressing again, or going back and pressing, changes nothing.
    let before = app.dump().await;
    let again = anna.posts_rows(&csrf, "pending", &ticked, "reject").await;
    let again = anna.open(&again.location.unwrap()).await;
    again.shows("niet veranderd, want al goedgekeurd");
    assert_eq!(app.dump().await, before);
    invariants::hold(&app.app).await;
}

async fn several_are_rejected_after_one_more_look(database: Database) {
    let app = TestApp::start(database).await;
    let mut ids = Vec::new();
    for name in ["kees", "mia"] {
        let id = app.asks(&format!("{name}@elsewhere.example"), TULIPS).await;
        ids.push(id.to_string());
    }
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/authorized-users").await.field("csrf");
    let status = ids.iter().map(|id| format!("status_{id}"));
    let status: Vec<String> = status.collect();
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("list", "pending"),
        ("action", "reject"),
    ];
    for (id, status) in ids.iter().zip(&status) {
        fields.push(("entry", id));
        fields.push((status, "pending"));
    }
    let before = app.dump().await;
    let look = anna.submit("/authorized-users", &fields).await;
    assert_eq!(look.status, 200);
    look.shows("2 adressen afwijzen?")
        .shows("kees@elsewhere.example")
        .shows("mia@elsewhere.example")
        .shows("name=\"action\" value=\"reject\">Afwijzen</button>")
        .shows("Annuleren");
    assert_eq!(look.body.matches("name=\"entry\"").count(), 2);
    assert_eq!(app.dump().await, before);
    fields.push(("confirmed", "yes"));
    let done = anna.submit("/authorized-users", &fields).await;
    let done = anna.open(&done.location.unwrap()).await;
    assert_eq!(done.body.matches("afgewezen voor 112233445").count(), 2);
    // Somebody else's requests are not named, nor is one alone asked about.
    let theirs = "01968b6e-0000-7000-8000-000000000000";
    let fields = [
        ("csrf", csrf.as_str()),
        ("action", "reject"),
        ("entry", theirs),
        ("entry", ids[0].as_str()),
    ];
    let look = anna.submit("/authorized-users", &fields).await;
    assert_eq!(look.body.matches("name=\"entry\"").count(), 1);
    invariants::hold(&app.app).await;
}

async fn a_form_of_nobody_or_of_somebody_else_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let text = id.to_string();
    let anna = app.signed_in(ANNA).await;
    let bram = app.signed_in(BRAM).await;
    let own = anna.open("/authorized-users").await.field("csrf");
    let foreign = bram.open("/authorized-users").await.field("csrf");
    let before = app.dump().await;
    for csrf in ["", "x", foreign.as_str(), &own[..35]] {
        let list = anna.posts_rows(csrf, "pending", &[&text], "approve").await;
        assert_eq!(list.status, 403, "{csrf}");
        list.shows("er is niets veranderd");
        let fields = [
            ("csrf", csrf),
            ("entry", text.as_str()),
            ("action", "approve"),
        ];
        let one = anna.submit(&format!("/requests/{id}"), &fields).await;
        assert_eq!(one.status, 403, "{csrf}");
    }
    let fields = [
        ("csrf", own.as_str()),
        ("entry", text.as_str()),
        ("action", "approve"),
    ];
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
    ] {
        for path in ["/authorized-users".to_owned(), format!("/requests/{id}")] {
            let page = anna.submit_with(&path, &fields, &headers).await;
            assert_eq!(page.status, 403, "{path} {headers:?}");
        }
    }
    // Without a session the form leads to the sign-in.
    let nobody = app.browser();
    let page = nobody
        .posts_rows(&own, "pending", &[&text], "approve")
        .await;
    assert!(page.location.unwrap().starts_with("/login"));
    for action in ["", "delete"] {
        let page = anna.posts_rows(&own, "pending", &[&text], action).await;
        assert_eq!(page.status, 400);
    }
    let wrong_request = [
        ("csrf", own.as_str()),
        ("entry", "x"),
        ("action", "approve"),
    ];
    let page = anna
        .submit(&format!("/requests/{id}"), &wrong_request)
        .await;
    assert_eq!(page.status, 400);
    assert_eq!(app.dump().await, before);
}

async fn with_nothing_ticked_the_page_says_so(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/authorized-users").await.field("csrf");
    let before = app.dump().await;
    for rows in [vec![], vec!["nonsense"], vec!["112233445.x"]] {
        let page = anna.posts_rows(&csrf, "pending", &rows, "approve").await;
        assert_eq!(page.status, 400);
        page.shows("Er is niets aangevinkt").shows("role=\"alert\"");
    }
    assert_eq!(app.dump().await, before);
}

async fn the_search_takes_every_character_for_itself(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    for name in ["a_b", "axb", "c%d", "cxd", "wow!"] {
        app.asks(&format!("{name}@elsewhere.example"), TULIPS).await;
    }
    let id = app.joris_asks().await;
    let number = app.request(id).await.number.to_string();
    let found = async |q: &str| {
        let query: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let page = anna.open(&format!("/authorized-users?q={query}")).await;
        assert_eq!(page.status, 200, "{q}");
        rows(&page).len()
    };
    for (search, expected) in [
        ("a_b", 1),
        ("c%d", 1),
        ("%", 1),
        ("_", 1),
        ("!", 1),
        ("JORIS@", 1),
        ("joris jansen", 6),
        (number.as_str(), 1),
        (&number.to_lowercase(), 1),
        (TULIPS, 6),
        ("  elsewhere ", 6),
        ("' OR 1=1 --", 0),
        ("\u{0}", 6),
        ("nobody", 0),
    ] {
        assert_eq!(found(search).await, expected, "{search:?}");
    }
    let none = anna.open("/authorized-users?q=%3Cb%3E").await;
    none.shows("Niets gevonden").shows("&lt;b&gt;").hides("<b>");
    // The other lists are searched alike.
    none.shows("status&#x3D;approved&amp;q&#x3D;%3Cb%3E");
}

async fn a_long_list_has_pages(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    for number in 0..53 {
        let email = format!("person{number:02}@partner.example");
        let email = EmailAddress::parse(&email).unwrap();
        authorized_users::add_by_operator(&app.app, &tulips, &email, None)
            .await
            .unwrap();
    }
    let first = anna.open("/authorized-users?status=approved").await;
    assert_eq!(rows(&first).len(), 50);
    first.shows("Volgende").hides("Vorige");
    let second = anna.open("/authorized-users?status=approved&page=1").await;
    assert_eq!(rows(&second).len(), 3);
    second.shows("Vorige").hides("Volgende");
    let address = |row: &str| row.split("class=\"address\"").nth(1).unwrap()[..60].to_owned();
    let mut all: Vec<String> = rows(&first).into_iter().map(address).collect();
    all.extend(rows(&second).into_iter().map(address));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 53);
    for odd in [
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "page=7",
        "status=nonsense",
    ] {
        let page = anna.open(&format!("/authorized-users?{odd}")).await;
        assert!(
            page.status == 200 || page.status == 400,
            "{odd}: {}",
            page.status
        );
    }
    // A whole page is decided at once.
    let ticked: Vec<String> = rows(&first)
        .iter()
        .map(|row| {
            row.split("value=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    let ticked: Vec<&str> = ticked.iter().map(String::as_str).collect();
    let csrf = first.field("csrf");
    let answer = anna.posts_rows(&csrf, "approved", &ticked, "reject").await;
    let page = anna.open(&answer.location.unwrap()).await;
    assert_eq!(page.body.matches("class=\"result-good\"").count(), 50);
    assert_eq!(rows(&page).len(), 3);
    invariants::hold(&app.app).await;
}

async fn every_status_has_its_list(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    for (status, empty) in [
        ("pending", "Er zijn geen openstaande aanvragen"),
        ("approved", "Nog niemand is goedgekeurd"),
        ("rejected", "Er is niets afgewezen"),
        ("expired", "Er is niets verlopen"),
    ] {
        let page = anna
            .open(&format!("/authorized-users?status={status}"))
            .await;
        page.shows(empty);
        assert_eq!(rows(&page).len(), 0);
    }
    let expired = app.asks("old@elsewhere.example", TULIPS).await;
    app.pass(Duration::from_secs(14 * 24 * 3600));
    expire::expire_due(&app.app, 10).await.unwrap();
    let anna = app.signed_in(ANNA).await;
    let approved = app.asks("yes@elsewhere.example", TULIPS).await.to_string();
    let rejected = app.asks("no@elsewhere.example", TULIPS).await.to_string();
    app.joris_asks().await;
    anna.decides(&[&approved], "approve").await;
    anna.decides(&[&rejected], "reject").await;
    for (status, address, words) in [
        ("pending", JORIS, vec!["Goedkeuren", "Afwijzen"]),
        ("approved", "yes@elsewhere.example", vec!["Afwijzen"]),
        ("rejected", "no@elsewhere.example", vec!["Goedkeuren"]),
        (
            "expired",
            "old@elsewhere.example",
            vec!["Goedkeuren", "Afwijzen"],
        ),
    ] {
        let page = anna
            .open(&format!("/authorized-users?status={status}"))
            .await;
        let rows = rows(&page);
        assert_eq!(rows.len(), 1, "{status}");
        assert!(rows[0].contains(&format!(">{address}</label>")));
        assert_eq!(buttons(&page), words, "{status}");
    }
    // An expired one may be approved after all.
    let row = row_of(&app, expired).await;
    anna.overturns("expired", &row, "approve")
        .await
        .shows("old@elsewhere.example</strong>: goedgekeurd");
    assert_eq!(app.status_of(expired).await, "expired");
    invariants::hold(&app.app).await;
}

on_both_databases!(
    every_entry_is_one_row_with_its_check_box_and_address,
    many_are_decided_at_once_each_with_its_result,
    several_are_rejected_after_one_more_look,
    a_form_of_nobody_or_of_somebody_else_changes_nothing,
    with_nothing_ticked_the_page_says_so,
    the_search_takes_every_character_for_itself,
    a_long_list_has_pages,
    every_status_has_its_list,
);
