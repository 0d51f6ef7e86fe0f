//! Webhook endpoints, and what became of what was sent to them.

use serde::Serialize;
use utoipa::{ToSchema, openapi::Object};

use super::schema;
use crate::domain::{
    timestamp::Timestamp,
    webhook::{DeliveryStatus, DisabledBecause, Endpoint, WebhookDelivery},
    webhook_secret::WebhookSecret,
};

/// Where you want to be told what happens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookEndpoint)]
pub struct EndpointShape {
    /// Names it.
    #[schema(format = "uuid")]
    id: String,
    /// As it was given.
    #[schema(format = "uri")]
    url: String,
    #[schema(schema_with = endpoint_status)]
    status: &'static str,
    /// When it was added.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When the first of the attempts failed since which none went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    failing_since: Option<Timestamp>,
    /// Until when the former secret signs too, once the secret was rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    former_secret_until: Option<Timestamp>,
    /// Since when it is not called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    disabled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = disabled_because)]
    disabled_because: Option<&'static str>,
}

/// An endpoint with the secret that signs what is sent to it.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithSecret)]
pub struct NewEndpointShape {
    #[serde(flatten)]
    endpoint: EndpointShape,
    /// `whsec_…`: it is shown this once.
    secret: String,
}

/// Your endpoints, the oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEndpointList)]
pub struct EndpointList {
    /// The endpoints.
    pub data: Vec<EndpointShape>,
}

/// What became of an event on its way to an endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub struct DeliveryShape {
    /// The event, as its `webhook-id` names it.
    #[schema(format = "uuid")]
    event_id: String,
    /// The type of the event.
    r#type: &'static str,
    #[schema(schema_with = delivery_status)]
    status: &'static str,
    /// How often it was tried.
    #[schema(minimum = 0)]
    attempts: i64,
    /// When it was queued.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it is tried next at the earliest, while it is queued: what happened before to the same address
    /// on the same account goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    next_attempt_at: Option<Timestamp>,
    /// When it came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    settled_at: Option<Timestamp>,
    /// What you answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64)]
    http_status: Option<i64>,
    /// What went wrong last; for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    reason: Option<String>,
}

/// Some of the deliveries to an endpoint, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryPage {
    /// The deliveries.
    pub data: Vec<DeliveryShape>,
    /// Ask with it for the next page; without it there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub next_cursor: Option<String>,
}

const WORKING: &str = "working";
const FAILING: &str = "failing";
const DISABLED: &str = "disabled";

fn endpoint_status() -> Object {
    let said = "`failing`: the last attempt went wrong. `disabled`: it is not called.";
    schema::one_of(&[WORKING, FAILING, DISABLED], said)
}

fn disabled_because() -> Object {
    let said = "`gone`: it answered 410. `failing`: it took nothing for too long. `operator`: the \
                operator said so.";
    schema::one_so_far(DisabledBecause::ALL, said)
}

fn delivery_status() -> Object {
    let said = "`failed`: it is given up. `dropped`: there is nothing to tell any more.";
    schema::one_so_far(DeliveryStatus::ALL, said)
}

impl EndpointShape {
    /// As its shipping system sees it.
    pub fn of(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url.clone(),
            status: match (endpoint.disabled, endpoint.failing_since) {
                (Some(_), _) => DISABLED,
                (None, Some(_)) => FAILING,
                (None, None) => WORKING,
            },
            created_at: endpoint.created_at,
            failing_since: endpoint.failing_since,
            former_secret_until: endpoint.former_until,
            disabled_at: endpoint.disabled.map(|disabled| disabled.at),
            disabled_because: endpoint.disabled.map(|disabled| disabled.because.as_str()),
        }
    }
}

impl NewEndpointShape {
    /// With the secret, which nobody sees again.
    pub fn of(endpoint: &Endpoint, secret: &WebhookSecret) -> Self {
        Self {
            endpoint: EndpointShape::of(endpoint),
            secret: secret.expose().to_owned(),
        }
    }
}

impl DeliveryShape {
    /// As the shipping system sees it.
    pub fn of(delivery: &WebhookDelivery) -> Self {
        Self {
            event_id: delivery.event.to_string(),
            r#type: delivery.kind.as_str(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            created_at: delivery.created_at,
            next_attempt_at: (delivery.status == DeliveryStatus::Queued).then_some(delivery.due_at),
            settled_at: delivery.settled_at,
            http_status: delivery.http_status,
            reason: delivery.reason.clone(),
        }
    }
}
