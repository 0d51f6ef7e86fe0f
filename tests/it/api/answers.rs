//! What is answered to somebody who asks.

use std::time::Duration;

use serde_json::json;

use esecured::domain::account::Esecure;

use super::{Answer, add_account, ask, authorize, check, joris_for_tulips};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn a_new_request_is_created_and_can_be_looked_at(database: Database) {
    let app = TestApp::start(database).await;
    let mut body = joris_for_tulips();
    body["reference"] = "order 7".into();
    body["emailVerified"] = true.into();
    let answer = ask(&app, &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let request = &answer.body;
    assert_eq!(request["status"], "pending");
    assert_eq!(request["rule"], "ask");
    assert_eq!(request["accountNumber"], TULIPS);
    assert_eq!(request["email"], JORIS);
    assert_eq!(request["reference"], "order 7");
    assert_eq!(request["repeats"], 0);
    assert_eq!(request["reachable"], true);
    assert_eq!(request["createdAt"], "2026-05-11T07:14:00.000Z");
    assert_eq!(request["expiresAt"], "2026-05-25T07:14:00.000Z");
    assert!(request.get("decision").is_none(), "{request}");
    let number = request["number"].as_str().unwrap();
    assert!(number.starts_with("R-") && number.len() == 7, "{number}");
    let id = request["id"].as_str().unwrap();
    assert_eq!(id.as_bytes()[14], b'7', "{id} is no UUID version 7");

    let notified: Vec<_> = request["notifications"].as_array().unwrap().to_vec();
    assert_eq!(notified.len(), 2);
    for one in &notified {
        assert_eq!(one["state"], "queued");
        let masked = one["administrator"].as_str().unwrap();
        assert!(masked.ends_with("***@tulips.example"), "{masked}");
    }

    let location = answer.header("location").to_owned();
    assert_eq!(location, format!("/v1/access-requests/{id}"));
    let again = Answer::of(app.get(&location).await).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.body, answer.body);
    app.deliver_mail().await;
    let sent = Answer::of(app.get(&location).await).await;
    assert_eq!(sent.body["notifications"][0]["state"], "delivered");
    invariants::hold(&app.app).await;
}

async fn asking_again_joins_the_open_request_and_mails_nobody_again(database: Database) {
    let app = TestApp::start(database).await;
    let first = ask(&app, &joris_for_tulips()).await;
    app.deliver_mail().await;
    for (repeats, spelling) in [(1, JORIS), (2, "JORIS@elsewhere.example")] {
        let body = json!({ "accountNumber": "1122 33445", "email": spelling });
        let again = ask(&app, &body).await;
        assert_eq!(again.status, 200, "{again:?}");
        assert_eq!(again.body["id"], first.body["id"]);
        assert_eq!(again.body["status"], "pending");
        assert_eq!(again.body["repeats"], repeats);
        assert_eq!(again.header("location"), "");
    }
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);
    assert_eq!(app.mails_to(JORIS).len(), 1);
    invariants::hold(&app.app).await;
}

async fn an_authorized_user_is_let_through_and_the_use_is_counted(database: Database) {
    let app = TestApp::start(database).await;
    authorize(&app, JORIS).await;
    app.pass(DAY);
    for _ in 0..3 {
        let answer = ask(&app, &joris_for_tulips()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body,
            json!({ "status": "approved", "rule": "authorized-user" })
        );
    }
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 0);
    let anna = app.signed_in(ANNA).await;
    anna.open("/authorized-users?status=approved")
        .await
        .shows("3× gebruikt, laatst op <time datetime=\"2026-05-12T07:14:00.000Z\">");
    invariants::hold(&app.app).await;
}

async fn an_account_without_esecure_lets_everybody_through(database: Database) {
    let app = TestApp::start(database).await;
    let roses = add_account(&app, "998877665", Esecure::Inactive).await;
    let before = app.dump().await;
    let body = json!({ "accountNumber": roses.as_str(), "email": JORIS });
    let answer = ask(&app, &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({ "status": "approved", "rule": "esecure-inactive" })
    );
    assert_eq!(app.dump().await, before);
}

async fn a_rejected_address_gets_the_earlier_request_until_the_cool_down_is_over(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "reject").await;
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM).len();

    app.pass(DAY * 29);
    let answer = ask(&app, &joris_for_tulips()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["id"], id.to_string());
    assert_eq!(answer.body["status"], "rejected");
    assert_eq!(answer.body["rule"], "standing-rejection");
    assert_eq!(answer.body["decision"]["door"], "portal");
    assert_eq!(answer.body["decision"]["by"], "a***@tulips.example");
    assert_eq!(answer.body["repeats"], 1);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), mails);
    // The request itself was decided after asking.
    let path = format!("/v1/access-requests/{id}");
    let request = Answer::of(app.get(&path).await).await;
    assert_eq!(request.body["rule"], "ask");
    assert_eq!(request.body["repeats"], 1);

    app.pass(DAY + Duration::from_secs(1));
    let anew = ask(&app, &joris_for_tulips()).await;
    assert_eq!(anew.status, 201, "{anew:?}");
    assert_ne!(anew.body["id"], id.to_string());
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), mails + 1);
    invariants::hold(&app.app).await;
}

async fn a_check_changes_nothing_and_counts_no_use(database: Database) {
    let app = TestApp::start(database).await;
    authorize(&app, "liesbeth@partner.example").await;
    let id = app.joris_asks().await;
    let rejected = app.asks("piet@elsewhere.example", TULIPS).await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&rejected.to_string()], "reject").await;

    let before = app.dump().await;
    for (email, expected) in [
        (
            "liesbeth@partner.example",
            json!({ "decision": "allow", "rule": "authorized-user" }),
        ),
        (
            "piet@elsewhere.example",
            json!({ "decision": "deny", "rule": "standing-rejection", "requestId": rejected.to_string() }),
        ),
        (
            JORIS,
            json!({ "decision": "ask", "rule": "ask", "requestId": id.to_string() }),
        ),
        (
            "nobody@elsewhere.example",
            json!({ "decision": "ask", "rule": "ask" }),
        ),
    ] {
        assert_eq!(check(&app, email).await, expected, "{email}");
    }
    assert_eq!(app.dump().await, before);
}

async fn two_different_addresses_are_never_one_grant(database: Database) {
    let app = TestApp::start(database).await;
    authorize(&app, "mike@partner.example").await;
    assert_eq!(
        check(&app, "MIKE@PARTNER.example").await["decision"],
        "allow"
    );
    for other in [
        "m\u{131}ke@partner.example",
        "mike@p\u{430}rtner.example",
        "mi.ke@partner.example",
        "mike+x@partner.example",
    ] {
        assert_eq!(check(&app, other).await["decision"], "ask", "{other}");
    }
}

on_both_databases!(
    a_new_request_is_created_and_can_be_looked_at,
    asking_again_joins_the_open_request_and_mails_nobody_again,
    an_authorized_user_is_let_through_and_the_use_is_counted,
    an_account_without_esecure_lets_everybody_through,
    a_rejected_address_gets_the_earlier_request_until_the_cool_down_is_over,
    a_check_changes_nothing_and_counts_no_use,
    two_different_addresses_are_never_one_grant,
);
