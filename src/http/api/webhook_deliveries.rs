//! `/v1/webhook-endpoints/{id}/…`: what is sent to an endpoint, and what became of it.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    api_key::{Caller, Poster},
    body::{JsonObject, Members},
    cursor::{self, Cursor, List},
    description::parameters::EndpointPath,
    examples,
    list_query::PageQuery,
    refusals::refusals,
    webhook_calls::{named, refused},
};
use crate::{
    domain::{announced::FeedEventId, timestamp::Timestamp, webhook::DeliveryId},
    http::{Web, errors::Failure},
    shapes::{DeliveryPage, DeliveryShape},
    workflow::manage_webhooks::{self as manage, Replay, Who},
};

refusals! { TestRefused { NotFound, EndpointDisabled } }

refusals! { DeliveriesRefused { BadRequest, NotFound } }

refusals! { ReplayRefused {
    BadRequest, InvalidBody, NotFound, EndpointDisabled, BodyTooSlow, BodyTooLarge,
    UnsupportedMediaType,
} }

/// An event that was queued.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueuedTest)]
pub struct Queued {
    /// Its `webhook-id`.
    #[schema(format = "uuid")]
    event_id: String,
}

/// What is to be sent again: one event, or what was given up. Send one of them, or neither.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ReplayAsked {
    /// This event, whatever became of it.
    #[schema(value_type = Option<String>, format = "uuid")]
    event_id: Option<FeedEventId>,
    /// What was queued from then on. Without it, everything.
    #[schema(value_type = Option<String>, format = "date-time")]
    since: Option<Timestamp>,
}

/// How much is sent again.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplayAnswer)]
pub struct Replayed {
    /// How many events.
    #[schema(minimum = 0)]
    replayed: u64,
}

/// Send a test
///
/// Sends an event of the type `webhook_endpoint.test`, with empty `data`; what became of it, the
/// deliveries say.
#[utoipa::path(
    post,
    path = "/v1/webhook-endpoints/{id}/test",
    operation_id = "testWebhookEndpoint",
    tag = "Webhooks",
    params(EndpointPath),
    responses(
        (
            status = 200,
            description = "It is queued.",
            body = Queued,
            example = json!({ "eventId": "0196d3f1-0c2a-7b11-8d2e-0a1b2c3d4e5f" }),
        ),
        TestRefused,
    )
)]
pub async fn test(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
) -> Result<Json<Queued>, Failure> {
    let event = manage::test(&web.app, Who::Client(caller.id()), named(&id)?)
        .await
        .map_err(refused)?;
    let event_id = event.to_string();
    Ok(Json(Queued { event_id }))
}

/// Send again
///
/// With `{}` whatever was given up, with `since` only what was queued from that time on, with
/// `eventId` that one event, whatever became of it.
#[utoipa::path(
    post,
    path = "/v1/webhook-endpoints/{id}/replay",
    operation_id = "replayDeliveries",
    tag = "Webhooks",
    params(EndpointPath),
    request_body(content = ReplayAsked, example = json!(examples::replay())),
    responses(
        (
            status = 200,
            description = "They are queued.",
            body = Replayed,
            example = json!({ "replayed": 1 }),
        ),
        ReplayRefused,
    )
)]
pub async fn replay(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
    body: JsonObject,
) -> Result<Json<Replayed>, Failure> {
    let what = match read(body)? {
        ReplayAsked {
            event_id: Some(event),
            since: None,
        } => Replay::Event(event),
        ReplayAsked {
            event_id: None,
            since,
        } => Replay::FailedSince(since.unwrap_or(Timestamp::from_seconds(0))),
        ReplayAsked {
            event_id: Some(_),
            since: Some(_),
        } => {
            let detail = "Send eventId or since: one event, or what was given up since then";
            return Err(Failure::bad_request(detail));
        }
    };
    let replayed = manage::replay(&web.app, Who::Client(caller.id()), named(&id)?, what)
        .await
        .map_err(refused)?;
    Ok(Json(Replayed { replayed }))
}

fn read(body: JsonObject) -> Result<ReplayAsked, Failure> {
    let mut members = Members::of(body.members);
    let event_id = members.maybe("eventId", |text| {
        text.parse().map_err(|_| "expected the id of an event")
    });
    let since = members.maybe("since", |text| {
        let moment: Result<jiff::Timestamp, _> = text.parse();
        moment
            .map(Timestamp::from_jiff)
            .map_err(|_| "expected a moment such as 2026-05-12T08:00:00Z")
    });
    members.finish()?;
    Ok(ReplayAsked { event_id, since })
}

/// List deliveries
///
/// What became of events on their way to the endpoint, the newest first, for thirty days.
#[utoipa::path(
    get,
    path = "/v1/webhook-endpoints/{id}/deliveries",
    operation_id = "listDeliveries",
    tag = "Webhooks",
    params(
        EndpointPath,
        PageQuery,
    ),
    responses(
        (
            status = 200,
            description = "A page of them.",
            body = DeliveryPage,
            example = json!({ "data": [examples::delivery()], "nextCursor": "A5v0SGVsbG8" }),
        ),
        DeliveriesRefused,
    )
)]
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Json<DeliveryPage>, Failure> {
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
    Ok(Json(DeliveryPage {
        data: deliveries.iter().map(DeliveryShape::of).collect(),
        next_cursor: next.map(|(created_at, DeliveryId(id))| {
            Cursor { created_at, id }.encode(&keys, client, List::Deliveries)
        }),
    }))
}
