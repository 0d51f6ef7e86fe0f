//! What the description of the API shows as examples.

use serde_json::{Value, json};

use crate::domain::announced::Announced;

/// The request of all examples.
pub(super) const REQUEST_ID: &str = "0196d3f0-5f1e-7c40-9d1f-0a4c6a1f2b3c";
/// The endpoint of all examples.
pub(super) const ENDPOINT_ID: &str = "0196d3f2-77aa-7d03-b1c4-6e5d4c3b2a19";
const CLOSED_AT: &str = "2026-05-12T07:31:40.006Z";
const EVENT_ID: &str = "0196d3f1-0c2a-7b11-8d2e-0a1b2c3d4e5f";

/// A request as it is opened.
pub(super) fn pending() -> Value {
    request("pending", "queued", "2026-05-12T07:14:02.120Z")
}

/// The same, rejected by a reply.
pub(super) fn rejected() -> Value {
    closed(
        "rejected",
        json!({ "door": "reply", "by": "a***@example.nl", "at": CLOSED_AT }),
    )
}

/// The same, taken back.
pub(super) fn cancelled() -> Value {
    closed("cancelled", json!({ "door": "client", "at": CLOSED_AT }))
}

fn closed(status: &str, decision: Value) -> Value {
    let mut request = request(status, "delivered", CLOSED_AT);
    request["decision"] = decision;
    request
}

fn request(status: &str, mail: &str, updated_at: &str) -> Value {
    json!({
        "id": REQUEST_ID,
        "number": "R-7Q4K9",
        "accountNumber": "112233445",
        "email": "joris.bakker@example.com",
        "status": status,
        "rule": "ask",
        "notifications": [{
            "administrator": "a***@example.nl",
            "state": mail,
            "at": "2026-05-12T07:14:02.120Z",
        }],
        "reachable": true,
        "repeats": 0,
        "reference": "PO-2291",
        "createdAt": "2026-05-12T07:14:02.120Z",
        "updatedAt": updated_at,
        "expiresAt": "2026-05-26T07:14:02.120Z",
    })
}

/// An event of this type.
pub(super) fn event(kind: Announced) -> Value {
    let about = match kind {
        Announced::RequestCreated | Announced::RequestReopened => pending(),
        Announced::RequestApproved => {
            let decision = json!({ "door": "portal", "by": "a***@example.nl", "at": CLOSED_AT });
            closed("approved", decision)
        }
        Announced::RequestRejected => rejected(),
        Announced::RequestExpired => closed("expired", json!({ "door": "timer", "at": CLOSED_AT })),
        Announced::RequestCancelled => cancelled(),
        Announced::RequestUnreachable => {
            let mut request = pending();
            request["reachable"] = json!(false);
            request
        }
        Announced::UserAdded => authorized_user("approved"),
        Announced::UserRevoked => authorized_user("rejected"),
    };
    json!({
        "id": EVENT_ID,
        "type": kind.as_str(),
        "timestamp": CLOSED_AT,
        "sequence": 42,
        "data": about,
    })
}

fn authorized_user(status: &str) -> Value {
    json!({
        "accountNumber": "112233445",
        "email": "joris.bakker@example.com",
        "status": status,
        "requestId": REQUEST_ID,
        "decision": { "door": "portal", "by": "a***@example.nl", "at": CLOSED_AT },
    })
}

/// What is sent to try an endpoint.
pub(super) fn test_event() -> Value {
    json!({
        "id": EVENT_ID,
        "type": "webhook_endpoint.test",
        "timestamp": "2026-05-12T07:40:00.000Z",
        "data": {},
    })
}

/// An endpoint.
pub(super) fn endpoint() -> Value {
    json!({
        "id": ENDPOINT_ID,
        "url": "https://booking.example.com/esecure",
        "status": "working",
        "createdAt": "2026-05-12T07:00:00.000Z",
    })
}

/// An endpoint as it is added, or gets a new secret.
pub(super) fn endpoint_with_secret() -> Value {
    let mut endpoint = endpoint();
    endpoint["secret"] = json!("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    endpoint
}

/// A delivery of the event.
pub(super) fn delivery() -> Value {
    json!({
        "eventId": EVENT_ID,
        "type": "access_request.rejected",
        "status": "delivered",
        "attempts": 1,
        "createdAt": "2026-05-12T07:31:40.900Z",
        "settledAt": "2026-05-12T07:31:41.032Z",
        "httpStatus": 200,
    })
}

/// What is sent again: one event.
pub(super) fn replay() -> Value {
    json!({ "eventId": EVENT_ID })
}
