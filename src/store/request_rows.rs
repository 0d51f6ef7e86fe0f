//! A row of an access request, read.

use sqlx::any::AnyRow;

use super::{
    StoreError,
    rows::{Reader, from_str},
};
use crate::domain::{
    domain_name::DomainName,
    look_alike::LookAlike,
    note::Note,
    people::{AdministratorId, Capacity, PersonId},
    reminder::Silence,
    request::{AccessRequest, Canceller, Decider, Door, RequestState, Status},
    rules::Rule,
};

/// All columns, and the address of the requester.
macro_rules! select {
    ($($rest:literal)+) => {
        concat!(
            "SELECT r.id, r.number, r.account_number, r.person_id, p.address, r.status, r.rule,
                 r.decided_at, r.door, r.decided_by, r.decided_for, r.name, r.reason, r.reference, r.language,
                 r.client_id, r.note, r.note_shown_at, r.repeats, r.created_at, r.updated_at, r.expires_at, r.looks_like,
                 r.reminders, r.silent_since, r.remind_at
             FROM access_request r JOIN person p ON p.id = r.person_id ",
            $($rest),+
        )
    };
}
pub(super) use select;

/// What [`select!`] found.
pub(super) fn request(row: &AnyRow) -> Result<AccessRequest, StoreError> {
    let read = Reader {
        row,
        table: "access_request",
        key: "id",
    };
    Ok(AccessRequest {
        id: read.parsed("id", from_str)?,
        number: read.parsed("number", from_str)?,
        account: read.account("account_number")?,
        requester: read.parsed("person_id", from_str::<PersonId>)?,
        email: read.email("address")?,
        state: state(&read)?,
        rule: read.parsed("rule", Rule::parse)?,
        name: read.maybe_text("name")?,
        reason: read.maybe_text("reason")?,
        reference: read.maybe_text("reference")?,
        language: read.language("language")?,
        client: read.maybe_parsed("client_id", from_str)?,
        note: match read.maybe_text("note")? {
            Some(text) => Note::parse(&text, read.maybe_time("note_shown_at")?.is_some())
                .map_err(|_| read.corrupt("note"))?,
            None => None,
        },
        repeats: read.number("repeats")?,
        created_at: read.time("created_at")?,
        updated_at: read.time("updated_at")?,
        expires_at: read.time("expires_at")?,
        looks_like: read
            .maybe_parsed("looks_like", |text| DomainName::parse(text).ok())?
            .map(|known| LookAlike { known }),
        silence: Silence {
            since: match read.maybe_time("silent_since")? {
                Some(since) => since,
                None => read.time("created_at")?,
            },
            reminders: read.number("reminders")?,
            remind_at: read.maybe_time("remind_at")?,
        },
    })
}

/// Reads the state with all its facts; anything half said is a corrupt row.
fn state(read: &Reader<'_>) -> Result<RequestState, StoreError> {
    let status = read.parsed("status", Status::parse)?;
    let at = read.maybe_time("decided_at")?;
    let door = read.maybe_parsed("door", Door::parse)?;
    let by: Option<AdministratorId> = read.maybe_parsed("decided_by", from_str)?;
    let absent: Option<AdministratorId> = read.maybe_parsed("decided_for", from_str)?;
    if absent.is_some() && by.is_none() {
        return Err(read.corrupt("decided_by and decided_for together"));
    }
    let capacity = absent.map_or(Capacity::Own, Capacity::StandInFor);
    let state = match (status, at, door, by) {
        (Status::Pending, None, None, None) => RequestState::Pending,
        (Status::Approved, Some(at), Some(door @ Door::Portal), Some(by)) => {
            RequestState::Approved {
                by: Decider::of(by, capacity),
                at,
                door,
            }
        }
        (Status::Approved, Some(at), Some(door @ Door::Operator), None) => RequestState::Approved {
            by: Decider::Operator,
            at,
            door,
        },
        (Status::Approved, Some(at), Some(door @ Door::Policy), None) => RequestState::Approved {
            by: Decider::Policy,
            at,
            door,
        },
        (Status::Rejected, Some(at), Some(door @ Door::Policy), None) => RequestState::Rejected {
            by: Decider::Policy,
            at,
            door,
        },
        (
            Status::Rejected,
            Some(at),
            Some(door @ (Door::Link | Door::Reply | Door::Portal)),
            Some(by),
        ) => RequestState::Rejected {
            by: Decider::of(by, capacity),
            at,
            door,
        },
        (Status::Expired, Some(at), Some(Door::Timer), None) => RequestState::Expired { at },
        (Status::Cancelled, Some(at), Some(Door::Client), None) => RequestState::Cancelled {
            by: Canceller::Client,
            at,
        },
        (Status::Cancelled, Some(at), Some(Door::Operator), None) => RequestState::Cancelled {
            by: Canceller::Operator,
            at,
        },
        (
            Status::Pending
            | Status::Approved
            | Status::Rejected
            | Status::Expired
            | Status::Cancelled,
            _,
            _,
            _,
        ) => return Err(read.corrupt("status, decided_at, door and decided_by together")),
    };
    Ok(state)
}
