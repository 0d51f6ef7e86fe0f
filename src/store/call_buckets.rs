//! When the bucket of an API key is full again: what several daemons know of how often it posts.

use sqlx::AnyConnection;

use super::{StoreError, rows::changed};
use crate::domain::{people::ClientId, timestamp::Timestamp};

/// When the bucket of a key is full; none where it never called.
pub async fn full_at(
    conn: &mut AnyConnection,
    client: ClientId,
) -> Result<Option<Timestamp>, StoreError> {
    let full_at = sqlx::query_scalar("SELECT full_at FROM call_bucket WHERE client_id = $1")
        .bind(client.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(full_at.map(Timestamp::from_micros))
}

/// Sets it; `false` where it is no longer what was seen, because another daemon was faster.
pub async fn set_full_at(
    conn: &mut AnyConnection,
    client: ClientId,
    seen: Option<Timestamp>,
    full_at: Timestamp,
) -> Result<bool, StoreError> {
    let statement = match seen {
        None => {
            "INSERT INTO call_bucket (client_id, full_at) VALUES ($1, $2)
             ON CONFLICT (client_id) DO NOTHING"
        }
        Some(_) => "UPDATE call_bucket SET full_at = $2 WHERE client_id = $1 AND full_at = $3",
    };
    let mut query = sqlx::query(statement)
        .bind(client.to_string())
        .bind(full_at.as_micros());
    if let Some(seen) = seen {
        query = query.bind(seen.as_micros());
    }
    Ok(changed(&query.execute(conn).await?))
}
