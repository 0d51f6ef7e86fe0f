//! Where somebody is signed in, and the end of it.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    domain::people::SessionId,
    http::{Web, device::Device, errors::Failure, pages::Moment},
    workflow::session,
};

pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    let signed_in = &viewer.session.signed_in;
    let mut all = session::all_of(&viewer.web.app, conn, signed_in.administrator()).await?;
    all.sort_by_key(|(id, _)| id != signed_in.session());
    let several = all.len() > 1;
    let shown: Vec<Value> = all
        .into_iter()
        .map(|(id, one)| {
            json!({
                "is_this_one": id == *signed_in.session(),
                "id": id.0,
                "device": one.device.as_deref().map(Device::read),
                "since": Moment::of(one.created_at, &viewer.zone),
                "last_used": Moment::of(one.seen_at, &viewer.zone),
            })
        })
        .collect();
    Ok(json!({ "sessions": shown, "several": several }))
}

/// `POST /settings/sessions/end`
pub(super) async fn end(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    let which = SessionId(sent.get("session").to_owned());
    session::end(&web.app, &sent.session.signed_in, &which).await?;
    Ok(done("session_ended"))
}

/// `POST /settings/sessions/end-others`
pub(super) async fn end_others(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    session::end_others(&web.app, &sent.session.signed_in).await?;
    Ok(done("sessions_ended"))
}
