//! `/authorized-users`: the list, and Approve or Reject for what is ticked.

use std::collections::{HashMap, HashSet};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    granted,
    result_cookie::{self, RowOutcome},
    row::{self, Pressed, RowId},
    view::{self, Here},
};
use crate::{
    domain::request::Status,
    http::{Web, errors::Failure, forms::Form, pages, session_cookie::Session},
    store::entries::{self, Page},
};

/// Lines on one page: with all of them ticked, the results still fit into a cookie.
const PAGE_SIZE: i64 = 50;

/// What may stand behind `/authorized-users`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct ListQuery {
    #[serde(default)]
    status: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: i64,
    #[serde(default)]
    select: String,
}

/// What the last page left to be shown.
#[derive(Default)]
struct Results {
    rows: Value,
    granted: Value,
}

/// The list.
pub(in crate::http) async fn list(
    State(web): State<Web>,
    session: Session,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let results = result_cookie::read(&headers);
    let shown_results = Results {
        rows: row::results(&web, &session, &results).await?,
        granted: granted::read(&web, &session, &headers).await?,
    };
    let was_granted = !shown_results.granted.is_null();
    let body = render(&web, &session, &query, &headers, None, shown_results).await?;
    let mut response = pages::html(body);
    if was_granted {
        response
            .headers_mut()
            .append(header::SET_COOKIE, granted::clear(&web));
    }
    if !results.is_empty() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, result_cookie::clear(&web));
    }
    Ok(response)
}

/// Approves or rejects what is ticked, each row for itself.
pub(in crate::http) async fn decide(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let query = ListQuery {
        status: form.get("list").to_owned(),
        q: form.get("q").to_owned(),
        ..ListQuery::default()
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        let error = Some("foreign_form");
        let body = render(&web, &session, &query, &headers, error, Results::default()).await?;
        return Ok(pages::with_status(StatusCode::FORBIDDEN, body));
    }
    let pressed = Pressed::parse(form.get("action"))
        .ok_or_else(|| Failure::bad_request("action is approve or reject"))?;
    let mut seen = HashSet::new();
    let ticked: Vec<RowId> = form
        .all("entry")
        .filter_map(RowId::parse)
        .filter(|id| seen.insert(id.to_string()))
        .take(usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX))
        .collect();
    if ticked.is_empty() {
        let error = Some("nothing_ticked");
        let body = render(&web, &session, &query, &headers, error, Results::default()).await?;
        return Ok(pages::with_status(StatusCode::BAD_REQUEST, body));
    }
    let is_confirmed = form.get("confirmed") == "yes";
    if pressed == Pressed::Reject && ticked.len() > 1 && !is_confirmed {
        return confirm_rejections(&web, &session, &headers, &form, &ticked).await;
    }
    let mut results = Vec::with_capacity(ticked.len());
    let list = status_of(&query);
    for id in ticked {
        let shown = form.get(&format!("status_{id}"));
        // A list shows rows of its own status alone: what says otherwise was not read there, and a
        // decision is overturned from the list of what is decided only.
        let outcome = if shown == list.as_str() {
            row::decide(&web, &session, &id, shown, pressed, None).await?
        } else {
            RowOutcome::Already
        };
        results.push((id.to_string(), outcome));
    }
    let url = address(list, &query.q, 0, false);
    let mut response = Redirect::to(&url).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, result_cookie::set(&web, &results));
    Ok(response)
}

/// Several are about to be rejected: the page that says which, and what that does.
async fn confirm_rejections(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    form: &Form,
    ticked: &[RowId],
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let mut rows = Vec::with_capacity(ticked.len());
    for id in ticked {
        let shown = form.get(&format!("status_{id}"));
        if let Some(mut row) = row::result(&mut conn, session, id, RowOutcome::Rejected).await? {
            row["id"] = json!(id.to_string());
            row["shown"] = json!(shown);
            rows.push(row);
        }
    }
    drop(conn);
    let status = status_of(&ListQuery {
        status: form.get("list").to_owned(),
        ..ListQuery::default()
    });
    let back = address(status, form.get("q"), 0, false);
    let rest = json!({
        "list": status.as_str(),
        "q": form.get("q"),
        "count": rows.len(),
        "rows": rows,
        "back_url": back,
    });
    let view = view::signed_in(web, session, Here::AuthorizedUsers, &back, rest);
    let language = pages::language(web, headers);
    Ok(pages::html(web.app.templates.page(
        "confirm_rejections",
        language,
        &view,
    )?))
}

fn status_of(query: &ListQuery) -> Status {
    match Status::parse(&query.status) {
        Some(status @ (Status::Approved | Status::Rejected | Status::Expired)) => status,
        Some(Status::Pending | Status::Cancelled) | None => Status::Pending,
    }
}

fn address(status: Status, search: &str, page: i64, select_all: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("status", status.as_str());
    if !search.is_empty() {
        query.append_pair("q", search);
    }
    if page > 0 {
        query.append_pair("page", &page.to_string());
    }
    if select_all {
        query.append_pair("select", "all");
    }
    format!("/authorized-users?{}", query.finish())
}

/// Where the other lists are, with what was searched for.
fn lists(search: &str) -> HashMap<&'static str, String> {
    let all = [
        Status::Pending,
        Status::Approved,
        Status::Rejected,
        Status::Expired,
    ];
    let each = all.into_iter();
    each.map(|status| (status.as_str(), address(status, search, 0, false)))
        .collect()
}

async fn render(
    web: &Web,
    session: &Session,
    query: &ListQuery,
    headers: &HeaderMap,
    error: Option<&str>,
    results: Results,
) -> Result<String, Failure> {
    let status = status_of(query);
    let page = query.page.clamp(0, 100_000);
    // A database cannot look for U+0000, and nothing holds it.
    let search = query.q.replace('\0', "");
    let now = web.app.clock.now();
    let mut conn = web.app.store.read().await?;
    let wanted = Page {
        administrator: session.administrator.id,
        status,
        search: &search,
        skip: page * PAGE_SIZE,
        at_most: PAGE_SIZE + 1,
    };
    let mut found = entries::page(&mut conn, &wanted).await?;
    let open = Page {
        status: Status::Pending,
        search: "",
        ..wanted
    };
    let open_requests = entries::count(&mut conn, &open).await?;
    let more = i64::try_from(found.len()).unwrap_or(0) > PAGE_SIZE;
    found.truncate(usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX));
    let all_ticked = query.select == "all";
    let mut rows = Vec::with_capacity(found.len());
    for entry in &found {
        rows.push(row::view(&mut conn, entry, all_ticked, now).await?);
    }
    drop(conn);

    let rest = json!({
        "status": status.as_str(),
        "q": search,
        "lists": lists(&search),
        "open_requests": open_requests,
        "error": error,
        "results": results.rows,
        "granted": results.granted,
        "entries": rows,
        "all_ticked": all_ticked,
        "select_all_url": address(status, &search, page, true),
        "select_none_url": address(status, &search, page, false),
        "previous_url": (page > 0).then(|| address(status, &search, page - 1, false)),
        "next_url": more.then(|| address(status, &search, page + 1, false)),
    });
    let path = address(status, &search, page, false);
    let view = view::signed_in(web, session, Here::AuthorizedUsers, &path, rest);
    let language = pages::language(web, headers);
    Ok(web
        .app
        .templates
        .page("authorized_users", language, &view)?)
}
