//! Administrators end that somebody is one: in the portal, for their own accounts.
//!
//! What ends, ends at once: the sessions of whoever decides nowhere else, and with the appointment the
//! links and reply addresses of every mail, since each of them asks whether its recipient still decides.

use sqlx::AnyConnection;
use tracing::{error, info};

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
        people, retrying, rights, sessions,
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
    /// Nobody who signed in for the account would be left.
    #[error("the account would be left without an administrator who signed in for it")]
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

/// Ends the appointment of somebody for an account of the caller, who may be the caller; never the last
/// one who signed in for it, unless that one leaves and [`may_leave_last`].
pub async fn dismiss(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<(), DismissError> {
    let dismissed = retrying(|| dismiss_once(app, by, account, administrator)).await?;
    let gone = dismissed.gone;
    info!(
        event = "administrator.removed",
        account.last4 = account.last4(),
        administrator = %gone.email,
        door = "portal",
        "{} no longer decides for account {account}, said an administrator",
        gone.email,
    );
    dismissed.findings.report(app);
    if dismissed.is_left_alone {
        error!(
            event = "account.left_alone",
            account.last4 = account.last4(),
            "Nobody who has signed in decides for account {account} any more: its requests stay unanswered, \
             and expire as a no; `esecured admin add` adds somebody"
        );
    }
    app.outbox_changed.notify_one();
    Ok(())
}

async fn dismiss_once(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    id: AdministratorId,
) -> Result<Dismissed, DismissError> {
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
    let mut is_left_alone = false;
    if !appointments::dismiss_unless_last(&mut tx, account, gone.id).await? {
        is_left_alone = may_leave_last(&mut tx, by, account, gone.id).await?;
        if !is_left_alone || !people::dismiss(&mut tx, account, gone.id).await? {
            return Err(DismissError::Last);
        }
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
    Ok(Dismissed {
        gone,
        findings,
        is_left_alone,
    })
}

/// What became of it.
struct Dismissed {
    gone: Administrator,
    findings: Findings,
    /// Nobody who signed in for the account is left.
    is_left_alone: bool,
}

/// Whether somebody may leave an account though nobody else signed in for it: whoever never did
/// anything there. Anybody may appoint anybody, unasked, and nobody is held by that.
pub async fn may_leave_last(
    conn: &mut AnyConnection,
    by: &SignedIn,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let is_oneself = by.administrator() == administrator;
    Ok(is_oneself && !appointments::ever_acted(conn, account, administrator).await?)
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
