//! `/passkey`: the one page on which a passkey is made or used, the only one with a script.
//!
//! Whatever needs a passkey begins with a form (`/login/passkey`, `/confirm/passkey`,
//! `/settings/passkeys`), which leads here. The page asks the device, and sends its answer back.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{
    arrival,
    view::{self, Here},
};
use crate::{
    http::{
        Web, browser, ceremony_cookie, client_address, device,
        errors::Failure,
        forms::{self, Form},
        pages,
        security_headers::CONTENT_SECURITY_POLICY_WITH_SCRIPT,
        session_cookie::Session,
    },
    webauthn::AnswerRefused,
    workflow::{
        ceremony::CeremonySecret,
        passkey::{self, Answered, Asked, PasskeyError, Purpose},
    },
};

/// The way to the page, for a browser that has begun.
pub(super) fn lead_on(web: &Web, secret: &CeremonySecret) -> Response {
    let mut response = Redirect::to("/passkey").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, ceremony_cookie::set(web, secret));
    response
}

/// `POST /login/passkey`
pub(in crate::http) async fn begin_signing_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return Err(Failure::forbidden("This form was sent from another site"));
    }
    let next = forms::local_path(form.get("next"));
    let from = client_address::of(&web, peer, &headers);
    match passkey::begin_signing_in(&web.app, from, next).await {
        Ok(secret) => Ok(lead_on(&web, &secret)),
        Err(error) => refused(&web, None, &headers, error),
    }
}

/// `POST /confirm/passkey`
pub(in crate::http) async fn begin_confirming(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !session.sent(&web, &headers, form.get("csrf")) {
        return Err(Failure::forbidden(
            "This form was not sent from a page of your session",
        ));
    }
    let next = match form.get("next") {
        "" => "/confirm",
        next => forms::local_path(next),
    };
    match passkey::begin_confirming(&web.app, &session.signed_in, next).await {
        Ok(secret) => Ok(lead_on(&web, &secret)),
        Err(error) => refused(&web, Some(&session), &headers, error),
    }
}

/// `GET /passkey`: asks the device.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Option<Session>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked = match ceremony_cookie::read(&web, &headers) {
        Some(secret) => passkey::asked(&web.app, secret).await,
        None => Err(PasskeyError::NothingBegun),
    };
    match asked {
        Ok(asked) => {
            let mut response = page(&web, session.as_ref(), &headers, Some(&asked), None)?;
            response.headers_mut().insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(CONTENT_SECURITY_POLICY_WITH_SCRIPT),
            );
            Ok(response)
        }
        Err(error) => refused(&web, session.as_ref(), &headers, error),
    }
}

/// `POST /passkey`: its answer.
pub(in crate::http) async fn answer(
    State(web): State<Web>,
    session: Option<Session>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let is_ours = match &session {
        Some(session) => session.sent(&web, &headers, form.get("csrf")),
        None => browser::is_same_origin(&headers, &web.app.config.server.origin()),
    };
    let secret = ceremony_cookie::read(&web, &headers).filter(|_| is_ours);
    let answered = match secret {
        Some(secret) => {
            let by = session.as_ref().map(|session| &session.signed_in);
            let device = device::described(&headers);
            passkey::answer(&web.app, secret, form.get("answer"), by, device).await
        }
        None => Err(PasskeyError::NothingBegun),
    };
    let mut response = match answered {
        Ok(Answered::SessionBegun { secret, next }) => {
            arrival::let_in(&web, &headers, &secret, &next).await?
        }
        Ok(Answered::Confirmed { next }) => Redirect::to(&next).into_response(),
        Ok(Answered::Added) => Redirect::to("/settings?done=passkey_added").into_response(),
        Err(error) => refused(&web, session.as_ref(), &headers, error)?,
    };
    response
        .headers_mut()
        .append(header::SET_COOKIE, ceremony_cookie::clear(&web));
    Ok(response)
}

/// The page that says why nothing came of it.
fn refused(
    web: &Web,
    session: Option<&Session>,
    headers: &HeaderMap,
    error: PasskeyError,
) -> Result<Response, Failure> {
    let (word, status) = match error {
        PasskeyError::NotOffered => return Err(Failure::not_found()),
        PasskeyError::NothingBegun | PasskeyError::SessionEnded => {
            ("ended", StatusCode::BAD_REQUEST)
        }
        PasskeyError::Refused(AnswerRefused::Copied) => ("copied", StatusCode::FORBIDDEN),
        PasskeyError::Refused(_) | PasskeyError::LastWayIn => ("refused", StatusCode::FORBIDDEN),
        PasskeyError::Unknown => ("unknown", StatusCode::FORBIDDEN),
        PasskeyError::NotFresh => ("not_fresh", StatusCode::FORBIDDEN),
        PasskeyError::Known => ("known", StatusCode::CONFLICT),
        PasskeyError::Question(reason) => return Err(anyhow::anyhow!(reason).into()),
        PasskeyError::Store(error) => return Err(error.into()),
    };
    let mut response = page(web, session, headers, None, Some(word))?;
    *response.status_mut() = status;
    Ok(response)
}

fn page(
    web: &Web,
    session: Option<&Session>,
    headers: &HeaderMap,
    asked: Option<&Asked>,
    error: Option<&'static str>,
) -> Result<Response, Failure> {
    let rest = json!({
        "back": asked.map(way_back),
        "purpose": asked.map(|asked| asked.purpose.as_str()),
        "options": asked.map_or(Value::Null, |asked| asked.options.as_str().into()),
        "error": error,
    });
    let view = match session {
        Some(session) => view::signed_in(web, session, Here::Nowhere, "/passkey", rest),
        None => view::signed_out(web, rest),
    };
    let language = pages::language(web, headers);
    let body = web.app.templates.page("passkey", language, &view)?;
    Ok(pages::html(body))
}

/// Where somebody goes who would rather not use a passkey.
fn way_back(asked: &Asked) -> String {
    let path = match asked.purpose {
        Purpose::SignIn => "/login",
        Purpose::Confirm => "/confirm",
        Purpose::Add => return "/settings#passkeys".to_owned(),
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", &asked.next);
    format!("{path}?{}", query.finish())
}

/// `GET /passkey.js`
pub(in crate::http) async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../../templates/page/passkey.js")).into_response()
}
