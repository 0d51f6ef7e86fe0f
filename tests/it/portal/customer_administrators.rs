//! Klantaccountbeheerder, Customer Administrator: who decides, and how that changes.

use std::time::Duration;

use esecured::domain::{
    account_number::AccountNumber, email_address::EmailAddress, language::Language,
};
use esecured::store::people;
use esecured::workflow::manage;
use serde_json::{Value, json};

use super::{CARLA, ROSES, add_roses};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, Received, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases, test_app::PASSWORD,
};

const LIST: &str = "/customer-administrators";
const ADD: &str = "/customer-administrators/add";
const DORA: &str = "dora@tulips.example";
const CHOSEN: &str = "five yellow wheelbarrows";

/// What somebody is called in forms.
async fn id_of(app: &TestApp, address: &str) -> String {
    let mut conn = app.app.store.read().await.unwrap();
    let email = EmailAddress::parse(address).unwrap();
    let found = people::by_email(&mut conn, &email).await.unwrap();
    found.unwrap().0.id.to_string()
}

/// Ticks Tulips, presses Add, fills in the form and presses Add again.
async fn adds(browser: &Browser, name: &str, email: &str) -> Page {
    let form = browser.open(&format!("{ADD}?account={TULIPS}")).await;
    let csrf = form.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", name),
        ("email", email),
        ("language", "nl"),
    ];
    browser.submit(ADD, &fields).await
}

/// Presses the button of the page that asks whether to remove somebody from Tulips.
async fn removes(browser: &Browser, id: &str) -> Page {
    let path = format!("{LIST}/remove");
    let question = format!("{path}?account={TULIPS}&administrator={id}");
    let csrf = browser.open(&question).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", id),
    ];
    browser.submit(&path, &fields).await
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
        .shows("uitgenodigd, nog geen wachtwoord");
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

    let dora = app.browser();
    let path = invitation.path("/invite/");
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
    anna.open(LIST).await.hides("nog geen wachtwoord");
    invariants::hold(&app.app).await;
}

async fn an_administrator_of_another_account_just_sees_this_one_too(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let carla = app.signed_in(CARLA).await;
    carla.open(LIST).await.hides(TULIPS);
    let anna = app.signed_in(ANNA).await;
    let added = adds(&anna, "Somebody else", CARLA).await;
    let list = anna.open(&added.location.unwrap()).await;
    // Her name is hers to choose, and Roses is not Anna's to see.
    list.shows("krijgt daarover een mail")
        .shows("Carla Vos")
        .hides("Somebody else")
        .hides(ROSES);
    app.deliver_mail().await;
    let mail = app.last_mail_to(CARLA);
    assert!(mail.subject.starts_with("You administer one more account"));
    assert!(!mail.text.contains("/invite/"));
    carla.open(LIST).await.shows(TULIPS).shows(ROSES);
    assert_eq!(
        app.browser().sign_in(CARLA, PASSWORD, "/").await.status,
        303
    );

    let again = adds(&anna, "Carla", CARLA).await;
    assert_eq!(again.status, 400);
    again.shows(&format!("Dit adres is al accountbeheerder van {TULIPS}"));
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

async fn who_is_removed_is_out_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(BRAM);
    let bram = app.signed_in(BRAM).await;
    let anna = app.signed_in(ANNA).await;
    adds(&anna, "Dora Groen", DORA).await;
    app.deliver_mail().await;
    let of_bram = id_of(&app, BRAM).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_bram}");
    anna.open(&question)
        .await
        .shows("Bram Smith verwijderen?")
        .shows("De links in eerdere mails aan");
    let done = removes(&anna, &of_bram).await;
    let list = anna.open(&done.location.unwrap()).await;
    list.shows("De accountbeheerder is verwijderd").hides(BRAM);

    // Session, link and reply: none of them is worth anything.
    assert_eq!(bram.open("/authorized-users").await.status, 303);
    assert_eq!(app.browser().open(&mail.path("/r/")).await.status, 404);
    let outcome = app.arrives(&mail.answer(BRAM, "reject")).await;
    assert_eq!(outcome.effect.as_str(), "answered");
    assert_eq!(app.status_of(id).await, "pending");
    let bram = app.signed_in(BRAM).await;
    bram.open("/authorized-users").await.hides(JORIS);
    let list = bram.open(LIST).await;
    list.shows("Je beheert geen klantnummer").hides(TULIPS);

    app.deliver_mail().await;
    // His late answer is answered as well, and what waits together goes out in any order.
    let mails = app.mails_to(BRAM);
    let says_it = |mail: &&Received| mail.subject.starts_with("You administer one account less");
    let told = mails.iter().find(says_it).unwrap();
    assert!(told.text.contains("Anna de Wit removed you"));
    let told = app.last_mail_to(DORA);
    assert!(told.subject.starts_with("Accountbeheerder verwijderd"));
    assert!(told.text.contains(BRAM));
    let of_anna = app.mails_to(ANNA);
    assert!(
        of_anna
            .iter()
            .all(|mail| !mail.text.contains("verwijderd als"))
    );
    invariants::hold(&app.app).await;
}

async fn the_last_who_can_sign_in_stays(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let of_anna = id_of(&app, ANNA).await;
    let of_bram = id_of(&app, BRAM).await;
    assert_eq!(removes(&anna, &of_bram).await.status, 303);
    // Dora is there, but cannot sign in yet.
    adds(&anna, "Dora Groen", DORA).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_anna}");
    let page = anna.open(&question).await;
    page.shows("Jezelf verwijderen?")
        .shows("Dit kan nu niet")
        .hides("name=\"administrator\"");
    let csrf = anna.open(LIST).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", &of_anna),
    ];
    let refused = anna.submit(&format!("{LIST}/remove"), &fields).await;
    assert_eq!(refused.status, 400);
    refused.shows("Dit kan nu niet");
    anna.open(LIST).await.shows("Anna de Wit");
    // Whoever only waits for a password can be removed, and then has no invitation any more.
    app.deliver_mail().await;
    let invitation = app.last_mail_to(DORA).path("/invite/");
    let of_dora = id_of(&app, DORA).await;
    assert_eq!(removes(&anna, &of_dora).await.status, 303);
    assert_eq!(app.browser().open(&invitation).await.status, 404);
    invariants::hold(&app.app).await;
}

async fn somebody_may_leave_where_another_stays(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let of_anna = id_of(&app, ANNA).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_anna}");
    anna.open(&question)
        .await
        .shows("Terug kan alleen als een andere beheerder je weer toevoegt");
    let left = removes(&anna, &of_anna).await;
    assert_eq!(left.location.as_deref(), Some("/login?signed_out=1"));
    assert_eq!(anna.open("/").await.status, 303);
    app.deliver_mail().await;
    assert!(app.mails_to(ANNA).is_empty());
    let told = app.last_mail_to(BRAM);
    assert!(
        told.text
            .contains("Anna de Wit removed an account administrator")
    );
    invariants::hold(&app.app).await;
}

async fn two_who_remove_each_other_leave_one(database: Database) {
    let app = TestApp::start(database).await;
    let (anna, bram) = (app.signed_in(ANNA).await, app.signed_in(BRAM).await);
    let (of_anna, of_bram) = (id_of(&app, ANNA).await, id_of(&app, BRAM).await);
    let path = format!("{LIST}/remove");
    let csrf_anna = anna.open(LIST).await.field("csrf");
    let csrf_bram = bram.open(LIST).await.field("csrf");
    let by_anna = [
        ("csrf", csrf_anna.as_str()),
        ("account", TULIPS),
        ("administrator", &of_bram),
    ];
    let by_bram = [
        ("csrf", csrf_bram.as_str()),
        ("account", TULIPS),
        ("administrator", &of_anna),
    ];
    let (one, other) = tokio::join!(anna.submit(&path, &by_anna), bram.submit(&path, &by_bram));
    let done = [&one, &other]
        .map(|page| page.location.as_deref() == Some("/customer-administrators?done=removed"));
    assert!(done[0] != done[1], "{} {}", one.status, other.status);
    let mut conn = app.app.store.read().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account_administrator")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(left, 1);
    drop(conn);
    invariants::hold(&app.app).await;
}

async fn aliases_of_whoever_decides_elsewhere_too_are_nobody_elses(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let carla = EmailAddress::parse(CARLA).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    manage::add_administrator(&app.app, &carla, &tulips, "Carla", Language::En, None)
        .await
        .unwrap();
    let id = id_of(&app, CARLA).await;
    let path = format!("{LIST}/aliases");
    let page = format!("{path}?account={TULIPS}&administrator={id}");
    let anna = app.signed_in(ANNA).await;
    let shown = anna.open(&page).await;
    shown.shows("beslist ook over klantnummers die niet van jou zijn");
    shown.hides("value=\"add\"");
    let csrf = shown.field("csrf");
    let before = app.dump().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", &id),
        ("action", "add"),
        ("email", "mallory@evil.example"),
    ];
    let refused = anna.submit(&path, &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(app.dump().await, before);
    // Her own she names herself.
    let carla = app.signed_in(CARLA).await;
    let own = format!("{path}?account={ROSES}&administrator={id}");
    let csrf = carla.open(&own).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", ROSES),
        ("administrator", &id),
        ("action", "add"),
        ("email", "carla@elsewhere.example"),
    ];
    assert_eq!(carla.submit(&path, &fields).await.status, 303);
    anna.open(&page).await.hides("carla@elsewhere.example");
}

async fn whoever_comes_back_is_asked_what_still_waits(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.dismiss(BRAM, TULIPS).await;
    app.deliver_mail().await; // His is dropped: it is not his to decide.
    assert_eq!(app.mails_to(BRAM).len(), 0);
    let bram = EmailAddress::parse(BRAM).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    manage::add_administrator(&app.app, &bram, &tulips, "Bram", Language::En, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM);
    let asked = mails.iter().filter(|mail| mail.text.contains("/r/"));
    let asked: Vec<_> = asked.map(|mail| app.request_of(mail)).collect();
    assert_eq!(asked, [id]);
    invariants::hold(&app.app).await;
}

async fn an_answer_from_an_alias_counts_while_it_is_one(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let home = "anna@home.example";
    let early = app.arrives(&mail.answer(home, "weigeren, graag")).await;
    assert_eq!(early.effect.as_str(), "ignored");

    // Bram registers it for her; it may belong to nobody else, and not be an administrator's own.
    let bram = app.signed_in(BRAM).await;
    let of_anna = id_of(&app, ANNA).await;
    let path = format!("{LIST}/aliases");
    let page = format!("{path}?account={TULIPS}&administrator={of_anna}");
    let csrf = bram.open(&page).await.field("csrf");
    let submits = async |action: &str, email: &str, alias: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", &of_anna),
            ("action", action),
            ("email", email),
            ("alias", alias),
        ];
        bram.submit(&path, &fields).await
    };
    let added = submits("add", home, "").await;
    assert_eq!(added.status, 303, "{}", added.body);
    let listed = bram.open(&added.location.unwrap()).await;
    listed.shows("Het adres is toegevoegd").shows(home);
    for (email, words) in [
        (home, "hoort al bij een beheerder"),
        (BRAM, "hoort al bij een beheerder"),
        (CARLA, "hoort al bij een beheerder"),
        (ANNA, "het adres van deze beheerder zelf"),
        ("bram@tulıps.example", "lijkt op dat van een beheerder"),
        ("", "Vul een e-mailadres in"),
        ("home", "staat geen @"),
    ] {
        let refused = submits("add", email, "").await;
        assert_eq!(refused.status, 400, "{email}");
        refused.shows(words).shows(&format!("value=\"{email}\""));
    }
    bram.open(LIST)
        .await
        .shows("ook <span class=\"address\">anna@home.example");
    // An alias is nobody's to be appointed with.
    let taken = adds(&bram, "Anna Thuis", home).await;
    taken.shows("hoort al bij een beheerder, als ander adres");

    let reject = mail.answer(home, "weigeren");
    assert_eq!(app.arrives(&reject).await.effect.as_str(), "rejected");
    assert_eq!(app.status_of(id).await, "rejected");
    // It is Anna who rejected, and the answer to her goes to her own address.
    app.deliver_mail().await;
    assert!(app.mails_to(home).is_empty());
    assert!(app.last_mail_to(BRAM).text.contains("Anna de Wit"));

    let id = app.asks("mia@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let alias = bram.open(&page).await.field("alias");
    let removed = submits("remove", "", &alias).await;
    assert_eq!(removed.status, 303);
    bram.open(LIST).await.hides(home);
    submits("remove", "", &alias)
        .await
        .shows("was er al niet meer");
    let outcome = app.arrives(&mail.answer(home, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "ignored");
    assert_eq!(app.status_of(id).await, "pending");
    invariants::hold(&app.app).await;
}

async fn esecure_is_switched_after_saying_what_that_means(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let path = format!("{LIST}/esecure");
    let question = format!("{path}?account={TULIPS}");
    let decision = async || -> Value {
        let body = json!({"accountNumber": TULIPS, "email": JORIS});
        let answer = app.post("/v1/access-checks", &body).await;
        answer.json::<Value>().await.unwrap()["decision"].clone()
    };
    let switches = async |to: &str| {
        let csrf = anna.open(&question).await.field("csrf");
        let fields = [("csrf", csrf.as_str()), ("account", TULIPS), ("to", to)];
        let done = anna.submit(&path, &fields).await;
        anna.open(&done.location.unwrap()).await
    };
    assert_eq!(decision().await, "ask");
    anna.open(&question)
        .await
        .shows("eSecure uitzetten voor 112233445?")
        .shows("iedereen die dit klantnummer kent");
    assert_eq!(decision().await, "ask");
    let list = switches("off").await;
    list.shows("eSecure is uitgezet")
        .shows("eSecure is uit: iedereen mag dit nummer gebruiken");
    assert_eq!(decision().await, "allow");
    app.deliver_mail().await;
    let told = app.last_mail_to(BRAM);
    assert!(
        told.subject.starts_with("eSecure was switched off"),
        "{}",
        told.subject
    );
    assert!(told.text.contains("Anna de Wit switched eSecure off"));
    assert!(app.mails_to(ANNA).is_empty());

    // Off again changes nothing and tells nobody; on again is told.
    switches("off").await;
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), 1);
    anna.open(&question).await.shows("eSecure aanzetten voor");
    switches("on").await.shows("eSecure is aangezet");
    assert_eq!(decision().await, "ask");
    app.deliver_mail().await;
    assert!(
        app.last_mail_to(BRAM)
            .subject
            .starts_with("eSecure was switched on")
    );
    invariants::hold(&app.app).await;
}

async fn what_was_changed_back_is_not_told(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    adds(&anna, "Dora Groen", DORA).await;
    let of_dora = id_of(&app, DORA).await;
    removes(&anna, &of_dora).await;
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM);
    assert_eq!(mails.len(), 1, "only that she was removed");
    assert!(
        mails[0]
            .subject
            .starts_with("Account administrator removed")
    );
    assert!(
        app.mails_to(DORA)
            .iter()
            .all(|mail| !mail.text.contains("/invite/"))
    );
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

async fn nobody_touches_another_companys_administrators(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let carla = app.signed_in(CARLA).await;
    let csrf = carla.open(LIST).await.field("csrf");
    let (of_anna, of_carla) = (id_of(&app, ANNA).await, id_of(&app, CARLA).await);
    let before = app.dump().await;
    let list = carla.open(LIST).await;
    list.hides(TULIPS)
        .hides(ANNA)
        .hides(BRAM)
        .hides("Anna de Wit");
    for (account, administrator) in [
        (TULIPS, of_anna.as_str()),
        (ROSES, of_anna.as_str()),
        (TULIPS, of_carla.as_str()),
        ("998877660", of_carla.as_str()),
        ("x", "y"),
        ("", ""),
    ] {
        for page in ["remove", "aliases", "invite", "esecure"] {
            if page == "esecure" && account == ROSES {
                continue; // That one is hers.
            }
            let path = format!("{LIST}/{page}");
            let query = format!("{path}?account={account}&administrator={administrator}");
            let shown = carla.open(&query).await;
            assert_eq!(shown.status, 404, "{query}");
            shown.hides(ANNA).hides("Tulpenhandel");
            let fields = [
                ("csrf", csrf.as_str()),
                ("account", account),
                ("administrator", administrator),
                ("action", "add"),
                ("email", "evil@roses.example"),
                ("to", "off"),
            ];
            assert_eq!(carla.submit(&path, &fields).await.status, 404, "{query}");
        }
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", "Carla"),
        ("email", CARLA),
        ("language", "en"),
    ];
    let added = carla.submit(ADD, &fields).await;
    assert_eq!(added.status, 400);
    added.hides("Tulpenhandel");
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
    anna.open(LIST).await.shows("uitnodiging verlopen");
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
        .shows("De nieuwe uitnodiging is onderweg")
        .shows("uitgenodigd, nog geen wachtwoord");
    app.deliver_mail().await;
    let second = app.last_mail_to(DORA).path("/invite/");
    assert_ne!(first, second);
    app.browser()
        .open(&second)
        .await
        .shows("Welkom, Dora Groen");
    // Nobody with a password is invited: a stolen inbox opens nothing.
    let refused = invites(&id_of(&app, BRAM).await).await;
    assert_eq!(refused.status, 400);
    refused.shows("heeft inmiddels een wachtwoord");
    app.deliver_mail().await;
    assert!(
        app.mails_to(BRAM)
            .iter()
            .all(|mail| !mail.text.contains("/invite/"))
    );
    invariants::hold(&app.app).await;
}

on_both_databases!(
    the_guides_way_adds_an_administrator,
    an_administrator_of_another_account_just_sees_this_one_too,
    what_is_wrong_is_named_and_what_was_typed_stays,
    who_is_removed_is_out_at_once,
    the_last_who_can_sign_in_stays,
    somebody_may_leave_where_another_stays,
    two_who_remove_each_other_leave_one,
    aliases_of_whoever_decides_elsewhere_too_are_nobody_elses,
    whoever_comes_back_is_asked_what_still_waits,
    an_answer_from_an_alias_counts_while_it_is_one,
    esecure_is_switched_after_saying_what_that_means,
    what_was_changed_back_is_not_told,
    whoever_did_not_confirm_lately_does_so_first,
    nobody_touches_another_companys_administrators,
    a_waiting_colleague_is_invited_once_more,
);
