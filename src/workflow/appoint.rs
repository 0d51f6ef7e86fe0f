//! Administrators appoint administrators: in the portal, for their own accounts.
//!
//! Everybody who decides for the account is told by mail; somebody who has no password yet is invited
//! to the portal instead. Which of the two it was, nobody but its reader learns: whether an address
//! has a way in is a matter of the accounts that it decides for already.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    change_brake,
    decide::{self, DecideError},
    invite, manage, messages,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        language::Language,
        message::MessageKind,
        people::{Administrator, AdministratorId, SignedIn},
        request::Door,
        resemblance,
        timestamp::Timestamp,
    },
    store::{MayRetry, StoreError, accounts, aliases, audit, known_as, people, retrying, rights},
};

const ADDED: &str = "administrator.added";

/// Who is to be appointed.
#[derive(Clone, Debug)]
pub struct Newcomer<'a> {
    /// The address that gets the mails and signs in.
    pub email: &'a EmailAddress,
    /// What it is called on these accounts, and nowhere else. Where it was known before, it keeps the
    /// name of then.
    pub name: &'a str,
    /// What it is spoken to in. Somebody who is an administrator already keeps its language.
    pub language: Language,
    /// Where it can be called, for these accounts.
    pub phone: Option<&'a str>,
}

/// What somebody who was appointed is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// What was said.
    AsSaid,
    /// On an account that knew it, what it was called there then: by that name stands what it did.
    AsBefore,
}

/// Why nobody was appointed.
#[derive(Debug, thiserror::Error)]
pub enum AppointError {
    /// The session ended, or the account is not theirs.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// Mail cannot reach the address.
    #[error("no mail of ours can be sent to this address")]
    Unmailable,
    /// The address is an alias of an administrator of the account.
    #[error("this address is an alias of an administrator of the account")]
    IsAlias,
    /// It is not the address of an administrator of the account, and looks like one.
    #[error("this address looks like that of an administrator, and is another one")]
    LooksAlike,
    /// It decides for these accounts already.
    #[error("this address is an administrator of the account already")]
    AlreadyThere(Vec<AccountNumber>),
    /// The caller, or everybody for one of the accounts, has appointed as many as they may
    /// ([`change_brake::AT_MOST`]); there is room again then.
    #[error("too many were appointed, invited or named lately: there is room again at {0}")]
    TooMany(Timestamp),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for AppointError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Appoints somebody for accounts of the caller, all of them or none.
pub async fn appoint(
    app: &App,
    by: &SignedIn,
    accounts: &[AccountNumber],
    newcomer: &Newcomer<'_>,
) -> Result<Called, AppointError> {
    if !newcomer.email.is_mailable() {
        return Err(AppointError::Unmailable);
    }
    // In one order, so that two who appoint at once never wait for each other.
    let mut accounts = accounts.to_vec();
    accounts.sort();
    accounts.dedup();
    let called = retrying(|| appoint_once(app, by, &accounts, newcomer)).await?;
    let email = newcomer.email;
    for account in &accounts {
        info!(
            event = "administrator.added",
            account.last4 = account.last4(),
            administrator = %email,
            door = "portal",
            "{email} decides for account {account}, said an administrator"
        );
    }
    app.outbox_changed.notify_one();
    Ok(called)
}

async fn appoint_once(
    app: &App,
    by: &SignedIn,
    accounts: &[AccountNumber],
    newcomer: &Newcomer<'_>,
) -> Result<Called, AppointError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    for account in accounts {
        accounts::hold(&mut tx, account).await?;
        decide::check_appointed(app, &mut tx, account, by, now).await?;
    }
    refuse_look_alike(&mut tx, accounts, newcomer.email).await?;
    let caller = by.administrator();
    if let Some(until) = change_brake::full_until(&mut tx, caller, accounts, now).await? {
        return Err(AppointError::TooMany(until));
    }
    let administrator = administrator_of(&mut tx, newcomer, accounts, now).await?;
    let mut already = Vec::new();
    for account in accounts {
        if !people::appoint(&mut tx, account, administrator.id, now).await? {
            already.push(account.clone());
        }
    }
    if !already.is_empty() {
        return Err(AppointError::AlreadyThere(already));
    }
    let mut called = Called::AsSaid;
    for (index, account) in accounts.iter().enumerate() {
        if call(&mut tx, account, administrator.id, newcomer).await? == Called::AsBefore {
            called = Called::AsBefore;
        }
        let place = record(&mut tx, ADDED, account, by, &administrator, now).await?;
        // One mail to come in by is enough, and it says which account it is about.
        let invites = index == 0
            && invite::invite_in(app, &mut tx, &administrator, account, Some(caller), now)
                .await?
                .is_mailed();
        for one in rights::appointed_to(&mut tx, account).await? {
            // The invitation says it to the new one.
            let knows = one.id == caller || (one.id == administrator.id && invites);
            if !knows {
                let kind = MessageKind::AdministratorAdded;
                messages::tell(app, &mut tx, kind, account, place, &one, now).await?;
            }
        }
        manage::ask_about_open_requests(app, &mut tx, account, &administrator, now).await?;
    }
    tx.commit().await?;
    Ok(called)
}

/// What an account calls a newcomer, and where it can be called.
async fn call(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    newcomer: &Newcomer<'_>,
) -> Result<Called, StoreError> {
    let is_new = known_as::introduce(conn, account, administrator, newcomer.name).await?;
    known_as::put_phone(conn, account, administrator, newcomer.phone).await?;
    let known = known_as::find(conn, account, administrator).await?;
    let keeps = !is_new && known.is_some_and(|known| known.name != newcomer.name);
    Ok(if keeps {
        Called::AsBefore
    } else {
        Called::AsSaid
    })
}

/// Two administrators whose addresses read alike would be taken for one: somebody may want just that.
async fn refuse_look_alike(
    conn: &mut AnyConnection,
    accounts: &[AccountNumber],
    email: &EmailAddress,
) -> Result<(), AppointError> {
    for account in accounts {
        if looks_like_administrator(conn, account, email).await? {
            return Err(AppointError::LooksAlike);
        }
    }
    Ok(())
}

/// Whether an address is taken for that of an administrator of an account, and is another one.
pub async fn looks_like_administrator(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let known = rights::appointed_to(conn, account).await?;
    Ok(known
        .iter()
        .any(|one| resemblance::resemble(&one.email, email)))
}

/// The administrator that a newcomer is, made where it is new.
async fn administrator_of(
    conn: &mut AnyConnection,
    newcomer: &Newcomer<'_>,
    accounts: &[AccountNumber],
    now: Timestamp,
) -> Result<Administrator, AppointError> {
    let person = people::person(conn, newcomer.email, now).await?;
    people::hold_person(conn, person).await?;
    // Somebody elsewhere, whom nobody here knows, keeps no colleague out by an alias.
    for account in accounts {
        if aliases::is_known_on(conn, person, account).await? {
            return Err(AppointError::IsAlias);
        }
    }
    let Newcomer { name, language, .. } = *newcomer;
    people::new_administrator(conn, person, name, language, now).await?;
    let known = people::by_email(conn, newcomer.email).await?;
    let (administrator, _) = known.ok_or(StoreError::Moved)?;
    Ok(administrator)
}

/// Says in the trail of an account that it has one administrator more or less; the place of that.
pub(super) async fn record(
    conn: &mut AnyConnection,
    name: &'static str,
    account: &AccountNumber,
    by: &SignedIn,
    administrator: &Administrator,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let actor = Actor::Administrator(by.administrator());
    let event = AuditEvent::of_account(account, name, actor, now)
        .through(Some(Door::Portal))
        .about(None, administrator.person)
        .shown_by("administrator", administrator.id.to_string());
    audit::append_numbered(conn, &event).await
}
