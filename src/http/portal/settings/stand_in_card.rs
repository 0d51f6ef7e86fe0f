//! Who decides while its administrator is away: what stands, and the end of it.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    domain::calendar_day::CalendarDay,
    http::{Web, errors::Failure, pages::Day},
    store::{accounts, people, stand_ins},
    workflow::end_stand_in::{self, EndStandInError},
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
            json!({
                "name": named.name,
                "email": email.as_ref().map(|email| email.as_typed()),
                "first": Day::of(CalendarDay::of(named.from, &viewer.zone)),
                "last": Day::last_until(named.until, &viewer.zone),
                "running": named.from <= now,
            })
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
