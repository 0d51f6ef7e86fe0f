//! My Domain: whoever is outside is rejected without anybody being asked.

use std::time::Duration;

use serde_json::json;

use super::{ask, check, owns, trusts};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn a_request_from_outside_is_rejected_and_the_requester_told_once(database: Database) {
    let app = TestApp::start(database).await;
    owns(&app, "tulips.example").await;
    assert_eq!(
        check(&app, JORIS, true).await,
        ["deny", "outside-my-domain"]
    );
    let (status, first) = ask(&app, JORIS, false).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&first["status"], &first["rule"]),
        (&json!("rejected"), &json!("outside-my-domain"))
    );
    assert_eq!(
        first["decision"],
        json!({ "door": "policy", "at": "2026-05-11T07:14:00.000Z" })
    );
    app.pass(DAY * 29);
    let (status, again) = ask(&app, JORIS, true).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    assert_eq!(
        (&again["rule"], &again["repeats"]),
        (&json!("outside-my-domain"), &json!(1))
    );
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len() + app.mails_to(BRAM).len(), 0);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    assert!(
        app.last_mail_to(JORIS)
            .text
            .contains("je aanvraag is afgewezen")
    );

    // After the cool-down it is said once more.
    app.pass(DAY * 2);
    let (_, anew) = ask(&app, JORIS, false).await;
    assert_ne!(anew["id"], first["id"]);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(JORIS).len(), 2);
    let anna = app.signed_in(ANNA).await;
    anna.open("/authorized-users?status=rejected")
        .await
        .shows(JORIS)
        .shows("door een vaste regel");
    invariants::hold(&app.app).await;
}

async fn who_is_inside_asks_and_who_was_granted_by_name_uses(database: Database) {
    let app = TestApp::start(database).await;
    let joris = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&joris.to_string()], "approve").await;
    owns(&app, "tulips.example").await;
    owns(&app, "bulbs.example").await;
    assert_eq!(
        check(&app, JORIS, false).await,
        ["allow", "authorized-user"]
    );
    for inside in ["kees@tulips.example", "kees@BULBS.example"] {
        assert_eq!(check(&app, inside, false).await, ["ask", "ask"], "{inside}");
    }
    // A sub-domain is a domain of its own, and a trusted domain is outside as well.
    trusts(&app, "partner.example").await;
    for outside in ["kees@mail.tulips.example", "kees@partner.example"] {
        let said = check(&app, outside, true).await;
        assert_eq!(said, ["deny", "outside-my-domain"], "{outside}");
    }
}

async fn an_open_request_is_decided_when_it_is_asked_again_under_the_rule(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    owns(&app, "tulips.example").await;
    // The rule says nothing of what was asked before it, until somebody asks.
    assert_eq!(app.status_of(id).await, "pending");
    app.pass(DAY);
    let (status, answer) = ask(&app, JORIS, false).await;
    assert_eq!((status, &answer["id"]), (200, &json!(id.to_string())));
    assert_eq!(
        (&answer["status"], &answer["rule"]),
        (&json!("rejected"), &json!("outside-my-domain"))
    );
    app.deliver_mail().await;
    let told = app.last_mail_to(BRAM);
    assert!(
        told.text.contains("rejected by a standing rule"),
        "{}",
        told.text
    );
    // Nothing of it can be undone by mail.
    let link = app.mails_to(ANNA)[0].path("/r/");
    let late = app.browser().open(&link).await;
    late.shows("vaste regel").hides("Ongedaan maken");
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

async fn an_administrator_can_still_approve_who_was_rejected_by_rule(database: Database) {
    let app = TestApp::start(database).await;
    owns(&app, "tulips.example").await;
    let (_, answer) = ask(&app, JORIS, false).await;
    let request = app
        .request(answer["id"].as_str().unwrap().parse().unwrap())
        .await;
    let anna = app.signed_in(ANNA).await;
    app.pass(Duration::from_secs(60));
    let row = format!("{TULIPS}.{}", request.requester);
    anna.overturns("rejected", &row, "approve").await;
    assert_eq!(
        check(&app, JORIS, false).await,
        ["allow", "authorized-user"]
    );
    invariants::hold(&app.app).await;
}

on_both_databases!(
    a_request_from_outside_is_rejected_and_the_requester_told_once,
    who_is_inside_asks_and_who_was_granted_by_name_uses,
    an_open_request_is_decided_when_it_is_asked_again_under_the_rule,
    an_administrator_can_still_approve_who_was_rejected_by_rule,
);
