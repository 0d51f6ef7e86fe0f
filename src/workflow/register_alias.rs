//! Aliases: further addresses that an administrator answers mails from, such as the one behind a
//! forwarding. They get no mail and sign nobody in; an answer from one is as good as from the address
//! itself, and so it can reject and nothing else.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    appoint,
    decide::{self, DecideError},
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        people::{AdministratorId, PersonId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    store::{MayRetry, StoreError, aliases, appointments, audit, people, retrying},
};

/// Why an alias was not registered or taken away.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// The session ended, or the account is not theirs.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// This is no administrator of the account.
    #[error("this is no administrator of the account")]
    NotThere,
    /// The administrator decides for accounts that are not theirs too: an alias counts there as well.
    #[error("this administrator decides for accounts of others too, and names aliases alone")]
    AlsoElsewhere,
    /// The address is an administrator's own, or somebody's alias.
    #[error("this address belongs to an administrator already")]
    Taken,
    /// It is not the address of an administrator of the account, and looks like one.
    #[error("this address looks like that of an administrator, and is another one")]
    LooksAlike,
    /// It is no alias of this administrator.
    #[error("this address is no alias of the administrator")]
    Unknown,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for AliasError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Whose aliases change, and who changes them: both decide for the account.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Who does it.
    pub by: &'a SignedIn,
    /// The account that both decide for.
    pub account: &'a AccountNumber,
    /// Whose alias it is.
    pub administrator: AdministratorId,
}

/// Registers an alias.
pub async fn register(
    app: &App,
    change: Change<'_>,
    email: &EmailAddress,
) -> Result<(), AliasError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        decide::check_appointed(app, &mut tx, change.account, change.by, now).await?;
        let owner = owner(&mut tx, change).await?;
        if appoint::looks_like_administrator(&mut tx, change.account, email).await? {
            return Err(AliasError::LooksAlike);
        }
        let person = people::person(&mut tx, email, now).await?;
        people::hold_person(&mut tx, person).await?;
        if !aliases::insert(&mut tx, person, owner, now).await? {
            return Err(AliasError::Taken);
        }
        let event = event("administrator.alias_added", change, person, now);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "administrator.alias_added",
        account.last4 = change.account.last4(),
        administrator = %email,
        "An administrator of account {} answers from {email} as well",
        change.account,
    );
    Ok(())
}

/// Takes an alias away; answers from it count no more, at once.
pub async fn remove(app: &App, change: Change<'_>, alias: PersonId) -> Result<(), AliasError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        decide::check_appointed(app, &mut tx, change.account, change.by, now).await?;
        let owner = owner(&mut tx, change).await?;
        if !aliases::delete(&mut tx, alias, owner).await? {
            return Err(AliasError::Unknown);
        }
        let event = event("administrator.alias_removed", change, alias, now);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "administrator.alias_removed",
        account.last4 = change.account.last4(),
        "An administrator of account {} lost an alias",
        change.account,
    );
    Ok(())
}

/// Makes room for an address that is named as somebody's own: nobody has proved that it belongs to
/// whose alias it is.
pub(super) async fn take_from_owner(
    conn: &mut AnyConnection,
    alias: PersonId,
    by: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(owner) = aliases::owner_of(conn, alias).await? else {
        return Ok(());
    };
    aliases::delete(conn, alias, owner).await?;
    // Not in the chain of an account: the one who names it may not know the other.
    let actor = Actor::Administrator(by);
    let event = AuditEvent::of_system("administrator.alias_removed", actor, now)
        .about(None, alias)
        .shown_by("administrator", owner.to_string());
    audit::append(conn, &event).await?;
    Ok(())
}

async fn owner(
    conn: &mut AnyConnection,
    change: Change<'_>,
) -> Result<AdministratorId, AliasError> {
    let caller = change.by.administrator();
    let owner = appointments::colleague_on(conn, caller, change.account, change.administrator)
        .await?
        .ok_or(AliasError::NotThere)?;
    if !appointments::shares_all_accounts(conn, caller, owner.id).await? {
        return Err(AliasError::AlsoElsewhere);
    }
    Ok(owner.id)
}

fn event(name: &'static str, change: Change<'_>, alias: PersonId, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(change.by.administrator());
    AuditEvent::of_account(change.account, name, actor, now)
        .through(Some(Door::Portal))
        .about(None, alias)
        .shown_by("administrator", change.administrator.to_string())
}
