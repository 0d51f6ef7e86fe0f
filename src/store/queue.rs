//! The outbox as the operator sees it: listing, and setting one message going again.

use sqlx::AnyConnection;

use super::{
    StoreError,
    message_rows::{message, reader},
    rows::changed,
};
use crate::domain::{
    email_address::EmailAddress,
    message::{Message, MessageId},
    timestamp::Timestamp,
};

/// One line of `queue list`.
pub struct Queued {
    /// The message.
    pub message: Message,
    /// To whom.
    pub email: EmailAddress,
    /// `queued`, `held`, `gathered` or `failed`.
    pub status: String,
    /// Somebody is sending it right now.
    pub active: bool,
    /// How often it was tried.
    pub attempts: i64,
    /// When it came.
    pub created_at: Timestamp,
    /// What the last attempt said.
    pub reason: Option<String>,
}

/// What waits, is held, is gathered or was given up, the oldest first.
pub async fn list(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<Queued>, StoreError> {
    sqlx::query(
        "SELECT m.id, m.kind, m.about, m.request_id, m.invitation_id, m.account_number, m.recipient_id,
                m.administrator_id, m.occasion, m.key_id, m.dated_at, m.answers, m.due_at, m.status, m.lease_until, m.attempts, m.created_at,
                m.reason, p.address
         FROM message m JOIN person p ON p.id = m.recipient_id
         WHERE m.status IN ('queued', 'held', 'gathered', 'failed') AND p.address_key IS NOT NULL
         ORDER BY m.created_at LIMIT $1",
    )
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row);
        Ok(Queued {
            message: message(row)?,
            email: read.email("address")?,
            status: read.text("status")?,
            active: read.maybe_time("lease_until")?.is_some_and(|until| now < until),
            attempts: read.number("attempts")?,
            created_at: read.time("created_at")?,
            reason: read.maybe_text("reason")?,
        })
    })
    .collect()
}

/// Sets a message going at once that waits or was given up; `false` where there is none to set going.
/// One that is gathered goes with the next digest, at once.
pub async fn retry(
    conn: &mut AnyConnection,
    id: MessageId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE message
         SET status = CASE WHEN status = 'gathered' THEN status ELSE 'queued' END,
             settled_at = NULL, due_at = $1,
             attempts = CASE WHEN status = 'failed' THEN 0 ELSE attempts END
         WHERE id = $2 AND status IN ('queued', 'gathered', 'failed')",
    )
    .bind(now.as_micros())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// How many messages stand where: `(status, count)`.
pub async fn totals(conn: &mut AnyConnection) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT status, COUNT(*) FROM message GROUP BY status ORDER BY status")
            .fetch_all(conn)
            .await?,
    )
}
