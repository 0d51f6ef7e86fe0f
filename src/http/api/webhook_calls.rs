//! `/v1/webhook-endpoints`: where a shipping system wants to be told what happens.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    access_requests::json,
    api_key::Caller,
    body::{JsonObject, Members},
    cursor::{self, Cursor, List},
    idempotency_key::{self, IdempotencyKey},
    list_query::PageQuery,
};
use crate::{
    domain::{
        timestamp::Timestamp,
        webhook::{DeliveryId, Endpoint, EndpointId},
        webhook_secret::WebhookSecret,
    },
    http::{Web, errors::Failure},
    shapes,
    workflow::manage_webhooks::{self as manage, Added, Replay, WebhookError, Who},
};

const PATH: &str = "/v1/webhook-endpoints";

/// The endpoints of the caller, the oldest first.
pub async fn list(State(web): State<Web>, Caller(caller): Caller) -> Result<Response, Failure> {
    let endpoints = manage::of_client(&web.app, caller.id()).await?;
    let body = json!({ "data": endpoints.iter().map(shapes::endpoint).collect::<Vec<_>>() });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// Adds one; its secret is in this answer alone, and in what an Idempotency-Key gives again.
pub async fn add(
    State(web): State<Web>,
    Caller(caller): Caller,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    let key = IdempotencyKey::read(&headers, PATH, &body.bytes)?;
    let mut members = Members::of(body.members);
    let url = members.required("url", |text| web.app.poster.parse(text));
    members.finish()?;
    let url = url.ok_or_else(|| Failure::bad_request("url is required"))?;
    let (client, once) = (caller.id(), key.once(&created));
    let answered = manage::add(&web.app, client, Who::Client(client), &url, once.as_ref())
        .await
        .map_err(refused)?;
    Ok(idempotency_key::respond(answered, created, PATH))
}

fn created(added: &Added) -> (u16, String) {
    (201, with_secret(&added.endpoint, &added.secret))
}

fn with_secret(endpoint: &Endpoint, secret: &WebhookSecret) -> String {
    let mut shape = shapes::endpoint(endpoint);
    shape["secret"] = json!(secret.expose());
    shape.to_string()
}

/// Takes one away.
pub async fn remove(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    manage::remove(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Gives one a new secret; the former signs beside it for a day.
pub async fn rotate(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (endpoint, secret) = manage::rotate(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    Ok(json(StatusCode::OK, with_secret(&endpoint, &secret)))
}

/// Calls one again that was disabled.
pub async fn enable(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let endpoint = manage::enable(&web.app, Who::Client(caller.id()), named(&id)?)
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
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let event = manage::test(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    let body = json!({ "eventId": event.to_string() });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// Sends again: one event, or whatever was given up.
pub async fn replay(
    State(web): State<Web>,
    Caller(caller): Caller,
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
    let count = manage::replay(&web.app, Who::Client(caller.id()), named(&id)?, what)
        .await
        .map_err(refused)?;
    let body = json!({ "replayed": count });
    Ok(json(StatusCode::OK, body.to_string()))
}

/// The deliveries to one, the newest first.
pub async fn deliveries(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, Failure> {
    let keys = web.app.keys.current();
    let client = caller.id();
    let after = match &query.cursor {
        Some(text) => {
            let cursor = Cursor::decode(&keys, client, List::Deliveries, text);
            let cursor = cursor.ok_or_else(cursor::not_ours)?;
            Some((cursor.created_at, DeliveryId(cursor.id)))
        }
        None => None,
    };
    let who = Who::Client(client);
    let (deliveries, next) = manage::deliveries(&web.app, who, named(&id)?, after, query.limit)
        .await
        .map_err(refused)?;
    let mut body = json!({ "data": deliveries.iter().map(shapes::delivery).collect::<Vec<_>>() });
    if let Some((created_at, DeliveryId(id))) = next {
        let cursor = Cursor { created_at, id }.encode(&keys, client, List::Deliveries);
        body["nextCursor"] = cursor.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
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
        WebhookError::KeyUsedOtherwise => idempotency_key::used_otherwise(),
        WebhookError::Store(error) => error.into(),
    }
}
