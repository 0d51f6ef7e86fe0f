//! One row of the Authorized User list: what it is called in forms, how it is decided and shown.

use std::fmt;

use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{authorized_user, result_cookie::RowOutcome};
use crate::{
    domain::{
        account_number::AccountNumber,
        look_alike::LookAlike,
        note::Note,
        people::PersonId,
        request::{RequestId, Status},
        timestamp::Timestamp,
        unusual_letters::UnusualLetters,
    },
    http::{
        Web,
        errors::Failure,
        pages::{Day, Moment},
        request_view,
        session_cookie::Session,
    },
    store::{
        StoreError, accounts, audit,
        entries::{self, Entry},
        known_as, people, requests,
    },
    workflow::{
        authorized_users::{self, Overturn},
        decide::{self, Answer, DecideError},
        judge,
        look::{self, Shown},
    },
};

/// The button that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Goedkeuren, Approve.
    Approve,
    /// Afwijzen, Reject.
    Reject,
}

impl Pressed {
    /// Its value in forms.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "approve" => Some(Self::Approve),
            "reject" => Some(Self::Reject),
            _ => None,
        }
    }
}

/// What a row is called: the open request, or account and person where nothing is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowId {
    /// An open request.
    Request(RequestId),
    /// What stands for an address.
    Entry(AccountNumber, PersonId),
}

impl RowId {
    /// Reads it back from a form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(request) = text.parse() {
            return Some(Self::Request(request));
        }
        let (account, person) = text.split_once('.')?;
        Some(Self::Entry(
            AccountNumber::parse(account).ok()?,
            person.parse().ok()?,
        ))
    }

    /// Of an entry.
    pub(super) fn of(entry: &Entry) -> Self {
        match (&entry.request, entry.status.as_str()) {
            (Some((request, _)), "pending") => Self::Request(*request),
            _ => Self::Entry(entry.account.clone(), entry.person),
        }
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(request) => request.fmt(f),
            Self::Entry(account, person) => write!(f, "{}.{person}", account.as_str()),
        }
    }
}

/// Decides one row, when it is still what was shown. A note goes with the decision of a request.
pub(super) async fn decide(
    web: &Web,
    session: &Session,
    id: &RowId,
    shown: &str,
    pressed: Pressed,
    note: Option<&Note>,
) -> Result<RowOutcome, Failure> {
    let by = &session.signed_in;
    let decided = match id {
        // Only what was open when it was read is decided here.
        RowId::Request(_) if shown != Status::Pending.as_str() => return Ok(RowOutcome::Already),
        RowId::Request(request) => {
            let answer = match pressed {
                Pressed::Approve => Answer::Approve(by),
                Pressed::Reject => Answer::Reject(by),
            };
            decide::decide_with(&web.app, *request, &answer, note)
                .await
                .map(drop)
        }
        RowId::Entry(account, person) => {
            let is_so_already = matches!(
                (pressed, shown),
                (Pressed::Approve, "approved") | (Pressed::Reject, "rejected")
            );
            if is_so_already {
                return Ok(RowOutcome::Already);
            }
            let overturn = match pressed {
                Pressed::Approve => Overturn::Allow,
                Pressed::Reject => Overturn::Deny,
            };
            let seen = match Status::parse(shown) {
                Some(seen @ (Status::Approved | Status::Rejected | Status::Expired)) => seen,
                Some(Status::Pending | Status::Cancelled) | None => {
                    return Ok(RowOutcome::Already);
                }
            };
            authorized_users::overturn(&web.app, by, account, *person, seen, overturn).await
        }
    };
    match (decided, pressed) {
        (Ok(()), Pressed::Approve) => Ok(RowOutcome::Approved),
        (Ok(()), Pressed::Reject) => Ok(RowOutcome::Rejected),
        (Err(DecideError::AlreadyDecided(_) | DecideError::Unknown), _) => Ok(RowOutcome::Already),
        (Err(DecideError::NotYours), _) => Ok(RowOutcome::NotYours),
        (Err(DecideError::SessionEnded), _) => Err(Failure::forbidden("The session has ended")),
        (Err(DecideError::Store(error)), _) => Err(error.into()),
    }
}

/// How a row is shown.
pub(super) async fn view(
    conn: &mut AnyConnection,
    entry: &Entry,
    ticked: bool,
    now: Timestamp,
) -> Result<Value, Failure> {
    let account = accounts::find(conn, &entry.account)
        .await?
        .ok_or_else(|| corrupt(entry))?;
    let zone = account.time_zone.as_str();
    let shown = asked(conn, entry).await?;
    let pending = entry.status == "pending";
    let looks_like = looks_like(conn, entry, shown.as_ref()).await?;
    let request = shown.as_ref().map(|shown| &shown.request);
    let decision = if pending {
        Value::Null
    } else {
        decision(conn, entry, zone).await?
    };
    Ok(json!({
        "id": RowId::of(entry).to_string(),
        "ticked": ticked,
        "status": entry.status,
        "email": entry.email.as_typed(),
        "account_number": entry.account.as_str(),
        "account_name": account.name,
        "request": request.map(|one| json!({ "id": one.id.to_string(), "number": one.number.as_str() })),
        "created": Moment::of(request.map_or(entry.changed_at, |one| one.created_at), zone),
        "name": request_view::name(entry.words.0.as_deref()),
        "reason": request_view::reason(entry.words.1.as_deref()),
        "looks_like": looks_like.map(|one| one.to_string()),
        "unusual_letters": UnusualLetters::of(&entry.email).in_short(),
        "repeats": request.map_or(0, |one| one.repeats) + entry.repeats,
        "reachable": shown.as_ref().is_none_or(|shown| shown.reachable),
        "expires": request.filter(|_| pending).and_then(|one| one.expires()).map(|at| Moment::of(at, zone)),
        "decision": decision,
        "url": authorized_user::url(&entry.account, entry.person),
        "ended": entry.until.is_some_and(|until| until <= now),
        "until": entry.until.map(|until| Day::last_until(until, zone)),
        "last_used": entry.used.1.map(|at| Moment::of(at, zone)),
        "use_count": entry.used.0,
    }))
}

/// The request behind an entry; where it was rejected otherwise since, the last one of the address.
async fn asked(conn: &mut AnyConnection, entry: &Entry) -> Result<Option<Shown>, StoreError> {
    if let Some((request, _)) = &entry.request {
        return look::find(conn, *request).await;
    }
    if entry.status != "rejected" {
        return Ok(None); // Somebody added it by name.
    }
    match requests::last_of(conn, &entry.account, entry.person).await? {
        Some(request) => look::of(conn, request).await.map(Some),
        None => Ok(None),
    }
}

/// What the address pretends to be: as its request was told when it came, or, where it never asked,
/// among what the account knows now.
pub(super) async fn looks_like(
    conn: &mut AnyConnection,
    entry: &Entry,
    asked: Option<&Shown>,
) -> Result<Option<LookAlike>, StoreError> {
    match asked {
        Some(shown) => Ok(shown.request.looks_like.clone()),
        None => judge::look_alike_of(conn, &entry.account, &entry.email).await,
    }
}

/// Who made the entry what it is, how and when. Not the decision of its request: the entry may have
/// been changed by hand since.
pub(super) async fn decision(
    conn: &mut AnyConnection,
    entry: &Entry,
    zone: &str,
) -> Result<Value, StoreError> {
    let Some(event) = audit::of_entry(conn, &entry.account, entry.person, entry.changed_at).await?
    else {
        return Ok(Value::Null);
    };
    let by = known_as::find_any(conn, &entry.account, event.administrator()).await?;
    let absent = known_as::find_any(conn, &entry.account, event.done_for()).await?;
    Ok(json!({
        "by": by.map(|one| one.name),
        "absent": absent.map(|one| one.name),
        "door": event.door,
        "at": Moment::of(entry.changed_at, zone),
    }))
}

fn corrupt(entry: &Entry) -> StoreError {
    StoreError::Corrupt {
        table: "entry",
        id: entry.person.to_string(),
        what: "account_number",
    }
}

/// What became of rows, as the page shows it: rows of other people's accounts are left out.
pub(super) async fn results(
    web: &Web,
    session: &Session,
    results: &[(String, RowOutcome)],
) -> Result<Value, Failure> {
    if results.is_empty() {
        return Ok(Value::Null);
    }
    let mut conn = web.app.store.read().await?;
    let mut shown = Vec::with_capacity(results.len());
    for (id, outcome) in results {
        if let Some(id) = RowId::parse(id)
            && let Some(result) = result(&mut conn, session, &id, *outcome).await?
        {
            shown.push(result);
        }
    }
    Ok(Value::Array(shown))
}

/// What a decided row is now.
enum Row {
    Request(Box<Shown>),
    Entry(Box<Entry>),
}

impl Row {
    fn account(&self) -> &AccountNumber {
        match self {
            Self::Request(shown) => &shown.request.account,
            Self::Entry(entry) => &entry.account,
        }
    }
}

/// What became of one row; none where it is not of an account of the reader.
pub(super) async fn result(
    conn: &mut AnyConnection,
    session: &Session,
    id: &RowId,
    outcome: RowOutcome,
) -> Result<Option<Value>, Failure> {
    let shown = match id {
        RowId::Request(id) => look::find(conn, *id)
            .await?
            .map(|shown| Row::Request(Box::new(shown))),
        RowId::Entry(account, person) => entries::find(conn, account, *person)
            .await?
            .map(|entry| Row::Entry(Box::new(entry))),
    };
    let Some(shown) = shown else {
        return Ok(None);
    };
    let number = shown.account();
    if !people::decides_for(conn, number, session.administrator.id).await? {
        return Ok(None);
    }
    let zone = accounts::find(conn, number)
        .await?
        .map_or_else(|| "UTC".to_owned(), |account| account.time_zone);
    let (email, status, decision) = match &shown {
        Row::Request(shown) => (
            &shown.request.email,
            shown.request.state.status().as_str(),
            request_view::decision(shown, &zone),
        ),
        Row::Entry(entry) => (
            &entry.email,
            entry.status.as_str(),
            decision(conn, entry, &zone).await?,
        ),
    };
    Ok(Some(json!({
        "outcome": outcome.as_str(),
        "email": email.as_typed(),
        "account_number": number.as_str(),
        "status": status,
        "decision": decision,
    })))
}
