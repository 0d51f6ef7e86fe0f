//! Anna is an administrator of two companies. Who stands in for her at one of them is nothing that the
//! other ends, reads or names.

use esecured::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
    },
    workflow::manage::{self, Existence},
};

use super::{
    CARLA, ROSES, add_roses,
    customer_administrators::{LIST, id_of},
    rows,
    standing_in::{DORA, anna_names_dora, asked, sweep, tomorrow_comes},
};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases,
    test_app::PASSWORD,
};

/// The account of yet another company; its number comes before that of Tulips.
const LILIES: &str = "100000009";
const MALLORY: &str = "mallory@lilies.example";

/// The operator's way.
async fn appoints(app: &TestApp, email: &str, name: &str, account: &str) {
    let email = EmailAddress::parse(email).unwrap();
    let number = AccountNumber::parse(account).unwrap();
    let password = Some(PASSWORD.into());
    manage::add_administrator(&app.app, &email, &number, name, Language::Nl, password)
        .await
        .unwrap();
}

/// In the portal.
async fn adds(browser: &Browser, email: &str, name: &str, account: &str) {
    let path = format!("{LIST}/add");
    let csrf = browser.open(&format!("{path}?account={account}")).await;
    let csrf = csrf.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", account),
        ("name", name),
        ("email", email),
        ("language", "nl"),
    ];
    let added = browser.submit(&path, &fields).await;
    assert_eq!(added.status, 303, "{}", added.body);
}

/// Mallory's company makes Anna an administrator too, by a name of its own.
async fn lilies_adds_anna(app: &TestApp) {
    let account = Account {
        number: AccountNumber::parse(LILIES).unwrap(),
        name: "Leliekwekerij".to_owned(),
        language: Language::Nl,
        time_zone: "Europe/Amsterdam".to_owned(),
        esecure: Esecure::Active,
        requester_mails: true,
    };
    manage::put_account(&app.app, &account, Existence::New)
        .await
        .unwrap();
    appoints(app, MALLORY, "Mallory", LILIES).await;
    let mallory = app.signed_in(MALLORY).await;
    adds(&mallory, ANNA, "Dikke Truus", LILIES).await;
}

/// Removes somebody from Lilies, in the portal.
async fn removes(browser: &Browser, id: &str) {
    let path = format!("{LIST}/remove");
    let question = format!("{path}?account={LILIES}&administrator={id}");
    let csrf = browser.open(&question).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", LILIES),
        ("administrator", id),
    ];
    let removed = browser.submit(&path, &fields).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
}

async fn another_company_ends_it_at_its_own_account_alone(database: Database) {
    let app = TestApp::start(database).await;
    lilies_adds_anna(&app).await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    app.asks(JORIS, TULIPS).await;
    app.asks(JORIS, LILIES).await;
    app.deliver_mail().await;
    assert_eq!(asked(&app, DORA).len(), 2, "she stands in at both");
    let mallory = app.signed_in(MALLORY).await;
    adds(&mallory, DORA, "Dora", LILIES).await;
    app.deliver_mail().await;
    let known = [BRAM, ANNA].map(|address| app.mails_to(address).len());

    removes(&mallory, &id_of(&app, DORA).await).await;
    app.deliver_mail().await;
    assert_eq!(sweep(&app).await, 0, "nor does she come back there");
    let dora = app.signed_in(DORA).await;
    let left = dora.open("/authorized-users").await;
    assert_eq!(rows(&left).len(), 1);
    left.shows(TULIPS).hides(LILIES);
    dora.open(LIST).await.shows(TULIPS).hides(LILIES);
    // Who shares Tulips hears nothing and reads nothing; Anna hears who was removed at Lilies.
    let now = [BRAM, ANNA].map(|address| app.mails_to(address).len());
    assert_eq!(now, [known[0], known[1] + 1]);
    let told = app.last_mail_to(ANNA).text;
    assert!(told.contains(LILIES) && !told.contains(TULIPS), "{told}");
    let bram = app.signed_in(BRAM).await;
    bram.open("/activity").await.hides("Mallory");
    bram.open(LIST).await.shows("Wordt vervangen door");
    mallory.open(LIST).await.hides("Wordt vervangen door");
    assert_eq!(app.events("stand_in.cancelled").await.len(), 1, "at Lilies");

    // Anna ends the rest, of which Lilies hears nothing.
    let known = app.mails_to(MALLORY).len();
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    anna.submit("/settings/stand-in/end", &[("csrf", &csrf)])
        .await;
    app.deliver_mail().await;
    assert_eq!(app.events("stand_in.cancelled").await.len(), 2);
    assert_eq!(app.mails_to(MALLORY).len(), known);
    assert!(rows(&dora.open("/authorized-users").await).is_empty());
    invariants::hold(&app.app).await;
}

/// Roses makes Anna an administrator after she named Dora.
async fn who_comes_later_reads_nothing_of_it(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let carla = app.signed_in(CARLA).await;
    adds(&carla, ANNA, "Anna", ROSES).await;
    carla
        .open(LIST)
        .await
        .shows(ANNA)
        .hides(DORA)
        .hides("is away");
    // Nor does Dora decide there.
    assert_eq!(sweep(&app).await, 0);
    app.signed_in(DORA).await.open(LIST).await.hides(ROSES);
    let bram = app.signed_in(BRAM).await;
    bram.open(LIST).await.shows(DORA);
}

/// Dora reads Anna's own name, and each company its own.
async fn each_company_has_its_own_name_for_the_absent_one(database: Database) {
    let app = TestApp::start(database).await;
    lilies_adds_anna(&app).await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let dora = app.signed_in(DORA).await;
    for path in ["/", LIST] {
        dora.open(path)
            .await
            .shows("Anna de Wit")
            .hides("Dikke Truus");
    }
    let invitation = &app.mails_to(DORA)[0].text;
    assert!(invitation.contains("vervanger van Anna de Wit"));
    assert!(!invitation.contains("Dikke Truus"), "{invitation}");
    for (who, name, other) in [
        (BRAM, "Anna de Wit", "Dikke Truus"),
        (MALLORY, "Dikke Truus", "Anna de Wit"),
    ] {
        let mut mails = app.mails_to(who).into_iter();
        let told = mails.rfind(|mail| mail.text.contains("Dora Vos"));
        let told = told.unwrap().text;
        assert!(told.contains(name) && !told.contains(other), "{told}");
    }
}

on_both_databases!(
    another_company_ends_it_at_its_own_account_alone,
    who_comes_later_reads_nothing_of_it,
    each_company_has_its_own_name_for_the_absent_one,
);
