//! The one-time codes of a device: whether they are asked for, the way to begin, and the end of it.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, State},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::AnyConnection;
use tracing::warn;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    http::{Web, client_address, errors::Failure, wait::Wait},
    store::recovery_codes,
    workflow::second_factor::{self, SecondFactorError},
};

/// Nothing where codes are neither offered nor asked for.
pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    let who = viewer.session.administrator.id;
    let portal = &viewer.web.app.config.portal;
    let is_on = second_factor::is_on(conn, who).await?;
    if !is_on && !portal.totp {
        return Ok(Value::Null);
    }
    Ok(json!({
        "is_on": is_on,
        "codes_left": recovery_codes::left(conn, who).await?,
        "least_alone": portal.password_min_length,
        "error": null,
        "wait": null,
    }))
}

/// `POST /settings/totp/begin`: leads on to the page with the secret.
pub(super) async fn begin(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    if let Some(refused) = sent.refused_unless_fresh(&web, "totp_device").await? {
        return Ok(refused);
    }
    match second_factor::begin(&web.app, &sent.session.signed_in).await {
        Ok(()) => Ok(Redirect::to("/settings/totp").into_response()),
        Err(error) => failed(error),
    }
}

/// `POST /settings/totp/remove`
pub(super) async fn remove(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    sent: OwnForm,
) -> Result<Response, Failure> {
    if let Some(refused) = sent.refused_unless_fresh(&web, "totp_device").await? {
        return Ok(refused);
    }
    let who = &sent.session.administrator;
    let from = client_address::of(&web, peer, &sent.headers);
    let attempt = match web
        .throttle
        .begin(&who.email, from, web.app.clock.now())
        .await
    {
        Ok(attempt) => attempt,
        Err(wait) => {
            web.app.metrics.login("throttled");
            warn!(event = "login.throttled", administrator = %who.email, "{} has to wait before removing a factor", who.email);
            return again(&web, &sent, "throttled", Some(wait.into())).await;
        }
    };
    let password = SecretString::from(sent.get("password"));
    match second_factor::remove(&web.app, &sent.session.signed_in, who, password).await {
        Ok(()) => {
            attempt.succeeded();
            Ok(done("totp_removed"))
        }
        Err(SecondFactorError::Wrong) => {
            drop(attempt);
            again(&web, &sent, "wrong_password", None).await
        }
        Err(SecondFactorError::ShortPassword) => {
            attempt.broke();
            again(&web, &sent, "short_password", None).await
        }
        Err(error) => {
            attempt.broke();
            failed(error)
        }
    }
}

async fn again(
    web: &Web,
    sent: &OwnForm,
    error: &str,
    wait: Option<Wait>,
) -> Result<Response, Failure> {
    let shows = json!({ "error": error, "wait": wait });
    sent.refused(web, "totp_device", shows).await
}

/// What is left to say where no form is to be shown again.
pub(super) fn failed(error: SecondFactorError) -> Result<Response, Failure> {
    match error {
        // Done in another tab meanwhile: the page says how it is now.
        SecondFactorError::NothingToDo => Ok(Redirect::to("/settings").into_response()),
        SecondFactorError::NotOffered => Err(Failure::not_found()),
        SecondFactorError::SessionEnded
        | SecondFactorError::Wrong
        | SecondFactorError::ShortPassword => Err(Failure::forbidden("The session has ended")),
        SecondFactorError::Hashing(error) => Err(error.into()),
        SecondFactorError::Store(error) => Err(error.into()),
    }
}
