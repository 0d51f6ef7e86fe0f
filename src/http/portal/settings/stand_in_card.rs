//! Who decides while its administrator is away: what stands, and the end of it.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    http::{Web, errors::Failure, time_away_view},
    store::{accounts, people, stand_ins},
    workflow::{
        end_stand_in::{self, EndStandInError},
        time_away::TimeAway,
    },
};

/// Null for somebody who has no account of their own.
pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    let administrator = viewer.session.administrator.id;
    if accounts::appointed_of(conn, administrator)
        .await?
        .is_empty()
    {
        return Ok(Value::Null);
    }
    let now = viewer.web.app.clock.now();
    let named = match stand_ins::named_by(conn, administrator, now).await? {
        Some(named) => {
            let email = people::address(conn, named.person).await?;
            let away = TimeAway::of(conn, named).await?;
            time_away_view::for_colleagues(&away, email.as_ref(), now)
        }
        None => Value::Null,
    };
    Ok(json!({ "named": named }))
}

/// `POST /settings/stand-in/end`
pub(super) async fn end(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    match end_stand_in::end(&web.app, &sent.session.signed_in).await {
        // What is over already is what was wanted.
        Ok(()) | Err(EndStandInError::NobodyNamed) => Ok(done("stand_in_ended")),
        Err(EndStandInError::SessionEnded) => Err(Failure::forbidden("The session has ended")),
        Err(EndStandInError::Store(error)) => Err(error.into()),
    }
}
