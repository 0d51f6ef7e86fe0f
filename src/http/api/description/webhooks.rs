//! What is sent to webhook endpoints: one description for each type of event.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{
    domain::{
        announced::{Announced, Noun},
        webhook::SentKind,
    },
    http::api::examples,
    shapes::{EntryShape, EventShape, RequestShape, TestEventShape},
};

/// All of them by their type.
pub(super) fn all() -> Value {
    let events = Announced::ALL.iter().map(|kind| {
        let about = match kind.noun() {
            Noun::Request => RequestShape::name(),
            Noun::AuthorizedUser => EntryShape::name(),
        };
        let schema = json!({
            "allOf": [
                schema(&EventShape::name()),
                {
                    "type": "object",
                    "properties": { "type": { "const": kind.as_str() }, "data": schema(&about) },
                },
            ],
        });
        let sent = posted(
            kind.as_str(),
            meaning(*kind),
            schema,
            examples::event(*kind),
        );
        (kind.to_string(), sent)
    });
    let test = posted(
        SentKind::Test.as_str(),
        "You asked for it, to try the endpoint.",
        schema(&TestEventShape::name()),
        examples::test_event(),
    );
    events
        .chain([(SentKind::Test.as_str().to_owned(), test)])
        .collect::<Map<_, _>>()
        .into()
}

fn meaning(kind: Announced) -> &'static str {
    match kind {
        Announced::RequestCreated => "A request was opened.",
        Announced::RequestApproved => "A request was approved: access.",
        Announced::RequestRejected => "A request was rejected: no access.",
        Announced::RequestReopened => "A rejection was undone: the request is pending again.",
        Announced::RequestExpired => "Nobody answered in time: no access.",
        Announced::RequestCancelled => "A request was taken back: no access.",
        Announced::RequestUnreachable => {
            "No administrator can be reached about a request: tell the operator."
        }
        Announced::UserAdded => {
            "An address was made an authorized user by name. A request that is approved does the same \
             without this event."
        }
        Announced::UserRevoked => "An address may not use the account any more.",
    }
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn posted(kind: &str, meaning: &str, schema: Value, example: Value) -> Value {
    let header = |name: &str, description: &str, example: &str| {
        json!({
            "name": name,
            "in": "header",
            "required": true,
            "description": description,
            "schema": { "type": "string" },
            "example": example,
        })
    };
    json!({
        "post": {
            "operationId": kind,
            "tags": ["Webhooks"],
            "summary": kind,
            "description": meaning,
            "security": [],
            "parameters": [
                header("webhook-id", "Names the event: the same however often it comes.",
                    "0196d3f1-0c2a-7b11-8d2e-0a1b2c3d4e5f"),
                header("webhook-timestamp", "When it was sent, in seconds since 1970.", "1778572971"),
                header("webhook-signature", "`v1,` and a signature in base64; while a secret is \
                    being replaced two of them, with a blank between.",
                    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
            ],
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": schema, "example": example } },
            },
            "responses": {
                "2XX": { "description": "You have it. Answer within twenty seconds." },
                "410": { "description": "You want nothing any more: the endpoint is disabled." },
                "default": { "description": "It comes again, less and less often, for a week." },
            },
        },
    })
}
