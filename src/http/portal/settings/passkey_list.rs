//! The passkeys of whoever looks, and adding and removing one.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    http::{Web, errors::Failure, pages::Moment, portal::passkey_page},
    store::passkeys,
    workflow::{
        own_passkeys,
        passkey::{self, NAME_MAX, PasskeyError},
    },
};

/// `null` where no passkeys are offered.
pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    if !viewer.web.app.config.portal.passkeys {
        return Ok(Value::Null);
    }
    let whose = viewer.session.administrator.id;
    let all = passkeys::of_administrator(conn, whose).await?;
    let shown = all.into_iter().map(|one| {
        json!({
            "id": one.id,
            "called": one.name,
            "added": Moment::of(one.created_at, &viewer.zone),
            "last_used": one.used_at.map(|at| Moment::of(at, &viewer.zone)),
        })
    });
    Ok(json!({
        "passkeys": shown.collect::<Value>(),
        "name": "",
        "name_max": NAME_MAX,
        "error": null,
    }))
}

/// `POST /settings/passkeys`: leads on to the page that makes one.
pub(super) async fn begin_adding(
    State(web): State<Web>,
    sent: OwnForm,
) -> Result<Response, Failure> {
    let name = sent.get("name").trim();
    let error = if !sent.session.is_fresh(&web) {
        Some("not_fresh")
    } else if name.is_empty() {
        Some("name_missing")
    } else if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        Some("name_wrong")
    } else {
        None
    };
    if let Some(error) = error {
        let shows = json!({ "error": error, "name": name });
        return sent.refused(&web, "passkey_list", shows).await;
    }
    let (by, whose) = (&sent.session.signed_in, &sent.session.administrator);
    match passkey::begin_adding(&web.app, by, whose, name).await {
        Ok(secret) => Ok(passkey_page::lead_on(&web, &secret)),
        Err(error) => Err(failure(error)),
    }
}

/// `POST /settings/passkeys/remove`
pub(super) async fn remove(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    if let Some(refused) = sent.refused_unless_fresh(&web, "passkey_list").await? {
        return Ok(refused);
    }
    match own_passkeys::remove(&web.app, &sent.session.signed_in, sent.get("passkey")).await {
        // One that is gone already is gone.
        Ok(()) | Err(PasskeyError::Unknown) => Ok(done("passkey_removed")),
        Err(PasskeyError::LastWayIn) => {
            let shows = json!({ "error": "last_way_in" });
            sent.refused(&web, "passkey_list", shows).await
        }
        Err(error) => Err(failure(error)),
    }
}

fn failure(error: PasskeyError) -> Failure {
    match error {
        PasskeyError::NotOffered => Failure::not_found(),
        PasskeyError::SessionEnded => Failure::forbidden("The session has ended"),
        PasskeyError::Store(error) => error.into(),
        other => anyhow::Error::from(other).into(),
    }
}
