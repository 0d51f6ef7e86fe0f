//! A key for tests: the same doors and the same objects, decided by magic addresses.

use std::{slice, time::Duration};

use esecured::{
    domain::account_number::AccountNumber,
    worker::messenger,
    workflow::{client_keys, test_mode},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, call};
use crate::support::{Database, TULIPS, TestApp, on_both_databases, receiver::Receiver};

const REQUESTS: &str = "/v1/access-requests";
const ENDPOINTS: &str = "/v1/webhook-endpoints";
/// Of no account that there is.
const NOWHERE: &str = "999888777";

/// An integrator with a test key.
pub struct Integrator<'a> {
    pub app: &'a TestApp,
    pub key: String,
}

impl<'a> Integrator<'a> {
    pub async fn of(app: &'a TestApp, name: &str, scope: &[AccountNumber]) -> Self {
        let key = client_keys::add_test_client(&app.app, name, scope, None).await;
        let key = key.unwrap().expose().to_owned();
        assert!(key.starts_with("esk_"));
        Self { app, key }
    }

    pub async fn calls(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", authorization.as_str())];
        if !body.is_empty() {
            all.push(("content-type", "application/json"));
        }
        all.extend(headers);
        call(self.app, method, path, &all, body.to_owned()).await
    }

    pub async fn gets(&self, path: &str) -> Answer {
        self.calls(Method::GET, path, &[], "").await
    }

    pub async fn posts(&self, path: &str, body: &Value) -> Answer {
        self.calls(Method::POST, path, &[], &body.to_string()).await
    }

    pub async fn asks(&self, account: &str, email: &str) -> Answer {
        let body = json!({ "accountNumber": account, "email": email, "reference": "order 7" });
        self.posts(REQUESTS, &body).await
    }

    async fn shown(&self, asked: &Answer) -> Value {
        let id = asked.body["id"].as_str().unwrap();
        let answer = self.gets(&format!("{REQUESTS}/{id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    async fn checks(&self, email: &str) -> Value {
        let body = json!({ "accountNumber": TULIPS, "email": email });
        self.posts("/v1/access-checks", &body).await.body
    }

    /// The whole feed.
    async fn events(&self) -> Vec<Value> {
        let answer = self.gets("/v1/events?limit=200").await;
        answer.body["data"].as_array().unwrap().clone()
    }

    /// The sweeper comes by.
    async fn sweeps(&self) -> usize {
        test_mode::close_due(&self.app.app, 100).await.unwrap()
    }
}

fn number(text: &str) -> AccountNumber {
    AccountNumber::parse(text).unwrap()
}

fn decided(request: &Value) -> (&str, &str, Option<&str>) {
    let text = |value: &'static str| request["decision"][value].as_str();
    (
        request["status"].as_str().unwrap(),
        text("door").unwrap_or_default(),
        text("by"),
    )
}

#[tokio::test]
async fn magic_addresses_decide_by_themselves() {
    let app = TestApp::start(Database::Sqlite).await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    for (address, expected) in [
        (
            "approve@test.invalid",
            ("approved", "policy", Some("test mode")),
        ),
        (
            "reject@test.invalid",
            ("rejected", "policy", Some("test mode")),
        ),
    ] {
        let asked = erp.asks(NOWHERE, address).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(decided(&asked.body), expected);
        assert_eq!(erp.shown(&asked).await, asked.body);
        // It can be tried again: what was decided stands for nobody.
        let again = erp.asks(NOWHERE, address).await;
        assert_ne!(again.body["id"], asked.body["id"]);
    }
    let slow = erp.asks(TULIPS, "slow-approve+10s@test.invalid").await;
    let slower = erp.asks(TULIPS, "slow-reject+3600s@test.invalid").await;
    let expiring = erp.asks(TULIPS, "expire@test.invalid").await;
    let usual = erp.asks(TULIPS, "joris@example.com").await;
    let all = [&slow, &slower, &expiring, &usual];
    for asked in all {
        assert_eq!(
            (asked.status, &asked.body["status"]),
            (201, &json!("pending"))
        );
    }
    let mut become_of_them = Vec::new();
    for seconds in [0, 1, 8, 1, 3589, 1, 14 * 86_400] {
        app.pass(Duration::from_secs(seconds));
        erp.sweeps().await;
        let mut line = String::new();
        for asked in all {
            line.push_str(&erp.shown(asked).await["status"].as_str().unwrap()[..3]);
        }
        become_of_them.push(line);
    }
    assert_eq!(
        become_of_them,
        [
            "penpenpenpen",
            "penpenexppen",
            "penpenexppen",
            "apppenexppen",
            "apppenexppen",
            "apprejexppen",
            "apprejexpexp",
        ]
    );
    let decisions = [&slow, &slower, &expiring].map(|asked| erp.shown(asked));
    let [slow, slower, expired] = futures_util::future::join_all(decisions)
        .await
        .try_into()
        .unwrap();
    assert_eq!(decided(&slow), ("approved", "policy", Some("test mode")));
    assert_eq!(decided(&slower), ("rejected", "policy", Some("test mode")));
    assert_eq!(decided(&expired), ("expired", "timer", None));
    assert_eq!(erp.sweeps().await, 0);
}

async fn a_test_key_has_the_same_doors(database: Database) {
    let app = TestApp::start(database).await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    let receiver = Receiver::start().await;
    let added = erp
        .posts(ENDPOINTS, &json!({ "url": receiver.url() }))
        .await;
    assert_eq!(added.status, 201, "{added:?}");

    // Asked once under a key, joined without one.
    let body = json!({ "accountNumber": TULIPS, "email": "joris@example.com" }).to_string();
    let once = [("idempotency-key", "order-7")];
    let first = erp.calls(Method::POST, REQUESTS, &once, &body).await;
    let again = erp.calls(Method::POST, REQUESTS, &once, &body).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let path = first.header("location").to_owned();
    assert_eq!(again.header("location"), path);
    let other = body.replace("joris", "piet");
    let refused = erp.calls(Method::POST, REQUESTS, &once, &other).await;
    refused.is_problem(422, REQUESTS);
    let joined = erp
        .posts(REQUESTS, &serde_json::from_str(&body).unwrap())
        .await;
    assert_eq!((joined.status, &joined.body["repeats"]), (200, &json!(1)));
    assert_eq!(joined.body["id"], first.body["id"]);
    let checked = erp.checks("joris@example.com").await;
    assert_eq!(
        checked,
        json!({ "decision": "ask", "rule": "ask", "requestId": first.body["id"] })
    );
    assert_eq!(
        erp.checks("approve@test.invalid").await["decision"],
        "allow"
    );
    assert_eq!(erp.checks("reject@test.invalid").await["decision"], "deny");

    // Looked at, taken back, and closed then.
    let tag = erp.gets(&path).await.header("etag").to_owned();
    let known = erp
        .calls(Method::GET, &path, &[("if-none-match", &tag)], "")
        .await;
    assert_eq!(known.status, 304);
    let cancel = format!("{path}/cancel");
    for _ in 0..2 {
        let cancelled = erp.posts(&cancel, &Value::Null).await;
        assert_eq!(
            decided(&cancelled.body),
            ("cancelled", "client", None),
            "{cancelled:?}"
        );
    }
    let approved = erp.asks(TULIPS, "approve@test.invalid").await;
    let cancel = format!(
        "{REQUESTS}/{}/cancel",
        approved.body["id"].as_str().unwrap()
    );
    erp.posts(&cancel, &Value::Null)
        .await
        .is_problem(409, &cancel);

    // The feed and the webhooks tell the same, in the same order.
    let events = erp.events().await;
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let expected = ["created", "cancelled", "created", "approved"];
    assert_eq!(kinds, expected.map(|kind| format!("access_request.{kind}")));
    assert_eq!(events[3]["data"], approved.body);
    assert_eq!(events[3]["sequence"], 4);
    while messenger::deliver_due(&app.app, "test").await.unwrap() > 0 {}
    let mut told: Vec<Value> = receiver.told().iter().map(|told| told.json()).collect();
    told.sort_by_key(|event| event["sequence"].as_i64());
    assert_eq!(told, events);
    let secret = added.body["secret"].as_str().unwrap();
    assert!(receiver.told().iter().all(|told| told.is_signed_by(secret)));

    // The list, page by page, and the feed behind a cursor.
    let page = erp.gets(&format!("{REQUESTS}?limit=1")).await;
    assert_eq!(page.body["data"], json!([approved.body]));
    let next = page.body["nextCursor"].as_str().unwrap();
    let page = erp.gets(&format!("{REQUESTS}?limit=1&cursor={next}")).await;
    assert_eq!(page.body["data"][0]["id"], first.body["id"]);
    assert_eq!(page.body.get("nextCursor"), None);
    for (query, count) in [
        ("status=approved", 1),
        ("status=pending", 0),
        ("accountNumber=112233445", 2),
    ] {
        let page = erp.gets(&format!("{REQUESTS}?{query}")).await;
        assert_eq!(
            page.body["data"].as_array().unwrap().len(),
            count,
            "{query}"
        );
    }
    let page = erp.gets("/v1/events?limit=3").await;
    let next = page.body["nextCursor"].as_str().unwrap();
    let rest = erp.gets(&format!("/v1/events?cursor={next}")).await;
    assert_eq!(rest.body["data"], json!([events[3]]));
}

async fn whoever_waits_with_a_test_key_hears_the_decision(database: Database) {
    let app = TestApp::start(database).await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    let asked = erp.asks(TULIPS, "slow-reject+10s@test.invalid").await;
    let path = asked.header("location").to_owned();
    let tag = erp.gets(&path).await.header("etag").to_owned();
    let waiting = async {
        let headers = [("prefer", "wait=60"), ("if-none-match", tag.as_str())];
        erp.calls(Method::GET, &path, &headers, "").await
    };
    let deciding = async {
        while !app.app.request_changes.is_awaited() {
            tokio::task::yield_now().await;
        }
        app.pass(Duration::from_secs(10));
        assert_eq!(erp.sweeps().await, 1);
    };
    let (heard, ()) = tokio::join!(waiting, deciding);
    assert_eq!(
        (heard.status, &heard.body["status"]),
        (200, &json!("rejected"))
    );
}

async fn a_test_key_takes_every_number_or_those_of_its_scope(database: Database) {
    let app = TestApp::start(database).await;
    let anywhere = Integrator::of(&app, "anywhere", &[]).await;
    for account in [TULIPS, NOWHERE] {
        assert_eq!(
            anywhere.asks(account, "joris@example.com").await.status,
            201
        );
    }
    let tulips = Integrator::of(&app, "tulips", slice::from_ref(&number(TULIPS))).await;
    assert_eq!(tulips.asks(TULIPS, "joris@example.com").await.status, 201);
    let outside = tulips.asks(NOWHERE, "joris@example.com").await;
    outside.is_problem(404, REQUESTS);
    let body = json!({ "accountNumber": NOWHERE, "email": "approve@test.invalid" });
    let checked = tulips.posts("/v1/access-checks", &body).await;
    checked.is_problem(404, "/v1/access-checks");
    // Nor does one key see what another asked for.
    assert_eq!(tulips.events().await.len(), 1);
    let theirs = anywhere.gets(REQUESTS).await.body["data"][0]["id"].clone();
    let path = format!("{REQUESTS}/{}", theirs.as_str().unwrap());
    tulips.gets(&path).await.is_problem(404, &path);
}

on_both_databases!(
    a_test_key_has_the_same_doors,
    whoever_waits_with_a_test_key_hears_the_decision,
    a_test_key_takes_every_number_or_those_of_its_scope,
);

#[tokio::test]
async fn what_was_over_a_month_ago_is_forgotten_and_a_cursor_says_so() {
    let app = TestApp::start(Database::Sqlite).await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    let start = erp.gets("/v1/events").await.body["nextCursor"].clone();
    let old = erp.asks(TULIPS, "approve@test.invalid").await;
    app.pass(Duration::from_secs(31 * 86_400));
    let new = erp.asks(TULIPS, "reject@test.invalid").await;
    test_mode::prune(&app.app).await.unwrap();
    let path = format!("{REQUESTS}/{}", old.body["id"].as_str().unwrap());
    erp.gets(&path).await.is_problem(404, &path);
    let events = erp.events().await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["data"], new.body);
    let behind = format!("/v1/events?cursor={}", start.as_str().unwrap());
    erp.gets(&behind).await.is_problem(410, "/v1/events");
}
