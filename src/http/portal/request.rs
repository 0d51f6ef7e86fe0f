//! `/requests/{id}`: one request with its history; the mail's approve link leads here.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    result_cookie,
    row::{self, Pressed, RowId},
    view::{self, Here},
};
use crate::{
    domain::{
        account::Account,
        request::{RequestId, Status},
        timestamp::Timestamp,
    },
    http::{
        Web, errors::Failure, forms::Form, pages, pages::Moment, request_view,
        session_cookie::Session,
    },
    store::{
        accounts, audit, clients,
        entries::{self, Entry},
        people,
    },
    workflow::look::{self, Shown},
};

/// The request.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let results = result_cookie::read(&headers);
    let body = render(&web, &session, &id, &headers, None).await?;
    let mut response = pages::html(body);
    if !results.is_empty() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, result_cookie::clear(&web));
    }
    Ok(response)
}

/// Approves or rejects it.
pub(in crate::http) async fn decide(
    State(web): State<Web>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !session.sent(&web, &headers, form.get("csrf")) {
        let body = render(&web, &session, &id, &headers, Some("foreign_form")).await?;
        return Ok(pages::with_status(StatusCode::FORBIDDEN, body));
    }
    let pressed = Pressed::parse(form.get("action"))
        .ok_or_else(|| Failure::bad_request("action is approve or reject"))?;
    let request: RequestId = id.parse().map_err(|_| Failure::not_found())?;
    let row = RowId::parse(form.get("entry"))
        .filter(|row| *row == RowId::Request(request))
        .ok_or_else(|| Failure::bad_request("entry is not this request"))?;
    let outcome = row::decide(&web, &session, &row, "pending", pressed).await?;
    let mut response = Redirect::to(&format!("/requests/{request}")).into_response();
    let cookie = result_cookie::set(&web, &[(row.to_string(), outcome)]);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn render(
    web: &Web,
    session: &Session,
    id: &str,
    headers: &HeaderMap,
    error: Option<&str>,
) -> Result<String, Failure> {
    let id: RequestId = id.parse().map_err(|_| Failure::not_found())?;
    let mut conn = web.app.store.read().await?;
    let shown = look::find(&mut conn, id)
        .await?
        .ok_or_else(Failure::not_found)?;
    let number = &shown.request.account;
    // Somebody else's request is not to be told from one that does not exist.
    if !people::decides_for(&mut conn, number, session.administrator.id).await? {
        return Err(Failure::not_found());
    }
    let account = accounts::find(&mut conn, number)
        .await?
        .ok_or_else(Failure::not_found)?;
    let history = history(&mut conn, &shown, &account).await?;
    let client = client_name(&mut conn, &shown).await?;
    let entry = entries::find(&mut conn, number, shown.request.requester).await?;
    drop(conn);
    let results = row::results(web, session, &result_cookie::read(headers)).await?;
    let result = results.get(0).cloned().unwrap_or(Value::Null);
    let mut rest = page(&shown, &account, history, client, result, error);
    rest["list_url"] = json!(entry.as_ref().and_then(list_to_change_it));
    let path = format!("/requests/{id}");
    let view = view::signed_in(web, session, Here::Request, &path, rest);
    let language = pages::language(web, headers);
    Ok(web.app.templates.page("request", language, &view)?)
}

/// The list in which a decision can be changed: that of what stands for the address now, which may
/// be something else than became of this request.
fn list_to_change_it(entry: &Entry) -> Option<String> {
    let status = Status::parse(&entry.status)?;
    match status {
        Status::Approved | Status::Rejected | Status::Expired => {
            Some(format!("/authorized-users?status={}", status.as_str()))
        }
        Status::Pending | Status::Cancelled => None,
    }
}

fn page(
    shown: &Shown,
    account: &Account,
    history: Vec<Value>,
    client: Option<String>,
    result: Value,
    error: Option<&str>,
) -> Value {
    let request = &shown.request;
    let zone = account.time_zone.as_str();
    let status = request.state.status();
    let open = status == Status::Pending;
    let mails = shown.notifications.iter().map(|one| {
        json!({
            "administrator": one.email.as_typed(),
            "state": one.state,
            "at": Moment::of(one.at, zone),
        })
    });
    json!({
        "request": {
            "id": request.id.to_string(),
            "number": request.number.as_str(),
            "email": request.email.as_typed(),
            "account_number": account.number.as_str(),
            "account_name": account.name,
            "name": request_view::name(request.name.as_deref()),
            "reason": request_view::reason(request.reason.as_deref()),
            "reference": request_view::name(request.reference.as_deref()),
            "client": client,
            "created": Moment::of(request.created_at, zone),
            "expires": Moment::of(request.expires_at, zone),
            "repeats": request.repeats,
            "reachable": shown.reachable,
        },
        "status": status.as_str(),
        "decision": request_view::decision(shown, zone),
        "entry_id": RowId::Request(request.id).to_string(),
        "entry_status": status.as_str(),
        "can_approve": open,
        "can_reject": open,
        "result": result,
        "error": error,
        "mails": mails.collect::<Vec<_>>(),
        "history": history,
    })
}

async fn history(
    conn: &mut AnyConnection,
    shown: &Shown,
    account: &Account,
) -> Result<Vec<Value>, Failure> {
    let mut events = Vec::new();
    for event in audit::of_request(conn, shown.request.id).await? {
        let by = match event.administrator() {
            Some(id) => people::find_administrator(conn, id)
                .await?
                .map(|one| one.name),
            None => None,
        };
        events.push(json!({
            "name": event.name,
            "at": Moment::of(Timestamp::from_micros(event.at), &account.time_zone),
            "by": by,
            "door": event.door,
        }));
    }
    Ok(events)
}

async fn client_name(conn: &mut AnyConnection, shown: &Shown) -> Result<Option<String>, Failure> {
    match shown.request.client {
        Some(id) => Ok(clients::name_of(conn, id).await?),
        None => Ok(None),
    }
}
