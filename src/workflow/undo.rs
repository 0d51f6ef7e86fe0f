//! Undoing a rejection that came by mail: back to pending, never further.

use tracing::info;

use super::{decide::DecideError, look, messages::Messages, remind};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        people::AdministratorId,
        request::{Door, RequestId},
    },
    store::{
        StoreError, accounts, audit, entries, gathering, may_retry, outbox, requests, retrying,
        rights, standings,
    },
};

/// Why nothing was undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// No such request, or not this administrator's.
    #[error("there is no such request")]
    Unknown,
    /// There is no rejection by mail, or its time has passed: the request as it stands.
    #[error("there is nothing to undo any more")]
    TooLate(Box<look::Shown>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(UndoError);

impl From<DecideError> for UndoError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Store(error) => Self::Store(error),
            DecideError::AlreadyDecided(shown) => Self::TooLate(shown),
            DecideError::Unknown | DecideError::NotYours | DecideError::SessionEnded => {
                Self::Unknown
            }
        }
    }
}

/// Takes a rejection by link or reply back. Any administrator of the account may, with the link
/// from its own mail.
pub async fn undo(
    app: &App,
    id: RequestId,
    administrator: AdministratorId,
) -> Result<look::Shown, UndoError> {
    let shown = retrying(|| undo_once(app, id, administrator)).await?;
    app.metrics.request_reopened();
    info!(
        event = "access_request.reopened",
        request.number = %shown.request.number,
        account.last4 = shown.request.account.last4(),
        door = "link",
        "The rejection of request {} was undone: it is open again",
        shown.request.number,
    );
    app.outbox_changed.notify_one();
    app.request_changes.ring(id);
    Ok(shown)
}

async fn undo_once(
    app: &App,
    id: RequestId,
    administrator: AdministratorId,
) -> Result<look::Shown, UndoError> {
    let now = app.clock.now();
    let window = app.config.requests.undo.unwrap_or_default();
    let mut tx = app.store.begin().await?;
    let mut request = requests::find(&mut tx, id)
        .await?
        .ok_or(UndoError::Unknown)?;
    let capacity = rights::capacity_now(&mut tx, &request.account, administrator, now)
        .await?
        .ok_or(UndoError::Unknown)?;
    // Whoever approved or revoked the address in the portal since has the last word.
    let standing =
        standings::standing_now(&mut tx, &request.account, request.requester, now).await?;
    if !standing.is_rejection_of(id) {
        let shown = look::of(&mut tx, request).await?;
        return Err(UndoError::TooLate(Box::new(shown)));
    }
    let rejected_at = request.state.closed_at();
    let (Ok(state), Some(rejected_at)) = (request.state.undo(now, window), rejected_at) else {
        let shown = look::of(&mut tx, request).await?;
        return Err(UndoError::TooLate(Box::new(shown)));
    };
    request.state = state;
    request.updated_at = now;
    // The clock stood still while it was rejected: silence gets its whole time again.
    request.expires_at = request.expires_at.plus(now.since(rejected_at));
    let account = accounts::find(&mut tx, &request.account)
        .await?
        .ok_or(UndoError::Unknown)?;
    request.silence.since = now;
    request.silence.remind_at =
        remind::next_of(app, &request.silence, request.expires_at, &account);
    if !requests::reopen(&mut tx, &request, rejected_at).await? {
        let shown = look::find(&mut tx, id).await?.ok_or(UndoError::Unknown)?;
        return Err(UndoError::TooLate(Box::new(shown)));
    }
    entries::set(
        &mut tx,
        &entries::Change {
            account: &request.account,
            person: request.requester,
            status: "pending",
            request: Some(request.id),
            until: None,
            at: now,
        },
    )
    .await?;
    let event = AuditEvent::of_account(
        &request.account,
        "access_request.reopened",
        Actor::Administrator(administrator),
        now,
    )
    .through(Some(Door::Link))
    .about(Some(request.id), request.requester)
    .shown_by("number", request.number.as_str())
    .in_capacity(capacity);
    audit::append(&mut tx, &event).await?;
    // Who was not asked because it was closed meanwhile is asked now.
    outbox::send_after_all(&mut tx, id, now).await?;
    gathering::gather_again(&mut tx, id, now).await?;
    Messages::about(app, &request, now)
        .of_reopening(&mut tx, rejected_at, administrator)
        .await?;
    let shown = look::of(&mut tx, request).await?;
    tx.commit().await?;
    Ok(shown)
}
