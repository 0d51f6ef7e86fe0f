//! Approval mails and reminders that are gathered instead of sent, and the digests that carry them.

use sqlx::AnyConnection;

use super::{
    StoreError,
    message_rows::reader,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    hour_of_day::HourOfDay,
    message::{MessageId, MessageKind},
    people::AdministratorId,
    request::RequestId,
    timestamp::Timestamp,
};

/// At which hour an administrator gets the requests of a day; none where each comes at once.
pub async fn digest_hour(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Option<HourOfDay>, StoreError> {
    let row = sqlx::query(
        "SELECT id, digest_hour FROM administrator WHERE id = $1 AND digest_hour IS NOT NULL",
    )
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let read = Reader {
        row: &row,
        table: "administrator",
        key: "id",
    };
    let hour = HourOfDay::from_number(read.number("digest_hour")?);
    hour.map(Some).ok_or_else(|| read.corrupt("digest_hour"))
}

/// Sets that.
pub async fn set_digest_hour(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hour: Option<HourOfDay>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE administrator SET digest_hour = $1 WHERE id = $2")
        .bind(hour.map(HourOfDay::number))
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whom something gathered is due for, whoever waits longest first.
pub async fn due(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<AdministratorId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, administrator_id FROM message
         WHERE status = 'gathered' AND due_at <= $1 ORDER BY due_at LIMIT $2",
    )
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?;
    let mut administrators = Vec::new();
    for row in &rows {
        let id: AdministratorId = reader(row).parsed("administrator_id", from_str)?;
        if !administrators.contains(&id) {
            administrators.push(id);
        }
    }
    Ok(administrators)
}

/// The accounts of which something is gathered for an administrator, at most so many of those that wait
/// longest, by number.
pub async fn accounts_waiting(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    at_most: i64,
) -> Result<Vec<AccountNumber>, StoreError> {
    sqlx::query(
        "SELECT account_number FROM (
             SELECT r.account_number AS account_number, MIN(m.due_at) AS due_at
             FROM message m JOIN access_request r ON r.id = m.request_id
             WHERE m.status = 'gathered' AND m.administrator_id = $1
             GROUP BY r.account_number ORDER BY 2, 1 LIMIT $2) waiting
         ORDER BY account_number",
    )
    .bind(administrator.to_string())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = Reader {
            row,
            table: "message",
            key: "account_number",
        };
        read.account("account_number")
    })
    .collect()
}

/// What is gathered for an administrator becomes due at another time, whenever it was.
pub async fn reschedule_all(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET due_at = $1 WHERE status = 'gathered' AND administrator_id = $2",
    )
    .bind(due_at.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// What is gathered for an administrator about an account and due by then becomes due at another time.
pub async fn reschedule(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    account: &AccountNumber,
    due_by: Timestamp,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET due_at = $1
         WHERE status = 'gathered' AND administrator_id = $2 AND due_at <= $3
           AND request_id IN (SELECT id FROM access_request WHERE account_number = $4)",
    )
    .bind(due_at.as_micros())
    .bind(administrator.to_string())
    .bind(due_by.as_micros())
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops what needs no mail any more: requests that were decided meanwhile, and those of accounts
/// that the administrator has nothing to do with now. Says how many.
pub async fn drop_what_is_over(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE message SET status = 'dropped', settled_at = $1, reason = $2
         WHERE status = 'gathered' AND administrator_id = $3 AND NOT EXISTS (
             SELECT 1 FROM access_request r
             JOIN account_administrator aa ON aa.account_number = r.account_number
             WHERE r.id = message.request_id AND r.status = 'pending'
               AND aa.administrator_id = message.administrator_id)",
    )
    .bind(now.as_micros())
    .bind(reason)
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(result.rows_affected())
}

/// Lets a digest carry the oldest that is gathered for an administrator about an account; `false` where
/// there is none. Of two that do so at once each message goes to one.
pub async fn carry_oldest(
    conn: &mut AnyConnection,
    digest: MessageId,
    administrator: AdministratorId,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE message SET status = 'carried', digest_id = $1, settled_at = $2
         WHERE id IN (SELECT m.id FROM message m JOIN access_request r ON r.id = m.request_id
                      WHERE m.status = 'gathered' AND m.administrator_id = $3
                        AND r.account_number = $4
                      ORDER BY m.created_at, m.request_id LIMIT 1)
           AND status = 'gathered'",
    )
    .bind(digest.to_string())
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes one out of a digest again, to be gathered for the next: the newest of the account that has most
/// in it.
pub async fn put_back(conn: &mut AnyConnection, digest: MessageId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message SET status = 'gathered', digest_id = NULL, settled_at = NULL
         WHERE id IN (SELECT m.id FROM message m JOIN access_request r ON r.id = m.request_id
                      WHERE m.digest_id = $1
                      ORDER BY (SELECT COUNT(*) FROM message o
                                JOIN access_request q ON q.id = o.request_id
                                WHERE o.digest_id = $1 AND q.account_number = r.account_number) DESC,
                               m.created_at DESC, m.request_id DESC
                      LIMIT 1)
           AND status = 'carried'",
    )
    .bind(digest.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// A message that a digest carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The request that it is about.
    pub request: RequestId,
    /// An approval mail, or a reminder.
    pub kind: MessageKind,
}

/// The messages that a digest carries, the oldest first; each is about another request.
pub async fn carried_by(
    conn: &mut AnyConnection,
    digest: MessageId,
) -> Result<Vec<Carried>, StoreError> {
    sqlx::query(
        "SELECT id, request_id, kind FROM message WHERE digest_id = $1
         ORDER BY created_at, request_id",
    )
    .bind(digest.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row);
        Ok(Carried {
            request: read.parsed("request_id", from_str)?,
            kind: read.parsed("kind", MessageKind::parse)?,
        })
    })
    .collect()
}

/// A request is open again: whoever should have heard of it, and did not because it was closed, is to
/// hear of it in the next digest.
pub async fn gather_again(
    conn: &mut AnyConnection,
    request: RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE message
         SET status = 'gathered', digest_id = NULL, settled_at = NULL, reason = NULL, due_at = $1
         WHERE about = $2 AND kind = 'approval_request' AND (
             (status = 'dropped' AND attempts = 0)
             OR digest_id IN (SELECT id FROM message WHERE kind = 'digest' AND status = 'dropped'))",
    )
    .bind(now.as_micros())
    .bind(request.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
