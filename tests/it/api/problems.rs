//! Whatever goes wrong is told as problem details, names what is wrong, and changes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, ask, call, joris_for_tulips};
use crate::support::{Database, JORIS, TULIPS, TestApp, on_both_databases};

const ASK: &str = "/v1/access-requests";
const CHECK: &str = "/v1/access-checks";

async fn post(
    app: &TestApp,
    path: &str,
    kind: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let authorization = format!("Bearer {}", app.api_key);
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(kind.map(|kind| ("content-type", kind)));
    call(app, Method::POST, path, &headers, body).await
}

#[tokio::test]
async fn what_is_not_understood_is_a_problem() {
    let app = TestApp::start(Database::Sqlite).await;
    let before = app.dump().await;
    let json = Some("application/json");
    for path in [ASK, CHECK] {
        for bad in ["", "{", "{\"accountNumber\":", "nonsense", "\u{0}"] {
            post(&app, path, json, bad).await.is_problem(400, path);
        }
        post(&app, path, json, vec![b'{', 0xff, b'}'])
            .await
            .is_problem(400, path);
        for bad in ["[]", "null", "\"text\"", "12", "true"] {
            post(&app, path, json, bad).await.is_problem(400, path);
        }
        // No two readers agree on which of them counts.
        let twice = format!(
            "{{\"accountNumber\":\"{TULIPS}\",\"email\":\"a@example.com\",\"email\":\"{JORIS}\"}}"
        );
        let said = post(&app, path, json, twice).await;
        said.is_problem(400, path);
        assert_eq!(said.body["errors"][0]["pointer"], "/email");
        let good = joris_for_tulips().to_string();
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/jsonp"),
        ] {
            post(&app, path, kind, good.clone())
                .await
                .is_problem(415, path);
        }
        let large =
            json!({ "accountNumber": TULIPS, "email": JORIS, "reason": "x".repeat(70_000) });
        post(&app, path, json, large.to_string())
            .await
            .is_problem(413, path);
    }
    // A deep body neither crashes nor is taken.
    let deep = "[".repeat(20_000);
    post(&app, ASK, json, deep).await.is_problem(400, ASK);
    assert_eq!(app.dump().await, before);
    let with_charset = Some("Application/JSON; charset=utf-8");
    let good = joris_for_tulips().to_string();
    assert_eq!(post(&app, ASK, with_charset, good).await.status, 201);
}

#[tokio::test]
async fn every_wrong_member_is_named() {
    let app = TestApp::start(Database::Sqlite).await;
    let before = app.dump().await;
    let with = |name: &str, value: Value| {
        let mut body = joris_for_tulips();
        body[name] = value;
        body
    };
    for (body, pointers) in [
        (json!({}), vec!["/accountNumber", "/email"]),
        (json!({ "accountNumber": TULIPS }), vec!["/email"]),
        (
            with("accountNumber", json!(112_233_445)),
            vec!["/accountNumber"],
        ),
        (
            with("accountNumber", json!("12345678")),
            vec!["/accountNumber"],
        ),
        (
            with("accountNumber", json!("12345678901")),
            vec!["/accountNumber"],
        ),
        (
            with("accountNumber", json!("11223344a")),
            vec!["/accountNumber"],
        ),
        // Digits of another script are no digits here.
        (
            with("accountNumber", json!("\u{661}\u{661}2233445")),
            vec!["/accountNumber"],
        ),
        (with("accountNumber", Value::Null), vec!["/accountNumber"]),
        (with("email", json!("joris")), vec!["/email"]),
        (with("email", json!("joris@")), vec!["/email"]),
        (with("email", json!("@elsewhere.example")), vec!["/email"]),
        (
            with("email", json!("a b@elsewhere.example")),
            vec!["/email"],
        ),
        (
            with("email", json!("joris@elsewhere.example, x@y.example")),
            vec!["/email"],
        ),
        (
            with("email", json!("Joris <joris@elsewhere.example>")),
            vec!["/email"],
        ),
        (
            with(
                "email",
                json!("joris@elsewhere.example\r\nBcc: x@y.example"),
            ),
            vec!["/email"],
        ),
        // Looks like another address: an invisible and a direction-changing character.
        (
            with("email", json!("jo\u{200b}ris@elsewhere.example")),
            vec!["/email"],
        ),
        (
            with("email", json!("\u{202e}joris@elsewhere.example")),
            vec!["/email"],
        ),
        (
            with("email", json!(["joris@elsewhere.example"])),
            vec!["/email"],
        ),
        (with("name", json!(7)), vec!["/name"]),
        (with("name", json!("x".repeat(201))), vec!["/name"]),
        (with("name", json!("a\u{0}b")), vec!["/name"]),
        (with("reason", json!("x".repeat(2_001))), vec!["/reason"]),
        (with("reference", json!({})), vec!["/reference"]),
        (with("language", json!("fr")), vec!["/language"]),
        (with("emailVerified", json!("yes")), vec!["/emailVerified"]),
        (with("colour", json!("red")), vec!["/colour"]),
        (with("a/b~c", json!(1)), vec!["/a~1b~0c"]),
        (
            json!({ "accountNumber": "x", "email": "y", "language": 1, "z": 0 }),
            vec!["/accountNumber", "/email", "/language", "/z"],
        ),
    ] {
        let answer = ask(&app, &body).await;
        assert_eq!(answer.is_problem(400, ASK), pointers, "{body}");
    }
    let refused = post(
        &app,
        CHECK,
        Some("application/json"),
        with("reason", json!("x")).to_string(),
    )
    .await;
    assert_eq!(refused.is_problem(400, CHECK), ["/reason"]);
    assert_eq!(app.dump().await, before);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let app = TestApp::start(Database::Sqlite).await;
    let authorization = format!("Bearer {}", app.api_key);
    let headers = [("authorization", authorization.as_str())];
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/access-requests/",
        "/v1/access-requests/a/b",
    ] {
        call(&app, Method::GET, path, &headers, "")
            .await
            .is_problem(404, path);
    }
    for (method, path, allowed) in [
        (Method::DELETE, ASK, "POST"),
        (Method::PUT, CHECK, "POST"),
        (Method::GET, CHECK, "POST"),
        (Method::OPTIONS, ASK, "POST"),
        (
            Method::POST,
            "/v1/access-requests/0198c3a0-0000-7000-8000-000000000000",
            "GET",
        ),
    ] {
        let answer = call(&app, method, path, &headers, "").await;
        answer.is_problem(405, path);
        let allow = answer.header("allow");
        assert!(allow.contains(allowed), "{path}: {allow}");
    }
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let app = TestApp::start(Database::Sqlite).await;
    let named = async |path: &str, id: &str| {
        let answer = call(&app, Method::GET, path, &[("x-request-id", id)], "").await;
        answer.header("x-request-id").to_owned()
    };
    for path in [
        "/v1/nothing",
        "/login",
        "/r/x",
        "/style.css",
        "/",
        "/nothing",
    ] {
        assert_eq!(named(path, "booking-7.a:b_c").await, "booking-7.a:b_c");
        // Too long or not harmless: ours instead.
        for bad in ["x".repeat(129), "a b".to_owned(), "<b>".to_owned()] {
            let made = named(path, &bad).await;
            assert_eq!(made.len(), 36, "{path}: {made}");
        }
    }
}

async fn without_a_database_nothing_is_acknowledged(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.app.store.close().await;
    let look = format!("/v1/access-requests/{id}");
    for (path, answer) in [
        (ASK, ask(&app, &joris_for_tulips()).await),
        (
            CHECK,
            Answer::of(app.post(CHECK, &joris_for_tulips()).await).await,
        ),
        (look.as_str(), Answer::of(app.get(&look).await).await),
    ] {
        answer.is_problem(503, path);
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        // What the database said is for the log alone.
        assert!(!answer.body.to_string().contains("pool"), "{answer:?}");
    }
    let page = app.browser().sign_in("anna@tulips.example", "x", "/").await;
    assert_eq!(page.status, 503);
    page.shows("Even niet bereikbaar");
}

on_both_databases!(without_a_database_nothing_is_acknowledged);
