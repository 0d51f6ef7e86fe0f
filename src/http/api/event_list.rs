//! `GET /v1/events`: what happened on the accounts in the key's scope, the oldest first.

use axum::{Json, extract::State};

use super::{api_key::Caller, cursor, examples, list_query::PageQuery, refusals::refusals};
use crate::{
    domain::announced::Announced,
    http::{Web, errors::Failure},
    shapes::{EventPage, EventShape},
    workflow::look_back::{self, ReadOnError},
};

refusals! { FeedRefused { BadRequest, EventsForgotten } }

/// Read the event feed
///
/// What happened on the accounts your key may use, the oldest first. Each event comes once and shows
/// things as they were then. `nextCursor` is always there: keep it, and ask with it again. Nothing is
/// left out between two answers. Without a cursor the feed begins with the oldest event that is kept;
/// a cursor from before that is answered 410. Each type of event is described as the webhook of its name.
#[utoipa::path(
    get,
    path = "/v1/events",
    operation_id = "listEvents",
    tag = "Events",
    params(PageQuery),
    responses(
        (
            status = 200,
            description = "The next events.",
            body = EventPage,
            example = json!({
                "data": [examples::event(Announced::RequestRejected)],
                "nextCursor": "AgoxSGVsbG8",
            }),
        ),
        FeedRefused,
    )
)]
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
    query: PageQuery,
) -> Result<Json<EventPage>, Failure> {
    let keys = web.app.keys.current();
    let behind = match &query.cursor {
        Some(text) => {
            let position = cursor::decode_position(&keys, caller.id(), text);
            Some(position.ok_or_else(cursor::not_ours)?)
        }
        None => None,
    };
    let (told, next) = look_back::events_for_client(&web.app, &caller, behind, query.limit)
        .await
        .map_err(|error| match error {
            ReadOnError::Forgotten => Failure::events_forgotten(),
            ReadOnError::Store(error) => error.into(),
        })?;
    Ok(Json(EventPage {
        data: told.iter().map(EventShape::of).collect(),
        next_cursor: cursor::encode_position(&keys, caller.id(), next),
    }))
}
