//! `GET /v1/access-requests` and `GET /v1/access-requests/{id}`: looking, and waiting for a change.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    access_requests::{json, unknown},
    api_key::{self, Caller},
    cursor::{self, Cursor},
    entity_tag,
    list_query::ListQuery,
    preferences,
};
use crate::{
    domain::{people::Client, request::RequestId},
    http::{Web, errors::Failure},
    shapes::RequestShape,
    store::request_lists,
    workflow::look,
};

/// The requests of the accounts in the key's scope, the newest first.
pub async fn list(
    State(web): State<Web>,
    Caller(client): Caller,
    query: ListQuery,
) -> Result<Response, Failure> {
    let keys = web.app.keys.current();
    let after = match &query.cursor {
        Some(text) => {
            let cursor = Cursor::decode(&keys, client.id, text).ok_or_else(cursor::not_ours)?;
            Some((cursor.created_at, cursor.id))
        }
        None => None,
    };
    let page = request_lists::Page {
        client: &client,
        status: query.status,
        account: query.account.as_ref(),
        after,
        limit: query.limit,
    };
    let (shown, next) = look::page_for_client(&web.app, &page).await?;
    let shapes: Vec<RequestShape> = shown.iter().map(RequestShape::of).collect();
    let mut body = json!({ "data": shapes });
    if let Some((created_at, id)) = next {
        let cursor = Cursor { created_at, id }.encode(&keys, client.id);
        body["nextCursor"] = cursor.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

/// One request of an account in the key's scope. `If-None-Match` with its `ETag` is answered 304;
/// with `Prefer: wait=N` the answer waits for a change: of what the client has, or, where it names
/// nothing, of an open request as it stands now.
pub async fn show(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| unknown())?;
    let wait = preferences::wait(&headers);
    let body = match wait {
        Some(wait) => {
            let body = changed_within(&web, &client, id, &headers, wait).await?;
            // The key may have been revoked meanwhile.
            api_key::client_of(&web, &headers).await?;
            body
        }
        None => current(&web, &client, id).await?.body,
    };
    let tag = entity_tag::of(&body);
    let mut response = if entity_tag::is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json(StatusCode::OK, body)
    };
    let answer = response.headers_mut();
    answer.insert(header::ETAG, entity_tag::header(&tag));
    answer.insert(header::VARY, HeaderValue::from_static("prefer"));
    if let Some(wait) = wait {
        answer.insert("preference-applied", preferences::applied(wait));
    }
    Ok(response)
}

/// A request as it stands.
struct Current {
    body: String,
    is_open: bool,
}

async fn current(web: &Web, client: &Client, id: RequestId) -> Result<Current, Failure> {
    let shown = look::for_client(&web.app, client, id)
        .await?
        .ok_or_else(unknown)?;
    Ok(Current {
        body: RequestShape::of(&shown).to_json(),
        is_open: shown.request.state.status() == crate::domain::request::Status::Pending,
    })
}

/// The request as soon as it is another than the client knows, or as it stands when the time is over.
async fn changed_within(
    web: &Web,
    client: &Client,
    id: RequestId,
    headers: &HeaderMap,
    wait: Duration,
) -> Result<String, Failure> {
    let deadline = tokio::time::Instant::now() + wait;
    let listener = web.app.request_changes.listen(id);
    let names_one = headers.contains_key(header::IF_NONE_MATCH);
    let mut first = None;
    loop {
        let change = listener.next_change();
        let now = current(web, client, id).await?;
        let is_news = if names_one {
            !entity_tag::is_known(headers, &entity_tag::of(&now.body))
        } else {
            // Nothing but an undo changes what is closed: nobody waits for that.
            !now.is_open || first.get_or_insert_with(|| now.body.clone()) != &now.body
        };
        if is_news {
            return Ok(now.body);
        }
        tokio::select! {
            () = change => {}
            () = listener.closed() => return Ok(now.body),
            () = tokio::time::sleep_until(deadline) => {
                return Ok(current(web, client, id).await?.body);
            }
        }
    }
}
