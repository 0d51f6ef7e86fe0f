//! Further addresses an administrator answers from.

use esecured::domain::{
    account_number::AccountNumber, email_address::EmailAddress, language::Language,
};
use esecured::workflow::manage;

use super::customer_administrators::{LIST, adds, id_of};
use super::{CARLA, ROSES, add_roses};
use crate::support::{ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases};

async fn everybody_adds_the_own_aliases_alone(database: Database) {
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
    let words = "voegt andere adressen zelf toe; verwijderen kun jij ze ook";
    shown.shows(words).hides("value=\"add\"");
    // Whoever decides for nothing else is shown just the same.
    let of_bram = id_of(&app, BRAM).await;
    let other = format!("{path}?account={TULIPS}&administrator={of_bram}");
    anna.open(&other).await.shows(words).hides("value=\"add\"");
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

    // Anna registers it; on her accounts it may belong to nobody else, nor be an administrator's own.
    let (anna, bram) = (app.signed_in(ANNA).await, app.signed_in(BRAM).await);
    let of_anna = id_of(&app, ANNA).await;
    let path = format!("{LIST}/aliases");
    let page = format!("{path}?account={TULIPS}&administrator={of_anna}");
    let csrf = anna.open(&page).await.field("csrf");
    let submits = async |action: &str, email: &str, alias: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", &of_anna),
            ("action", action),
            ("email", email),
            ("alias", alias),
        ];
        anna.submit(&path, &fields).await
    };
    let added = submits("add", home, "").await;
    assert_eq!(added.status, 303, "{}", added.body);
    // Everybody who decides with her hears of it, and she herself: it may have been somebody else.
    app.deliver_mail().await;
    for (whom, subject) in [
        (ANNA, "Ander adres toegevoegd"),
        (BRAM, "Other address added"),
    ] {
        let told = app.last_mail_to(whom);
        assert!(told.subject.starts_with(subject), "{}", told.subject);
        assert!(told.text.contains(home), "{}", told.text);
    }
    let listed = anna.open(&added.location.unwrap()).await;
    listed.shows("Het adres is toegevoegd").shows(home);
    for (email, words) in [
        (home, "hoort al bij een beheerder"),
        (BRAM, "hoort al bij een beheerder"),
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
    // What an address is on accounts that are none of hers, she does not learn.
    let elsewhere = submits("add", CARLA, "").await;
    assert_eq!(elsewhere.status, 303, "{}", elsewhere.body);
    app.deliver_mail().await;
    assert!(app.mails_to(CARLA).is_empty(), "nor does Carla");
    let listed = anna.open(&page).await;
    let of_carla = listed.body.find(CARLA).unwrap();
    let alias = listed.body[of_carla..]
        .split("name=\"alias\" value=\"")
        .nth(1);
    let alias = alias.unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(submits("remove", "", &alias).await.status, 303);
    app.deliver_mail().await;
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
    // Bram cannot add one for her, and can take it away.
    let of_bram = bram.open(&page).await;
    let (csrf, alias) = (of_bram.field("csrf"), of_bram.field("alias"));
    for (action, status) in [("add", 403), ("remove", 303)] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("administrator", &of_anna),
            ("action", action),
            ("email", "mallory@evil.example"),
            ("alias", &alias),
        ];
        assert_eq!(bram.submit(&path, &fields).await.status, status);
    }
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
    everybody_adds_the_own_aliases_alone,
    an_answer_from_an_alias_counts_while_it_is_one,
);
