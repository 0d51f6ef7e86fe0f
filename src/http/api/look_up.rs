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
    cursor::{self, Cursor, List},
    entity_tag,
    list_query::ListQuery,
    preferences,
};
use crate::{
    domain::{
        people::KeyHolder,
        request::{RequestId, Status},
    },
    http::{Web, errors::Failure},
    shapes::RequestShape,
    store::request_lists,
    workflow::{look, test_mode},
};

/// The requests of the accounts in the key's scope, the newest first.
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
    query: ListQuery,
) -> Result<Response, Failure> {
    let keys = web.app.keys.current();
    let after = match &query.cursor {
        Some(text) => {
            let cursor = Cursor::decode(&keys, caller.id(), List::Requests, text)
                .ok_or_else(cursor::not_ours)?;
            Some((cursor.created_at, RequestId(cursor.id)))
        }
        None => None,
    };
    let page = request_lists::Page {
        status: query.status,
        account: query.account.as_ref(),
        after,
        limit: query.limit,
    };
    let (shapes, next): (Vec<RequestShape>, _) = match &caller {
        KeyHolder::Live(client) => {
            let (shown, next) = look::page_for_client(&web.app, client, &page).await?;
            (shown.iter().map(RequestShape::of).collect(), next)
        }
        KeyHolder::Test(client) => {
            let (found, next) = test_mode::page(&web.app, client, &page).await?;
            (found.iter().map(RequestShape::of_test).collect(), next)
        }
    };
    let mut body = json!({ "data": shapes });
    if let Some((created_at, RequestId(id))) = next {
        let cursor = Cursor { created_at, id }.encode(&keys, caller.id(), List::Requests);
        body["nextCursor"] = cursor.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

/// One request of an account in the key's scope. `If-None-Match` with its `ETag` is answered 304;
/// with `Prefer: wait=N` the answer waits for a change: of what the client has, or, where it names
/// nothing, of an open request as it stands now.
pub async fn show(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| unknown())?;
    let wait = preferences::wait(&headers);
    let body = match wait {
        Some(wait) => {
            let body = changed_within(&web, &caller, id, &headers, wait).await?;
            // The key may have been revoked meanwhile.
            api_key::holder_of(&web, &headers).await?;
            body
        }
        None => current(&web, &caller, id).await?.body,
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

async fn current(web: &Web, caller: &KeyHolder, id: RequestId) -> Result<Current, Failure> {
    let (shape, status) = match caller {
        KeyHolder::Live(client) => {
            let shown = look::for_client(&web.app, client, id).await?;
            let shown = shown.ok_or_else(unknown)?;
            (RequestShape::of(&shown), shown.request.state.status())
        }
        KeyHolder::Test(client) => {
            let request = test_mode::find(&web.app, client, id).await?;
            let request = request.ok_or_else(unknown)?;
            (RequestShape::of_test(&request), request.state.status())
        }
    };
    Ok(Current {
        body: shape.to_json(),
        is_open: status == Status::Pending,
    })
}

/// The request as soon as it is another than the client knows, or as it stands when the time is over.
async fn changed_within(
    web: &Web,
    caller: &KeyHolder,
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
        let now = current(web, caller, id).await?;
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
                return Ok(current(web, caller, id).await?.body);
            }
        }
    }
}
