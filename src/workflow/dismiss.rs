//! Administrators end that somebody is one: in the portal, for their own accounts.
//!
//! What ends, ends at once: the sessions of whoever decides nowhere else, and with the appointment the
//! links and reply addresses of every mail, since each of them asks whether its recipient still decides.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    appoint,
    decide::{self, DecideError},
    end_stand_in, messages,
    reach::{self, Findings},
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        event::Actor,
        message::MessageKind,
        people::{Administrator, AdministratorId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    store::{
        MayRetry, StoreError, accounts, aliases, appointments, invitations, link_generations,
        retrying, rights, sessions,
    },
};

/// Why nobody was dismissed.
#[derive(Debug, thiserror::Error)]
pub enum DismissError {
    /// The session ended, or the account is not theirs.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// It does not decide for this account.
    #[error("this is no administrator of the account")]
    NotThere,
    /// Nobody who can sign in would be left.
    #[error("the account would be left without an administrator who can sign in")]
    Last,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for DismissError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Ends the appointment of somebody for an account of the caller, who may be the caller; never the
/// last one who can sign in.
pub async fn dismiss(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<(), DismissError> {
    let (gone, findings) = retrying(|| dismiss_once(app, by, account, administrator)).await?;
    info!(
        event = "administrator.removed",
        account.last4 = account.last4(),
        administrator = %gone.email,
        door = "portal",
        "{} no longer decides for account {account}, said an administrator",
        gone.email,
    );
    findings.report(app);
    app.outbox_changed.notify_one();
    Ok(())
}

async fn dismiss_once(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    id: AdministratorId,
) -> Result<(Administrator, Findings), DismissError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    // The account first: of two who remove each other at once, the second waits here, and finds
    // that it has no right any more.
    accounts::hold(&mut tx, account).await?;
    decide::check_appointed(app, &mut tx, account, by, now).await?;
    let gone = appointments::colleague_on(&mut tx, by.administrator(), account, id)
        .await?
        .ok_or(DismissError::NotThere)?;
    end_sessions_of_who_leaves(&mut tx, account, gone.id).await?;
    if !appointments::dismiss_unless_last(&mut tx, account, gone.id).await? {
        return Err(DismissError::Last);
    }
    link_generations::end(&mut tx, account, gone.id, now).await?;
    let place = appoint::record(&mut tx, "administrator.removed", account, by, &gone, now).await?;
    let actor = Actor::Administrator(by.administrator());
    let door = Door::Portal;
    end_stand_in::end_with_appointment(app, &mut tx, account, gone.id, actor, door, now).await?;
    forget_where_over(&mut tx, gone.id, now).await?;
    let mut told = rights::appointed_to(&mut tx, account).await?;
    told.push(gone.clone());
    for one in told.iter().filter(|one| one.id != by.administrator()) {
        let kind = MessageKind::AdministratorRemoved;
        messages::tell(app, &mut tx, kind, account, place, one, now).await?;
    }
    let findings = reach::note_unheard_of(&mut tx, account, now).await?;
    tx.commit().await?;
    Ok((gone, findings))
}

/// Ends the sessions of somebody who decides for no other account. Whoever does stays signed in there:
/// every right is looked up anew, and no company ends the sessions that somebody has with another.
pub(super) async fn end_sessions_of_who_leaves(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<(), StoreError> {
    let accounts = accounts::of_administrator(conn, administrator).await?;
    if accounts.iter().all(|one| one.number == *account) {
        sessions::end_all_of(conn, administrator).await?;
    }
    Ok(())
}

/// Whoever decides no more for the account that an invitation names cannot use it any more; and whoever
/// decides for nothing has no aliases: the addresses are free for others.
pub(super) async fn forget_where_over(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    invitations::revoke_without_right(conn, administrator, now).await?;
    if !appointments::decides_at_all(conn, administrator, now).await? {
        aliases::delete_all_of(conn, administrator).await?;
    }
    Ok(())
}
