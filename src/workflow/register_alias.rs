//! Aliases: further addresses that an administrator answers mails from, such as the one behind a
//! forwarding. They get no mail and sign nobody in; an answer from one is as good as from the address
//! itself, and so it can reject and nothing else. Whose alias it is, and everybody who decides with
//! them, is told by mail.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    about_account::{ALIAS_ADDED, ALIAS_REMOVED},
    appoint, change_brake,
    decide::{self, DecideError},
    messages,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::{AdministratorId, PersonId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    store::{MayRetry, StoreError, accounts, aliases, appointments, audit, people, retrying},
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
    /// The caller, or everybody for one of the accounts, has changed as much as they may
    /// ([`change_brake::AT_MOST`]); there is room again then.
    #[error("too much was changed lately: there is room again at {0}")]
    TooMany(Timestamp),
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
        let accounts = accounts::appointed_of(&mut tx, owner).await?;
        let accounts: Vec<AccountNumber> = accounts.into_iter().map(|one| one.number).collect();
        let caller = change.by.administrator();
        if let Some(until) = change_brake::full_until(&mut tx, caller, &accounts, now).await? {
            return Err(AliasError::TooMany(until));
        }
        let person = people::person(&mut tx, email, now).await?;
        people::hold_person(&mut tx, person).await?;
        if !aliases::insert(&mut tx, person, owner, now).await? {
            return Err(AliasError::Taken);
        }
        record(app, &mut tx, ALIAS_ADDED, change, &accounts, person, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    app.outbox_changed.notify_one();
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
        let accounts = accounts::appointed_of(&mut tx, owner).await?;
        let accounts: Vec<AccountNumber> = accounts.into_iter().map(|one| one.number).collect();
        record(app, &mut tx, ALIAS_REMOVED, change, &accounts, alias, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    app.outbox_changed.notify_one();
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
    let event = AuditEvent::of_system(ALIAS_REMOVED, actor, now)
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

/// Says in the trail of each account of the owner what became of the alias, and tells everybody who
/// decides there once; the owner hears of it even from itself, since it may not have been itself.
async fn record(
    app: &App,
    conn: &mut AnyConnection,
    name: &'static str,
    change: Change<'_>,
    accounts: &[AccountNumber],
    alias: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let caller = change.by.administrator();
    let mut places = Vec::with_capacity(accounts.len());
    for account in accounts {
        let event = AuditEvent::of_account(account, name, Actor::Administrator(caller), now)
            .through(Some(Door::Portal))
            .about(None, alias)
            .shown_by("administrator", change.administrator.to_string());
        let place = audit::append_numbered(conn, &event).await?;
        places.push((account.clone(), place));
    }
    let know = match caller == change.administrator {
        true => Vec::new(),
        false => vec![caller],
    };
    messages::tell_colleagues(app, conn, MessageKind::AliasChanged, &places, know, now).await
}
