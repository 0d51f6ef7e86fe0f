//! `/login/code`: the second step of a sign-in, where a code follows the password.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use tracing::warn;

use super::{arrival, language, view};
use crate::{
    domain::language::Language,
    http::{
        Web, browser, ceremony_cookie, client_address, device,
        errors::Failure,
        forms::Form,
        pages,
        wait::{self, Wait},
    },
    workflow::second_step::{self, Begun, SecondStepError},
};

/// What may stand behind `/login/code`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct CodeQuery {
    #[serde(default)]
    language: String,
}

/// The form, for whoever has given the password in this browser.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    Query(query): Query<CodeQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if begun(&web, &headers).await?.is_none() {
        return Ok(begin_again(&web));
    }
    let chosen = Language::parse(&query.language);
    let language = chosen.unwrap_or_else(|| pages::language(&web, &headers));
    let mut response = render(&web, language, StatusCode::OK, None, None)?;
    if let Some(chosen) = chosen {
        response
            .headers_mut()
            .append(header::SET_COOKIE, language::chosen(&web, chosen));
    }
    Ok(response)
}

/// Checks the code and begins a session.
pub(in crate::http) async fn enter(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let language = pages::language(&web, &headers);
    let again = |status, error| render(&web, language, status, Some(error), None);
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return again(StatusCode::FORBIDDEN, "foreign_form");
    }
    let Some((secret, begun)) = begun(&web, &headers).await? else {
        return Ok(begin_again(&web));
    };
    let code = form.get("code");
    if code.trim().is_empty() {
        return again(StatusCode::BAD_REQUEST, "missing");
    }
    let email = &begun.email;
    let from = client_address::of(&web, peer, &headers);
    let now = web.app.clock.now();
    let throttled = |wait: Duration| {
        web.app.metrics.login("throttled");
        warn!(event = "login.throttled", administrator = %email, "A code of {email} has to wait");
        let status = StatusCode::TOO_MANY_REQUESTS;
        render(&web, language, status, Some("throttled"), Some(wait.into()))
    };
    let attempt = match web.throttle.begin(email, from, now).await {
        Ok(attempt) => attempt,
        Err(wait) => return throttled(wait),
    };
    let device = device::described(&headers);
    match second_step::enter(&web.app, secret, &begun, code, device).await {
        Ok(session) => {
            attempt.succeeded();
            let mut response = arrival::let_in(&web, &headers, &session, &begun.next).await?;
            response
                .headers_mut()
                .append(header::SET_COOKIE, ceremony_cookie::clear(&web));
            Ok(response)
        }
        Err(SecondStepError::Wrong) => {
            drop(attempt);
            again(StatusCode::UNAUTHORIZED, "wrong")
        }
        Err(SecondStepError::Wait(wait)) => {
            attempt.broke();
            throttled(wait)
        }
        Err(SecondStepError::Over) => {
            attempt.broke();
            Ok(begin_again(&web))
        }
        Err(SecondStepError::Store(error)) => {
            attempt.broke();
            Err(error.into())
        }
    }
}

async fn begun<'h>(web: &Web, headers: &'h HeaderMap) -> Result<Option<(&'h str, Begun)>, Failure> {
    let Some(secret) = ceremony_cookie::read(web, headers) else {
        return Ok(None);
    };
    let begun = second_step::begun(&web.app, secret).await?;
    Ok(begun.map(|begun| (secret, begun)))
}

fn begin_again(web: &Web) -> Response {
    let mut response = Redirect::to("/login?again=1").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, ceremony_cookie::clear(web));
    response
}

fn render(
    web: &Web,
    language: Language,
    status: StatusCode,
    error: Option<&str>,
    wait: Option<Wait>,
) -> Result<Response, Failure> {
    let rest = json!({ "error": error, "wait": wait });
    let view = view::signed_out(web, rest);
    let body = web.app.templates.page("login_code", language, &view)?;
    let response = pages::with_status(status, body);
    Ok(wait::announced(response, wait))
}
