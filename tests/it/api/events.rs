//! `GET /v1/events`: everything that happened, once, the oldest first, as it stood then.

use std::{slice, time::Duration};

use esecured::{
    domain::{
        account::Esecure, account_number::AccountNumber, email_address::EmailAddress,
        request::RequestId,
    },
    workflow::{authorized_users, client_keys, expire},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, add_account, call};
use crate::support::{ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

const EVENTS: &str = "/v1/events";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// One page of the feed.
async fn page(app: &TestApp, query: &str) -> (Vec<Value>, String) {
    let answer = Answer::of(app.get(&format!("{EVENTS}?{query}")).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cursor = answer.body["nextCursor"].as_str().unwrap().to_owned();
    (answer.body["data"].as_array().unwrap().clone(), cursor)
}

/// What is new behind a cursor; moves it on.
async fn news(app: &TestApp, cursor: &mut Option<String>) -> Vec<Value> {
    app.places_events().await;
    let query = cursor
        .as_ref()
        .map_or_else(String::new, |cursor| format!("cursor={cursor}"));
    let (events, next) = page(app, &query).await;
    *cursor = Some(next);
    events
}

/// The request as the API shows it now.
async fn shown(app: &TestApp, id: RequestId) -> Value {
    let answer = Answer::of(app.get(&format!("/v1/access-requests/{id}")).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

async fn each_change_is_told_with_the_request_as_it_stood_then(database: Database) {
    let app = TestApp::start(database).await;
    let mut cursor = None;
    let id = app.joris_asks().await;
    let mut then = vec![("access_request.created", shown(&app, id).await)];
    app.pass(MINUTE);
    app.deliver_mail().await;
    app.pass(MINUTE);
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    then.push(("access_request.rejected", shown(&app, id).await));
    assert_eq!(then[1].1["decision"]["by"], "a***@tulips.example");
    app.deliver_mail().await;
    app.pass(MINUTE);
    app.presses(&app.last_mail_to(ANNA).path("/u/")).await;
    then.push(("access_request.reopened", shown(&app, id).await));
    // A repeat is counted, and no event of its own.
    app.pass(MINUTE);
    app.joris_asks().await;
    app.pass(MINUTE);
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&id.to_string()], "approve").await;
    then.push(("access_request.approved", shown(&app, id).await));
    assert_eq!(then[3].1["repeats"], 1);
    app.deliver_mail().await;

    let told = news(&app, &mut cursor).await;
    assert_eq!(told.len(), then.len(), "{told:?}");
    for (event, (kind, data)) in told.iter().zip(&then) {
        assert_eq!(event["type"], *kind);
        assert_eq!(event["data"], *data, "{kind}");
        assert_eq!(event["timestamp"], data["updatedAt"], "{kind}");
        assert_eq!(event.as_object().unwrap().len(), 5, "{event}");
        assert!(event["sequence"].as_i64().unwrap() > 0, "{event}");
    }
    assert!(news(&app, &mut cursor).await.is_empty());
    invariants::hold(&app.app).await;
}

async fn every_kind_of_change_is_told(database: Database) {
    let app = TestApp::start(database).await;
    let mut cursor = None;
    assert!(news(&app, &mut cursor).await.is_empty());

    // Taken back, and expired.
    let taken_back = app.asks("back@elsewhere.example", TULIPS).await;
    let path = format!("/v1/access-requests/{taken_back}/cancel");
    app.post(&path, &json!({})).await;
    app.asks("late@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    app.pass(DAY * 15);
    expire::expire_due(&app.app, 9).await.unwrap();
    let told = news(&app, &mut cursor).await;
    assert_eq!(
        types(&told),
        [
            "access_request.created",
            "access_request.cancelled",
            "access_request.created",
            "access_request.expired"
        ]
    );
    assert_eq!(told[3]["data"]["decision"]["door"], "timer");

    // By name, by the operator and in the portal.
    super::authorize(&app, JORIS).await;
    let account = told[0]["data"]["accountNumber"].clone();
    let told = news(&app, &mut cursor).await;
    let at = told[0]["timestamp"].clone();
    assert_eq!(
        told[0]["data"],
        json!({
            "accountNumber": account,
            "email": JORIS,
            "status": "approved",
            "decision": { "door": "operator", "at": at },
        })
    );
    let piet = app.asks("piet@elsewhere.example", TULIPS).await;
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&piet.to_string()], "approve").await;
    let row = format!("{TULIPS}.{}", app.request(piet).await.requester);
    anna.overturns("approved", &row, "reject").await;
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let joris = EmailAddress::parse(JORIS).unwrap();
    authorized_users::remove_by_operator(&app.app, &tulips, &joris)
        .await
        .unwrap();
    app.deliver_mail().await;
    let told = news(&app, &mut cursor).await;
    assert_eq!(
        types(&told),
        [
            "access_request.created",
            "access_request.approved",
            "authorized_user.revoked",
            "authorized_user.revoked"
        ]
    );
    assert_eq!(told[2]["data"]["status"], "rejected");
    assert_eq!(told[2]["data"]["requestId"], piet.to_string());
    assert_eq!(told[2]["data"]["decision"]["by"], "a***@tulips.example");
    assert_eq!(told[3]["data"]["status"], "none");
    // The request keeps its one decision; its mails, which nobody needs any more, waited then.
    let now = shown(&app, piet).await;
    for member in ["status", "decision", "updatedAt"] {
        assert_eq!(told[1]["data"][member], now[member]);
    }
    assert_eq!(told[1]["data"]["notifications"][0]["state"], "queued");

    // Nobody hears of it.
    let roses = add_account(&app, "998877665", Esecure::Active).await;
    app.asks(JORIS, roses.as_str()).await;
    let told = news(&app, &mut cursor).await;
    assert_eq!(
        types(&told),
        ["access_request.created", "access_request.unreachable"]
    );
    assert_eq!(told[1]["data"]["reachable"], false);
    invariants::hold(&app.app).await;
}

async fn pages_hold_every_event_once(database: Database) {
    let app = TestApp::start(database).await;
    let roses = add_account(&app, "998877665", Esecure::Active).await;
    for number in 0..5 {
        let account = [TULIPS, roses.as_str()][number % 2];
        app.asks(&format!("p{number}@elsewhere.example"), account)
            .await;
        app.pass(MINUTE);
    }
    app.places_events().await;
    // The two for roses are also told to be unreachable.
    let (all, end) = page(&app, "").await;
    assert_eq!(all.len(), 7);
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let (events, next) = page(&app, &query).await;
        if events.is_empty() {
            break;
        }
        query = format!("limit=2&cursor={next}");
        seen.extend(events);
    }
    assert_eq!(seen, all);
    assert!(page(&app, &format!("cursor={end}")).await.0.is_empty());
    app.asks("p9@elsewhere.example", TULIPS).await;
    app.places_events().await;
    let (later, _) = page(&app, &format!("cursor={end}")).await;
    assert_eq!(types(&later), ["access_request.created"]);

    let key = client_keys::add_client(&app.app, "roses", slice::from_ref(&roses), None)
        .await
        .unwrap();
    let bearer = format!("Bearer {}", key.expose());
    let headers = [("authorization", bearer.as_str())];
    let theirs = call(&app, Method::GET, EVENTS, &headers, "").await;
    let told = theirs.body["data"].as_array().unwrap();
    assert_eq!(told.len(), 4);
    for event in told {
        assert_eq!(event["data"]["accountNumber"], roses.as_str());
    }
    // What others had meanwhile is passed over once, and what is theirs comes.
    let mut own = theirs.body["nextCursor"].as_str().unwrap().to_owned();
    for (account, expected) in [(TULIPS, 0), (roses.as_str(), 2)] {
        app.asks("p10@elsewhere.example", account).await;
        app.places_events().await;
        let path = format!("{EVENTS}?cursor={own}");
        let next = call(&app, Method::GET, &path, &headers, "").await;
        assert_eq!(next.body["data"].as_array().unwrap().len(), expected);
        own = next.body["nextCursor"].as_str().unwrap().to_owned();
    }
    // Another client's cursor is nobody else's, and a list's leads nowhere here.
    let list = Answer::of(app.get("/v1/access-requests?limit=1").await).await;
    let of_list = list.body["nextCursor"].as_str().unwrap();
    for (query, named) in [
        (format!("cursor={own}"), "nextCursor"),
        (format!("cursor={of_list}"), "nextCursor"),
        ("limit=0".to_owned(), "limit"),
        ("limit=201".to_owned(), "limit"),
        ("limit=1&limit=1".to_owned(), "twice"),
        ("status=pending".to_owned(), "status"),
    ] {
        let answer = Answer::of(app.get(&format!("{EVENTS}?{query}")).await).await;
        answer.is_problem(400, EVENTS);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{query}: {detail}");
    }
    call(&app, Method::GET, EVENTS, &[], "")
        .await
        .is_problem(401, EVENTS);
}

on_both_databases!(
    each_change_is_told_with_the_request_as_it_stood_then,
    every_kind_of_change_is_told,
    pages_hold_every_event_once,
);
