//! Changing one's mind in the portal: taking a permission away, and giving one after all.

use std::time::Duration;

use serde_json::{Value, json};

use super::{row_of, rows};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

async fn decision(app: &TestApp) -> Value {
    let body = json!({ "accountNumber": TULIPS, "email": JORIS });
    let answer = app.post("/v1/access-checks", &body).await;
    answer.json().await.unwrap()
}

async fn asks_again(app: &TestApp) -> (u16, Value) {
    let body = json!({ "accountNumber": TULIPS, "email": JORIS });
    let answer = app.post("/v1/access-requests", &body).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn a_permission_that_is_taken_away_ends_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    assert_eq!(decision(&app).await["decision"], "allow");
    app.pass(Duration::from_secs(600));
    let row = row_of(&app, id).await;
    let bram = app.signed_in(BRAM).await;
    bram.overturns("approved", &row, "reject")
        .await
        .shows("joris@elsewhere.example</strong>: afgewezen voor 112233445.");
    assert_eq!(
        decision(&app).await,
        json!({ "decision": "deny", "rule": "standing-rejection" })
    );
    let (status, answer) = asks_again(&app).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({ "status": "rejected", "rule": "standing-rejection" })
    );
    // The request keeps its one decision; the list says who changed the entry since.
    assert_eq!(app.status_of(id).await, "approved");
    let list = anna.open("/authorized-users?status=rejected").await;
    let rejected = rows(&list)[0];
    assert!(rejected.contains("door <strong>Bram Smith</strong>, in het portaal"));
    assert!(rejected.contains("2026-05-11T07:24:00"), "{rejected}");
    let number = app.request(id).await.number;
    assert!(rejected.contains(number.as_str()), "{rejected}");
    invariants::hold(&app.app).await;
}

async fn a_rejected_address_can_be_approved_after_all(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    assert_eq!(decision(&app).await["decision"], "deny");
    app.pass(Duration::from_secs(600));
    let row = row_of(&app, id).await;
    let bram = app.signed_in(BRAM).await;
    bram.overturns("rejected", &row, "approve")
        .await
        .shows("joris@elsewhere.example</strong>: goedgekeurd voor 112233445.");
    assert_eq!(decision(&app).await["decision"], "allow");
    let (status, answer) = asks_again(&app).await;
    assert_eq!((status, &answer["rule"]), (200, &json!("authorized-user")));
    assert_eq!(app.status_of(id).await, "rejected");
    // Not Anna's rejection by the link: Bram's approval is what stands.
    let list = bram.open("/authorized-users?status=approved").await;
    let approved = rows(&list)[0];
    assert!(approved.contains("door <strong>Bram Smith</strong>, in het portaal"));
    assert!(!approved.contains("Anna de Wit"), "{approved}");
    // Anna hears that her rejection does not stand any more; Bram knows.
    app.pass(Duration::from_secs(70));
    app.deliver_mail().await;
    let told = app.last_mail_to(ANNA);
    assert!(
        told.subject.contains("Toegang gewijzigd"),
        "{}",
        told.subject
    );
    let says = "goedgekeurd door Bram Smith op";
    assert!(told.text.contains(says), "{}", told.text);
    assert!(told.text.contains(JORIS), "{}", told.text);
    assert!(told.text.contains("toch gebruiken"), "{}", told.text);
    assert!(told.path("/authorized-users").len() > 10);
    let of_it = app.mails_to(BRAM);
    assert!(of_it.iter().all(|mail| !mail.subject.contains("changed")));
    invariants::hold(&app.app).await;
}

async fn the_requester_hears_that_the_answer_is_another_one_now(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    app.deliver_mail().await;
    let mails_to_bram = app.mails_to(BRAM).len();
    let row = row_of(&app, id).await;
    for (list, action, subject, words) in [
        (
            "approved",
            "reject",
            "Je toegang is weggenomen",
            "niet meer gebruiken",
        ),
        (
            "rejected",
            "approve",
            "Je aanvraag is goedgekeurd",
            "goedgekeurd",
        ),
        (
            "approved",
            "reject",
            "Je toegang is weggenomen",
            "niet meer gebruiken",
        ),
    ] {
        app.pass(Duration::from_secs(60));
        let before = app.mails_to(JORIS).len();
        anna.overturns(list, &row, action).await;
        app.deliver_mail().await;
        assert_eq!(app.mails_to(JORIS).len(), before + 1, "{list}");
        let mail = app.last_mail_to(JORIS);
        assert!(mail.subject.contains(subject), "{}", mail.subject);
        assert!(mail.text.contains(words), "{}", mail.text);
    }
    // Changed twice before the mail goes out: only what stands is told.
    app.pass(Duration::from_secs(60));
    let before = app.mails_to(JORIS).len();
    anna.overturns("rejected", &row, "approve").await;
    app.pass(Duration::from_secs(60));
    anna.overturns("approved", &row, "reject").await;
    app.deliver_mail().await;
    assert_eq!(app.mails_to(JORIS).len(), before + 1);
    assert!(app.last_mail_to(JORIS).subject.contains("weggenomen"));
    // Bram hears of what stays, once.
    assert_eq!(app.mails_to(BRAM).len(), mails_to_bram);
    app.pass(Duration::from_secs(70));
    app.deliver_mail().await;
    assert_eq!(app.mails_to(BRAM).len(), mails_to_bram + 1);
    assert!(app.last_mail_to(BRAM).text.contains("may no longer use"));
    invariants::hold(&app.app).await;
}

async fn colleagues_hear_of_many_changes_in_few_mails(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let addresses: Vec<String> = (0..10).map(|n| format!("u{n}@partner.example")).collect();
    anna.saves(TULIPS, &addresses.join(" "), "").await;
    let page = anna.open("/authorized-users?status=approved").await;
    let rows: Vec<String> = rows(&page)
        .iter()
        .filter_map(|row| row.split("value=\"").nth(1)?.split('"').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(rows.len(), 10);
    app.deliver_mail().await;
    let before = app.mails_to(BRAM).len();
    for (list, action) in [("approved", "reject"), ("rejected", "approve")].repeat(6) {
        for row in &rows {
            anna.overturns(list, row, action).await;
        }
        app.pass(Duration::from_secs(75));
        app.deliver_mail().await;
    }
    let told = app.mails_to(BRAM).split_off(before);
    // Four, and then one in an hour, which tells what it came to.
    assert_eq!(told.len(), 4);
    for mail in &told {
        assert_eq!(mail.text.matches("@partner.example").count(), 16);
        assert!(mail.text.contains("And 2 more.") && mail.text.contains("En nog 2."));
    }
    assert!(told[0].text.contains("may no longer use") && told[1].text.contains("after all"));
    app.pass(Duration::from_secs(3600));
    app.deliver_mail().await;
    let told = app.mails_to(BRAM).split_off(before);
    assert_eq!(told.len(), 5);
    assert!(told[4].text.contains("after all") && !told[4].text.contains("no longer"));
    invariants::hold(&app.app).await;
}

async fn what_a_colleague_changed_meanwhile_is_said_with_the_name(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let bram = app.signed_in(BRAM).await;
    anna.decides(&[&id.to_string()], "approve").await;
    let row = row_of(&app, id).await;
    let csrf = anna
        .open("/authorized-users?status=approved")
        .await
        .field("csrf");
    bram.overturns("approved", &row, "reject").await;
    let before = app.dump().await;
    let late = anna.posts_rows(&csrf, "approved", &[&row], "reject").await;
    let late = anna.open(&late.location.unwrap()).await;
    late.shows("niet veranderd, want al afgewezen op")
        .shows("door <strong>Bram Smith</strong>, in het portaal.");
    // Nor from the list of what is open, whatever a form says was read there.
    let status = format!("status_{row}");
    for list in ["pending", "approved", "nonsense"] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("list", list),
            ("action", "approve"),
            ("entry", &row),
            (&status, "rejected"),
        ];
        let answer = anna.submit("/authorized-users", &fields).await;
        let answer = anna.open(&answer.location.unwrap()).await;
        answer
            .shows("niet veranderd, want al afgewezen op")
            .shows("door <strong>Bram Smith</strong>, in het portaal.");
        assert_eq!(app.dump().await, before, "{list}");
    }
}

async fn an_open_request_is_not_overturned_by_a_list_that_is_out_of_date(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let anna = app.signed_in(ANNA).await;
    let row = row_of(&app, id).await;
    let csrf = anna.open("/authorized-users").await.field("csrf");
    let before = app.dump().await;
    for list in ["approved", "rejected", "expired", "pending", "nonsense"] {
        for action in ["approve", "reject"] {
            let answer = anna.posts_rows(&csrf, list, &[&row], action).await;
            assert_eq!(answer.status, 303, "{list} {action}");
        }
    }
    assert_eq!(app.dump().await, before);
    assert_eq!(decision(&app).await["decision"], "ask");
}

on_both_databases!(
    colleagues_hear_of_many_changes_in_few_mails,
    the_requester_hears_that_the_answer_is_another_one_now,
    a_permission_that_is_taken_away_ends_at_once,
    a_rejected_address_can_be_approved_after_all,
    what_a_colleague_changed_meanwhile_is_said_with_the_name,
    an_open_request_is_not_overturned_by_a_list_that_is_out_of_date,
);
