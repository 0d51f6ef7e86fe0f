//! Anna will be away: Dora decides meanwhile, for her, and not a moment longer.

use std::time::Duration;

use esecured::{
    domain::request::RequestId,
    workflow::{remind::remind_due, stand_in_turns::take_turns},
};
use serde_json::Value;

use super::{CARLA, ROSES, add_roses, rows};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, Received, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases, test_app::PASSWORD,
};

pub const DORA: &str = "dora@office.example";
pub const NEW: &str = "/settings/stand-in";
pub const HOUR: Duration = Duration::from_secs(3_600);
pub const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Fills in the form of /settings/stand-in and sends it.
pub async fn names(browser: &Browser, email: &str, first: &str, last: &str) -> Page {
    let csrf = browser.open("/settings").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "Dora Vos"),
        ("email", email),
        ("language", "nl"),
        ("first", first),
        ("last", last),
    ];
    browser.submit(NEW, &fields).await
}

/// Anna names Dora for tomorrow and the day after; Dora chooses a password.
pub async fn anna_names_dora(app: &TestApp) -> Browser {
    let anna = app.signed_in(ANNA).await;
    let named = names(&anna, DORA, "2026-05-12", "13-05-2026").await;
    let to = named.location.as_deref();
    assert_eq!(to, Some("/settings?done=stand_in_named"), "{}", named.body);
    app.deliver_mail().await;
    let path = app.last_mail_to(DORA).path("/invite/");
    let browser = app.browser();
    let page = browser.open(&path).await;
    page.shows("Je bent gevraagd als vervanger van <strong>Anna de Wit</strong>, van")
        .shows("datetime=\"2026-05-13\"")
        .shows(TULIPS);
    let nonce = page.field("nonce");
    app.pass(Duration::from_secs(5));
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", PASSWORD),
        ("again", PASSWORD),
    ];
    let chosen = browser.submit(&path, &fields).await;
    assert_eq!(chosen.status, 303, "{}", chosen.body);
    anna
}

/// The clock comes to tomorrow, in Amsterdam, and the sweeper does its work.
pub async fn tomorrow_comes(app: &TestApp) {
    app.pass(HOUR * 15);
    sweep(app).await;
    app.deliver_mail().await;
}

pub async fn sweep(app: &TestApp) -> usize {
    take_turns(&app.app, 9).await.unwrap()
}

pub fn asked(app: &TestApp, address: &str) -> Vec<Received> {
    let mails = app.mails_to(address).into_iter();
    mails.filter(|mail| mail.text.contains("/r/")).collect()
}

async fn dora_decides_for_anna_in_her_time_and_no_longer(database: Database) {
    let app = TestApp::start(database).await;
    let first = app.joris_asks().await;
    let anna = anna_names_dora(&app).await;
    let invitation = &app.mails_to(DORA)[0];
    let when =
        "vervanger van Anna de Wit, van dinsdag 12 mei 2026 tot en met woensdag 13 mei 2026.";
    assert!(invitation.text.contains(when), "{}", invitation.text);
    assert!(invitation.text.contains("112233445 (Tulpenhandel De Wit)"));
    let says_it = |mail: &Received| mail.text.contains("Dora Vos stands in for Anna de Wit");
    let told = app.mails_to(BRAM).into_iter().find(says_it).unwrap();
    assert!(
        told.text
            .contains("from Tuesday 12 May 2026 through Wednesday 13 May 2026")
    );
    assert!(told.text.contains(DORA));
    anna.open("/settings")
        .await
        .shows("Iemand gaat namens jou beslissen")
        .shows("Dora Vos");

    // Before her time she sees nothing, and is asked nothing.
    let dora = app.signed_in(DORA).await;
    assert_eq!(sweep(&app).await, 0);
    assert!(rows(&dora.open("/authorized-users").await).is_empty());
    assert_eq!(dora.open(&format!("/requests/{first}")).await.status, 404);
    assert!(asked(&app, DORA).is_empty());

    tomorrow_comes(&app).await;
    assert_eq!(asked(&app, DORA).len(), 1, "once, what waited");
    assert_eq!(sweep(&app).await, 0);
    let second = app.asks("piet@elsewhere.example", TULIPS).await;
    let third = app.asks("klaas@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let mails = asked(&app, DORA);
    assert_eq!(mails.len(), 3, "and what came since");

    let dora = app.signed_in(DORA).await;
    let home = dora.open("/").await;
    home.shows("Je vervangt <strong>Anna de Wit</strong> tot en met")
        .shows("datetime=\"2026-05-13\"");
    dora.decides(&[&first.to_string()], "approve").await;
    assert_eq!(app.status_of(first).await, "approved");
    let of = |id| {
        mails
            .iter()
            .find(move |mail| mail.text.contains(&format!("{id}")))
    };
    app.rejects_by_link(of(second).unwrap()).await;
    let reply = of(third).unwrap().answer(DORA, "weigeren");
    app.arrives(&reply).await;
    for id in [second, third] {
        assert_eq!(app.status_of(id).await, "rejected");
    }
    says_for_whom(&app, first, second).await;

    // A fourth one waits when her time is over. Nobody swept: the row is there, and worth nothing.
    let fourth = app.asks("wim@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    let mail = asked(&app, DORA).pop().unwrap();
    app.pass(DAY * 2);
    let dora = app.signed_in(DORA).await;
    let before = app.request(fourth).await.state;
    for action in ["approve", "reject"] {
        dora.decides(&[&fourth.to_string()], action).await;
    }
    app.rejects_by_link(&mail).await;
    app.arrives(&mail.answer(DORA, "weigeren")).await;
    assert_eq!(app.request(fourth).await.state, before);
    assert_eq!(sweep(&app).await, 1);
    assert!(rows(&dora.open("/authorized-users").await).is_empty());
    let link = app.browser().open(&mail.path("/r/")).await;
    assert_eq!(link.status, 404);
    // Her session stays: she may have other accounts.
    assert_eq!(dora.open("/settings").await.status, 200);
    invariants::hold(&app.app).await;
}

/// Dora's decisions are hers for Anna, wherever somebody reads who it was.
async fn says_for_whom(app: &TestApp, approved: RequestId, rejected: RequestId) {
    app.deliver_mail().await;
    let mut handled = app.mails_to(BRAM).into_iter();
    let of_it = |mail: &Received| {
        mail.subject.starts_with("Already handled") && app.request_of(mail) == approved
    };
    let handled = handled.find(of_it).unwrap();
    assert!(
        handled.text.contains("Dora Vos for Anna de Wit"),
        "{}",
        handled.text
    );
    assert!(handled.text.contains("Dora Vos namens Anna de Wit"));
    let answer = app.get(&format!("/v1/access-requests/{approved}")).await;
    let answer: Value = answer.json().await.unwrap();
    let by = "d***@office.example for a***@tulips.example";
    assert_eq!(answer["decision"]["by"], by);
    let bram = app.signed_in(BRAM).await;
    let hers = "<strong>Dora Vos</strong> namens <strong>Anna de Wit</strong>";
    bram.open(&format!("/requests/{approved}"))
        .await
        .shows(hers);
    bram.open("/authorized-users?status=rejected")
        .await
        .shows(hers);
    bram.open("/activity").await.shows(hers);
    let csv = bram.open("/activity.csv").await;
    csv.shows("Dora Vos namens Anna de Wit");
    let number = app.request(rejected).await.number.to_string();
    let brams = asked(app, BRAM).into_iter();
    let mail = brams
        .rev()
        .find(|mail| mail.subject.contains(&number))
        .unwrap();
    app.browser().open(&mail.path("/r/")).await.shows(hers);
    let events = app.events("access_request.approved").await;
    let anna = app.events("stand_in.began").await[0]["absent"].clone();
    assert_eq!(events[0]["for"], anna);
}

/// Joris asks before Dora's time; she is asked when it comes, reminded in it, and not after it.
async fn dora_is_reminded_in_her_time_and_no_longer(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    assert_eq!(asked(&app, DORA).len(), 1);
    // To Wednesday 10:15 in Amsterdam, and to Friday at that time.
    for (hours, reminders) in [(34, 1), (48, 1)] {
        app.pass(HOUR * hours);
        sweep(&app).await;
        assert_eq!(remind_due(&app.app, 9).await.unwrap(), 1);
        app.deliver_mail().await;
        assert_eq!(asked(&app, DORA).len(), 1 + reminders);
    }
    let reminders = |address| {
        let mails = asked(&app, address).into_iter();
        mails
            .filter(|mail| mail.text.contains("Dit is de laatste herinnering."))
            .count()
    };
    assert_eq!([ANNA, BRAM, DORA].map(reminders), [1, 1, 0]);
    invariants::hold(&app.app).await;
}

async fn a_stand_in_changes_nothing_but_who_may_use_the_number(database: Database) {
    let app = TestApp::start(database).await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let dora = app.signed_in(DORA).await;
    assert_eq!(dora.open(NEW).await.status, 404);
    dora.open("/settings").await.hides("id=\"stand-in\"");
    // She reads what she is there for, and who else decides she does not.
    dora.open("/customer-administrators")
        .await
        .shows("Je vervangt Anna de Wit")
        .shows("datetime=\"2026-05-12\"")
        .shows("datetime=\"2026-05-13\"")
        .shows(TULIPS)
        .shows("Als vervanger kun je accountbeheerders")
        .hides("Je beheert geen klantnummer")
        .hides("Bram");
    dora.open("/domains").await.hides(TULIPS);
    let csrf = dora.open("/settings").await.field("csrf");
    let before = app.dump().await;
    for (path, more) in [
        (
            NEW,
            vec![
                ("name", "Eva"),
                ("email", "eva@x.example"),
                ("language", "nl"),
                ("first", "2026-05-12"),
                ("last", "2026-05-12"),
            ],
        ),
        (
            "/customer-administrators/add",
            vec![
                ("name", "Eva"),
                ("email", "eva@x.example"),
                ("language", "nl"),
            ],
        ),
        ("/customer-administrators/esecure", vec![("to", "off")]),
        (
            "/domains",
            vec![("kind", "my"), ("domain", "x.example"), ("action", "add")],
        ),
    ] {
        let mut fields = vec![("csrf", csrf.as_str()), ("account", TULIPS)];
        fields.extend(more);
        let refused = dora.submit(path, &fields).await;
        assert!(refused.status >= 400, "{path}: {}", refused.status);
    }
    assert_eq!(app.dump().await, before);
    // Bram sees no new administrator, but who stands in for Anna.
    let bram = app.signed_in(BRAM).await;
    let page = bram.open("/customer-administrators").await;
    let rows: Vec<&str> = page.body.split("<li>").skip(1).collect();
    let [annas, brams] = [
        "<strong>Anna de Wit</strong>",
        "<strong>Bram Smith</strong>",
    ]
    .map(|name| rows.iter().find(|row| row.contains(name)).unwrap());
    for words in ["Wordt vervangen door", "Dora Vos", DORA, "2026-05-13"] {
        assert!(annas.contains(words), "{words} is not in {annas}");
    }
    assert!(!brams.contains("Dora"), "{brams}");
    assert!(
        !rows
            .iter()
            .any(|row| row.contains("<strong>Dora Vos</strong> "))
    );
}

async fn whoever_is_an_administrator_already_decides_as_such(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let named = names(&anna, BRAM, "2026-05-11", "2026-05-13").await;
    assert_eq!(named.status, 303, "{}", named.body);
    assert_eq!(sweep(&app).await, 0);
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&id.to_string()], "approve").await;
    assert_eq!(app.request(id).await.state.decided_for(), None);
    bram.open(&format!("/requests/{id}"))
        .await
        .hides("</strong> namens <strong>");
    invariants::hold(&app.app).await;
}

/// Whoever lost the account does not come back to it as somebody's stand-in.
async fn who_was_removed_stands_in_for_nobody_there(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    names(&anna, BRAM, "2026-05-11", "2026-05-13").await;
    app.dismiss(BRAM, TULIPS).await;
    assert_eq!(sweep(&app).await, 0);
    anna.open("/settings").await.hides("Dora Vos");
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.text.contains("Dora Vos vervangt je niet meer"),
        "{}",
        told.text
    );
    // Nor does anybody decide for whoever was removed.
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let id = app.asks(JORIS, TULIPS).await;
    let dora = app.signed_in(DORA).await;
    assert_eq!(rows(&dora.open("/authorized-users").await).len(), 1);
    app.dismiss(ANNA, TULIPS).await;
    assert!(rows(&dora.open("/authorized-users").await).is_empty());
    dora.decides(&[&id.to_string()], "approve").await;
    assert_eq!(app.status_of(id).await, "pending");
    assert_eq!(sweep(&app).await, 0);
    invariants::hold(&app.app).await;
}

/// Carla stands in for Anna; her own accounts are no business of whoever stands in for her.
async fn nobody_stands_in_for_a_stand_in(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    names(
        &app.signed_in(ANNA).await,
        CARLA,
        "2026-05-11",
        "2026-05-13",
    )
    .await;
    names(
        &app.signed_in(CARLA).await,
        DORA,
        "2026-05-11",
        "2026-05-13",
    )
    .await;
    assert_eq!(sweep(&app).await, 2);
    assert_eq!(sweep(&app).await, 0);
    let mut accounts = Vec::new();
    for event in app.events("stand_in.began").await {
        accounts.push((event["absent"].clone(), event["administrator"].clone()));
    }
    assert_eq!(accounts.len(), 2);
    app.asks(JORIS, TULIPS).await;
    app.asks(JORIS, ROSES).await;
    app.deliver_mail().await;
    let of_dora = asked(&app, DORA);
    assert_eq!(of_dora.len(), 1);
    assert!(of_dora[0].text.contains(ROSES));
    assert_eq!(asked(&app, CARLA).len(), 2);
}

on_both_databases!(
    dora_decides_for_anna_in_her_time_and_no_longer,
    dora_is_reminded_in_her_time_and_no_longer,
    a_stand_in_changes_nothing_but_who_may_use_the_number,
    whoever_is_an_administrator_already_decides_as_such,
    who_was_removed_stands_in_for_nobody_there,
    nobody_stands_in_for_a_stand_in,
);
