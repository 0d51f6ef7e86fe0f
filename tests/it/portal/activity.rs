//! What happened, as administrators look at it: theirs alone, in words, and for a spreadsheet.

use std::{fs, path::Path, time::Duration};

use esecured::{
    domain::{
        account_number::AccountNumber, calendar_day::CalendarDay, domain_name::DomainName,
        domain_rule::DomainKind, email_address::EmailAddress, language::Language,
    },
    templates::Templates,
    workflow::{
        authorized_users,
        domain_rules::{self, By},
    },
};

use super::{CARLA, ROSES, add_roses};
use crate::support::{
    ANNA, BRAM, Database, JORIS, TULIPS, TestApp, browser::Page, on_both_databases,
};

/// One event each, as `<li>` holds it.
fn events(page: &Page) -> Vec<&str> {
    let list = page.body.split("class=\"history activity\"").nth(1);
    let list = list.unwrap_or_default().split("</ol>").next().unwrap();
    list.split("<li>").skip(1).collect()
}

async fn what_happened_is_told_in_words(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.pass(Duration::from_secs(60));
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    let home = anna.open("/").await;
    home.shows("<a href=\"/activity\">Activiteit</a>");
    let page = anna.open("/activity").await;
    let seen = events(&page);
    assert_eq!(seen.len(), 5);
    assert!(seen[0].contains("Aanvraag goedgekeurd"), "{}", seen[0]);
    assert!(seen[0].contains("door <strong>Anna de Wit</strong>, in het portaal"));
    assert!(seen[0].contains(&format!("<strong class=\"address\">{JORIS}</strong>")));
    assert!(seen[0].contains(&format!("href=\"/requests/{id}\"")));
    assert!(seen[1].contains("Aangevraagd"));
    assert!(seen[1].contains("door het verzendsysteem <strong>booking</strong>"));
    assert!(seen[2].contains("Accountbeheerder toegevoegd"));
    assert!(seen[2].contains(BRAM));
    assert!(seen[4].contains("Account toegevoegd"));
    let english = [("accept-language", "en")];
    let page = anna.send(reqwest::Method::GET, "/activity", &english).await;
    page.shows("Request approved").shows("Newest first");
}

/// Asking again says which request it joins, and which shipping system asked.
async fn asking_again_names_the_request_and_the_shipping_system(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.pass(Duration::from_secs(60));
    assert_eq!(app.joris_asks().await, id);
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/activity").await;
    let seen = events(&page);
    let number = app.request(id).await.number.to_string();
    for (event, words) in [(seen[0], "Opnieuw gevraagd"), (seen[1], "Aangevraagd")] {
        assert!(event.contains(words), "{event}");
        assert!(event.contains("door het verzendsysteem <strong>booking</strong>"));
        assert!(event.contains(&number), "{event}");
    }
    let file = anna.open("/activity.csv?kind=access_request").await;
    let again = file
        .body
        .lines()
        .find(|line| line.contains("Opnieuw gevraagd"));
    let again = again.unwrap();
    assert!(
        again.contains(&number) && again.contains("booking"),
        "{again}"
    );
    assert!(again.contains("door het verzendsysteem"), "{again}");
}

async fn it_is_filtered_by_account_kind_days_and_person(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.pass(Duration::from_secs(24 * 3600));
    let mia = app.asks("mia_b@elsewhere.example", TULIPS).await;
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&mia.to_string()], "reject").await;
    let anna = app.signed_in(ANNA).await;
    for (query, expected) in [
        ("", 6),
        ("kind=access_request", 3),
        ("kind=access", 6),
        ("kind=administrator", 2),
        ("kind=account", 1),
        ("from=2026-05-12", 2),
        ("until=2026-05-11", 4),
        ("from=2026-05-11&until=2026-05-11&kind=access_request", 1),
        ("person=JORIS", 1),
        ("person=mia_b", 2),
        ("person=mia%25", 0),
        ("person=bram+smith", 2),
        ("person=Booking", 2),
        ("person=%7C", 6),
        ("person=%00", 6),
        ("account=112+233+445", 6),
        ("account=123456789", 0),
        ("account=x", 0),
    ] {
        let page = anna.open(&format!("/activity?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(events(&page).len(), expected, "{query}");
    }
    let number = app.request(mia).await.number;
    for query in [number.as_str().to_owned(), number.as_str().to_lowercase()] {
        let page = anna.open(&format!("/activity?person={query}")).await;
        assert_eq!(events(&page).len(), 2, "{query}");
    }
    anna.open("/activity?person=nobody")
        .await
        .shows("Er is niets gebeurd dat bij deze keuze past.");
    let wrong = anna.open("/activity?from=soon&person=mia").await;
    assert_eq!(wrong.status, 400);
    wrong
        .shows("<a href=\"#from\">")
        .shows("name=\"from\" value=\"soon\"")
        .shows("name=\"person\" value=\"mia\"");
    assert_eq!(anna.open("/activity.csv?until=soon").await.status, 400);
}

async fn a_rule_and_a_stand_in_are_found_by_name_and_a_rule_says_its_kind(database: Database) {
    let app = TestApp::start(database).await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    for (kind, domain) in [
        (DomainKind::Authorized, "partner.example"),
        (DomainKind::My, "tulips.example"),
    ] {
        let domain = DomainName::parse(domain).unwrap();
        domain_rules::add(&app.app, By::Operator, &number, kind, &domain)
            .await
            .unwrap();
    }
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/activity?person=Partner.EXAMPLE").await;
    let [found] = events(&page)[..] else {
        panic!("{}", page.body);
    };
    assert!(found.contains("Domeinregel toegevoegd: Geautoriseerde domeinen"));
    let page = anna.open("/activity?person=tulips.ex&kind=domain").await;
    let [found] = events(&page)[..] else {
        panic!("{}", page.body);
    };
    assert!(found.contains("Domeinregel toegevoegd: Eigen domeinen"));
    let file = anna.open("/activity.csv?kind=domain").await;
    file.shows("\"Domeinregel toegevoegd: Eigen domeinen\"")
        .shows("\"Geldig tot en met (Europe/Amsterdam)\"");

    // Whom a stand-in decides for stands beside who it is, and so does whom an event is about.
    let csrf = anna.open("/settings/stand-in").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "Dora Vos"),
        ("email", "dora@office.example"),
        ("language", "nl"),
        ("first", "2026-05-11"),
        ("last", "2026-05-12"),
    ];
    let named = anna.submit("/settings/stand-in", &fields).await;
    assert_eq!(named.status, 303, "{}", named.body);
    app.deliver_mail().await;
    let found = events(&anna.open("/activity?person=dora+vos").await).len();
    let all = events(&anna.open("/activity?kind=stand_in").await).len();
    assert!(all > 0 && found == all, "{found} of {all}");
}

async fn somebody_elses_account_has_no_activity_here(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    app.asks("secret@elsewhere.example", ROSES).await;
    app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    for query in [
        "".to_owned(),
        format!("?account={ROSES}"),
        "?person=secret".to_owned(),
    ] {
        for path in ["/activity", "/activity.csv"] {
            let page = anna.open(&format!("{path}{query}")).await;
            assert_eq!(page.status, 200);
            page.hides("secret@")
                .hides("Carla")
                .hides(&format!(">{ROSES}<"));
        }
    }
    let carla = app.signed_in(CARLA).await;
    carla
        .open("/activity.csv")
        .await
        .shows("secret@elsewhere.example")
        .hides(JORIS);
    // A place in somebody else's chain is only a moment.
    let page = anna
        .open(&format!("/activity?behind=9999999999999999.{ROSES}.1"))
        .await;
    page.hides("secret@").shows(JORIS);
    app.dismiss(CARLA, ROSES).await;
    carla.follow("/activity").await.hides("secret@");
    let nobody = app.browser();
    for path in ["/activity", "/activity.csv"] {
        let page = nobody.open(path).await;
        assert!(page.location.unwrap().starts_with("/login"), "{path}");
    }
}

async fn pages_join_without_a_gap(database: Database) {
    let app = TestApp::start(database).await;
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    for number in 0..60 {
        let email = format!("person{number:02}@partner.example");
        let email = EmailAddress::parse(&email).unwrap();
        authorized_users::add_by_operator(&app.app, &tulips, &email, None)
            .await
            .unwrap();
    }
    let anna = app.signed_in(ANNA).await;
    let first = anna.open("/activity?kind=authorized_user").await;
    assert_eq!(events(&first).len(), 50);
    let older = first.body.split("rel=\"next\"").next().unwrap();
    let older = older.rsplit("href=\"").next().unwrap().split('"').next();
    let older = older.unwrap().replace("&amp;", "&").replace("&#x3D;", "=");
    // What is added meanwhile moves nothing.
    app.pass(Duration::from_secs(60));
    app.joris_asks().await;
    let second = anna.open(&older).await;
    assert_eq!(events(&second).len(), 10);
    second.shows("Nieuwste").hides("rel=\"next\"");
    let person = |event: &str| event.split("person").nth(1).unwrap()[..2].to_owned();
    let mut all: Vec<String> = events(&first).into_iter().map(person).collect();
    all.extend(events(&second).into_iter().map(person));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
    for odd in ["x", "1.2", "1.112233445.x", "..", "-1.112233445.0"] {
        assert_eq!(
            anna.open(&format!("/activity?behind={odd}")).await.status,
            200
        );
    }
}

async fn the_file_is_one_that_spreadsheets_read_and_do_not_run(database: Database) {
    let app = TestApp::start(database).await;
    let hostile = ["=1+1@evil.example", "+31@evil.example", "-2@evil.example"];
    for email in hostile {
        app.asks(email, TULIPS).await;
    }
    app.pass(Duration::from_secs(1));
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let last = CalendarDay::parse("2026-12-31").unwrap();
    for number in 0..600 {
        let email = EmailAddress::parse(&format!("p{number}@partner.example")).unwrap();
        // The last one ends with a day of the account.
        let until = (number == 599).then(|| last.ends("Europe/Amsterdam"));
        authorized_users::add_by_operator(&app.app, &tulips, &email, until)
            .await
            .unwrap();
    }
    let anna = app.signed_in(ANNA).await;
    let before = app.dump().await;
    let file = anna.open("/activity.csv").await;
    assert_eq!(app.dump().await, before);
    assert!(
        file.header("content-type")
            .starts_with("text/csv; charset=utf-8")
    );
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"esecure-activity.csv\""
    );
    let text = file
        .body
        .strip_prefix('\u{feff}')
        .expect("the mark of UTF-8");
    assert!(text.ends_with("\r\n"));
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headings = rows.headers().unwrap().clone();
    assert_eq!(
        headings.iter().take(4).collect::<Vec<_>>(),
        ["Wanneer", "DHL-klantnummer", "Wat", "Over"]
    );
    // Spreadsheets of half of Europe split at semicolons: what is not quoted would become two cells, and
    // the second one a formula.
    let mut lines = text.lines();
    let quoted = |line: &str| line.starts_with('"') && line.ends_with('"');
    assert!(lines.all(|line| quoted(line) && line.matches("\",\"").count() == 8));
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 600 + 3 + 3);
    assert_eq!(&rows[0][0], "2026-05-11 09:14:01 +02:00");
    assert_eq!(&rows[0][1], TULIPS);
    assert_eq!(&rows[0][7], "2026-12-31");
    assert_eq!(&rows[0][2], "Toegang gegeven");
    assert_eq!(&rows[0][5], "de systeembeheerder");
    let about: Vec<&str> = rows[600..603].iter().map(|row| &row[3]).collect();
    assert_eq!(
        about,
        [
            "'-2@evil.example",
            "'+31@evil.example",
            "'=1+1@evil.example"
        ]
    );
    assert_eq!(&rows[602][5], "booking");
    for row in &rows {
        for cell in row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    let english = [("accept-language", "en")];
    let filtered = "/activity.csv?person=evil";
    let file = anna.send(reqwest::Method::GET, filtered, &english).await;
    file.shows("\u{feff}\"When\",\"Account Number\",\"What\",\"About\",");
    assert_eq!(file.body.lines().count(), 4);
}

on_both_databases!(
    what_happened_is_told_in_words,
    asking_again_names_the_request_and_the_shipping_system,
    it_is_filtered_by_account_kind_days_and_person,
    a_rule_and_a_stand_in_are_found_by_name_and_a_rule_says_its_kind,
    somebody_elses_account_has_no_activity_here,
    pages_join_without_a_gap,
    the_file_is_one_that_spreadsheets_read_and_do_not_run,
);

#[test]
fn every_event_of_an_account_has_its_words() {
    let templates = Templates::load().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/workflow");
    let mut names = Vec::new();
    for file in fs::read_dir(workflow).unwrap() {
        let path = file.unwrap().path();
        let Ok(source) = fs::read_to_string(&path) else {
            continue; // A folder.
        };
        if !source.contains("AuditEvent::of_account") {
            continue;
        }
        // What stands behind `event = ` is a line of the log.
        let parts: Vec<&str> = source.split('"').collect();
        for pair in parts.windows(2).step_by(2) {
            let (before, text) = (pair[0], pair[1]);
            let is_name = text
                .split_once('.')
                .is_some_and(|(noun, verb)| is_word(noun) && is_word(verb));
            if is_name && !before.trim_end().ends_with("event =") {
                names.push(text.to_owned());
            }
        }
    }
    names.retain(|name| !OF_THE_SYSTEM.contains(&name.as_str()));
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let key = format!("event_{}", name.replace('.', "_"));
        let words = templates.labels().get(&key, Language::Nl);
        assert!(words.is_some(), "labels.toml has no {key}");
    }
}

/// They stand in the chain of the system, which no administrator looks at.
const OF_THE_SYSTEM: [&str; 4] = [
    "administrator.password_set",
    "client.added",
    "client.revoked",
    "client.rotated",
];

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
