//! Shipping systems are told what happens: who is, what they hear, and whom we never call.

mod endpoints;
mod guard;
mod peers;
mod sharing;
mod telling;
mod trouble;

use std::time::Duration;

use esecured::worker::messenger;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, receiver::Receiver};

const ENDPOINTS: &str = "/v1/webhook-endpoints";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// An endpoint as it was added.
struct Added {
    id: String,
    secret: String,
}

impl Added {
    fn path(&self, of: &str) -> String {
        format!("{ENDPOINTS}/{}{of}", self.id)
    }
}

/// A call of the API with a key: the status, and the body where it is JSON.
async fn calls(
    app: &TestApp,
    key: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let url = format!("{}{path}", app.base);
    let mut request = app.http.request(method, url).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn posts(app: &TestApp, path: &str, body: &Value) -> (u16, Value) {
    calls(app, &app.api_key, Method::POST, path, Some(body)).await
}

async fn gets(app: &TestApp, path: &str) -> Value {
    let (status, body) = calls(app, &app.api_key, Method::GET, path, None).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// The shipping system of the story wants to be told there.
async fn added(app: &TestApp, receiver: &Receiver) -> Added {
    added_with(app, &app.api_key, &receiver.url()).await
}

async fn added_with(app: &TestApp, key: &str, url: &str) -> Added {
    let body = json!({ "url": url });
    let (status, body) = calls(app, key, Method::POST, ENDPOINTS, Some(&body)).await;
    assert_eq!(status, 201, "{body}");
    Added {
        id: body["id"].as_str().unwrap().to_owned(),
        secret: body["secret"].as_str().unwrap().to_owned(),
    }
}

/// The messenger tells everything that is due; how many calls it were.
async fn tells(app: &TestApp) -> usize {
    messenger::deliver_due(&app.app, "test").await.unwrap()
}

/// What became of what the endpoint was told, the oldest first.
async fn deliveries(app: &TestApp, endpoint: &Added) -> Vec<Value> {
    let body = gets(app, &endpoint.path("/deliveries")).await;
    let mut deliveries = body["data"].as_array().unwrap().clone();
    deliveries.reverse();
    deliveries
}

/// How the list shows the one endpoint there is.
async fn shown(app: &TestApp) -> Value {
    let body = gets(app, ENDPOINTS).await;
    let all = body["data"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{body}");
    all[0].clone()
}
