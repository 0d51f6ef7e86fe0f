//! Closing a request without a decision: its time is over, or whoever asked takes it back.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    decide::{self, DecideError},
    look,
    messages::Messages,
};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        people::{Client, ClientId},
        request::{AccessRequest, Canceller, RequestId, RequestState},
        timestamp::Timestamp,
    },
    store::{StoreError, accounts, audit, request_lists, requests, retrying},
};

/// Expires the requests whose time is over; how many there were, at most `at_most`.
pub async fn expire_due(app: &App, at_most: i64) -> Result<usize, DecideError> {
    let mut conn = app.store.read().await?;
    let due = request_lists::expired(&mut conn, app.clock.now(), at_most).await?;
    drop(conn);
    let mut expired = 0;
    for request in due {
        match retrying(|| close_once(app, request.id, Closing::Expire)).await {
            Ok(request) => {
                app.metrics.request_decided(&request);
                info!(
                    event = "access_request.expired",
                    request.number = %request.number,
                    account.last4 = request.account.last4(),
                    door = "timer",
                    "Request {} expired: nobody answered",
                    request.number,
                );
                app.request_changes.ring(request.id);
                expired += 1;
            }
            Err(DecideError::AlreadyDecided(_)) => {} // Somebody answered at the last moment.
            Err(error) => return Err(error),
        }
    }
    if expired > 0 {
        app.outbox_changed.notify_one();
    }
    Ok(expired)
}

/// The operator takes a request back.
pub async fn cancel_by_operator(app: &App, id: RequestId) -> Result<AccessRequest, DecideError> {
    let request = retrying(|| close_once(app, id, Closing::CancelByOperator)).await?;
    decide::report(app, &request);
    Ok(request)
}

/// Why a shipping system cannot cancel.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No such request, or of an account outside its scope.
    #[error("there is no such request")]
    Unknown,
    /// Another one, or the operator, opened it.
    #[error("another shipping system opened the request")]
    NotTheirs,
    /// It is decided or expired already.
    #[error("the request is closed already")]
    Closed(Box<look::Shown>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A shipping system takes its own request back; one that it took back before stays so.
pub async fn cancel_by_client(
    app: &App,
    client: &Client,
    id: RequestId,
) -> Result<look::Shown, CancelError> {
    let shown = look::for_client(app, client, id)
        .await?
        .ok_or(CancelError::Unknown)?;
    if shown.request.client != Some(client.id) {
        return Err(CancelError::NotTheirs);
    }
    match retrying(|| close_once(app, id, Closing::CancelByClient(client.id))).await {
        Ok(request) => {
            decide::report(app, &request);
            let mut conn = app.store.read().await?;
            Ok(look::of(&mut conn, request).await?)
        }
        Err(DecideError::AlreadyDecided(shown))
            if matches!(shown.request.state, RequestState::Cancelled { .. }) =>
        {
            Ok(*shown)
        }
        Err(DecideError::AlreadyDecided(shown)) => Err(CancelError::Closed(shown)),
        Err(DecideError::Store(error)) => Err(error.into()),
        Err(DecideError::Unknown | DecideError::NotYours | DecideError::SessionEnded) => {
            Err(CancelError::Unknown)
        }
    }
}

#[derive(Clone, Copy)]
enum Closing {
    Expire,
    CancelByOperator,
    CancelByClient(ClientId),
}

async fn close_once(
    app: &App,
    id: RequestId,
    closing: Closing,
) -> Result<AccessRequest, DecideError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut request = requests::find(&mut tx, id)
        .await?
        .ok_or(DecideError::Unknown)?;
    let (closed, actor, name) = match closing {
        Closing::Expire => (
            request.state.expire(now),
            Actor::Daemon,
            "access_request.expired",
        ),
        Closing::CancelByOperator => (
            request.state.cancel(Canceller::Operator, now),
            Actor::Operator,
            "access_request.cancelled",
        ),
        Closing::CancelByClient(client) => (
            request.state.cancel(Canceller::Client, now),
            Actor::Client(client),
            "access_request.cancelled",
        ),
    };
    let Ok(state) = closed else {
        return Err(already_closed(&mut tx, request).await?);
    };
    request.state = state;
    request.updated_at = now;
    if !requests::close(&mut tx, &request).await? {
        let current = requests::find(&mut tx, id)
            .await?
            .ok_or(DecideError::Unknown)?;
        return Err(already_closed(&mut tx, current).await?);
    }
    write_closing(app, &mut tx, &request, actor, name, now).await?;
    tx.commit().await?;
    Ok(request)
}

async fn write_closing(
    app: &App,
    conn: &mut AnyConnection,
    request: &AccessRequest,
    actor: Actor,
    name: &'static str,
    now: Timestamp,
) -> Result<(), DecideError> {
    decide::set_entry(conn, request, now).await?;
    let event = AuditEvent::of_account(&request.account, name, actor, now)
        .through(request.state.door())
        .about(Some(request.id), request.requester)
        .shown_by("number", request.number.as_str());
    audit::append(conn, &event).await?;
    let account = accounts::find(conn, &request.account)
        .await?
        .ok_or(DecideError::Unknown)?;
    Messages::about(app, request, now)
        .of_closing(conn, &account)
        .await?;
    Ok(())
}

async fn already_closed(
    conn: &mut AnyConnection,
    request: AccessRequest,
) -> Result<DecideError, DecideError> {
    let shown = look::of(conn, request).await?;
    Ok(DecideError::AlreadyDecided(Box::new(shown)))
}
