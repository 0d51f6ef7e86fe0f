//! The outbox: messages that wait, are leased, and are settled once.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    message_rows::{AboutColumns, message, reader},
    rows::{changed, from_str},
};
use crate::domain::{
    message::{Message, MessageId},
    people::PersonId,
    request::RequestId,
    timestamp::Timestamp,
};

/// Queues a message; `false` where this very mail was queued before.
pub async fn enqueue(
    conn: &mut AnyConnection,
    message: &Message,
    now: Timestamp,
) -> Result<bool, StoreError> {
    insert(conn, message, "queued", now).await
}

/// The same for an approval mail that is not sent but gathered, for a digest to carry.
pub async fn gather(
    conn: &mut AnyConnection,
    message: &Message,
    now: Timestamp,
) -> Result<bool, StoreError> {
    insert(conn, message, "gathered", now).await
}

async fn insert(
    conn: &mut AnyConnection,
    message: &Message,
    status: &'static str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let about = AboutColumns::of(&message.about);
    let result = sqlx::query(
        "INSERT INTO message
             (id, kind, about, request_id, invitation_id, account_number, recipient_id,
              administrator_id, occasion, key_id, dated_at, answers, status, due_at, attempts,
              lease_epoch, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, $15)
         ON CONFLICT (about, kind, recipient_id, occasion) DO NOTHING",
    )
    .bind(message.id.to_string())
    .bind(message.kind.as_str())
    .bind(about.name)
    .bind(about.request)
    .bind(about.invitation)
    .bind(about.account)
    .bind(message.recipient.to_string())
    .bind(message.administrator.map(|id| id.to_string()))
    .bind(&message.occasion)
    .bind(&message.key_id)
    .bind(message.dated_at.as_micros())
    .bind(message.answers.as_deref())
    .bind(status)
    .bind(message.due_at.as_micros())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// A message somebody holds until the lease ends, with the epoch that lets it settle.
#[derive(Clone, Debug)]
pub struct Leased {
    /// What to send.
    pub message: Message,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// Names this lease.
    pub epoch: i64,
}

/// Takes the messages that are due, counting the attempt: even a message that kills its sender is
/// given up one day.
pub async fn lease(
    conn: &mut AnyConnection,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
    at_most: i64,
) -> Result<Vec<Leased>, StoreError> {
    let rows = sqlx::query(
        "UPDATE message
         SET lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1, attempts = attempts + 1
         WHERE id IN (SELECT id FROM message
                      WHERE status = 'queued' AND due_at <= $3
                        AND (lease_until IS NULL OR lease_until <= $3)
                      ORDER BY due_at LIMIT $4)
           AND status = 'queued' AND due_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)
         RETURNING id, kind, about, request_id, invitation_id, account_number, recipient_id,
                   administrator_id, occasion, key_id, dated_at, answers, due_at, attempts,
                   lease_epoch",
    )
    .bind(owner)
    .bind(until.as_micros())
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(&mut *conn)
    .await?;
    let mut leased = Vec::with_capacity(rows.len());
    for row in &rows {
        match leased_message(row) {
            Ok(message) => leased.push(message),
            // One row that makes no sense does not hold up all others.
            Err(corrupt @ StoreError::Corrupt { .. }) => {
                give_up_row(conn, &reader(row).text("id")?, &corrupt, now).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(leased)
}

fn leased_message(row: &AnyRow) -> Result<Leased, StoreError> {
    let read = reader(row);
    Ok(Leased {
        message: message(row)?,
        attempt: read.number("attempts")?,
        epoch: read.number("lease_epoch")?,
    })
}

async fn give_up_row(
    conn: &mut AnyConnection,
    id: &str,
    corrupt: &StoreError,
    now: Timestamp,
) -> Result<(), StoreError> {
    tracing::error!(
        event = "outbox.failed",
        message.id = id,
        "Gave up message {id}: {corrupt}"
    );
    sqlx::query(
        "UPDATE message
         SET status = 'failed', reason = $1, settled_at = $2, lease_owner = NULL, lease_until = NULL
         WHERE id = $3",
    )
    .bind(corrupt.to_string())
    .bind(now.as_micros())
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Holds a lease longer; `false` where it is somebody else's by now.
pub async fn renew(
    conn: &mut AnyConnection,
    leased: &Leased,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE message SET lease_until = $1
         WHERE id = $2 AND lease_epoch = $3 AND status = 'queued'",
    )
    .bind(until.as_micros())
    .bind(leased.message.id.to_string())
    .bind(leased.epoch)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// What became of a leased message.
#[derive(Clone, Debug)]
pub enum Settlement {
    /// The server took it.
    Delivered,
    /// Try again then.
    Deferred {
        /// When.
        due_at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Given up.
    Failed {
        /// Why.
        reason: String,
    },
    /// No longer true when its turn came.
    Dropped {
        /// Why.
        reason: String,
    },
}

impl Settlement {
    /// Its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Deferred { .. } => "deferred",
            Self::Failed { .. } => "failed",
            Self::Dropped { .. } => "dropped",
        }
    }
}

/// Settles a message; `false` where the lease is somebody else's by now, and nothing is changed.
pub async fn settle(
    conn: &mut AnyConnection,
    leased: &Leased,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (status, due_at, reason) = match settlement {
        Settlement::Delivered => ("delivered", None, None),
        Settlement::Deferred { due_at, reason } => ("queued", Some(*due_at), Some(reason)),
        Settlement::Failed { reason } => ("failed", None, Some(reason)),
        Settlement::Dropped { reason } => ("dropped", None, Some(reason)),
    };
    let settled_at = (status != "queued").then_some(now.as_micros());
    let result = sqlx::query(
        "UPDATE message
         SET status = $1, due_at = COALESCE($2, due_at), reason = $3, settled_at = $4,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $5 AND lease_epoch = $6 AND status = 'queued'",
    )
    .bind(status)
    .bind(due_at.map(Timestamp::as_micros))
    .bind(reason.map(String::as_str))
    .bind(settled_at)
    .bind(leased.message.id.to_string())
    .bind(leased.epoch)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Gives leases back that were not used, and does not count the attempt.
pub async fn release(conn: &mut AnyConnection, leased: &Leased) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET lease_owner = NULL, lease_until = NULL, attempts = attempts - 1
         WHERE id = $1 AND lease_epoch = $2 AND status = 'queued'",
    )
    .bind(leased.message.id.to_string())
    .bind(leased.epoch)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for asking somebody anew whose first mail about a request was dropped, because it was
/// not theirs to decide just then, or is from before they ceased to decide: its links are dead.
pub async fn let_ask_anew(
    conn: &mut AnyConnection,
    request: RequestId,
    recipient: PersonId,
    ceased: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET occasion = id
         WHERE about = $1 AND kind = 'approval_request' AND recipient_id = $2
           AND occasion = '' AND (status = 'dropped' OR created_at <= $3)",
    )
    .bind(request.to_string())
    .bind(recipient.to_string())
    .bind(ceased.map(Timestamp::as_micros))
    .execute(conn)
    .await?;
    Ok(())
}

/// Queues the first mails about a request again that were dropped because it was closed, when their
/// turn had come.
pub async fn send_after_all(
    conn: &mut AnyConnection,
    request: RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message
         SET status = 'queued', settled_at = NULL, reason = NULL, due_at = $1, attempts = 0
         WHERE about = $2 AND status = 'dropped' AND attempts > 0
           AND kind IN ('approval_request', 'requester_received')",
    )
    .bind(now.as_micros())
    .bind(request.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes all leases back: for the one daemon of a SQLite file, when it starts.
pub async fn take_back_leases(conn: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET lease_owner = NULL, lease_until = NULL
         WHERE status = 'queued' AND lease_until IS NOT NULL",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives back the leases of one owner who has stopped. Their attempts count: the mails were begun.
pub async fn give_back_leases_of(conn: &mut AnyConnection, owner: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET lease_owner = NULL, lease_until = NULL
         WHERE status = 'queued' AND lease_owner = $1",
    )
    .bind(owner)
    .execute(conn)
    .await?;
    Ok(())
}

/// One message.
pub async fn find(conn: &mut AnyConnection, id: MessageId) -> Result<Option<Message>, StoreError> {
    sqlx::query(
        "SELECT id, kind, about, request_id, invitation_id, account_number, recipient_id,
                administrator_id, occasion, key_id, dated_at, answers, due_at
         FROM message WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| message(&row))
    .transpose()
}

/// The first mail about the same to a recipient: what later ones hang on in a mail program.
pub async fn first_in_thread(
    conn: &mut AnyConnection,
    of: &Message,
) -> Result<Option<MessageId>, StoreError> {
    sqlx::query(
        "SELECT COALESCE(digest_id, id) AS id FROM message
         WHERE about = $1 AND recipient_id = $2 AND id <> $3 AND created_at <= $4
           AND status NOT IN ('gathered', 'dropped')
           AND kind IN ('approval_request', 'requester_received')
         ORDER BY created_at LIMIT 1",
    )
    .bind(AboutColumns::of(&of.about).name)
    .bind(of.recipient.to_string())
    .bind(of.id.to_string())
    .bind(of.dated_at.as_micros())
    .fetch_optional(conn)
    .await?
    .map(|row| reader(&row).parsed("id", from_str))
    .transpose()
}

/// Takes out a message that was queued in this transaction and is not to be sent after all.
pub async fn forget(conn: &mut AnyConnection, id: MessageId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message WHERE id = $1 AND status = 'queued' AND attempts = 0")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
