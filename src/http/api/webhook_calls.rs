//! `/v1/webhook-endpoints`: where a shipping system wants to be told what happens.

use axum::{
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    access_requests::json,
    api_key::Caller,
    body::{JsonObject, Members},
    list_query::{self, USUAL},
};
use crate::{
    domain::{
        timestamp::Timestamp,
        webhook::{Endpoint, EndpointId},
        webhook_secret::WebhookSecret,
    },
    http::{Web, errors::Failure},
    shapes,
    workflow::manage_webhooks::{self as manage, Replay, WebhookError, Who},
};

/// The endpoints of the caller, the oldest first.
pub async fn list(State(web): State<Web>, Caller(client): Caller) -> Result<Response, Failure> {
    let endpoints = manage::of_client(&web.app, &client).await?;
    let body = json!({ "data": endpoints.iter().map(shapes::endpoint).collect::<Vec<_>>() });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// Adds one; its secret is in this answer alone.
pub async fn add(
    State(web): State<Web>,
    Caller(client): Caller,
    body: JsonObject,
) -> Result<Response, Failure> {
    let mut members = Members::of(body.members);
    let url = members.required("url", |text| web.app.poster.parse(text));
    members.finish()?;
    let url = url.ok_or_else(|| Failure::bad_request("url is required"))?;
    let (endpoint, secret) = manage::add(&web.app, &client, Who::Client(&client), &url)
        .await
        .map_err(refused)?;
    Ok(with_secret(StatusCode::CREATED, &endpoint, &secret))
}

fn with_secret(status: StatusCode, endpoint: &Endpoint, secret: &WebhookSecret) -> Response {
    let mut shape = shapes::endpoint(endpoint);
    shape["secret"] = json!(secret.expose());
    json(status, shape.to_string())
}

/// Takes one away.
pub async fn remove(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    manage::remove(&web.app, Who::Client(&client), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives one a new secret; the former signs beside it for a day.
pub async fn rotate(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (endpoint, secret) = manage::rotate(&web.app, Who::Client(&client), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(with_secret(StatusCode::OK, &endpoint, &secret))
}

/// Calls one again that was disabled.
pub async fn enable(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let endpoint = manage::enable(&web.app, Who::Client(&client), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(json(
        StatusCode::OK,
        shapes::endpoint(&endpoint).to_string(),
    ))
}

/// Sends something to try one with; what became of it, the deliveries say.
pub async fn test(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let event = manage::test(&web.app, Who::Client(&client), named(&id)?)
        .await
        .map_err(refused)?;
    let body = json!({ "eventId": event.to_string() });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// Sends again: one event, or whatever was given up.
pub async fn replay(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
    body: JsonObject,
) -> Result<Response, Failure> {
    let mut members = Members::of(body.members);
    let event = members.maybe("eventId", |text| {
        text.parse().map_err(|_| "expected the id of an event")
    });
    let since = members.maybe("since", |text| {
        let moment: Result<jiff::Timestamp, _> = text.parse();
        moment
            .map(Timestamp::from_jiff)
            .map_err(|_| "expected a moment such as 2026-05-12T08:00:00Z")
    });
    members.finish()?;
    let what = match (event, since) {
        (Some(event), None) => Replay::Event(event),
        (None, since) => Replay::FailedSince(since.unwrap_or(Timestamp::from_seconds(0))),
        (Some(_), Some(_)) => {
            let detail = "Send eventId or since: one event, or what was given up since then";
            return Err(Failure::bad_request(detail));
        }
    };
    let count = manage::replay(&web.app, Who::Client(&client), named(&id)?, what)
        .await
        .map_err(refused)?;
    let body = json!({ "replayed": count });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// How many deliveries are asked for: `?limit=`.
#[derive(Debug)]
pub struct DeliveryQuery(i64);

/// The newest deliveries to one.
pub async fn deliveries(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
    DeliveryQuery(limit): DeliveryQuery,
) -> Result<Response, Failure> {
    let deliveries = manage::deliveries(&web.app, Who::Client(&client), named(&id)?, limit)
        .await
        .map_err(refused)?;
    let body = json!({ "data": deliveries.iter().map(shapes::delivery).collect::<Vec<_>>() });
    Ok(json(StatusCode::OK, body.to_string()))
}

impl FromRequestParts<Web> for DeliveryQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let mut limit = USUAL;
        let query = list_query::raw(parts, web).await?;
        list_query::each_member(&query, "limit", |name, value| {
            if name != "limit" {
                return Ok(false);
            }
            limit = list_query::limit(value)?;
            Ok(true)
        })?;
        Ok(Self(limit))
    }
}

fn named(id: &str) -> Result<EndpointId, Failure> {
    id.parse().map_err(|_| refused(WebhookError::Unknown))
}

fn refused(error: WebhookError) -> Failure {
    match error {
        WebhookError::Unknown => Failure::not_found_because("There is no such webhook endpoint"),
        WebhookError::UnknownEvent => {
            Failure::not_found_because("This endpoint has no delivery of that event")
        }
        WebhookError::Exists | WebhookError::TooMany => {
            Failure::endpoint_not_added(format!("{error}; remove one first"))
        }
        WebhookError::Disabled | WebhookError::DisabledByOperator => {
            Failure::endpoint_disabled(error.to_string())
        }
        WebhookError::SoAlready => Failure::endpoint_enabled(),
        WebhookError::Store(error) => error.into(),
    }
}
