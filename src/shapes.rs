//! How things look in JSON to shipping systems: in the API, in the event feed and in webhooks.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    domain::{
        announced::FeedEventId,
        note::Note,
        people::Administrator,
        request::Door,
        rules::Rule,
        test_request::{TestRequest, TestState},
        timestamp::Timestamp,
        webhook::{DeliveryStatus, Endpoint, SentKind, WebhookDelivery},
    },
    workflow::{
        look::Shown,
        look_back::{About, ShownEntry, Told},
    },
};

/// An access request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestShape {
    id: String,
    number: String,
    account_number: String,
    email: String,
    status: &'static str,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionShape>,
    notifications: Vec<NotificationShape>,
    reachable: bool,
    repeats: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct DecisionShape {
    door: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    at: Timestamp,
    /// Only what the administrator lets the requester read.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize)]
struct NotificationShape {
    administrator: String,
    state: &'static str,
    at: Timestamp,
}

impl RequestShape {
    /// As shipping systems see it: administrators masked.
    pub fn of(shown: &Shown) -> Self {
        let request = &shown.request;
        let state = request.state;
        Self {
            id: request.id.to_string(),
            number: request.number.to_string(),
            account_number: request.account.as_str().to_owned(),
            email: request.email.as_typed().to_owned(),
            status: state.status().as_str(),
            rule: request.rule.as_str(),
            decision: state
                .door()
                .zip(state.closed_at())
                .map(|(door, at)| DecisionShape {
                    door: door.as_str(),
                    by: decided_by(shown.decided_by.as_ref(), shown.decided_for.as_ref()),
                    at,
                    note: request
                        .note
                        .as_ref()
                        .and_then(Note::shown)
                        .map(str::to_owned),
                }),
            notifications: shown
                .notifications
                .iter()
                .map(|one| NotificationShape {
                    administrator: one.email.masked(),
                    state: match one.state {
                        // To a shipping system it is one that has not gone out.
                        "gathered" => "queued",
                        state => state,
                    },
                    at: one.at,
                })
                .collect(),
            reachable: shown.reachable,
            repeats: request.repeats,
            reference: request.reference.clone(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            expires_at: request.expires_at,
        }
    }

    /// One of a test key, in the same form: nobody is asked, so nobody is out of reach.
    pub fn of_test(request: &TestRequest) -> Self {
        Self {
            id: request.id.to_string(),
            number: request.number.to_string(),
            account_number: request.account.as_str().to_owned(),
            email: request.email.as_typed().to_owned(),
            status: request.state.status().as_str(),
            rule: Rule::Ask.as_str(),
            decision: match request.state {
                TestState::Pending => None,
                TestState::Closed { outcome, at } => Some(DecisionShape {
                    door: outcome.door().as_str(),
                    by: (outcome.door() == Door::Policy).then(|| "test mode".to_owned()),
                    at,
                    note: None,
                }),
            },
            notifications: Vec::new(),
            reachable: true,
            repeats: request.repeats,
            reference: request.reference.clone(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            expires_at: request.expires_at,
        }
    }

    /// As it is sent.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("the shape holds texts, numbers and lists only")
    }

    /// The same as the answer to somebody who asked again, with the rule that answered.
    pub fn answered_by(self, rule: Rule) -> Self {
        Self {
            rule: rule.as_str(),
            ..self
        }
    }
}

/// Who decided, and for whom where a stand-in did: `b***@example.com for a***@example.com`.
fn decided_by(by: Option<&Administrator>, absent: Option<&Administrator>) -> Option<String> {
    let by = by?.email.masked();
    Some(match absent {
        Some(absent) => format!("{by} for {}", absent.email.masked()),
        None => by,
    })
}

/// What stands for an address on an account, in an event of the feed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryShape<'a> {
    account_number: &'a str,
    email: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    decision: DecisionShape,
}

impl<'a> EntryShape<'a> {
    fn of(shown: &'a ShownEntry, at: Timestamp) -> Self {
        let entry = &shown.then;
        Self {
            account_number: entry.account.as_str(),
            email: entry.email.as_typed(),
            status: &entry.status,
            until: entry.until,
            request_id: entry.request.map(|id| id.to_string()),
            decision: DecisionShape {
                door: entry.door.as_str(),
                by: decided_by(shown.decided_by.as_ref(), shown.decided_for.as_ref()),
                at,
                note: None,
            },
        }
    }
}

/// An event of the feed: `data` is the request, or what stands for the address, as it was then.
pub fn event(told: &Told) -> Value {
    let about = match &told.about {
        About::Request(shown) => json!(RequestShape::of(shown)),
        About::Test(request) => json!(RequestShape::of_test(request)),
        About::Entry(shown) => json!(EntryShape::of(shown, told.at)),
    };
    json!({
        "id": told.id.to_string(),
        "type": told.kind.as_str(),
        "timestamp": told.at,
        "sequence": told.sequence,
        "data": about,
    })
}

/// Something to try an endpoint with, in the form of an event about nothing.
pub fn test_event(id: FeedEventId, at: Timestamp) -> Value {
    json!({
        "id": id.to_string(),
        "type": SentKind::Test.as_str(),
        "timestamp": at,
        "data": {},
    })
}

/// An endpoint.
pub fn endpoint(endpoint: &Endpoint) -> Value {
    let status = match (endpoint.disabled, endpoint.failing_since) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "failing",
        (None, None) => "working",
    };
    let mut shape = json!({
        "id": endpoint.id.to_string(),
        "url": endpoint.url,
        "status": status,
        "createdAt": endpoint.created_at,
    });
    if let Some(since) = endpoint.failing_since {
        shape["failingSince"] = json!(since);
    }
    if let Some(until) = endpoint.former_until {
        shape["formerSecretUntil"] = json!(until);
    }
    if let Some(disabled) = endpoint.disabled {
        shape["disabledAt"] = json!(disabled.at);
        shape["disabledBecause"] = json!(disabled.because.as_str());
    }
    shape
}

/// What became of an event on its way to an endpoint.
pub fn delivery(delivery: &WebhookDelivery) -> Value {
    let mut shape = json!({
        "eventId": delivery.event.to_string(),
        "type": delivery.kind.as_str(),
        "status": delivery.status.as_str(),
        "attempts": delivery.attempts,
        "createdAt": delivery.created_at,
    });
    if delivery.status == DeliveryStatus::Queued {
        shape["nextAttemptAt"] = json!(delivery.due_at);
    }
    if let Some(at) = delivery.settled_at {
        shape["settledAt"] = json!(at);
    }
    if let Some(status) = delivery.http_status {
        shape["httpStatus"] = json!(status);
    }
    if let Some(reason) = &delivery.reason {
        shape["reason"] = json!(reason);
    }
    shape
}

/// A rule allowed it at once: there is no request.
pub fn allowed(rule: Rule) -> Value {
    json!({ "status": "approved", "rule": rule.as_str() })
}

/// A rule denied it, and there is no request behind that.
pub fn denied(rule: Rule) -> Value {
    json!({ "status": "rejected", "rule": rule.as_str() })
}
