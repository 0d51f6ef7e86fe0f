//! `/customer-administrators/remove`: what it means, and the button that does it.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::colleague::{self, Chosen, ColleagueQuery};
use crate::{
    http::{
        Web,
        errors::Failure,
        forms::Form,
        session_cookie::{self, FreshSession, Session},
    },
    store::appointments,
    workflow::dismiss::{self, DismissError},
};

/// Says what will happen.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    Query(query): Query<ColleagueQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &query).await?;
    page(&web, &session, &headers, &chosen, Shown::Question).await
}

/// Removes.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &ColleagueQuery::of(&form)).await?;
    if !session.sent(&web, &headers, form.get("csrf")) {
        return page(&web, &session, &headers, &chosen, Shown::ForeignForm).await;
    }
    if !session.is_fresh(&web) {
        return page(&web, &session, &headers, &chosen, Shown::ConfirmFirst).await;
    }
    let by = &session.signed_in;
    let gone = chosen.administrator.id;
    match dismiss::dismiss(&web.app, by, &chosen.account.number, gone).await {
        Ok(()) if gone == session.administrator.id => {
            // Whoever decides for another account, too, stays signed in.
            if session_cookie::by_id(&web, by.session().clone())
                .await?
                .is_some()
            {
                return Ok(Redirect::to("/customer-administrators?done=left").into_response());
            }
            let mut response = Redirect::to("/login?signed_out=1").into_response();
            let cookie = session_cookie::clear(&web);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Ok(()) => Ok(Redirect::to("/customer-administrators?done=removed").into_response()),
        Err(DismissError::Last) => page(&web, &session, &headers, &chosen, Shown::Last).await,
        Err(DismissError::NoRight(error)) => Err(colleague::no_right(error)),
        Err(DismissError::Store(error)) => Err(error.into()),
        Err(DismissError::NotThere) => Err(Failure::not_found()),
    }
}

/// What the page says beside the question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Question,
    ForeignForm,
    ConfirmFirst,
    Last,
}

async fn page(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    chosen: &Chosen,
    shown: Shown,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let number = &chosen.account.number;
    let gone = chosen.administrator.id;
    let others_stay = appointments::others_signed_in(&mut conn, number, gone).await?;
    let leaves_alone = !others_stay
        && dismiss::may_leave_last(&mut conn, &session.signed_in, number, gone).await?;
    drop(conn);
    let status = match shown {
        Shown::Question => StatusCode::OK,
        Shown::ForeignForm | Shown::ConfirmFirst => StatusCode::FORBIDDEN,
        Shown::Last => StatusCode::BAD_REQUEST,
    };
    let rest = json!({
        "last": !(others_stay || leaves_alone) || shown == Shown::Last,
        "leaves_alone": leaves_alone,
        "confirm_first": shown == Shown::ConfirmFirst,
        "error": (shown == Shown::ForeignForm).then_some("foreign_form"),
    });
    chosen.page(web, session, headers, "remove_administrator", rest, status)
}
