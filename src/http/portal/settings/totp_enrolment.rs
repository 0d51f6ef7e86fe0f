//! `/settings/totp`: the secret of a new device, and the first code that puts it to use.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{recovery_code_page, totp_device};
use crate::{
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages,
        portal::view::{self, Here},
        qr_code::QrPath,
        session_cookie::{FreshSession, Session},
    },
    workflow::second_factor::{self, SecondFactorError},
};

/// The secret, until a first code came.
pub(super) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    page(&web, &session, &headers, StatusCode::OK, None).await
}

/// Takes the first code; the recovery codes are shown next.
pub(super) async fn confirm(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let again = async |status, error| page(&web, &session, &headers, status, Some(error)).await;
    if !session.sent(&web, &headers, form.get("csrf")) {
        return again(StatusCode::FORBIDDEN, "foreign_form").await;
    }
    if !session.is_fresh(&web) {
        return again(StatusCode::BAD_REQUEST, "not_fresh").await;
    }
    match second_factor::confirm(&web.app, &session.signed_in, form.get("code")).await {
        Ok(codes) => Ok(recovery_code_page::lead_on(&web, &session, &codes)),
        Err(SecondFactorError::Wrong) => again(StatusCode::BAD_REQUEST, "wrong").await,
        Err(error) => totp_device::failed(error),
    }
}

async fn page(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    status: StatusCode,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let Some(secret) = second_factor::waiting(&web.app, &session.signed_in).await? else {
        return Ok(Redirect::to("/settings").into_response());
    };
    // Somebody who only sends a form from elsewhere, or after a long time, sees no secret.
    let is_shown = session.is_fresh(web);
    let product = &web.app.config.portal.product_name;
    let link = secret.link(product, &session.administrator.email);
    let rest = json!({
        "secret": is_shown.then(|| json!({
            "groups": secret.in_groups(),
            "qr": QrPath::of(&link),
            "link": link,
        })),
        "error": error,
    });
    let view = view::signed_in(web, session, Here::Settings, "/settings/totp", rest);
    let language = pages::language(web, headers);
    let body = web.app.templates.page("totp_enrolment", language, &view)?;
    Ok(pages::with_status(status, body))
}
