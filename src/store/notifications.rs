//! What became of the approval mails of a request. A mail that was gathered fares as the digest does
//! that carries it.

use sqlx::AnyConnection;

use super::{StoreError, message_rows::reader};
use crate::domain::{
    address_state::AddressState, email_address::EmailAddress, people::PersonId, request::RequestId,
    timestamp::Timestamp,
};

/// What became of the approval mail to one administrator.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The address it goes to.
    pub email: EmailAddress,
    /// What is known of that address.
    pub address_state: AddressState,
    /// `gathered` (for the next digest), `queued`, `delivered`, `bounced` or `failed`.
    pub state: &'static str,
    /// Since when.
    pub at: Timestamp,
}

/// What became of the approval mails of a request.
pub async fn of_request(
    conn: &mut AnyConnection,
    request: RequestId,
) -> Result<Vec<Notification>, StoreError> {
    sqlx::query(
        "SELECT m.id, p.address, COALESCE(d.status, m.status) AS status,
                COALESCE(d.created_at, m.created_at) AS created_at,
                CASE WHEN d.id IS NULL THEN m.settled_at ELSE d.settled_at END AS settled_at,
                COALESCE(d.bounced_at, m.bounced_at) AS bounced_at,
                COALESCE(a.address_state, 'fine') AS address_state
         FROM message m JOIN person p ON p.id = m.recipient_id
         LEFT JOIN administrator a ON a.id = m.administrator_id
         LEFT JOIN message d ON d.id = m.digest_id
         WHERE m.about = $1 AND m.kind = 'approval_request' AND p.address_key IS NOT NULL
           AND COALESCE(d.status, m.status) <> 'dropped'
         ORDER BY m.created_at, p.address_key, m.id",
    )
    .bind(request.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row);
        let bounced_at = read.maybe_time("bounced_at")?;
        let state = match (read.text("status")?.as_str(), bounced_at) {
            ("delivered", Some(_)) => "bounced",
            ("delivered", None) => "delivered",
            ("failed", _) => "failed",
            ("gathered", _) => "gathered",
            _ => "queued",
        };
        Ok(Notification {
            email: read.email("address")?,
            address_state: read.parsed("address_state", AddressState::parse)?,
            state,
            at: match bounced_at.or(read.maybe_time("settled_at")?) {
                Some(at) => at,
                None => read.time("created_at")?,
            },
        })
    })
    .collect()
}

/// Whether the approval mail of a request reached a recipient, or may have: the attempt at which
/// it was dropped did not.
pub async fn was_asked(
    conn: &mut AnyConnection,
    request: RequestId,
    recipient: PersonId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM message m LEFT JOIN message d ON d.id = m.digest_id
         WHERE m.about = $1 AND m.recipient_id = $2 AND m.kind = 'approval_request'
           AND (COALESCE(d.status, m.status) = 'delivered' OR COALESCE(d.attempts, m.attempts) > 1
                OR (COALESCE(d.attempts, m.attempts) = 1
                    AND COALESCE(d.status, m.status) <> 'dropped'))",
    )
    .bind(request.to_string())
    .bind(recipient.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}
