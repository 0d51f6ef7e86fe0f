//! Another password. It takes the old one, unless its owner proved lately who they are.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, State},
    response::Response,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::AnyConnection;
use tracing::warn;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    http::{Web, client_address, errors::Failure, pages, wait::Wait},
    workflow::new_password::{self, ChangePasswordError},
};

pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    let email = &viewer.session.administrator.email;
    let rules = new_password::rules(&viewer.web.app, conn, email, &[]).await?;
    Ok(json!({
        "least": rules.least(),
        "needs_old": !viewer.session.is_fresh(viewer.web),
        "error": null,
        "wait": null,
    }))
}

/// `POST /settings/password`
pub(super) async fn change(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    sent: OwnForm,
) -> Result<Response, Failure> {
    let again = async |error: &str, wait: Option<Wait>| {
        let shows = json!({ "error": error, "wait": wait });
        sent.refused(&web, "password_change", shows).await
    };
    let (old, new) = (sent.get("old"), sent.get("new"));
    if new.is_empty() || (old.is_empty() && !sent.session.is_fresh(&web)) {
        return again("missing", None).await;
    }
    if new != sent.get("again") {
        return again("differ", None).await;
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
            warn!(event = "login.throttled", administrator = %who.email, "{} has to wait before changing the password", who.email);
            return again("throttled", Some(wait.into())).await;
        }
    };
    let old = (!old.is_empty()).then(|| SecretString::from(old));
    let new = SecretString::from(new);
    let changed = new_password::change(&web.app, &sent.session.signed_in, who, old, new).await;
    match changed {
        Ok(()) => {
            attempt.succeeded();
            Ok(done("password"))
        }
        Err(ChangePasswordError::Wrong) => {
            drop(attempt);
            again("wrong_password", None).await
        }
        Err(ChangePasswordError::New(error)) => {
            attempt.broke();
            again(pages::weak_password(error)?, None).await
        }
        Err(ChangePasswordError::SessionEnded) => {
            attempt.broke();
            Err(Failure::forbidden("The session has ended"))
        }
        Err(ChangePasswordError::Hashing(error)) => {
            attempt.broke();
            Err(error.into())
        }
        Err(ChangePasswordError::Store(error)) => {
            attempt.broke();
            Err(error.into())
        }
    }
}
