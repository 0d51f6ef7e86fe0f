//! Test mode and what is live never meet: whatever a test key asks for, nothing live changes, and
//! neither key sees anything of the other's.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use esecured::{config::Limit, worker::messenger, workflow::test_mode};
use serde_json::{Value, json};

use super::{Answer, check, test_mode::Integrator};
use crate::support::{
    ANNA, BRAM, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases, receiver::Receiver,
};

/// What a test key may write to: its own requests and events, its row, the answers it was given, its
/// endpoints and what they are told.
const OWN: [&str; 6] = [
    "client",
    "idempotency",
    "test_event",
    "test_request",
    "webhook_delivery",
    "webhook_endpoint",
];

/// Every row of every other table.
async fn live(app: &TestApp) -> Vec<String> {
    let dump = app.dump().await;
    let is_live = |line: &&str| {
        let table = line.split(' ').next().unwrap();
        !OWN.contains(&table)
    };
    dump.lines().filter(is_live).map(str::to_owned).collect()
}

/// What people and live keys see.
async fn seen(app: &TestApp) -> Vec<String> {
    let anna = app.signed_in(ANNA).await;
    let mut seen = Vec::new();
    for path in [
        "/authorized-users?status=pending",
        "/authorized-users?status=approved",
        "/authorized-users?status=rejected",
        "/authorized-users?status=expired",
        "/activity",
    ] {
        let page = anna.open(path).await;
        assert_eq!(page.status, 200);
        // Each sign-in has its own.
        seen.push(
            page.body
                .replace(&page.field("csrf"), "")
                .replace(&page.header("x-request-id").to_owned(), ""),
        );
    }
    for path in ["/v1/access-requests", "/v1/events", "/v1/webhook-endpoints"] {
        seen.push(Answer::of(app.get(path).await).await.body["data"].to_string());
    }
    seen
}

const ADDRESSES: [&str; 6] = [
    "approve@test.invalid",
    "reject@test.invalid",
    "expire@test.invalid",
    "slow-approve+10s@test.invalid",
    "slow-reject+10s@test.invalid",
    JORIS,
];

async fn nothing_live_changes_whatever_a_test_key_does(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.limits.per_requester = Some(Limit {
            count: 2,
            per: Duration::from_secs(86_400),
        });
    })
    .await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    let receiver = Receiver::start().await;
    let theirs = Receiver::start().await;
    for (key, receiver) in [(&erp.key, &receiver), (&app.api_key, &theirs)] {
        let caller = Integrator {
            app: &app,
            key: key.clone(),
        };
        let url = json!({ "url": receiver.url() });
        assert_eq!(
            caller.posts("/v1/webhook-endpoints", &url).await.status,
            201
        );
    }
    // Something live stands there: a request of the address that is asked for in test mode too.
    let real = app.joris_asks().await;
    app.deliver_mail().await;
    app.places_events().await;
    let seen_before = seen(&app).await;
    let mails = app.mails_to(ANNA).len() + app.mails_to(BRAM).len();
    let before = live(&app).await;

    for address in ADDRESSES {
        for _ in 0..4 {
            let asked = erp.asks(TULIPS, address).await;
            assert!(asked.status < 300, "{asked:?}");
            assert_ne!(asked.body["id"], json!(real.to_string()));
        }
    }
    app.pass(Duration::from_secs(20));
    test_mode::close_due(&app.app, 100).await.unwrap();
    let open = erp.gets("/v1/access-requests?status=pending").await;
    for request in open.body["data"].as_array().unwrap() {
        let path = format!(
            "/v1/access-requests/{}/cancel",
            request["id"].as_str().unwrap()
        );
        assert_eq!(erp.posts(&path, &Value::Null).await.status, 200);
    }
    app.deliver_mail().await;
    assert_eq!(app.makes_digests().await, 0);
    app.places_events().await;
    while messenger::deliver_due(&app.app, "test").await.unwrap() > 0 {}

    assert_eq!(live(&app).await, before);
    assert_eq!(seen(&app).await, seen_before);
    assert_eq!(app.mails_to(ANNA).len() + app.mails_to(BRAM).len(), mails);
    for address in ADDRESSES {
        assert!(app.mails_to(address).len() < 2, "{address}");
    }
    // Nobody is allowed anything, and no limit was used up: two more of each are mailed at once.
    for address in ADDRESSES {
        assert_eq!(check(&app, address).await["decision"], "ask", "{address}");
    }
    assert_eq!(theirs.kinds(), ["access_request.created"]);
    assert!(receiver.told().len() > 8);
    assert!(
        receiver
            .told()
            .iter()
            .all(|told| !told.body.contains(&real.to_string()))
    );
    invariants::hold(&app.app).await;
}

async fn neither_key_sees_what_is_the_others(database: Database) {
    let app = TestApp::start(database).await;
    let erp = Integrator::of(&app, "erp", &[]).await;
    let booking = Integrator {
        app: &app,
        key: app.api_key.clone(),
    };
    let live = app.joris_asks().await.to_string();
    app.places_events().await;
    let test = erp.asks(TULIPS, JORIS).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (caller, own, other) in [(&erp, &test, &live), (&booking, &live, &test)] {
        let path = format!("/v1/access-requests/{other}");
        caller.gets(&path).await.is_problem(404, &path);
        let cancel = format!("{path}/cancel");
        caller
            .posts(&cancel, &Value::Null)
            .await
            .is_problem(404, &cancel);
        for list in ["/v1/access-requests", "/v1/events"] {
            let seen = caller.gets(list).await.body["data"].to_string();
            assert!(
                seen.contains(own.as_str()) && !seen.contains(other.as_str()),
                "{list}: {seen}"
            );
        }
    }
    // A cursor of the one is none of the other's.
    let cursor = erp.gets("/v1/events").await.body["nextCursor"].clone();
    let path = format!("/v1/events?cursor={}", cursor.as_str().unwrap());
    booking.gets(&path).await.is_problem(400, "/v1/events");
}

on_both_databases!(
    nothing_live_changes_whatever_a_test_key_does,
    neither_key_sees_what_is_the_others,
);

/// The words of the SQL of a file.
fn tables_of(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut tables = BTreeSet::new();
    let mut before = "";
    for word in words.filter(|word| !word.is_empty()) {
        if ["FROM", "JOIN", "INTO", "UPDATE"].contains(&before) {
            tables.insert(word);
        }
        before = word;
    }
    tables
}

/// Tables apart are worth nothing where a statement joins them.
#[test]
fn no_statement_of_the_store_knows_tests_and_what_is_live() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut looked_at = 0;
    for file in fs::read_dir(store).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let tables = tables_of(&text);
        let own = ["test_request", "test_event"];
        if name.starts_with("test_") {
            let known = BTreeSet::from(["client", "client_account", "test_event", "test_request"]);
            assert!(tables.is_subset(&known), "{name}: {tables:?}");
            looked_at += 1;
        } else {
            assert!(
                own.iter().all(|table| !tables.contains(table)),
                "{name}: {tables:?}"
            );
        }
    }
    assert_eq!(looked_at, 2);
}
