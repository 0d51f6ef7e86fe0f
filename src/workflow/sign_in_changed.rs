//! A way in came, changed, went or was used up: its owner is told by mail, at the stored address.
//!
//! Whoever got hold of an open browser, or of the operator's ear, is seen that way. The mail opens
//! nothing: its one link leads through the sign-in.

use sqlx::AnyConnection;

use super::messages;
use crate::{
    app::App,
    domain::{
        event::AuditEvent,
        message::{About, MessageKind},
        people::AdministratorId,
    },
    store::{StoreError, audit, outbox, people},
};

/// Writes down what happened to a way in, with the mail that tells its owner: one for each event.
/// The courier finds it when it looks next.
pub(super) async fn record(
    app: &App,
    conn: &mut AnyConnection,
    of: AdministratorId,
    event: &AuditEvent,
) -> Result<(), StoreError> {
    let place = audit::append_numbered(conn, event).await?;
    let Some(owner) = people::find_administrator(conn, of).await? else {
        return Ok(()); // Nobody is left to be told.
    };
    let kind = MessageKind::SignInChanged;
    let about = About::SignIn(of);
    let occasion = place.to_string();
    let mut message = messages::message(app, kind, about, owner.person, &occasion, event.at);
    message.administrator = Some(of);
    outbox::enqueue(conn, &message, event.at).await?;
    Ok(())
}
