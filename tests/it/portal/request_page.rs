//! One request: decided with a note, and changed afterwards on its own page.

use std::time::Duration;

use serde_json::Value;

use super::row_of;
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, TestApp, browser::Page, invariants, on_both_databases,
};

impl Browser {
    /// Presses a button on the page of a request, as it was shown.
    async fn presses_on(&self, path: &str, action: &str, note: &str, shown: bool) -> Page {
        let page = self.open(path).await;
        let (csrf, entry) = (page.field("csrf"), page.field("entry"));
        let status = format!("status_{entry}");
        let seen = page.field(&status);
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("entry", entry.as_str()),
            (status.as_str(), seen.as_str()),
            ("action", action),
            ("note", note),
        ];
        if shown {
            fields.push(("note_shown", "yes"));
        }
        let answer = self.submit(path, &fields).await;
        match &answer.location {
            Some(location) => self.open(location).await,
            None => answer,
        }
    }
}

async fn decision_note(app: &TestApp, id: &str) -> Value {
    let answer = app.get(&format!("/v1/access-requests/{id}")).await;
    let answer: Value = answer.json().await.unwrap();
    answer["decision"]["note"].clone()
}

async fn a_note_is_read_by_whom_it_is_for(database: Database) {
    let app = TestApp::start(database).await;
    let typed = "Alleen voor Milaan\r\nzie https://evil.example/x <b>\u{202e}";
    for (number, shown) in [(1, false), (2, true)] {
        let email = format!("p{number}@elsewhere.example");
        let id = app.asks(&email, crate::support::TULIPS).await;
        let path = format!("/requests/{id}");
        let anna = app.signed_in(ANNA).await;
        let action = if shown { "approve" } else { "reject" };
        let page = anna.presses_on(&path, action, typed, shown).await;
        page.shows("<q>Alleen voor Milaan zie hxxps://evil[.]example/x &lt;b&gt;</q>");
        page.shows(if shown {
            "ook voor de aanvrager"
        } else {
            "alleen voor beheerders"
        });
        app.deliver_mail().await;
        let mail = app.last_mail_to(&email);
        let words = "Wat de beheerder erbij schreef:\n“Alleen voor Milaan zie hxxps://evil[.]example/x <b>”";
        let text = mail.text.replace('\r', "");
        assert_eq!(text.contains(words), shown, "{text}");
        assert_eq!(mail.text.contains("Milaan"), shown);
        assert!(!mail.html.contains("<b>”"));
        // The shipping system reads what the requester may read, as it was written.
        let note = decision_note(&app, &id.to_string()).await;
        if shown {
            assert_eq!(note, "Alleen voor Milaan zie https://evil.example/x <b>");
        } else {
            assert_eq!(note, Value::Null);
        }
    }
    invariants::hold(&app.app).await;
}

async fn a_note_that_is_too_long_decides_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let path = format!("/requests/{id}");
    let before = app.dump().await;
    let long = "x".repeat(501);
    let page = anna.presses_on(&path, "approve", &long, true).await;
    assert_eq!(page.status, 400);
    page.shows("langer dan 500 tekens")
        .shows(&format!("value=\"{long}\""))
        .shows("value=\"yes\" checked");
    assert_eq!(app.dump().await, before);
}

async fn a_rejected_request_is_allowed_and_revoked_on_its_page(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    // The mail's way: log in and press Approve at the request.
    let path = app.last_mail_to(ANNA).path("/requests/");
    let bram = app.signed_in(BRAM).await;
    let page = bram.open(&path).await;
    page.shows(">Goedkeuren</button>")
        .hides(">Afwijzen</button>")
        .hides("name=\"note\"");
    assert_eq!(page.field("entry"), row_of(&app, id).await);
    app.pass(Duration::from_secs(60));
    let page = bram.presses_on(&path, "approve", "", false).await;
    page.shows("goedgekeurd voor 112233445.")
        .shows("Dit adres heeft nu wel toegang")
        .shows("door <strong>Bram Smith</strong>, in het portaal")
        .shows("Toegang gegeven");
    assert_eq!(app.status_of(id).await, "rejected");
    app.pass(Duration::from_secs(60));
    let page = bram.presses_on(&path, "reject", "", false).await;
    page.shows("afgewezen voor 112233445.")
        .shows("Toegang weggenomen");
    invariants::hold(&app.app).await;
}

async fn what_was_shown_must_still_be_so(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let other = app
        .asks("mia@elsewhere.example", crate::support::TULIPS)
        .await;
    let anna = app.signed_in(ANNA).await;
    let path = format!("/requests/{id}");
    let open = anna.open(&path).await;
    let (csrf, entry) = (open.field("csrf"), open.field("entry"));
    app.signed_in(BRAM)
        .await
        .decides(&[&id.to_string()], "reject")
        .await;
    app.pass(Duration::from_secs(60));
    let before = app.dump().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("entry", entry.as_str()),
        ("action", "approve"),
    ];
    let late = anna.submit(&path, &fields).await;
    let late = anna.open(&late.location.unwrap()).await;
    late.shows(&format!(
        "{JORIS}</strong>: niet veranderd, want al afgewezen"
    ))
    .shows("door <strong>Bram Smith</strong>, in het portaal");
    // Nor does the form of one request decide another.
    for row in [other.to_string(), row_of(&app, other).await] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("entry", row.as_str()),
            ("action", "approve"),
        ];
        assert_eq!(anna.submit(&path, &fields).await.status, 400);
    }
    assert_eq!(app.dump().await, before);
}

on_both_databases!(
    a_note_is_read_by_whom_it_is_for,
    a_note_that_is_too_long_decides_nothing,
    a_rejected_request_is_allowed_and_revoked_on_its_page,
    what_was_shown_must_still_be_so,
);
