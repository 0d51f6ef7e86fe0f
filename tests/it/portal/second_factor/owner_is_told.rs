//! Whoever signs in is told by mail when a way of doing so changes, whoever changed it.

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    workflow::{manage, reset_factors::reset_factors},
};

use super::{MINUTE, signs_in, turns_codes_on};
use crate::support::{
    ANNA, BRAM, Database, TestApp, on_both_databases,
    test_app::{PASSWORD, TULIPS},
};

const OTHER_PASSWORD: &str = "four red tricycles";

async fn each_change_of_codes_and_password_is_told_once(database: Database) {
    let app = TestApp::start(database).await;
    assert!(
        app.sign_in_mails_to(ANNA).await.is_empty(),
        "nothing changed yet"
    );
    let anna = app.signed_in(ANNA).await;
    let (_, codes) = turns_codes_on(&app, &anna).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let fields = [("csrf", csrf.as_str())];
    let renewed = anna.submit("/settings/recovery-codes", &fields).await;
    assert_eq!(renewed.status, 303);
    // An old code opens nothing, and nobody is told.
    assert_eq!(signs_in(&app, &codes[0]).await.1.status, 401);
    let new = super::recovery_codes(&anna.open("/settings/recovery-codes").await);
    assert_eq!(signs_in(&app, &new[0]).await.1.status, 303);
    // A password that is refused changes nothing either.
    let fields = |new| [("csrf", csrf.as_str()), ("new", new), ("again", new)];
    let refused = anna.submit("/settings/password", &fields("welkom01")).await;
    assert_eq!(refused.status, 400);
    let fields = fields(OTHER_PASSWORD);
    let changed = anna.submit("/settings/password", &fields).await;
    assert_eq!(changed.status, 303);
    let fields = [("csrf", csrf.as_str()), ("password", OTHER_PASSWORD)];
    let removed = anna.submit("/settings/totp/remove", &fields).await;
    assert_eq!(removed.status, 303);

    let told = [
        "De code bij het inloggen is aangezet, met nieuwe herstelcodes.",
        "De code bij het inloggen is uitgezet. De herstelcodes werken niet meer.",
        "Er is een herstelcode gebruikt.",
        "Er is een nieuw wachtwoord ingesteld.",
        "Er zijn nieuwe herstelcodes gemaakt. De oude werken niet meer.",
    ];
    assert_eq!(app.sign_in_mails_to(ANNA).await, told);
    assert!(
        app.mails_to(BRAM).is_empty(),
        "it is nobody else's business"
    );
    for mail in app.mails_to(ANNA) {
        assert!(mail.subject.contains("hoe je inlogt"), "{}", mail.subject);
        assert!(mail.text.contains("maandag 11 mei 2026"), "{}", mail.text);
        assert!(
            !mail.text.contains("systeembeheerder:"),
            "she did it herself"
        );
        // Its one link leads through the sign-in, and nothing can be answered.
        assert_eq!(mail.path("/settings"), "/settings");
        assert_eq!(
            mail.text.matches("http").count(),
            2,
            "once in each language"
        );
        assert_eq!(mail.reply_to, None);
    }
}

async fn what_the_operator_does_is_told_as_such(database: Database) {
    let app = TestApp::start(database).await;
    turns_codes_on(&app, &app.signed_in(ANNA).await).await;
    assert_eq!(app.sign_in_mails_to(ANNA).await.len(), 1);
    app.pass(MINUTE);
    let email = EmailAddress::parse(ANNA).unwrap();
    reset_factors(&app.app, &email).await.unwrap();
    let other = OTHER_PASSWORD.into();
    manage::set_password(&app.app, &email, other).await.unwrap();
    let told = app.sign_in_mails_to(ANNA).await;
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("Codes, herstelcodes, passkeys en koppelingen"));
    assert_eq!(told[2], "Er is een nieuw wachtwoord ingesteld.");
    for mail in &app.mails_to(ANNA)[1..] {
        assert!(mail.text.contains("inlogt, door de systeembeheerder:"));
        assert!(mail.text.contains("sign in, by the system operator:"));
    }
}

/// Somebody who was invited and never came is given a password with the next account.
async fn a_password_in_passing_is_told_and_a_first_one_is_not(database: Database) {
    const CARLA: &str = "carla@tulips.example";
    let app = TestApp::start(database).await;
    let carla = EmailAddress::parse(CARLA).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let adds = async |password: Option<&str>| {
        let password = password.map(Into::into);
        manage::add_administrator(&app.app, &carla, &tulips, "Carla", Language::Nl, password)
            .await
            .unwrap()
    };
    assert!(adds(None).await);
    assert!(!adds(Some(PASSWORD)).await);
    let told = ["Er is een nieuw wachtwoord ingesteld."];
    assert_eq!(app.sign_in_mails_to(CARLA).await, told);
    assert_eq!(app.events("administrator.password_set").await.len(), 1);
    // Anna and Bram came with theirs.
    assert!(app.sign_in_mails_to(ANNA).await.is_empty());
}

on_both_databases!(
    each_change_of_codes_and_password_is_told_once,
    what_the_operator_does_is_told_as_such,
    a_password_in_passing_is_told_and_a_first_one_is_not,
);
