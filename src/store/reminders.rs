//! Open requests of which their administrators are reminded. Every change names what it expects, so
//! that of two sweepers one counts each reminder.

use sqlx::AnyConnection;

use super::{
    StoreError,
    rows::{changed, ids, micros},
};
use crate::domain::{reminder::Silence, request::RequestId, timestamp::Timestamp};

/// The open requests that are to be looked at by now, whoever waits longest first.
pub async fn due(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<RequestId>, StoreError> {
    let found = sqlx::query(
        "SELECT id FROM access_request
         WHERE status = 'pending' AND remind_at <= $1 ORDER BY remind_at LIMIT $2",
    )
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?;
    ids(&found, "access_request")
}

/// Counts a reminder at `now`, after which the request is looked at again at `next`; `false` where it
/// was counted before, or the request is open no more.
pub async fn count(
    conn: &mut AnyConnection,
    request: RequestId,
    before: &Silence,
    now: Timestamp,
    next: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE access_request SET reminders = reminders + 1, silent_since = $1, remind_at = $2
         WHERE id = $3 AND status = 'pending' AND reminders = $4 AND remind_at = $5",
    )
    .bind(now.as_micros())
    .bind(micros(next))
    .bind(request.to_string())
    .bind(before.reminders)
    .bind(micros(before.remind_at))
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Looks at the request at another time, or never again; `false` where somebody else has set another
/// time, or the request is open no more.
pub async fn put_off(
    conn: &mut AnyConnection,
    request: RequestId,
    before: &Silence,
    until: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE access_request SET remind_at = $1
         WHERE id = $2 AND status = 'pending' AND reminders = $3 AND remind_at = $4",
    )
    .bind(micros(until))
    .bind(request.to_string())
    .bind(before.reminders)
    .bind(micros(before.remind_at))
    .execute(conn)
    .await?;
    Ok(changed(&result))
}
