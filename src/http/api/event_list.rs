//! `GET /v1/events`: what happened on the accounts in the key's scope, the oldest first.

use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::json;

use super::{access_requests::json, api_key::Caller, cursor, list_query::PageQuery};
use crate::{
    http::{Web, errors::Failure},
    shapes::event,
    workflow::look_back::{self, ReadOnError},
};

/// The next events. There is always a cursor: behind it stands what happens from now on.
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
    query: PageQuery,
) -> Result<Response, Failure> {
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
    let body = json!({
        "data": told.iter().map(event).collect::<Vec<_>>(),
        "nextCursor": cursor::encode_position(&keys, caller.id(), next),
    });
    Ok(json(StatusCode::OK, body.to_string()))
}
