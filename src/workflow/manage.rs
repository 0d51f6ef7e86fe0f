//! What the operator sets up: accounts and administrators. Shipping systems: [`super::client_keys`].

use secrecy::SecretString;
use sqlx::AnyConnection;

use super::{
    dismiss, end_stand_in, invite,
    messages::Messages,
    new_password::{self, NewPasswordError},
    reach, sign_in_changed,
};

use crate::{
    app::App,
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        language::Language,
        people::Administrator,
        request::Door,
        timestamp::Timestamp,
    },
    store::{
        StoreError, accounts, aliases, appointments, audit, ceremonies, known_as, link_generations,
        may_retry, people, request_lists, retrying, sessions,
    },
};

/// Why the operator's change was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// No such account.
    #[error("there is no account {0}: add it with `esecured account add`")]
    UnknownAccount(String),
    /// The account exists.
    #[error("account {0} exists already: change it with `esecured account set`")]
    AccountExists(String),
    /// No such administrator.
    #[error("nobody with this address is an administrator: add it with `esecured admin add`")]
    UnknownAdministrator,
    /// Not an administrator of this account.
    #[error("this address is not an administrator of the account")]
    NotAppointed,
    /// The administrator has a password; another one is not set in passing.
    #[error(
        "this administrator has a password already: leave it out, or set another with `esecured admin set-password`"
    )]
    HasPassword,
    /// The address is an alias of an administrator of the account.
    #[error(
        "this address is an alias of an administrator of the account: take it away in the portal first"
    )]
    IsAlias,
    /// Mail cannot reach the address.
    #[error("the part before the @ has letters beyond a-z: no mail of ours can be sent there")]
    Unmailable,
    /// The password was not hashed.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ManageError);

/// Whether an account may, must or must not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It is new.
    New,
    /// It is there.
    Known,
}

/// Adds or changes an account.
pub async fn put_account(
    app: &App,
    account: &Account,
    existence: Existence,
) -> Result<(), ManageError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let known = accounts::find(&mut tx, &account.number).await?.is_some();
        let number = || account.number.as_str().to_owned();
        let name = match (existence, known) {
            (Existence::New, true) => return Err(ManageError::AccountExists(number())),
            (Existence::Known, false) => return Err(ManageError::UnknownAccount(number())),
            (Existence::New, false) => "account.added",
            (Existence::Known, true) => "account.changed",
        };
        accounts::put(&mut tx, account, now).await?;
        let event = AuditEvent::of_account(&account.number, name, Actor::Operator, now)
            .shown_by("esecureActive", account.esecure == Esecure::Active);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// One account.
pub async fn find_account(app: &App, number: &AccountNumber) -> Result<Account, ManageError> {
    let mut conn = app.store.read().await?;
    accounts::find(&mut conn, number)
        .await?
        .ok_or_else(|| ManageError::UnknownAccount(number.as_str().to_owned()))
}

/// Appoints an administrator for an account; whether it was invited by mail, because it has no
/// password.
pub async fn add_administrator(
    app: &App,
    email: &EmailAddress,
    account: &AccountNumber,
    name: &str,
    language: Language,
    password: Option<SecretString>,
) -> Result<bool, ManageError> {
    if !email.is_mailable() {
        return Err(ManageError::Unmailable);
    }
    let hash = match password {
        Some(password) => {
            let known = [account.as_str(), name];
            Some(new_password::hash(app, email, &known, password).await?)
        }
        None => None,
    };
    let invited = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let known = people::by_email(&mut tx, email).await?;
        if hash.is_some() && matches!(known, Some((_, Some(_)))) {
            return Err(ManageError::HasPassword);
        }
        if accounts::find(&mut tx, account).await?.is_none() {
            return Err(ManageError::UnknownAccount(account.as_str().to_owned()));
        }
        let person = people::person(&mut tx, email, now).await?;
        people::hold_person(&mut tx, person).await?;
        if aliases::is_known_on(&mut tx, person, account).await? {
            return Err(ManageError::IsAlias);
        }
        let administrator = people::put_administrator(&mut tx, person, name, language, now).await?;
        people::appoint(&mut tx, account, administrator, now).await?;
        known_as::put(&mut tx, account, administrator, name, None).await?;
        if let Some(hash) = &hash {
            people::set_password(&mut tx, administrator, hash, now).await?;
            // Somebody new hears it from whoever hands the password over.
            if let Some((known, _)) = &known {
                record_password(app, &mut tx, known, now).await?;
            }
        }
        let event = AuditEvent::of_account(account, "administrator.added", Actor::Operator, now)
            .about(None, person)
            .shown_by("administrator", administrator.to_string());
        audit::append(&mut tx, &event).await?;
        let mut invited = false;
        if let Some(administrator) = people::find_administrator(&mut tx, administrator).await? {
            if !people::has_password(&mut tx, administrator.id).await? {
                invite::invite_in(app, &mut tx, &administrator, account, None, now).await?;
                invited = true;
            }
            ask_about_open_requests(app, &mut tx, account, &administrator, now).await?;
        }
        tx.commit().await?;
        Ok(invited)
    })
    .await?;
    app.outbox_changed.notify_one();
    Ok(invited)
}

/// About so many open requests a new administrator is asked in mails of their own.
const ASKED_ONE_BY_ONE: usize = 3;

/// A new administrator is asked what still waits: it may be the only one who can answer.
pub(super) async fn ask_about_open_requests(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: &Administrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let open = request_lists::open_of(conn, account).await?;
    let several = open.len() > ASKED_ONE_BY_ONE;
    for request in open {
        Messages::about(app, &request, now)
            .ask(conn, std::slice::from_ref(administrator), several)
            .await?;
    }
    Ok(())
}

/// Whether somebody is left after an administrator was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Somebody of the account can sign in.
    Somebody,
    /// Nobody can: requests for it stay open until they expire.
    Nobody,
}

/// Ends an appointment, or what somebody stands in for there: the sessions of whoever decides nowhere
/// else end, and links in mails die with it. The operator may remove the last one too, other than administrators in the portal: whom
/// nobody trusts any more has to go at once, and the operator can appoint the next.
pub async fn remove_administrator(
    app: &App,
    email: &EmailAddress,
    account: &AccountNumber,
) -> Result<Left, ManageError> {
    let (findings, left) = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let (administrator, _) = people::by_email(&mut tx, email)
            .await?
            .ok_or(ManageError::UnknownAdministrator)?;
        accounts::hold(&mut tx, account).await?;
        // In the order in which a decision looks at them, so that the two never wait for each other.
        dismiss::end_sessions_of_who_leaves(&mut tx, account, administrator.id).await?;
        let was_appointed = people::dismiss(&mut tx, account, administrator.id).await?;
        if was_appointed {
            link_generations::end(&mut tx, account, administrator.id, now).await?;
        }
        let (actor, door) = (Actor::Operator, Door::Operator);
        let id = administrator.id;
        let stood_in =
            end_stand_in::end_with_appointment(app, &mut tx, account, id, actor, door, now).await?;
        if !was_appointed && !stood_in {
            return Err(ManageError::NotAppointed);
        }
        let left = match appointments::others_have_a_way_in(&mut tx, account, id).await? {
            true => Left::Somebody,
            false => Left::Nobody,
        };
        if !was_appointed {
            let findings = reach::note_unheard_of(&mut tx, account, now).await?;
            tx.commit().await?;
            return Ok((findings, left));
        }
        let event = AuditEvent::of_account(account, "administrator.removed", Actor::Operator, now)
            .about(None, administrator.person)
            .shown_by("administrator", administrator.id.to_string());
        audit::append(&mut tx, &event).await?;
        dismiss::forget_where_over(&mut tx, administrator.id, now).await?;
        let findings = reach::note_unheard_of(&mut tx, account, now).await?;
        tx.commit().await?;
        Ok::<_, ManageError>((findings, left))
    })
    .await?;
    findings.report(app);
    Ok(left)
}

/// Sets an administrator's password; its sessions end.
pub async fn set_password(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
) -> Result<(), ManageError> {
    let hash = new_password::hash(app, email, &[], password).await?;
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let (administrator, _) = people::by_email(&mut tx, email)
            .await?
            .ok_or(ManageError::UnknownAdministrator)?;
        people::set_password(&mut tx, administrator.id, &hash, now).await?;
        ceremonies::end_all_of(&mut tx, administrator.id).await?;
        sessions::end_all_of(&mut tx, administrator.id).await?;
        record_password(app, &mut tx, &administrator, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

async fn record_password(
    app: &App,
    conn: &mut AnyConnection,
    of: &Administrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::of_system("administrator.password_set", Actor::Operator, now)
        .about(None, of.person);
    sign_in_changed::record(app, conn, of.id, &event).await
}
