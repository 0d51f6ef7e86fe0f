//! `GET /v1/events`: what happened on the accounts in the key's scope, the oldest first.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde_json::json;

use super::{
    access_requests::json,
    api_key::Caller,
    cursor,
    list_query::{self, USUAL},
};
use crate::{
    http::{Web, errors::Failure},
    shapes::event,
    workflow::look_back,
};

/// Which part of the feed is asked for: `?limit=&cursor=`.
#[derive(Debug)]
pub struct EventQuery {
    limit: i64,
    cursor: Option<String>,
}

/// The next events. There is always a cursor: behind it stands what happens from now on.
pub async fn list(
    State(web): State<Web>,
    Caller(client): Caller,
    query: EventQuery,
) -> Result<Response, Failure> {
    let keys = web.app.keys.current();
    let behind = match &query.cursor {
        Some(text) => {
            cursor::decode_position(&keys, client.id, text).ok_or_else(cursor::not_ours)?
        }
        None => 0,
    };
    let (told, next) = look_back::events_for_client(&web.app, &client, behind, query.limit).await?;
    let body = json!({
        "data": told.iter().map(event).collect::<Vec<_>>(),
        "nextCursor": cursor::encode_position(&keys, client.id, next),
    });
    Ok(json(StatusCode::OK, body.to_string()))
}

impl FromRequestParts<Web> for EventQuery {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        parse(&list_query::raw(parts, web).await?)
    }
}

fn parse(query: &str) -> Result<EventQuery, Failure> {
    let mut read = EventQuery {
        limit: USUAL,
        cursor: None,
    };
    list_query::each_member(query, "limit or cursor", |name, value| {
        match name {
            "limit" => read.limit = list_query::limit(value)?,
            "cursor" => read.cursor = Some(value.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(read)
}
