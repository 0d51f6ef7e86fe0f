//! `GET /v1/access-requests` and `GET /v1/access-requests/{id}`: looking, and waiting for a change.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    access_requests::unknown,
    api_key::{self, Caller},
    cursor::{self, Cursor, List},
    description::parameters::{IfNoneMatch, Prefer, RequestPath},
    entity_tag, examples, json_answer,
    list_query::ListQuery,
    preferences,
    refusals::refusals,
};
use crate::{
    domain::{
        people::KeyHolder,
        request::{RequestId, Status},
    },
    http::{Web, errors::Failure},
    shapes::{RequestPage, RequestShape},
    store::request_lists,
    workflow::{look, test_mode},
};

refusals! { ListRefused { BadRequest } }

refusals! { LookRefused { NotFound } }

/// List requests
///
/// Those of the accounts your key may use, the newest first. The pages stay stable while requests are
/// added: none is shown twice or left out.
#[utoipa::path(
    get,
    path = "/v1/access-requests",
    operation_id = "listAccessRequests",
    tag = "Access requests",
    params(ListQuery),
    responses(
        (
            status = 200,
            description = "A page of them.",
            body = RequestPage,
            example = json!({ "data": [examples::pending()], "nextCursor": "AZv0SGVsbG8" }),
        ),
        ListRefused,
    )
)]
pub async fn list(
    State(web): State<Web>,
    Caller(caller): Caller,
    query: ListQuery,
) -> Result<Json<RequestPage>, Failure> {
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
    let (data, next): (Vec<RequestShape>, _) = match &caller {
        KeyHolder::Live(client) => {
            let (shown, next) = look::page_for_client(&web.app, client, &page).await?;
            (shown.iter().map(RequestShape::of).collect(), next)
        }
        KeyHolder::Test(client) => {
            let (found, next) = test_mode::page(&web.app, client, &page).await?;
            (found.iter().map(RequestShape::of_test).collect(), next)
        }
    };
    let next_cursor = next.map(|(created_at, RequestId(id))| {
        Cursor { created_at, id }.encode(&keys, caller.id(), List::Requests)
    });
    Ok(Json(RequestPage { data, next_cursor }))
}

/// Look at a request, or wait
///
/// The request as it stands now. With `Prefer: wait=N` the answer comes as soon as the request
/// changes, and after N seconds at the latest: of what you have, where you name it by `If-None-Match`,
/// or else of an open request as it stands now; one that is closed is answered at once.
#[utoipa::path(
    get,
    path = "/v1/access-requests/{id}",
    operation_id = "getAccessRequest",
    tag = "Access requests",
    params(
        RequestPath,
        IfNoneMatch,
        Prefer,
    ),
    responses(
        (
            status = 200,
            description = "The request.",
            body = RequestShape,
            headers(
                ("ETag" = String, description = "Names this answer: send it back as `If-None-Match`."),
                ("Preference-Applied" = String, description = "How long the call would have waited."),
            ),
            example = json!(examples::rejected()),
        ),
        (
            status = 304,
            description = "It is as you know it.",
            headers(
                ("ETag" = String, description = "That of what you know."),
                ("Preference-Applied" = String, description = "How long the call would have waited."),
            ),
        ),
        LookRefused,
    )
)]
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
        json_answer::with_status(StatusCode::OK, body)
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
        body: json_answer::text(&shape),
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
