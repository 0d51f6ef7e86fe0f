//! `/customer-administrators/invite`: somebody who never signed in is mailed once more how to go on.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::colleague::{self, Chosen, ColleagueQuery};
use crate::{
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::Moment,
        session_cookie::{FreshSession, Session},
    },
    workflow::invite::{self, InviteError},
};

/// Says what will happen.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    Query(query): Query<ColleagueQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &query).await?;
    let rest = json!({ "confirm_first": false, "error": null, "until": null });
    chosen.page(
        &web,
        &session,
        &headers,
        "invite_again",
        rest,
        StatusCode::OK,
    )
}

/// Mails.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &ColleagueQuery::of(&form)).await?;
    let again = |error: Option<&str>, confirm_first: bool, status| {
        let rest = json!({ "confirm_first": confirm_first, "error": error, "until": null });
        chosen.page(&web, &session, &headers, "invite_again", rest, status)
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        return again(Some("foreign_form"), false, StatusCode::FORBIDDEN);
    }
    if !session.is_fresh(&web) {
        return again(None, true, StatusCode::FORBIDDEN);
    }
    let number = &chosen.account.number;
    let invited = chosen.administrator.id;
    match invite::mail_colleague_again(&web.app, &session.signed_in, number, invited).await {
        Ok(()) => Ok(Redirect::to("/customer-administrators?done=mailed_again").into_response()),
        Err(InviteError::HasSignedIn) => {
            again(Some("has_signed_in"), false, StatusCode::BAD_REQUEST)
        }
        Err(InviteError::TooMany(until)) => {
            let until = Moment::of(until, &chosen.account.time_zone);
            let rest = json!({ "confirm_first": false, "error": "too_many", "until": until });
            let status = StatusCode::TOO_MANY_REQUESTS;
            chosen.page(&web, &session, &headers, "invite_again", rest, status)
        }
        Err(InviteError::UnknownAdministrator | InviteError::HasPassword) => {
            Err(Failure::not_found())
        }
        Err(InviteError::NoRight(error)) => Err(colleague::no_right(error)),
        Err(InviteError::Store(error)) => Err(error.into()),
    }
}
