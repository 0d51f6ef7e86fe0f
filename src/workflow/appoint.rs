//! Administrators appoint administrators, and end it: in the portal, for their own accounts.
//!
//! Everybody who decides for the account is told by mail; somebody new is invited to the portal
//! instead. What ends, ends at once: the sessions of whoever decides nowhere else, and with the appointment the links and reply
//! addresses of every mail, since each of them asks whether its recipient still decides.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    change_brake,
    decide::{self, DecideError},
    end_stand_in, invite, manage, messages,
    reach::{self, Findings},
    register_alias,
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
    store::{
        MayRetry, StoreError, accounts, aliases, appointments, audit, invitations, people,
        retrying, rights, sessions,
    },
};

/// Who is to be appointed.
#[derive(Clone, Debug)]
pub struct Newcomer<'a> {
    /// The address that gets the mails and signs in.
    pub email: &'a EmailAddress,
    /// What people call it. Somebody who is an administrator already keeps name, language and phone.
    pub name: &'a str,
    /// What it is spoken to in.
    pub language: Language,
    /// Where it can be called.
    pub phone: Option<&'a str>,
}

/// Why nobody was appointed or dismissed.
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

impl MayRetry for AppointError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Appoints somebody for accounts of the caller, all of them or none; whether it was invited by mail,
/// because it has no password yet.
pub async fn appoint(
    app: &App,
    by: &SignedIn,
    accounts: &[AccountNumber],
    newcomer: &Newcomer<'_>,
) -> Result<bool, AppointError> {
    if !newcomer.email.is_mailable() {
        return Err(AppointError::Unmailable);
    }
    // In one order, so that two who appoint at once never wait for each other.
    let mut accounts = accounts.to_vec();
    accounts.sort();
    accounts.dedup();
    let invited = retrying(|| appoint_once(app, by, &accounts, newcomer)).await?;
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
    Ok(invited)
}

async fn appoint_once(
    app: &App,
    by: &SignedIn,
    accounts: &[AccountNumber],
    newcomer: &Newcomer<'_>,
) -> Result<bool, AppointError> {
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
    let administrator = administrator_of(&mut tx, newcomer, accounts, caller, now).await?;
    let mut already = Vec::new();
    for account in accounts {
        if !people::appoint(&mut tx, account, administrator.id, now).await? {
            already.push(account.clone());
        }
    }
    if !already.is_empty() {
        return Err(AppointError::AlreadyThere(already));
    }
    let mut invited_for = None;
    for account in accounts {
        let place = record(
            &mut tx,
            "administrator.added",
            account,
            by,
            &administrator,
            now,
        )
        .await?;
        let invites = invited_for.is_none()
            && invite::invite_in(
                app,
                &mut tx,
                &administrator,
                account,
                Some(by.administrator()),
                now,
            )
            .await?;
        if invites {
            invited_for = Some(account);
        }
        for one in rights::appointed_to(&mut tx, account).await? {
            // The invitation says it to the new one.
            let knows = one.id == by.administrator() || (one.id == administrator.id && invites);
            if !knows {
                let kind = MessageKind::AdministratorAdded;
                messages::tell(app, &mut tx, kind, account, place, &one, now).await?;
            }
        }
        manage::ask_about_open_requests(app, &mut tx, account, &administrator, now).await?;
    }
    tx.commit().await?;
    Ok(invited_for.is_some())
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
pub(super) async fn looks_like_administrator(
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
    by: AdministratorId,
    now: Timestamp,
) -> Result<Administrator, AppointError> {
    let person = people::person(conn, newcomer.email, now).await?;
    people::hold_person(conn, person).await?;
    if let Some(owner) = aliases::owner_of(conn, person).await? {
        for account in accounts {
            if people::decides_for(conn, account, owner).await? {
                return Err(AppointError::IsAlias);
            }
        }
        // Somebody elsewhere, whom nobody here knows, cannot keep a colleague out by it.
        register_alias::take_from_owner(conn, person, by, now).await?;
    }
    let Newcomer {
        name,
        language,
        phone,
        ..
    } = *newcomer;
    people::new_administrator(conn, person, name, language, phone, now).await?;
    let known = people::by_email(conn, newcomer.email).await?;
    let (administrator, _) = known.ok_or(StoreError::Moved)?;
    Ok(administrator)
}

/// Ends the appointment of somebody for an account of the caller, who may be the caller; never the
/// last one who can sign in.
pub async fn dismiss(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<(), AppointError> {
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
) -> Result<(Administrator, Findings), AppointError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    // The account first: of two who remove each other at once, the second waits here, and finds
    // that it has no right any more.
    accounts::hold(&mut tx, account).await?;
    decide::check_appointed(app, &mut tx, account, by, now).await?;
    let gone = appointments::colleague_on(&mut tx, by.administrator(), account, id)
        .await?
        .ok_or(AppointError::NotThere)?;
    // Whoever decides for others too stays signed in there: every right is looked up anew, and no
    // company ends the sessions that somebody has with another.
    let accounts = accounts::of_administrator(&mut tx, gone.id).await?;
    if accounts.iter().all(|one| one.number == *account) {
        sessions::end_all_of(&mut tx, gone.id).await?;
    }
    if !appointments::dismiss_unless_last(&mut tx, account, gone.id).await? {
        return Err(AppointError::Last);
    }
    let place = record(&mut tx, "administrator.removed", account, by, &gone, now).await?;
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

async fn record(
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
