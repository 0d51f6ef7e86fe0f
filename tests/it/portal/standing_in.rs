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

const DORA: &str = "dora@office.example";
const NEW: &str = "/settings/stand-in";
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Fills in the form of /settings/stand-in and sends it.
async fn names(browser: &Browser, email: &str, first: &str, last: &str) -> Page {
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
async fn anna_names_dora(app: &TestApp) -> Browser {
    let anna = app.signed_in(ANNA).await;
    let named = names(&anna, DORA, "2026-05-12", "13-05-2026").await;
    let to = named.location.as_deref();
    assert_eq!(to, Some("/settings?done=stand_in_named"), "{}", named.body);
    app.deliver_mail().await;
    let path = app.last_mail_to(DORA).path("/invite/");
    let browser = app.browser();
    let page = browser.open(&path).await;
    page.shows("Anna de Wit vraagt je als vervanger");
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
async fn tomorrow_comes(app: &TestApp) {
    app.pass(HOUR * 15);
    sweep(app).await;
    app.deliver_mail().await;
}

async fn sweep(app: &TestApp) -> usize {
    take_turns(&app.app, 9).await.unwrap()
}

fn asked(app: &TestApp, address: &str) -> Vec<Received> {
    let mails = app.mails_to(address).into_iter();
    mails.filter(|mail| mail.text.contains("/r/")).collect()
}

async fn dora_decides_for_anna_in_her_time_and_no_longer(database: Database) {
    let app = TestApp::start(database).await;
    let first = app.joris_asks().await;
    let anna = anna_names_dora(&app).await;
    let invitation = &app.mails_to(DORA)[0];
    assert!(invitation.text.contains("vraagt je als vervanger"));
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
    let handled = app.last_mail_to(BRAM);
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

async fn a_stand_in_changes_nothing_but_who_may_use_the_number(database: Database) {
    let app = TestApp::start(database).await;
    anna_names_dora(&app).await;
    tomorrow_comes(&app).await;
    let dora = app.signed_in(DORA).await;
    assert_eq!(dora.open(NEW).await.status, 404);
    dora.open("/settings").await.hides("id=\"stand-in\"");
    dora.open("/customer-administrators")
        .await
        .hides(TULIPS)
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
    // Bram sees no new administrator, and cannot leave as if Dora stayed.
    let bram = app.signed_in(BRAM).await;
    bram.open("/customer-administrators").await.hides("Dora");
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
    // Carla, who has a password, is told; Ewout is invited.
    let carla = app.last_mail_to(CARLA);
    assert!(
        carla.text.contains("asks you to stand in"),
        "{}",
        carla.text
    );
    assert!(!carla.text.contains("/invite/"));
    assert!(
        app.last_mail_to("ewout@roses.example")
            .text
            .contains("/invite/")
    );
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
    anna_ends_it_at_once,
    a_stand_in_changes_nothing_but_who_may_use_the_number,
    whether_an_address_was_known_is_not_told,
    what_is_typed_wrongly_is_named_and_kept,
    whoever_is_an_administrator_already_decides_as_such,
    who_was_removed_stands_in_for_nobody_there,
    nobody_stands_in_for_a_stand_in,
);
