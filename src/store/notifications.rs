//! What became of the mails that ask administrators about a request: the approval mails, and the
//! reminders. A mail that was gathered fares as the digest does that carries it.

use std::collections::HashMap;

use sqlx::{AnyConnection, any::AnyRow};

use super::{StoreError, message_rows::reader, rows::from_str};
use crate::domain::{
    address_state::AddressState,
    email_address::EmailAddress,
    message::MessageKind,
    people::{AdministratorId, PersonId},
    request::RequestId,
    timestamp::Timestamp,
};

/// What became of a mail that asks one administrator.
#[derive(Clone, Debug)]
pub struct Notification {
    /// An approval mail, or a reminder.
    pub kind: MessageKind,
    /// The address it goes to.
    pub email: EmailAddress,
    /// What is known of that address.
    pub address_state: AddressState,
    /// `gathered` (for the next digest), `queued`, `delivered`, `bounced` or `failed`.
    pub state: &'static str,
    /// Since when.
    pub at: Timestamp,
}

/// The mails of request `$1` of some kinds, where a digest carries one as the digest fares.
macro_rules! select {
    ($kinds:literal, $rest:literal) => {
        concat!(
            "SELECT m.id, m.kind, p.address, COALESCE(d.status, m.status) AS status,
                COALESCE(d.created_at, m.created_at) AS created_at, m.created_at AS asked_at,
                CASE WHEN d.id IS NULL THEN m.settled_at ELSE d.settled_at END AS settled_at,
                COALESCE(d.bounced_at, m.bounced_at) AS bounced_at,
                COALESCE(a.address_state, 'fine') AS address_state
             FROM message m JOIN person p ON p.id = m.recipient_id
             LEFT JOIN administrator a ON a.id = m.administrator_id
             LEFT JOIN message d ON d.id = m.digest_id
             WHERE m.about = $1 AND m.kind IN ",
            $kinds,
            " AND p.address_key IS NOT NULL ",
            $rest,
            " ORDER BY m.created_at, p.address_key, m.id"
        )
    };
}

/// What became of the approval mails and the reminders of a request, the oldest first.
pub async fn of_request(
    conn: &mut AnyConnection,
    request: RequestId,
) -> Result<Vec<Notification>, StoreError> {
    sqlx::query(select!(
        "('approval_request', 'reminder')",
        "AND COALESCE(d.status, m.status) <> 'dropped'"
    ))
    .bind(request.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| notification(row, None))
    .collect()
}

/// What had become of the approval mails at some moment. What happened at that very moment had not
/// happened yet, but that a mail was queued, or did not arrive: what follows from that is told with it.
pub async fn of_request_then(
    conn: &mut AnyConnection,
    request: RequestId,
    then: Timestamp,
) -> Result<Vec<Notification>, StoreError> {
    sqlx::query(select!(
        "('approval_request')",
        "AND m.created_at <= $2
         AND (COALESCE(d.status, m.status) <> 'dropped'
              OR CASE WHEN d.id IS NULL THEN m.settled_at ELSE d.settled_at END >= $2)"
    ))
    .bind(request.to_string())
    .bind(then.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| notification(row, Some(then)))
    .collect()
}

/// Reads a mail as it stands, or as it stood `then`.
fn notification(row: &AnyRow, then: Option<Timestamp>) -> Result<Notification, StoreError> {
    let read = reader(row);
    let before = |at: &Timestamp| then.is_none_or(|then| *at < then);
    let by_then = |at: &Timestamp| then.is_none_or(|then| *at <= then);
    let status = read.text("status")?;
    let bounced_at = read.maybe_time("bounced_at")?.filter(by_then);
    let settled_at = read.maybe_time("settled_at")?;
    let settled_at = match status.as_str() {
        "failed" => settled_at.filter(by_then),
        _ => settled_at.filter(before),
    };
    let state = match (status.as_str(), bounced_at) {
        ("gathered", _) => "gathered",
        _ if then.is_some() && settled_at.is_none() => "queued",
        ("delivered", Some(_)) => "bounced",
        ("delivered", None) => "delivered",
        ("failed", _) => "failed",
        _ => "queued",
    };
    Ok(Notification {
        kind: read.parsed("kind", MessageKind::parse)?,
        email: read.email("address")?,
        address_state: read.parsed("address_state", AddressState::parse)?,
        state,
        at: match bounced_at.or(settled_at) {
            Some(at) => at,
            None => match read.time("created_at")? {
                at if then.is_none_or(|then| at <= then) => at,
                _ => read.time("asked_at")?, // Its digest came later.
            },
        },
    })
}

/// Whether the approval mail or a reminder of a request reached a recipient, or may have: the attempt
/// at which it was dropped did not.
pub async fn was_asked(
    conn: &mut AnyConnection,
    request: RequestId,
    recipient: PersonId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM message m LEFT JOIN message d ON d.id = m.digest_id
         WHERE m.about = $1 AND m.recipient_id = $2 AND m.kind IN ('approval_request', 'reminder')
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

/// The administrators who were told, or may have been, that a colleague closed a request then. They
/// stand in one order, so that two who count mails to the same people never wait for each other.
pub async fn told_of_closing(
    conn: &mut AnyConnection,
    request: RequestId,
    closed_at: Timestamp,
) -> Result<Vec<AdministratorId>, StoreError> {
    sqlx::query(
        "SELECT id, administrator_id FROM message
         WHERE about = $1 AND kind = 'handled_by_colleague' AND occasion = $2
           AND administrator_id IS NOT NULL AND attempts > 0 AND status <> 'dropped'
         ORDER BY administrator_id",
    )
    .bind(request.to_string())
    .bind(closed_at.as_micros().to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| reader(row).parsed("administrator_id", from_str))
    .collect()
}

/// How far asking an administrator about a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A mail about it has yet to go out.
    Waiting,
    /// Whatever was to go out has.
    Told,
}

/// Whom a request was mailed to, or will be. Whose mails were all dropped is not among them.
pub async fn asked(
    conn: &mut AnyConnection,
    request: RequestId,
) -> Result<HashMap<AdministratorId, Asked>, StoreError> {
    let rows = sqlx::query(
        "SELECT m.id, m.administrator_id, COALESCE(d.status, m.status) AS status
         FROM message m LEFT JOIN message d ON d.id = m.digest_id
         WHERE m.about = $1 AND m.kind IN ('approval_request', 'reminder') AND m.status <> 'dropped'
         ORDER BY m.id",
    )
    .bind(request.to_string())
    .fetch_all(conn)
    .await?;
    let mut asked = HashMap::new();
    for row in &rows {
        let read = reader(row);
        let waits = matches!(
            read.text("status")?.as_str(),
            "gathered" | "queued" | "held"
        );
        let so_far = asked
            .entry(read.parsed("administrator_id", from_str)?)
            .or_insert(Asked::Told);
        if waits {
            *so_far = Asked::Waiting;
        }
    }
    Ok(asked)
}
