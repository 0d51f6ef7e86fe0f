//! Further addresses an administrator answers from.

use esecured::domain::{
    account_number::AccountNumber, email_address::EmailAddress, language::Language,
};
use esecured::workflow::manage;

use super::customer_administrators::{LIST, adds, id_of};
use super::{CARLA, ROSES, add_roses};
use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

async fn aliases_of_whoever_decides_elsewhere_too_are_nobody_elses_to_add(database: Database) {
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
    let hers = carla.open(&own).await.field("csrf");
    let fields = [
        ("csrf", hers.as_str()),
        ("account", ROSES),
        ("administrator", &id),
        ("action", "add"),
        ("email", "carla@elsewhere.example"),
    ];
    assert_eq!(carla.submit(&path, &fields).await.status, 303);
    // An answer from it counts for Anna's account as well: she sees it, and may take it away.
    let alias = "carla@elsewhere.example";
    anna.open(LIST).await.shows(alias);
    let shown = anna.open(&page).await;
    shown.shows(alias).hides("value=\"add\"");
    let eva = EmailAddress::parse("eva@roses.example").unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    manage::add_administrator(&app.app, &eva, &roses, "Eva", Language::En, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let taken = shown.field("alias");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", &id),
        ("action", "remove"),
        ("alias", &taken),
    ];
    let removed = anna.submit(&path, &fields).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    carla.open(&own).await.hides(alias);
    // Each of Carla's accounts hears of it; who Anna is, Roses does not know.
    app.deliver_mail().await;
    let told = app.last_mail_to(CARLA).text;
    assert!(
        told.contains("Anna de Wit removed another address of yours"),
        "{told}"
    );
    let told = app.last_mail_to("eva@roses.example").text;
    assert!(told.contains(alias) && !told.contains("Anna"), "{told}");
    assert!(told.contains("An administrator of another account number did this."));
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
    // Anna and everybody who decides with her hear of it; Bram, who did it, knows.
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.subject.starts_with("Ander adres toegevoegd"),
        "{}",
        told.subject
    );
    assert!(told.text.contains("Bram Smith heeft op") && told.text.contains(home));
    assert!(
        app.mails_to(BRAM)
            .iter()
            .all(|mail| !mail.text.contains(home))
    );
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
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.subject.starts_with("Ander adres verwijderd"),
        "{}",
        told.subject
    );
    bram.open(LIST).await.hides(home);
    submits("remove", "", &alias)
        .await
        .shows("was er al niet meer");
    let outcome = app.arrives(&mail.answer(home, "weigeren")).await;
    assert_eq!(outcome.effect.as_str(), "ignored");
    assert_eq!(app.status_of(id).await, "pending");
    invariants::hold(&app.app).await;
}

on_both_databases!(
    aliases_of_whoever_decides_elsewhere_too_are_nobody_elses_to_add,
    an_answer_from_an_alias_counts_while_it_is_one,
);
