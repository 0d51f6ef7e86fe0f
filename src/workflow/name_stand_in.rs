//! An administrator who will be away names somebody who decides meanwhile.
//!
//! Naming gives no right yet: [`super::stand_in_turns`] gives it when the time comes, on each account
//! of the absent administrator, and takes it away. Whoever is named is invited where it has no
//! password; whether it was known before, nobody is told. [`super::end_stand_in`] ends it.

use std::time::Duration;

use sqlx::AnyConnection;
use tracing::info;

use super::{
    appoint::Newcomer,
    change_brake,
    decide::{self, DecideError},
    invite, messages, register_alias,
};
use crate::{
    app::App,
    domain::{
        account::Account,
        account_number::AccountNumber,
        calendar_day::CalendarDay,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::{Administrator, AdministratorId, SignedIn, StandInId},
        request::Door,
        resemblance,
        timestamp::Timestamp,
    },
    store::{
        MayRetry, StoreError, accounts, aliases, appointments, audit, known_as, people, retrying,
        stand_ins::{self, StandIn},
    },
};

/// Nobody is away for longer: whoever stays away is no administrator any more.
pub const LONGEST_DAYS: u64 = 366;

/// Who stands in, and when.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// Who. Somebody who is known already keeps name and language.
    pub who: &'a Newcomer<'a>,
    /// The first day, in the time zone of the absent administrator's accounts.
    pub first: CalendarDay,
    /// The last day, likewise.
    pub last: CalendarDay,
}

/// Why nobody was named.
#[derive(Debug, thiserror::Error)]
pub enum NameStandInError {
    /// The session ended, or there is no account of their own.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// Mail cannot reach the address.
    #[error("no mail of ours can be sent to this address")]
    Unmailable,
    /// It is not the address of an administrator of the account, and looks like one.
    #[error("this address looks like that of an administrator, and is another one")]
    LooksAlike,
    /// The caller, or everybody for each of the accounts, has named or appointed as many as they may
    /// ([`change_brake::AT_MOST`]); there is room again then.
    #[error("too many were appointed, invited or named lately: there is room again at {0}")]
    TooMany(Timestamp),
    /// Nobody stands in for themselves.
    #[error("this is the administrator who will be away")]
    Yourself,
    /// One at a time.
    #[error("somebody is named already")]
    NamedAlready,
    /// The first day is over.
    #[error("the first day is over")]
    Past,
    /// The last day comes before the first.
    #[error("the last day comes before the first")]
    Backwards,
    /// It would last longer than [`LONGEST_DAYS`].
    #[error("nobody can stand in for longer than {LONGEST_DAYS} days")]
    TooLong,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for NameStandInError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Names a stand-in for whoever is signed in.
pub async fn name(app: &App, by: &SignedIn, naming: Naming<'_>) -> Result<(), NameStandInError> {
    if !naming.who.email.is_mailable() {
        return Err(NameStandInError::Unmailable);
    }
    retrying(|| name_once(app, by, naming)).await?;
    info!(
        event = "stand_in.named",
        administrator.id = %by.administrator(),
        stand_in = %naming.who.email,
        "{} stands in for administrator {} from {} through {}",
        naming.who.email, by.administrator(), naming.first, naming.last,
    );
    app.outbox_changed.notify_one();
    Ok(())
}

async fn name_once(app: &App, by: &SignedIn, naming: Naming<'_>) -> Result<(), NameStandInError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let absent = by.administrator();
    let accounts = own_accounts(app, &mut tx, by, now).await?;
    let zone = accounts.first().map_or("UTC", |one| one.time_zone.as_str());
    let (from, until) = within_bounds(naming, zone, now)?;
    let numbers: Vec<AccountNumber> = accounts.iter().map(|one| one.number.clone()).collect();
    if let Some(until) = change_brake::all_full_until(&mut tx, absent, &numbers, now).await? {
        return Err(NameStandInError::TooMany(until));
    }
    // Of two who name somebody for the same administrator at once, the second waits here.
    if let Some(one) = people::find_administrator(&mut tx, absent).await? {
        people::hold_person(&mut tx, one.person).await?;
    }
    if stand_ins::named_by(&mut tx, absent, now).await?.is_some() {
        return Err(NameStandInError::NamedAlready);
    }
    let known = appointments::addresses_of_colleagues(&mut tx, absent).await?;
    let email = naming.who.email;
    if known.iter().any(|one| resemblance::resemble(one, email)) {
        return Err(NameStandInError::LooksAlike);
    }
    let person = people::person(&mut tx, naming.who.email, now).await?;
    let who = owner_of(app, &mut tx, naming.who, absent, now).await?;
    if who.id == absent {
        return Err(NameStandInError::Yourself);
    }
    let stand_in = StandIn {
        id: StandInId::new(),
        absent,
        stand_in: who.id,
        person,
        name: naming.who.name.to_owned(),
        from,
        until,
        created_at: now,
        ended_at: None,
    };
    stand_ins::insert(&mut tx, &stand_in).await?;
    let mut named = Vec::with_capacity(accounts.len());
    for account in &accounts {
        known_as::introduce(&mut tx, &account.number, who.id, naming.who.name).await?;
        let event = event(&account.number, &stand_in, by, now)
            .shown_by("from", from.to_string())
            .shown_by("until", until.to_string());
        let place = audit::append_numbered(&mut tx, &event).await?;
        named.push((account.number.clone(), place));
    }
    let kind = MessageKind::StandInNamed;
    if let Some((number, place)) = named.first()
        // The invitation says it, or a mail of its own.
        && !invite::invite_in(app, &mut tx, &who, number, Some(absent), now)
            .await?
            .is_mailed()
    {
        messages::tell(app, &mut tx, kind, number, *place, &who, now).await?;
    }
    let know = vec![absent, who.id];
    messages::tell_colleagues(app, &mut tx, kind, &named, know, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Their own accounts, each of them held, in one order so that nobody waits in a circle.
async fn own_accounts(
    app: &App,
    conn: &mut AnyConnection,
    by: &SignedIn,
    now: Timestamp,
) -> Result<Vec<Account>, NameStandInError> {
    let accounts = accounts::appointed_of(conn, by.administrator()).await?;
    if accounts.is_empty() {
        return Err(DecideError::NotYours.into());
    }
    for account in &accounts {
        accounts::hold(conn, &account.number).await?;
        decide::check_appointed(app, conn, &account.number, by, now).await?;
    }
    Ok(accounts)
}

fn within_bounds(
    naming: Naming<'_>,
    zone: &str,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), NameStandInError> {
    if naming.first < CalendarDay::of(now, zone) {
        return Err(NameStandInError::Past);
    }
    if naming.last < naming.first {
        return Err(NameStandInError::Backwards);
    }
    let (from, until) = (naming.first.begins(zone), naming.last.ends(zone));
    // A day may have 25 hours.
    let longest = Duration::from_secs(LONGEST_DAYS * 86_400 + 3_600);
    if until > from.plus(longest) {
        return Err(NameStandInError::TooLong);
    }
    Ok((from, until))
}

/// The administrator whose own address it is, made where it is new; to whoever asks it looks the
/// same. Whose alias it is makes no difference: nobody has proved an alias, and a stand-in approves.
async fn owner_of(
    app: &App,
    conn: &mut AnyConnection,
    who: &Newcomer<'_>,
    absent: AdministratorId,
    now: Timestamp,
) -> Result<Administrator, NameStandInError> {
    let person = people::person(conn, who.email, now).await?;
    people::hold_person(conn, person).await?;
    if aliases::is_theirs(conn, person, absent).await? {
        return Err(NameStandInError::Yourself);
    }
    register_alias::take_from_colleagues(app, conn, person, absent, now).await?;
    people::new_administrator(conn, person, who.name, who.language, now).await?;
    let known = people::by_email(conn, who.email).await?;
    let (administrator, _) = known.ok_or(StoreError::Moved)?;
    Ok(administrator)
}

fn event(account: &AccountNumber, stand_in: &StandIn, by: &SignedIn, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(by.administrator());
    AuditEvent::of_account(account, "stand_in.named", actor, now)
        .through(Some(Door::Portal))
        .about(None, stand_in.person)
        .shown_by("stand_in", stand_in.id.to_string())
        .shown_by("absent", stand_in.absent.to_string())
}
