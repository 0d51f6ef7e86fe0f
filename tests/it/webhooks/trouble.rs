//! Endpoints that do not answer as they should.

use std::time::Duration;

use esecured::{domain::webhook::EndpointId, workflow::manage_webhooks};
use serde_json::json;

use super::{Added, DAY, HOUR, MINUTE, added, deliveries, posts, shown, tells};
use crate::support::{
    ANNA, Database, TULIPS, TestApp, captured_log::CapturedLog, invariants, on_both_databases,
    receiver::Receiver,
};

/// Time passes until nothing is tried any more, or for so long.
async fn passes(app: &TestApp, time: Duration, step: Duration) {
    let mut passed = Duration::ZERO;
    while passed < time {
        app.pass(step);
        passed += step;
        tells(app).await;
    }
}

async fn what_fails_is_tried_again_by_the_same_name_until_it_is_taken(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    // A redirect is followed nowhere, and a refusal is none for ever.
    for status in [500, 307, 404] {
        receiver.answers_with(status, "location", "http://127.0.0.1:9/");
    }
    app.joris_asks().await;
    assert_eq!(tells(&app).await, 1);
    assert_eq!(tells(&app).await, 0, "not at once");
    let log = deliveries(&app, &endpoint).await;
    assert_eq!(log[0]["status"], "queued", "{log:?}");
    assert_eq!(log[0]["reason"], "it answered 500");
    assert!(log[0]["nextAttemptAt"].is_string());
    assert_eq!(shown(&app).await["status"], "failing");
    passes(&app, 10 * MINUTE, Duration::from_secs(10)).await;

    let told = receiver.told();
    assert_eq!(told.len(), 4, "three failures, then it is taken");
    for again in &told {
        assert_eq!(again.header("webhook-id"), told[0].header("webhook-id"));
        assert_eq!(again.body, told[0].body);
        assert!(again.is_signed_by(&endpoint.secret));
    }
    let sent: Vec<i64> = told
        .iter()
        .map(|told| told.header("webhook-timestamp").parse().unwrap())
        .collect();
    let waits: Vec<i64> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] >= 11 && waits.is_sorted(), "{waits:?}");
    let log = deliveries(&app, &endpoint).await;
    assert_eq!(log[0]["status"], "delivered");
    assert_eq!(log[0]["attempts"], 4);
    assert!(log[0].get("reason").is_none(), "{log:?}");
    assert_eq!(shown(&app).await["status"], "working");
    invariants::hold(&app.app).await;
}

async fn whoever_wants_to_be_left_alone_is(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    added(&app, &receiver).await;
    receiver.answers_with(429, "retry-after", "7200");
    app.joris_asks().await;
    app.asks("mila@elsewhere.example", TULIPS).await;
    tells(&app).await;
    let before = receiver.told().len();
    app.asks("noor@elsewhere.example", TULIPS).await;
    passes(&app, HOUR + 58 * MINUTE, 2 * MINUTE).await;
    assert_eq!(receiver.told().len(), before);
    passes(&app, 10 * MINUTE, 2 * MINUTE).await;
    let mut whom: Vec<_> = receiver
        .told()
        .iter()
        .map(|told| told.json()["data"]["email"].to_string())
        .collect();
    whom.sort();
    whom.dedup();
    assert_eq!(whom.len(), 3, "{whom:?}");
}

async fn what_happens_to_a_request_is_told_in_its_order(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    receiver.answers(503);
    app.joris_asks().await;
    tells(&app).await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(1));
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    app.asks("mila@elsewhere.example", TULIPS).await;
    passes(&app, 2 * MINUTE, Duration::from_secs(1)).await;
    let about_joris: Vec<String> = receiver
        .told()
        .iter()
        .filter(|told| told.body.contains("joris@"))
        .map(|told| told.kind())
        .collect();
    assert_eq!(
        about_joris,
        [
            "access_request.created", // refused
            "access_request.created",
            "access_request.rejected"
        ]
    );
    let log = deliveries(&app, &endpoint).await;
    assert!(
        log.iter().all(|one| one["status"] == "delivered"),
        "{log:?}"
    );
}

async fn whoever_answers_410_hears_nothing_until_it_wants_to_again(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    receiver.answers(410);
    app.joris_asks().await;
    tells(&app).await;
    let now = shown(&app).await;
    assert_eq!(now["status"], "disabled");
    assert_eq!(now["disabledBecause"], "gone");
    assert_eq!(
        app.events("webhook_endpoint.disabled").await[0]["because"],
        "gone"
    );
    app.asks("mila@elsewhere.example", TULIPS).await;
    passes(&app, DAY, HOUR).await;
    assert_eq!(receiver.told().len(), 1);
    for path in ["/test", "/replay"] {
        let (status, problem) = posts(&app, &endpoint.path(path), &json!({})).await;
        assert_eq!(status, 409, "{problem}");
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .ends_with("endpoint-disabled")
        );
    }

    let (status, now) = posts(&app, &endpoint.path("/enable"), &json!({})).await;
    assert_eq!((status, &now["status"]), (200, &json!("working")), "{now}");
    tells(&app).await;
    let told = receiver.told();
    assert_eq!(told.len(), 2, "what happened meanwhile was kept");
    assert!(told[1].body.contains("mila@"));
    // What it refused for good is sent once more when it is asked for.
    let (status, answer) = posts(&app, &endpoint.path("/replay"), &json!({})).await;
    assert_eq!((status, &answer["replayed"]), (200, &json!(1)), "{answer}");
    tells(&app).await;
    let told = receiver.told();
    assert_eq!(told[2].header("webhook-id"), told[0].header("webhook-id"));
    let (status, problem) = posts(&app, &endpoint.path("/enable"), &json!({})).await;
    assert_eq!(status, 409, "{problem}");
    invariants::hold(&app.app).await;
}

async fn what_the_operator_switches_off_the_client_cannot_switch_on(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let id: EndpointId = endpoint.id.parse().unwrap();
    manage_webhooks::disable(&app.app, id).await.unwrap();
    app.joris_asks().await;
    assert_eq!(tells(&app).await, 0);
    let (status, problem) = posts(&app, &endpoint.path("/enable"), &json!({})).await;
    assert_eq!(status, 409, "{problem}");
    let who = manage_webhooks::Who::Operator;
    manage_webhooks::enable(&app.app, who, id).await.unwrap();
    assert_eq!(tells(&app).await, 1);
}

async fn what_waited_for_long_is_begun_anew_and_not_given_up_at_the_next_hiccup(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    let id: EndpointId = endpoint.id.parse().unwrap();
    receiver.answers(503);
    app.joris_asks().await;
    assert_eq!(tells(&app).await, 1);
    manage_webhooks::disable(&app.app, id).await.unwrap();
    app.pass(8 * DAY);
    receiver.answers(503);
    let who = manage_webhooks::Who::Operator;
    manage_webhooks::enable(&app.app, who, id).await.unwrap();
    assert_eq!(tells(&app).await, 1);
    assert_eq!(deliveries(&app, &endpoint).await[0]["status"], "queued");
    passes(&app, HOUR, MINUTE).await;
    assert_eq!(deliveries(&app, &endpoint).await[0]["status"], "delivered");
}

async fn an_event_can_be_sent_once_more(database: Database) {
    let app = TestApp::start(database).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    app.joris_asks().await;
    tells(&app).await;
    let id = receiver.told()[0].header("webhook-id").to_owned();
    let replay = endpoint.path("/replay");
    let (_, answer) = posts(&app, &replay, &json!({ "eventId": id })).await;
    assert_eq!(answer["replayed"], 1);
    tells(&app).await;
    let told = receiver.told();
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].header("webhook-id"), id);
    for (body, expected) in [
        (json!({ "eventId": endpoint.id }), 404),
        (json!({ "eventId": "x" }), 400),
        (json!({ "since": "yesterday" }), 400),
        (
            json!({ "since": "2026-05-11T00:00:00Z", "eventId": id }),
            400,
        ),
        (json!({ "since": "2026-05-11T00:00:00Z" }), 200),
    ] {
        let (status, answer) = posts(&app, &replay, &body).await;
        assert_eq!(status, expected, "{body}: {answer}");
    }
    assert_eq!(tells(&app).await, 0, "nothing was given up");
}

/// Where endpoints are never disabled, an event comes to its end nevertheless.
async fn what_is_never_taken_is_given_up_after_a_week(database: Database) {
    let app = TestApp::start_with(database, |config| config.webhooks.disable_after = None).await;
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    receiver.always_answers(500);
    app.joris_asks().await;
    passes(&app, 7 * DAY - 7 * HOUR, HOUR).await;
    assert_eq!(deliveries(&app, &endpoint).await[0]["status"], "queued");
    passes(&app, 16 * HOUR, HOUR).await;
    let log = deliveries(&app, &endpoint).await;
    assert_eq!(log[0]["status"], "failed", "{log:?}");
    let reason = log[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("given up after ") && reason.ends_with("it answered 500"),
        "{reason}"
    );
    receiver.always_answers(204);
    let replay = endpoint.path("/replay");
    let later = json!({ "since": "2026-05-12T00:00:00Z" });
    assert_eq!(posts(&app, &replay, &later).await.1["replayed"], 0);
    assert_eq!(posts(&app, &replay, &json!({})).await.1["replayed"], 1);
    tells(&app).await;
    assert_eq!(deliveries(&app, &endpoint).await[0]["status"], "delivered");
}

on_both_databases!(
    what_is_never_taken_is_given_up_after_a_week,
    what_fails_is_tried_again_by_the_same_name_until_it_is_taken,
    whoever_wants_to_be_left_alone_is,
    what_happens_to_a_request_is_told_in_its_order,
    whoever_answers_410_hears_nothing_until_it_wants_to_again,
    what_the_operator_switches_off_the_client_cannot_switch_on,
    what_waited_for_long_is_begun_anew_and_not_given_up_at_the_next_hiccup,
    an_event_can_be_sent_once_more,
);

/// The log is captured on the test's own thread.
#[tokio::test]
async fn an_endpoint_that_fails_for_days_is_disabled_and_the_log_says_so() {
    let app = TestApp::start(Database::Sqlite).await;
    let receiver = Receiver::start().await;
    let endpoint: Added = added(&app, &receiver).await;
    receiver.always_answers(502);
    app.joris_asks().await;
    let log = CapturedLog::start();
    tells(&app).await;
    app.asks("mila@elsewhere.example", TULIPS).await;
    passes(&app, 5 * DAY - HOUR, HOUR).await;
    assert_eq!(shown(&app).await["status"], "failing");
    assert_eq!(log.of("webhook.disabled").len(), 0);
    // That it fails was said once.
    assert_eq!(log.of("webhook.deferred").len(), 1);
    let attempts = receiver.told().len();
    assert!((30..70).contains(&attempts), "{attempts}");

    passes(&app, 8 * HOUR, HOUR).await;
    let now = shown(&app).await;
    assert_eq!(now["disabledBecause"], "failing", "{now}");
    let said = log.of("webhook.disabled");
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["because"], "failing");
    assert_eq!(said[0]["host"], "127.0.0.1");
    let all = app.events("webhook_endpoint.disabled").await;
    assert_eq!(all[0]["because"], "failing");
    let attempts = receiver.told().len();
    passes(&app, DAY, HOUR).await;
    assert_eq!(receiver.told().len(), attempts);
    // Neither the path nor the secret is in the log.
    let everything = format!(
        "{:?}",
        [log.of("webhook.failed"), log.of("webhook.disabled")]
    );
    assert!(!everything.contains("/hook") && !everything.contains("whsec_"));

    // What it missed was kept, and comes when it is enabled.
    receiver.always_answers(200);
    posts(&app, &endpoint.path("/enable"), &json!({})).await;
    tells(&app).await;
    let log = deliveries(&app, &endpoint).await;
    assert!(
        log.iter().all(|one| one["status"] == "delivered"),
        "{log:?}"
    );
}
