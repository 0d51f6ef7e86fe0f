//! What each route for shipping systems needs.

use serde_json::{Value, json};

use super::table::Right;

fn endpoint(id: &str, path: &str, body: Option<Value>) -> (String, Option<Value>) {
    (format!("/v1/webhook-endpoints/{id}{path}"), body)
}

/// The rows of all of them.
pub fn rows() -> Vec<(&'static str, Right)> {
    use Right::{Key, KeyList, KeyOwn};
    vec![
        (
            "POST /v1/access-requests",
            Key(|its| {
                let body = json!({ "accountNumber": its.number, "email": its.newcomer });
                ("/v1/access-requests".to_owned(), Some(body))
            }),
        ),
        (
            "GET /v1/access-requests/{id}",
            Key(|its| (format!("/v1/access-requests/{}", its.request), None)),
        ),
        ("GET /v1/access-requests", KeyList("/v1/access-requests")),
        (
            "POST /v1/access-requests/{id}/cancel",
            Key(|its| {
                (
                    format!("/v1/access-requests/{}/cancel", its.request),
                    Some(json!({})),
                )
            }),
        ),
        (
            "POST /v1/access-checks",
            Key(|its| {
                let body = json!({ "accountNumber": its.number, "email": its.newcomer });
                ("/v1/access-checks".to_owned(), Some(body))
            }),
        ),
        ("GET /v1/events", KeyList("/v1/events")),
        (
            "GET /v1/webhook-endpoints",
            KeyOwn(|_| ("/v1/webhook-endpoints".to_owned(), None)),
        ),
        (
            "POST /v1/webhook-endpoints",
            KeyOwn(|other| {
                let url = format!("https://example.com/beside/{other}");
                let body = json!({ "url": url });
                ("/v1/webhook-endpoints".to_owned(), Some(body))
            }),
        ),
        (
            "DELETE /v1/webhook-endpoints/{id}",
            KeyOwn(|id| endpoint(id, "", None)),
        ),
        (
            "GET /v1/webhook-endpoints/{id}/deliveries",
            KeyOwn(|id| endpoint(id, "/deliveries", None)),
        ),
        (
            "POST /v1/webhook-endpoints/{id}/test",
            KeyOwn(|id| endpoint(id, "/test", Some(json!({})))),
        ),
        (
            "POST /v1/webhook-endpoints/{id}/replay",
            KeyOwn(|id| endpoint(id, "/replay", Some(json!({})))),
        ),
        (
            "POST /v1/webhook-endpoints/{id}/rotate-secret",
            KeyOwn(|id| endpoint(id, "/rotate-secret", Some(json!({})))),
        ),
        (
            "POST /v1/webhook-endpoints/{id}/enable",
            KeyOwn(|id| endpoint(id, "/enable", Some(json!({})))),
        ),
    ]
}
