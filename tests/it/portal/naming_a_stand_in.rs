//! Anna names somebody who decides for her, and ends that: what the form takes, and who is told what.

use std::time::Duration;

use esecured::{
    domain::{
        account::Account, account_number::AccountNumber, email_address::EmailAddress,
        language::Language,
    },
    workflow::manage::{self, Existence},
};

use super::{
    CARLA, ROSES, add_roses, rows,
    standing_in::{DORA, NEW, anna_names_dora, asked, names, sweep, tomorrow_comes},
};
use crate::support::{
    ANNA, BRAM, Database, TULIPS, TestApp, browser::Page, invariants, on_both_databases,
};

async fn anna_ends_it_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let mail = asked(&app, DORA).pop().unwrap();
    let dora = app.signed_in(DORA).await;
    assert_eq!(rows(&dora.open("/authorized-users").await).len(), 1);
    let anna = app.signed_in(ANNA).await;
    let page = anna.open("/settings").await;
    page.shows("Iemand beslist nu namens jou");
    // Nobody is named twice at once.
    let refused = names(&anna, "eva@office.example", "2026-05-12", "2026-05-12").await;
    assert_eq!(refused.status, 400);
    refused.shows("Je hebt al een vervanger aangewezen.");
    let before = app.dump().await;
    let end = "/settings/stand-in/end";
    assert_eq!(anna.submit(end, &[("csrf", "x")]).await.status, 403);
    assert_eq!(app.dump().await, before);
    let csrf = page.field("csrf");
    let done = anna.submit(end, &[("csrf", &csrf)]).await;
    let page = anna.follow(&done.location.unwrap()).await;
    page.shows("Er is niemand meer die namens jou beslist.")
        .shows("Vervanger aanwijzen");
    // Nobody had to sweep.
    assert!(rows(&dora.open("/authorized-users").await).is_empty());
    dora.decides(&[&id.to_string()], "approve").await;
    assert_eq!(app.browser().open(&mail.path("/r/")).await.status, 404);
    assert_eq!(app.status_of(id).await, "pending");
    assert_eq!(sweep(&app).await, 0);
    // Dora and Bram are told, once each; Anna knows.
    let before = app.mails_to(ANNA).len();
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), before);
    let told = app.last_mail_to(DORA).text;
    for words in [
        "Je vervangt Anna de Wit niet meer",
        "van dinsdag 12 mei 2026 tot en met woensdag 13 mei 2026, voor:",
        "- 112233445 (Tulpenhandel De Wit)",
        "You no longer decide for Anna de Wit.",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    let told = app.last_mail_to(BRAM).text;
    assert!(
        told.contains("Dora Vos no longer stands in for Anna de Wit"),
        "{told}"
    );
    assert!(told.contains(DORA), "{told}");
    for name in [
        "stand_in.named",
        "stand_in.began",
        "stand_in.cancelled",
        "stand_in.ended",
    ] {
        assert_eq!(app.events(name).await.len(), 1, "{name}");
    }
    invariants::hold(&app.app).await;
}

/// Anna comes to administer Roses too.
async fn anna_administers_roses(app: &TestApp) {
    let email = EmailAddress::parse(ANNA).unwrap();
    let number = AccountNumber::parse(ROSES).unwrap();
    manage::add_administrator(&app.app, &email, &number, "Anna de Wit", Language::Nl, None)
        .await
        .unwrap();
}

/// Carla shares Roses with Anna, Bram shares Tulips.
async fn one_mail_says_for_whom_when_and_for_which_accounts(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    anna_administers_roses(&app).await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    for (who, invited) in [(DORA, true), (CARLA, false)] {
        let known = [who, BRAM, CARLA].map(|address| app.mails_to(address).len());
        names(&anna, who, "2026-05-12", "2026-05-13").await;
        app.deliver_mail().await;
        let [theirs, brams, carlas] = [who, BRAM, CARLA].map(|address| app.mails_to(address));
        let more = [
            theirs.len() - known[0],
            brams.len() - known[1],
            carlas.len() - known[2],
        ];
        assert_eq!(more, [1, 1, 1], "one each, for both accounts");
        let mail = &theirs[known[0]];
        assert_eq!(mail.text.contains("/invite/"), invited, "{}", mail.text);
        for words in [
            "Anna de Wit",
            "dinsdag 12 mei 2026",
            "Wednesday 13 May 2026",
            TULIPS,
            ROSES,
        ] {
            assert!(mail.text.contains(words), "{words} is not in {}", mail.text);
        }
        let mail = &brams[known[1]].text;
        assert!(mail.contains(TULIPS) && !mail.contains(ROSES), "{mail}");
        let mail = &carlas[known[2]].text;
        assert!(mail.contains(ROSES), "{mail}");
        assert_eq!(mail.contains(TULIPS), who == CARLA, "{mail}");
        let csrf = anna.open("/settings").await.field("csrf");
        anna.submit("/settings/stand-in/end", &[("csrf", &csrf)])
            .await;
        app.deliver_mail().await;
        let last = app.last_mail_to(BRAM).text;
        assert!(
            last.contains("no longer stands in for Anna de Wit"),
            "{last}"
        );
        assert!(last.contains(TULIPS) && !last.contains(ROSES), "{last}");
        let last = app.last_mail_to(who).text;
        assert!(last.contains(TULIPS) && last.contains(ROSES), "{last}");
    }
    invariants::hold(&app.app).await;
}

/// Anna comes to administer an account on the other side of the world too.
async fn anna_administers_elsewhere(app: &TestApp, number: &str) {
    let number = AccountNumber::parse(number).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let elsewhere = Account {
        number: number.clone(),
        time_zone: "Pacific/Auckland".to_owned(),
        ..manage::find_account(&app.app, &tulips).await.unwrap()
    };
    manage::put_account(&app.app, &elsewhere, Existence::New)
        .await
        .unwrap();
    let email = EmailAddress::parse(ANNA).unwrap();
    manage::add_administrator(&app.app, &email, &number, "Anna de Wit", Language::Nl, None)
        .await
        .unwrap();
}

/// In the night of 25 October 2026 the clocks of Amsterdam go back: that day has 25 hours.
async fn the_last_day_is_over_at_midnight_where_the_account_is(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    names(&anna, BRAM, "2027-03-27", "2027-03-28").await;
    let csrf = anna.open("/settings").await.field("csrf");
    anna.submit("/settings/stand-in/end", &[("csrf", &csrf)])
        .await;
    // Anna has another account elsewhere, which is not the first: the days are those of Tulips.
    anna_administers_elsewhere(&app, "900000009").await;
    names(&anna, BRAM, "2026-10-24", "2026-10-25").await;
    let days = |event: &serde_json::Value| [event["from"].clone(), event["until"].clone()];
    let events = app.events("stand_in.named").await;
    for (times, days_of_it) in [
        (1, ["2027-03-26T23:00:00.000Z", "2027-03-28T22:00:00.000Z"]),
        (2, ["2026-10-23T22:00:00.000Z", "2026-10-25T23:00:00.000Z"]),
    ] {
        let found = events.iter().filter(|event| days(event) == days_of_it);
        assert_eq!(found.count(), times, "{days_of_it:?}: {events:?}");
    }
    // And one that is the first, before the mail goes out: its days are still hers.
    anna_administers_elsewhere(&app, "100000009").await;
    app.deliver_mail().await;
    let when = "from Saturday 24 October 2026 through Sunday 25 October 2026";
    let told = app.mails_to(BRAM);
    assert!(told.iter().any(|mail| mail.text.contains(when)), "{told:?}");
    anna.open("/settings")
        .await
        .shows("datetime=\"2026-10-24\"")
        .shows("datetime=\"2026-10-25\"");
    // Bram decides for Anna where she was when she named him and he is none of the administrators, to
    // the last second.
    let end = esecured::domain::calendar_day::CalendarDay::parse("2026-10-25")
        .unwrap()
        .ends("Europe/Amsterdam");
    app.pass(end.since(app.app.clock.now()) - Duration::from_secs(1));
    assert_eq!(sweep(&app).await, 1);
    let bram = app.signed_in(BRAM).await;
    bram.open("/customer-administrators")
        .await
        .shows("Je vervangt Anna de Wit");
    app.pass(Duration::from_secs(1));
    bram.open("/customer-administrators")
        .await
        .hides("Je vervangt");
    assert_eq!(sweep(&app).await, 1, "the right is taken");
}

/// Carla administers another account; nobody knows Eva.
async fn whether_an_address_was_known_is_not_told(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    let mut answers = Vec::new();
    for address in [CARLA, "ewout@roses.example"] {
        let named = names(&anna, address, "2026-05-12", "2026-05-13").await;
        let page = anna.open("/settings?done=stand_in_named").await;
        let seen = |page: &Page| {
            let id = page.header("x-request-id").to_owned();
            let csrf = page.body.contains("csrf").then(|| page.field("csrf"));
            let body = page.body.replace(&id, "ID").replace(address, "ADDRESS");
            body.replace(&csrf.unwrap_or_default(), "CSRF")
        };
        answers.push((named.status, named.location.clone(), seen(&page)));
        app.deliver_mail().await;
        let csrf = anna.open("/settings").await.field("csrf");
        anna.submit("/settings/stand-in/end", &[("csrf", &csrf)])
            .await;
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].2.contains("Dora Vos"), "as Anna calls her");
    app.deliver_mail().await;
    // Carla, who has a password, is told; Ewout is invited. Both hear that it is over.
    let of = |address| app.mails_to(address).into_iter().map(|mail| mail.text);
    let carla: Vec<String> = of(CARLA).collect();
    assert!(carla[0].contains("asks you to stand in"), "{}", carla[0]);
    assert!(!carla[0].contains("/invite/"));
    let ewout: Vec<String> = of("ewout@roses.example").collect();
    assert!(ewout[0].contains("/invite/"));
    for last in [carla.last(), ewout.last()] {
        assert!(
            last.unwrap()
                .contains("You no longer decide for Anna de Wit.")
        );
    }
}

async fn what_is_typed_wrongly_is_named_and_kept(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let before = app.dump().await;
    for (email, first, last, words) in [
        ("dora", "2026-05-12", "2026-05-13", "staat geen @"),
        (
            DORA,
            "2026-05-10",
            "2026-05-13",
            "De eerste dag is al voorbij.",
        ),
        (
            DORA,
            "2026-05-13",
            "2026-05-12",
            "De laatste dag komt vóór de eerste.",
        ),
        (DORA, "2026-05-12", "2027-05-14", "kies hoogstens een jaar"),
        (DORA, "soon", "2026-05-12", "De eerste dag is geen datum"),
        (ANNA, "2026-05-12", "2026-05-13", "Dit adres is van jou."),
        (
            "bram@tulıps.example",
            "2026-05-12",
            "2026-05-13",
            "maar het is een ander",
        ),
    ] {
        let refused = names(&anna, email, first, last).await;
        assert_eq!(refused.status, 400, "{email} {first} {last}");
        refused
            .shows(words)
            .shows("value=\"Dora Vos\"")
            .shows(&format!("value=\"{email}\""));
    }
    let foreign = [("csrf", "x"), ("name", "Dora Vos"), ("email", DORA)];
    assert_eq!(anna.submit(NEW, &foreign).await.status, 403);
    // Whoever proved long ago who she is does so again.
    app.pass(Duration::from_secs(16 * 60));
    let refused = names(&anna, DORA, "2026-05-12", "2026-05-13").await;
    assert_eq!(refused.status, 403);
    refused.shows("Bevestig eerst dat jij het bent").shows(DORA);
    let page = anna.open(NEW).await;
    assert_eq!(
        page.location.as_deref(),
        Some("/confirm?next=%2Fsettings%2Fstand-in")
    );
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    anna_ends_it_at_once,
    one_mail_says_for_whom_when_and_for_which_accounts,
    the_last_day_is_over_at_midnight_where_the_account_is,
    whether_an_address_was_known_is_not_told,
    what_is_typed_wrongly_is_named_and_kept,
);
