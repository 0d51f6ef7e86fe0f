//! A key sees the accounts of its scope, and cannot tell the others from those that do not exist.

use esecured::{
    domain::{account::Esecure, account_number::AccountNumber},
    workflow::client_keys,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, add_account, call};
use crate::support::{Database, JORIS, TULIPS, TestApp, on_both_databases};

/// An answer without what differs between any two answers.
fn essence(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.body.clone();
    body["requestId"] = Value::Null;
    body["instance"] = Value::Null;
    let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    (answer.status, headers, body)
}

async fn an_account_outside_the_scope_answers_like_an_unknown_one(database: Database) {
    let app = TestApp::start(database).await;
    let roses = add_account(&app, "998877665", Esecure::Active).await;
    let inactive = add_account(&app, "998877666", Esecure::Inactive).await;
    let id = app.joris_asks().await;
    let key = client_keys::add_client(&app.app, "roses only", std::slice::from_ref(&roses), None)
        .await
        .unwrap();
    let authorization = format!("Bearer {}", key.expose());
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let before = app.dump().await;
    for path in ["/v1/access-requests", "/v1/access-checks"] {
        let asked = async |account: &str, email: &str| {
            let body = json!({ "accountNumber": account, "email": email }).to_string();
            call(&app, Method::POST, path, &headers, body).await
        };
        let unknown = asked("555555555", JORIS).await;
        unknown.is_problem(404, path);
        for (account, email) in [
            (TULIPS, JORIS),
            (TULIPS, "nobody@elsewhere.example"),
            (inactive.as_str(), JORIS),
        ] {
            let outside = asked(account, email).await;
            assert_eq!(essence(&outside), essence(&unknown), "{account}");
        }
    }
    let look = async |path: &str| call(&app, Method::GET, path, &headers, "").await;
    let theirs = look(&format!("/v1/access-requests/{id}")).await;
    let unknown = look("/v1/access-requests/0198c3a0-0000-7000-8000-000000000000").await;
    let nonsense = look("/v1/access-requests/nonsense").await;
    assert_eq!(theirs.status, 404);
    assert_eq!(essence(&theirs), essence(&unknown));
    assert_eq!(essence(&theirs), essence(&nonsense));
    assert_eq!(app.dump().await, before);

    // In its scope the key works.
    let body = json!({ "accountNumber": roses.as_str(), "email": JORIS }).to_string();
    let inside = call(&app, Method::POST, "/v1/access-requests", &headers, body).await;
    assert_eq!(inside.status, 201, "{inside:?}");
    // Nobody decides for that account: the request waits, and says so.
    assert_eq!(inside.body["reachable"], false);
    let path = inside.header("location").to_owned();
    assert_eq!(look(&path).await.status, 200);
}

on_both_databases!(an_account_outside_the_scope_answers_like_an_unknown_one);

#[tokio::test]
async fn a_key_without_a_scope_may_use_later_accounts_too() {
    let app = TestApp::start(Database::Sqlite).await;
    let roses: AccountNumber = add_account(&app, "998877665", Esecure::Active).await;
    app.asks(JORIS, roses.as_str()).await;
}
