//! Every page in every state it can be in: it fits a small phone, can be read by day and by night,
//! and is what people like to look at (run with `SCREENSHOTS=DIR` and see).

use std::time::Duration;

use esecured::{domain::request::RequestId, workflow::expire};
use fantoccini::Locator;
use serde_json::{Value, json};

use crate::support::{ANNA, BRAM, Chromium, Database, TULIPS, TestApp, test_app::PASSWORD};

/// Longer than a page must have been open.
const A_MOMENT: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_before_sign_in_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = Chromium::start(&app, "nl").await;

    anna.open("/login").await;
    anna.looks_right("login").await;
    anna.press("English").await;
    anna.looks_right("login english").await;
    anna.press("Nederlands").await;
    anna.open("/requests/01968b6e-0000-7000-8000-000000000000")
        .await;
    anna.looks_right("login for request").await;
    anna.signs_in("nobody@tulips.example", "wrong").await;
    anna.looks_right("login wrong").await;
    for _ in 0..5 {
        anna.signs_in("nobody@tulips.example", "wrong").await;
    }
    anna.shows("Te veel pogingen").await;
    anna.looks_right("login throttled").await;

    anna.open("/nergens").await;
    anna.looks_right("not found").await;
    anna.open("/r/nothing").await;
    anna.looks_right("reject unknown").await;
    anna.open("/docs").await;
    anna.looks_right("docs").await;
    anna.open("/problems/invalid-body").await;
    anna.looks_right("problem").await;
    anna.open("/dev/mailbox").await;
    anna.looks_right("mailbox empty").await;
    anna.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_the_portal_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.looks_right("home empty").await;
    anna.press("Mijn zendingen instellingen").await;
    anna.looks_right("home menu").await;
    for status in ["pending", "approved", "rejected", "expired"] {
        anna.open(&format!("/authorized-users?status={status}"))
            .await;
        anna.looks_right(&format!("list {status} empty")).await;
    }

    let [lisa, karim, store] = three_people_ask(&app).await;
    app.deliver_mail().await;
    anna.open("/").await;
    anna.looks_right("home").await;
    anna.open("/authorized-users").await;
    anna.looks_right("list pending").await;
    anna.press("Alles selecteren").await;
    anna.press("Afwijzen").await;
    anna.looks_right("confirm rejections").await;
    anna.press("Annuleren").await;
    anna.press("Toevoegen").await;
    anna.looks_right("add users").await;
    let typed = "jan.example.com\nKees Bos <kees@partner.example>, magazijn@bollenkoning.example";
    anna.fill("email", typed).await.press("Opslaan").await;
    anna.looks_right("add users wrong").await;
    let typed =
        "Kees Bos <kees@partner.example>, magazijn@bollenkoning.example, anna@tu1ips.example";
    anna.fill("email", typed)
        .await
        .press("Eerst bekijken")
        .await;
    anna.looks_right("add users preview").await;
    anna.press("Opslaan").await;
    anna.shows("bevestig ze hieronder").await;
    anna.looks_right("add users doubtful").await;
    anna.open("/authorized-users").await;
    anna.tick(&lisa.email).await;
    anna.looks_right("list ticked").await;
    anna.open("/authorized-users?status=pending&q=nobody").await;
    anna.looks_right("list nothing found").await;
    anna.press("Hele lijst tonen").await;
    anna.press("Goedkeuren").await;
    anna.looks_right("list nothing ticked").await;
    anna.press("Alles selecteren").await;
    anna.looks_right("list all ticked").await;

    // Meanwhile Bram decides one of them.
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&karim.id.to_string()], "reject").await;
    anna.press("Goedkeuren").await;
    anna.looks_right_once("list results").await;
    for status in ["approved", "rejected"] {
        anna.open(&format!("/authorized-users?status={status}"))
            .await;
        anna.looks_right(&format!("list {status}")).await;
    }
    anna.press("English").await;
    anna.open("/authorized-users?status=approved").await;
    anna.tick(&lisa.email).await.press("Reject").await;
    anna.looks_right_once("list results").await;
    anna.press("Nederlands").await;
    for (request, name) in [(&karim, "rejected"), (&store, "approved")] {
        anna.open(&format!("/requests/{}", request.id)).await;
        anna.looks_right(&format!("request {name}")).await;
    }
    anna.press("Alles over dit e-mailadres").await;
    anna.looks_right("authorized user").await;
    anna.press("Afwijzen").await;
    anna.looks_right_once("authorized user revoked").await;
    anna.press("English").await;
    anna.press("Approve").await.press("Reject").await;
    anna.looks_right_once("authorized user revoked").await;
    anna.press("Nederlands").await;

    let long = somebody_with_a_long_name_asks(&app).await;
    app.deliver_mail().await;
    anna.open("/authorized-users").await;
    anna.looks_right("list long").await;
    anna.open(&format!("/requests/{long}")).await;
    anna.looks_right("request pending").await;
    anna.open("/activity").await;
    anna.looks_right("activity").await;
    anna.open("/activity?person=nobody&from=2026-05-01").await;
    anna.looks_right("activity nothing found").await;
    anna.open("/nergens").await;
    anna.looks_right("not found signed in").await;

    app.pass(DAY * 15);
    assert_eq!(expire::expire_due(&app.app, 100).await.unwrap(), 1);
    app.deliver_mail().await;
    anna.open("/login?unsaved=1").await;
    anna.looks_right("login form lost").await;
    anna.open("/authorized-users?status=expired").await;
    anna.looks_right("login session ended").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.looks_right("list expired").await;
    anna.open(&format!("/requests/{long}")).await;
    anna.looks_right("request expired").await;
    anna.press("Mijn zendingen instellingen").await;
    anna.press("Uitloggen").await;
    anna.looks_right("login signed out").await;
    anna.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_behind_the_links_in_a_mail_look_right() {
    behind_the_links("nl", ANNA, ["WEIGEREN / Reject", "Ongedaan maken / Undo"]).await;
    behind_the_links("en", BRAM, ["Reject / WEIGEREN", "Undo / Ongedaan maken"]).await;
}

/// What somebody sees of their language, whose pages have these buttons.
async fn behind_the_links(language: &str, who: &str, [reject, undo]: [&str; 2]) {
    let app = TestApp::start(Database::Sqlite).await;
    let person = Chromium::start(&app, language).await;
    let link_of = async |asks: &Value| {
        // What waits together arrives in any order.
        app.deliver_mail().await;
        app.post("/v1/access-requests", asks).await;
        app.deliver_mail().await;
        app.last_mail_to(who).path("/r/")
    };
    let link = link_of(&asks("lisa.jansen@bloemen.example", "Lisa Jansen", REASON)).await;

    person.open(&link).await;
    person.looks_right_once("reject open").await;
    person.press(reject).await;
    person.looks_right_once("reject too early").await;
    app.pass(A_MOMENT);
    person.press(reject).await;
    person.looks_right_once("reject done").await;
    person.open(&link).await;
    person.looks_right_once("reject decided").await;
    person.press(undo).await;
    person.looks_right_once("undo open").await;
    let undo_link = person.path().await;
    person.press(undo).await;
    person.looks_right_once("undo too early").await;
    app.pass(A_MOMENT);
    person.press(undo).await;
    person.looks_right_once("undo done").await;
    person.open(&link).await;
    app.pass(A_MOMENT);
    person.press(reject).await;
    app.pass(DAY);
    person.open(&link).await;
    person.looks_right_once("reject decided long ago").await;
    person.open(&undo_link).await;
    person.looks_right_once("undo too late").await;

    app.deliver_mail().await;
    let id = somebody_with_a_long_name_asks(&app).await;
    app.deliver_mail().await;
    let link = app.last_mail_to(who).path("/r/");
    person.open(&link).await;
    person.looks_right_once("reject open long").await;
    expire::cancel_by_operator(&app.app, id).await.unwrap();
    person.open(&link).await;
    person.looks_right_once("reject cancelled").await;
    let link = link_of(&asks("karim@import.example", "Karim", REASON)).await;
    app.pass(DAY * 15);
    assert_eq!(expire::expire_due(&app.app, 100).await.unwrap(), 1);
    app.deliver_mail().await;
    person.open(&link).await;
    person.looks_right_once("reject expired").await;
    person.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_development_mailbox_looks_right() {
    let app = TestApp::start(Database::Sqlite).await;
    three_people_ask(&app).await;
    somebody_with_a_long_name_asks(&app).await;
    app.deliver_mail().await;
    let reader = Chromium::start(&app, "nl").await;

    reader.open("/dev/mailbox").await;
    reader.looks_right("mailbox").await;
    reader.opens_newest_mail_to(ANNA).await;
    reader.looks_right("mailbox html").await;
    reader.press("Telefoon").await;
    reader.looks_right("mailbox phone").await;
    reader.press("Tekst").await;
    reader.looks_right("mailbox text").await;
    reader.press("Bron").await;
    reader.looks_right("mailbox source").await;
    reader.fill("text", "").await.press("Versturen").await;
    reader.looks_right("mailbox empty reply").await;
    reader
        .fill("text", "weigeren")
        .await
        .press("Versturen")
        .await;
    reader.looks_right("mailbox reply read").await;
    reader
        .click(Locator::Css("form[action$=bounce] button"))
        .await;
    reader.looks_right("mailbox bounce read").await;
    reader.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_domain_rules_and_a_look_alike_look_right() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/domains").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.looks_right("domains empty").await;
    for (field, domain) in [
        ("my-112233445", "tulips.example"),
        (
            "my-112233445",
            "bollenkoning-import-export-aalsmeer-holland.example",
        ),
        ("authorized-112233445", "partner.example"),
        ("authorized-112233445", "gmail.com"),
    ] {
        anna.click(Locator::Id(field)).await.keys(domain).await;
        anna.keys_lead_on("\u{e007}").await;
    }
    anna.shows("Bij gmail.com kan iedereen").await;
    anna.looks_right("domains refused").await;
    anna.fill("email", "piet@partner.example").await;
    anna.press("Bekijken").await;
    anna.looks_right("domains preview").await;

    let asks = asks("inkoop@tu1ips.example", "Inkoop", REASON);
    let answer: Value = app
        .post("/v1/access-requests", &asks)
        .await
        .json()
        .await
        .unwrap();
    anna.open(&format!("/requests/{}", answer["id"].as_str().unwrap()))
        .await;
    anna.looks_right("request look-alike").await;
    anna.open("/authorized-users?status=rejected").await;
    anna.looks_right("list look-alike").await;
    anna.press("Domeinregels").await;
    anna.quit().await;
}

const REASON: &str = "Retour van bestelling 8841";

struct Asked {
    id: RequestId,
    email: String,
}

async fn three_people_ask(app: &TestApp) -> [Asked; 3] {
    [
        ask(
            app,
            &asks("lisa.jansen@bloemen.example", "Lisa Jansen", REASON),
        )
        .await,
        {
            app.pass(Duration::from_secs(900));
            ask(
                app,
                &asks(
                    "karim@import-aalsmeer.example",
                    "Karim El Idrissi",
                    "Monsters voor de beurs in Essen",
                ),
            )
            .await
        },
        {
            app.pass(Duration::from_secs(600));
            ask(
                app,
                &asks(
                    "magazijn@bollenkoning.example",
                    "Magazijn Bollenkoning",
                    "Wekelijkse levering, op verzoek van Bram",
                ),
            )
            .await
        },
    ]
}

async fn somebody_with_a_long_name_asks(app: &TestApp) -> RequestId {
    let email = format!("{}@{}.example", "j".repeat(64), "elsewhere".repeat(5));
    let reason = "Retour ".to_owned() + &"x".repeat(180);
    ask(app, &asks(&email, &"J".repeat(60), &reason)).await.id
}

fn asks(email: &str, name: &str, reason: &str) -> Value {
    json!({ "accountNumber": TULIPS, "email": email, "name": name, "reason": reason })
}

async fn ask(app: &TestApp, asks: &Value) -> Asked {
    let answer = app.post("/v1/access-requests", asks).await;
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.unwrap();
    Asked {
        id: answer["id"].as_str().unwrap().parse().unwrap(),
        email: answer["email"].as_str().unwrap().to_owned(),
    }
}
