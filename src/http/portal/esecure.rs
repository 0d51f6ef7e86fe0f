//! `/customer-administrators/esecure`: switching eSecure on or off for an account, after saying what
//! that means.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::colleague::{self, ColleagueQuery};
use crate::{
    domain::{
        account::{Account, Esecure},
        request::Status,
        timestamp::Timestamp,
    },
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::Moment,
        session_cookie::{FreshSession, Session},
    },
    store::entries,
    workflow::switch_esecure::{self, SwitchError},
};

/// Says what will happen.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    Query(query): Query<ColleagueQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let account = colleague::own_account(&web, &session, &query.account).await?;
    page(&web, &session, &headers, &account, Shown::Question).await
}

/// Switches. Whoever wanted what another has done meanwhile has got it.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let account = colleague::own_account(&web, &session, form.get("account")).await?;
    if !session.sent(&web, &headers, form.get("csrf")) {
        return page(&web, &session, &headers, &account, Shown::ForeignForm).await;
    }
    if !session.is_fresh(&web) {
        return page(&web, &session, &headers, &account, Shown::ConfirmFirst).await;
    }
    let (to, done) = match form.get("to") {
        "on" => (Esecure::Active, "esecure_on"),
        "off" => (Esecure::Inactive, "esecure_off"),
        _ => return Err(Failure::bad_request("to is on or off")),
    };
    match switch_esecure::switch(&web.app, &session.signed_in, &account.number, to).await {
        Ok(_) => {
            let list = format!("/customer-administrators?done={done}");
            Ok(Redirect::to(&list).into_response())
        }
        Err(SwitchError::TooMany(until)) => {
            page(&web, &session, &headers, &account, Shown::TooMany(until)).await
        }
        Err(SwitchError::NoRight(error)) => Err(colleague::no_right(error)),
        Err(SwitchError::Store(error)) => Err(error.into()),
    }
}

/// What the page says beside the question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Question,
    ForeignForm,
    ConfirmFirst,
    TooMany(Timestamp),
}

async fn page(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    account: &Account,
    shown: Shown,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let open_requests = entries::count_of(&mut conn, &account.number, Status::Pending).await?;
    drop(conn);
    let status = match shown {
        Shown::Question => StatusCode::OK,
        Shown::ForeignForm | Shown::ConfirmFirst => StatusCode::FORBIDDEN,
        Shown::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
    };
    let (error, until) = match shown {
        Shown::Question | Shown::ConfirmFirst => (None, None),
        Shown::ForeignForm => (Some("foreign_form"), None),
        Shown::TooMany(until) => {
            let until = Moment::of(until, &account.time_zone);
            (Some("too_many"), Some(until))
        }
    };
    let rest = json!({
        "account": { "number": account.number.as_str(), "name": account.name },
        "active": account.esecure == Esecure::Active,
        "open_requests": open_requests,
        "confirm_first": shown == Shown::ConfirmFirst,
        "error": error,
        "until": until,
    });
    colleague::render(web, session, headers, "esecure", rest, status)
}
