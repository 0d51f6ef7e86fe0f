//! What the page says, for every state a request can be in.

use std::time::Duration;

use esecured::workflow::expire;
use reqwest::Method;

use super::languages;
use crate::support::{
    ANNA, BRAM, Database, JORIS, Received, TestApp, invariants, on_both_databases,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A story with one open request, and the mails to Anna (Dutch) and Bram (English).
async fn asked(database: Database) -> (TestApp, Received, Received) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let (anna, bram) = (app.last_mail_to(ANNA), app.last_mail_to(BRAM));
    (app, anna, bram)
}

async fn the_page_speaks_the_language_of_its_reader_first(database: Database) {
    let (app, anna, bram) = asked(database).await;
    // Whatever the browser prefers: the link knows whose it is.
    let page = async |mail: &Received, accept: &str| {
        let headers = [("accept-language", accept)];
        let path = mail.path("/r/");
        app.browser().send(Method::GET, &path, &headers).await
    };
    let dutch = page(&anna, "en").await;
    assert_eq!((dutch.status, languages(&dutch)), (200, vec!["nl", "en"]));
    dutch
        .shows("<html lang=\"nl\">")
        .shows("WEIGEREN / Reject</button>")
        .shows(JORIS)
        .shows("Joris Jansen")
        .shows("Retour van een bestelling")
        .hides("<script");
    assert_eq!(dutch.body.matches("<button").count(), 1);
    let english = page(&bram, "nl").await;
    assert_eq!(
        (english.status, languages(&english)),
        (200, vec!["en", "nl"])
    );
    english
        .shows("<html lang=\"en\">")
        .shows("Reject / WEIGEREN</button>");
}

async fn after_the_button_it_says_what_was_done_and_the_way_back(database: Database) {
    let (app, anna, _) = asked(database).await;
    let done = app.rejects_by_link(&anna).await;
    assert_eq!((done.status, languages(&done)), (200, vec!["nl", "en"]));
    done.shows("<h1 class=\"mark mark-rejected\">Geweigerd</h1>")
        .shows("<h2>Rejected</h2>")
        .shows("href=\"/u/")
        .shows("11 mei 2026, <span class=\"clock\">09:29 <span class=\"zone\">CEST")
        .hides("<button");
    assert_eq!(done.header("set-cookie"), "");
    invariants::hold(&app.app).await;
}

async fn a_colleague_sees_who_decided_by_which_door_and_when(database: Database) {
    let (app, anna, bram) = asked(database).await;
    app.rejects_by_link(&anna).await;
    let before = app.dump().await;
    let page = app.browser().open(&bram.path("/r/")).await;
    assert_eq!((page.status, languages(&page)), (200, vec!["en", "nl"]));
    page.shows("Already decided")
        .shows("Al beslist")
        .shows("<strong>rejected</strong>")
        .shows("by <strong>Anna de Wit</strong>, with the button in the mail")
        .shows("11 May 2026, <span class=\"clock\">09:14")
        .shows("sign in</a> to change it")
        .hides("<button");
    assert_eq!(app.dump().await, before);
}

async fn what_was_approved_in_the_portal_cannot_be_rejected_by_the_link(database: Database) {
    let (app, anna, bram) = asked(database).await;
    let browser = app.browser();
    let path = anna.path("/r/");
    let open = browser.open(&path).await;
    let id = app.request_of(&bram);
    app.signed_in(BRAM)
        .await
        .decides(&[&id.to_string()], "approve")
        .await;
    app.pass(Duration::from_secs(5));
    let late = browser
        .submit(&path, &[("nonce", &open.field("nonce"))])
        .await;
    assert_eq!(late.status, 200);
    late.shows("Al beslist")
        .shows("<strong>goedgekeurd</strong>")
        .shows("door <strong>Bram Smith</strong>, in het portaal")
        .hides("/u/");
    assert_eq!(app.status_of(id).await, "approved");
    invariants::hold(&app.app).await;
}

async fn a_second_press_shows_that_it_is_decided(database: Database) {
    let (app, anna, _) = asked(database).await;
    let browser = app.browser();
    let path = anna.path("/r/");
    let page = browser.open(&path).await;
    app.pass(Duration::from_secs(5));
    let nonce = page.field("nonce");
    browser
        .submit(&path, &[("nonce", &nonce)])
        .await
        .shows("Je hoeft niets meer te doen");
    let before = app.dump().await;
    let again = browser.submit(&path, &[("nonce", &nonce)]).await;
    assert_eq!(again.status, 200);
    again.shows("Al beslist").shows("Anna de Wit");
    assert_eq!(app.dump().await, before);
}

async fn an_expired_request_says_so(database: Database) {
    let (app, anna, _) = asked(database).await;
    app.pass(DAY * 14);
    assert_eq!(expire::expire_due(&app.app, 10).await.unwrap(), 1);
    let page = app.browser().open(&anna.path("/r/")).await;
    assert_eq!((page.status, languages(&page)), (200, vec!["nl", "en"]));
    page.shows("Aanvraag verlopen")
        .shows("Request expired")
        .hides("<button");
    let pressed = app.browser().submit(&anna.path("/r/"), &[]).await;
    assert_eq!(pressed.status, 200);
    pressed.shows("Aanvraag verlopen");
    // A link outlives its request by thirty days.
    app.pass(DAY * 30 - Duration::from_secs(1));
    assert_eq!(app.browser().open(&anna.path("/r/")).await.status, 200);
    app.pass(Duration::from_secs(1));
    assert_eq!(app.browser().open(&anna.path("/r/")).await.status, 404);
}

async fn a_cancelled_request_says_so(database: Database) {
    let (app, _, bram) = asked(database).await;
    let id = app.request_of(&bram);
    expire::cancel_by_operator(&app.app, id).await.unwrap();
    let page = app.browser().open(&bram.path("/r/")).await;
    assert_eq!((page.status, languages(&page)), (200, vec!["en", "nl"]));
    page.shows("Request cancelled")
        .shows("Aanvraag ingetrokken");
}

on_both_databases!(
    the_page_speaks_the_language_of_its_reader_first,
    after_the_button_it_says_what_was_done_and_the_way_back,
    a_colleague_sees_who_decided_by_which_door_and_when,
    what_was_approved_in_the_portal_cannot_be_rejected_by_the_link,
    a_second_press_shows_that_it_is_decided,
    an_expired_request_says_so,
    a_cancelled_request_says_so,
);

#[tokio::test]
async fn hostile_words_of_the_requester_stay_words() {
    let app = TestApp::start(Database::Sqlite).await;
    let body = serde_json::json!({
        "accountNumber": crate::support::TULIPS,
        "email": "joris&co'<x>@elsewhere.example".replace("<x>", ""),
        "name": "<script>alert(1)</script>\" onload=\"x",
        "reason": "</q></dd><form action=\"https://evil.example\"><button>Approve</button>",
    });
    let asked = app.post("/v1/access-requests", &body).await;
    assert_eq!(asked.status(), 201);
    app.deliver_mail().await;
    let page = app
        .browser()
        .open(&app.last_mail_to(ANNA).path("/r/"))
        .await;
    page.shows("&lt;script&gt;")
        .hides("<script")
        .hides("onload=\"x")
        .hides("<form action");
    assert_eq!(page.body.matches("<button").count(), 1);
}
