//! Answers that a client may ask for again with the same Idempotency-Key.

use sqlx::{AnyConnection, Row};

use super::StoreError;
use crate::domain::{people::ClientId, timestamp::Timestamp};

/// An answer that was given.
pub struct Answer {
    /// The hash of the body it answered.
    pub body_hash: String,
    /// Its HTTP status.
    pub status: i64,
    /// Its body.
    pub body: String,
}

/// What this client was answered under this key.
pub async fn find(
    conn: &mut AnyConnection,
    client: ClientId,
    key: &str,
) -> Result<Option<Answer>, StoreError> {
    let row = sqlx::query(
        "SELECT body_hash, status, answer FROM idempotency WHERE client_id = $1 AND key = $2",
    )
    .bind(client.to_string())
    .bind(key)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Answer {
            body_hash: row.try_get("body_hash")?,
            status: row.try_get("status")?,
            body: row.try_get("answer")?,
        })
    })
    .transpose()
}

/// Keeps an answer.
pub async fn keep(
    conn: &mut AnyConnection,
    client: ClientId,
    key: &str,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO idempotency (client_id, key, body_hash, status, answer, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(client.to_string())
    .bind(key)
    .bind(&answer.body_hash)
    .bind(answer.status)
    .bind(&answer.body)
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is older.
pub async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
        .bind(before.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}
