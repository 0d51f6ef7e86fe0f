//! How much was mailed, for each of those that limits count by.

use sqlx::AnyConnection;

use super::StoreError;
use crate::domain::{counted_by::CountedBy, timestamp::Timestamp};

/// When the `n`-th newest mail was, counting from 1; none where there are fewer.
pub async fn nth_newest(
    conn: &mut AnyConnection,
    by: &CountedBy,
    n: u32,
) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = sqlx::query_scalar(
        "SELECT mailed_at FROM mail_count WHERE counted_by = $1
         ORDER BY mailed_at DESC LIMIT 1 OFFSET $2",
    )
    .bind(by.to_string())
    .bind(i64::from(n) - 1)
    .fetch_optional(conn)
    .await?;
    Ok(at.map(Timestamp::from_micros))
}

/// Holds the count until the transaction ends: whoever else wants to take a place waits.
pub async fn hold(
    conn: &mut AnyConnection,
    by: &CountedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO mail_limit (counted_by, held_at) VALUES ($1, $2)
         ON CONFLICT (counted_by) DO UPDATE SET held_at = excluded.held_at",
    )
    .bind(by.to_string())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts one mail, or one request that is mailed, by its id.
pub async fn add(
    conn: &mut AnyConnection,
    by: &CountedBy,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO mail_count (counted_by, mailed_at, id) VALUES ($1, $2, $3)")
        .bind(by.to_string())
        .bind(now.as_micros())
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what no limit looks at any more.
pub async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM mail_count WHERE mailed_at < $1",
        "DELETE FROM mail_limit WHERE held_at < $1",
    ] {
        sqlx::query(statement)
            .bind(before.as_micros())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
