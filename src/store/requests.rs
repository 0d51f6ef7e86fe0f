//! Access requests. Every change of state names the state it expects.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str, micros},
};
use crate::domain::{
    account_number::AccountNumber,
    domain_name::DomainName,
    look_alike::LookAlike,
    note::Note,
    people::{AdministratorId, Capacity, Client, PersonId},
    request::{AccessRequest, Canceller, Decider, Door, RequestId, RequestState, Status},
    request_number::RequestNumber,
    rules::Rule,
    timestamp::Timestamp,
};

/// All columns, and the address of the requester.
macro_rules! select {
    ($($rest:literal)+) => {
        concat!(
            "SELECT r.id, r.number, r.account_number, r.person_id, p.address, r.status, r.rule,
                 r.decided_at, r.door, r.decided_by, r.decided_for, r.name, r.reason, r.reference, r.language,
                 r.client_id, r.note, r.note_shown_at, r.repeats, r.created_at, r.updated_at, r.expires_at, r.looks_like
             FROM access_request r JOIN person p ON p.id = r.person_id ",
            $($rest),+
        )
    };
}

/// Adds an open request.
pub async fn insert(conn: &mut AnyConnection, request: &AccessRequest) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO access_request
             (id, number, account_number, person_id, status, rule, name, reason, reference,
              language, client_id, repeats, created_at, updated_at, expires_at, looks_like)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(request.id.to_string())
    .bind(request.number.as_str())
    .bind(request.account.as_str())
    .bind(request.requester.to_string())
    .bind(request.rule.as_str())
    .bind(request.name.as_deref())
    .bind(request.reason.as_deref())
    .bind(request.reference.as_deref())
    .bind(request.language.as_str())
    .bind(request.client.map(|id| id.to_string()))
    .bind(request.repeats)
    .bind(request.created_at.as_micros())
    .bind(request.updated_at.as_micros())
    .bind(request.expires_at.as_micros())
    .bind(request.looks_like.as_ref().map(|one| one.known.as_str()))
    .execute(conn)
    .await?;
    Ok(())
}

/// One request.
pub async fn find(
    conn: &mut AnyConnection,
    id: RequestId,
) -> Result<Option<AccessRequest>, StoreError> {
    sqlx::query(select!("WHERE r.id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| request(&row))
        .transpose()
}

/// One request by its short number.
pub async fn by_number(
    conn: &mut AnyConnection,
    number: &RequestNumber,
) -> Result<Option<AccessRequest>, StoreError> {
    sqlx::query(select!("WHERE r.number = $1"))
        .bind(number.as_str())
        .fetch_optional(conn)
        .await?
        .map(|row| request(&row))
        .transpose()
}

/// The last request of a person for an account.
pub async fn last_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
) -> Result<Option<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE r.person_id = $1 AND r.account_number = $2 ORDER BY r.created_at DESC, r.id DESC LIMIT 1"
    ))
    .bind(person.to_string())
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?
    .map(|row| request(&row))
    .transpose()
}

/// Whether a number is taken.
pub async fn number_is_taken(
    conn: &mut AnyConnection,
    number: &RequestNumber,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM access_request WHERE number = $1")
        .bind(number.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Writes the one decision or closing of a request; `false` where somebody was faster.
pub async fn close(conn: &mut AnyConnection, request: &AccessRequest) -> Result<bool, StoreError> {
    let shown = request.note.as_ref().filter(|note| note.is_shown());
    let shown_at = request.state.closed_at().filter(|_| shown.is_some());
    let result = sqlx::query(
        "UPDATE access_request
         SET status = $1, decided_at = $2, door = $3, decided_by = $4, updated_at = $5,
             note = $6, note_shown_at = $7, rule = $8, decided_for = $9
         WHERE id = $10 AND status = 'pending'",
    )
    .bind(request.state.status().as_str())
    .bind(micros(request.state.closed_at()))
    .bind(request.state.door().map(Door::as_str))
    .bind(request.state.decided_by().map(|id| id.to_string()))
    .bind(request.updated_at.as_micros())
    .bind(request.note.as_ref().map(Note::text))
    .bind(micros(shown_at))
    .bind(request.rule.as_str())
    .bind(request.state.decided_for().map(|id| id.to_string()))
    .bind(request.id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Opens a request again whose rejection was undone; `false` where it is no longer that rejection.
pub async fn reopen(
    conn: &mut AnyConnection,
    request: &AccessRequest,
    rejected_at: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE access_request
         SET status = 'pending', decided_at = NULL, door = NULL, decided_by = NULL,
             decided_for = NULL, updated_at = $1, expires_at = $2, note = NULL, note_shown_at = NULL
         WHERE id = $3 AND status = 'rejected' AND decided_at = $4 AND door IN ('link', 'reply')",
    )
    .bind(request.updated_at.as_micros())
    .bind(request.expires_at.as_micros())
    .bind(request.id.to_string())
    .bind(rejected_at.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Counts that a request was asked again.
pub async fn count_repeat(
    conn: &mut AnyConnection,
    id: RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE access_request SET repeats = repeats + 1, updated_at = $1 WHERE id = $2")
        .bind(now.as_micros())
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The open requests whose time is over, the oldest first.
pub async fn expired(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE r.status = 'pending' AND r.expires_at <= $1 ORDER BY r.expires_at LIMIT $2"
    ))
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// The open requests of an account, the oldest first.
pub async fn open_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE r.account_number = $1 AND r.status = 'pending' ORDER BY r.created_at, r.id"
    ))
    .bind(account.as_str())
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// The newest requests, of one status or account where that is given.
pub async fn newest(
    conn: &mut AnyConnection,
    status: Option<Status>,
    account: Option<&AccountNumber>,
    at_most: i64,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE ($1 = '' OR r.status = $1) AND ($2 = '' OR r.account_number = $2)
         ORDER BY r.created_at DESC, r.id DESC LIMIT $3"
    ))
    .bind(status.map_or("", Status::as_str))
    .bind(account.map_or("", AccountNumber::as_str))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// Which requests a page of a list shows.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Whose list: only the accounts of this shipping system are in it.
    pub client: &'a Client,
    /// Of this status alone.
    pub status: Option<Status>,
    /// Of this account alone.
    pub account: Option<&'a AccountNumber>,
    /// The last request of the page before.
    pub after: Option<(Timestamp, RequestId)>,
    /// How many at most.
    pub limit: i64,
}

/// One page of a list, the newest first. What is added meanwhile moves nothing into a later page.
pub async fn page(
    conn: &mut AnyConnection,
    page: &Page<'_>,
) -> Result<Vec<AccessRequest>, StoreError> {
    macro_rules! page {
        ($which:literal) => {
            select!($which "
                 AND ($3 = '' OR r.account_number IN
                         (SELECT account_number FROM client_account WHERE client_id = $3))
                 AND (r.created_at, r.id) < ($4, $5)
                 ORDER BY r.created_at DESC, r.id DESC LIMIT $6")
        };
    }
    // A statement for each, so that each goes through an index of its own.
    let sql = match (page.account, page.status) {
        (Some(_), _) => page!("WHERE r.account_number = $1 AND ($2 = '' OR r.status = $2)"),
        (None, Some(_)) => page!("WHERE $1 = '' AND r.status = $2"),
        (None, None) => page!("WHERE $1 = '' AND $2 = ''"),
    };
    let scope = (!page.client.all_accounts).then(|| page.client.id.to_string());
    let (before, id) = match page.after {
        Some((created_at, id)) => (created_at.as_micros(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    sqlx::query(sql)
        .bind(page.account.map_or("", AccountNumber::as_str))
        .bind(page.status.map_or("", Status::as_str))
        .bind(scope.as_deref().unwrap_or_default())
        .bind(before)
        .bind(id)
        .bind(page.limit)
        .fetch_all(conn)
        .await?
        .iter()
        .map(request)
        .collect()
}

/// The requests that were changed at that time or later.
pub async fn changed_since(
    conn: &mut AnyConnection,
    since: Timestamp,
) -> Result<Vec<RequestId>, StoreError> {
    sqlx::query("SELECT id FROM access_request WHERE updated_at >= $1")
        .bind(since.as_micros())
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| {
            let read = Reader {
                row,
                table: "access_request",
                key: "id",
            };
            read.parsed("id", from_str)
        })
        .collect()
}

fn request(row: &AnyRow) -> Result<AccessRequest, StoreError> {
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
