//! Forgetting the oldest events of the feed. Positions have no gaps, so that what is forgotten ends
//! where the first one begins that is still there.

use sqlx::AnyConnection;

use super::StoreError;
use crate::domain::timestamp::Timestamp;

/// The last position of those that are forgotten; 0 where none is.
pub async fn forgotten(conn: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COALESCE((SELECT MIN(f.position) - 1 FROM feed_event f), h.position)
         FROM feed_head h WHERE h.id = 'head'",
    )
    .fetch_one(conn)
    .await?)
}

/// Forgets the events from the beginning of the feed up to the first that happened at that time or
/// later, at most so many; how many it were. What has no position yet stays.
pub async fn forget(
    conn: &mut AnyConnection,
    before: Timestamp,
    at_most: i64,
) -> Result<u64, StoreError> {
    let stays: Option<i64> = sqlx::query_scalar(
        "SELECT f.position FROM feed_event f WHERE f.position IS NOT NULL AND f.at >= $1
         ORDER BY f.position LIMIT 1",
    )
    .bind(before.as_micros())
    .fetch_optional(&mut *conn)
    .await?;
    let last = forgotten(conn).await?.saturating_add(at_most);
    let end = stays.map_or(last, |stays| last.min(stays - 1));
    let result = sqlx::query("DELETE FROM feed_event WHERE position <= $1")
        .bind(end)
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}
