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
    store::{
        MayRetry, StoreError, accounts, aliases, appointments, audit, people, retrying, rights,
    },
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
    /// It is not the administrator itself. An alias counts for all of its accounts, of which others may
    /// be none of the caller's: were it refused for those alone, it would tell that there are any.
    #[error("everybody adds the own aliases alone")]
    NotYourself,
    /// The address is, or is an alias of, somebody who decides for an account of theirs.
    #[error("this address belongs to an administrator of the accounts already")]
    Taken,
    /// It is not the address of an administrator of the account, and looks like one.
    #[error("this address looks like that of an administrator, and is another one")]
    LooksAlike,
    /// The caller, or everybody for each of the accounts, has changed as much as they may
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

/// Registers an alias of whoever is signed in.
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
        if owner != change.by.administrator() {
            return Err(AliasError::NotYourself);
        }
        if appoint::looks_like_administrator(&mut tx, change.account, email).await? {
            return Err(AliasError::LooksAlike);
        }
        let accounts = accounts::appointed_of(&mut tx, owner).await?;
        let accounts: Vec<AccountNumber> = accounts.into_iter().map(|one| one.number).collect();
        if let Some(until) = change_brake::all_full_until(&mut tx, owner, &accounts, now).await? {
            return Err(AliasError::TooMany(until));
        }
        let person = people::person(&mut tx, email, now).await?;
        people::hold_person(&mut tx, person).await?;
        if !aliases::insert(&mut tx, person, owner, now).await? {
            return Err(AliasError::Taken);
        }
        let changed = Changed {
            name: ALIAS_ADDED,
            by: owner,
            owner,
            alias: person,
        };
        record(app, &mut tx, changed, None, now).await?;
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

/// Takes an alias away; answers from it count no more, at once. Everybody who decides with its owner
/// may, also where the owner decides for accounts of others, too: answers from it count for all of them.
pub async fn remove(app: &App, change: Change<'_>, alias: PersonId) -> Result<(), AliasError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        decide::check_appointed(app, &mut tx, change.account, change.by, now).await?;
        let owner = owner(&mut tx, change).await?;
        if !aliases::delete(&mut tx, alias, owner).await? {
            return Err(AliasError::Unknown);
        }
        let by = change.by.administrator();
        let changed = Changed {
            name: ALIAS_REMOVED,
            by,
            owner,
            alias,
        };
        let knows = Some(by).filter(|by| *by != owner);
        record(app, &mut tx, changed, knows, now).await?;
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

/// Makes room for an address that is named as somebody's own: nobody has proved that it belongs to the
/// colleague whose alias it is. They and everybody who decides with them are told. Whoever decides for
/// nothing together with who named it keeps the alias, and hears nothing.
pub(super) async fn take_from_colleagues(
    app: &App,
    conn: &mut AnyConnection,
    alias: PersonId,
    by: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for owner in aliases::colleagues_with(conn, alias, by).await? {
        aliases::delete(conn, alias, owner).await?;
        // By whom, the operator can read; the accounts of the owner read it where they know that one.
        let actor = Actor::Administrator(by);
        let event = AuditEvent::of_system(ALIAS_REMOVED, actor, now)
            .about(None, alias)
            .shown_by("administrator", owner.to_string());
        audit::append(conn, &event).await?;
        let changed = Changed {
            name: ALIAS_REMOVED,
            by,
            owner,
            alias,
        };
        // Nor does the one who named it know that it was an alias.
        record(app, conn, changed, None, now).await?;
    }
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
    Ok(owner.id)
}

/// What became of an alias.
#[derive(Clone, Copy)]
struct Changed {
    /// The audit event.
    name: &'static str,
    by: AdministratorId,
    owner: AdministratorId,
    alias: PersonId,
}

/// Says in the trail of each account of the owner what became of the alias, and tells everybody who
/// decides there once, but for who `knows`; the owner hears of it even from itself, since it may not
/// have been itself. Who did it is said where that one decides: no other account knows it.
async fn record(
    app: &App,
    conn: &mut AnyConnection,
    changed: Changed,
    knows: Option<AdministratorId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let accounts = accounts::appointed_of(conn, changed.owner).await?;
    let mut places = Vec::with_capacity(accounts.len());
    for account in accounts {
        let number = account.number;
        let (actor, door) = match rights::is_appointed(conn, &number, changed.by).await? {
            true => (Actor::Administrator(changed.by), Some(Door::Portal)),
            false => (Actor::Daemon, None),
        };
        let event = AuditEvent::of_account(&number, changed.name, actor, now)
            .through(door)
            .about(None, changed.alias)
            .shown_by("administrator", changed.owner.to_string());
        let place = audit::append_numbered(conn, &event).await?;
        places.push((number, place));
    }
    let know = knows.into_iter().collect();
    messages::tell_colleagues(app, conn, MessageKind::AliasChanged, &places, know, now).await
}
