//! One access request at a time. Every change of state names the state it expects; lists are in
//! [`request_lists`](super::request_lists).

use sqlx::AnyConnection;

use super::{
    StoreError,
    request_rows::{request, select},
    rows::{changed, micros},
};
use crate::domain::{
    account_number::AccountNumber,
    note::Note,
    people::PersonId,
    request::{AccessRequest, Door, RequestId},
    request_number::RequestNumber,
    timestamp::Timestamp,
};

/// Adds an open request.
pub async fn insert(conn: &mut AnyConnection, request: &AccessRequest) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO access_request
             (id, number, account_number, person_id, status, rule, name, reason, reference,
              language, client_id, repeats, created_at, updated_at, expires_at, looks_like, remind_at)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
    .bind(micros(request.silence.remind_at))
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
             decided_for = NULL, updated_at = $1, expires_at = $2, note = NULL, note_shown_at = NULL,
             silent_since = $3, remind_at = $4
         WHERE id = $5 AND status = 'rejected' AND decided_at = $6 AND door IN ('link', 'reply')",
    )
    .bind(request.updated_at.as_micros())
    .bind(request.expires_at.as_micros())
    .bind(request.silence.since.as_micros())
    .bind(micros(request.silence.remind_at))
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
