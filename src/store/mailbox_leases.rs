//! Who reads a mailbox: one daemon at a time, by a lease.

use sqlx::{AnyConnection, Row};

use super::{StoreError, rows::changed};
use crate::domain::timestamp::Timestamp;

/// A mailbox that somebody holds, with the epoch that lets them renew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxLease {
    mailbox: String,
    epoch: i64,
}

/// Takes a mailbox that nobody holds; none where somebody does.
pub async fn take(
    conn: &mut AnyConnection,
    mailbox: &str,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<MailboxLease>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO mailbox_lease (mailbox, owner, epoch, until_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (mailbox) DO UPDATE SET
             owner = excluded.owner, epoch = mailbox_lease.epoch + 1, until_at = excluded.until_at
         WHERE mailbox_lease.until_at <= $4
         RETURNING epoch",
    )
    .bind(mailbox)
    .bind(owner)
    .bind(until.as_micros())
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(MailboxLease {
            mailbox: mailbox.to_owned(),
            epoch: row.try_get("epoch")?,
        })
    })
    .transpose()
}

/// Holds it for longer; `false` where somebody else has it by now.
pub async fn renew(
    conn: &mut AnyConnection,
    lease: &MailboxLease,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let result =
        sqlx::query("UPDATE mailbox_lease SET until_at = $1 WHERE mailbox = $2 AND epoch = $3")
            .bind(until.as_micros())
            .bind(&lease.mailbox)
            .bind(lease.epoch)
            .execute(conn)
            .await?;
    Ok(changed(&result))
}

/// Lets others have it from now on. Nothing happens where somebody has it already.
pub async fn give_back(
    conn: &mut AnyConnection,
    lease: &MailboxLease,
    now: Timestamp,
) -> Result<(), StoreError> {
    renew(conn, lease, now).await?;
    Ok(())
}

/// The same for all that one owner holds, who has stopped.
pub async fn give_back_those_of(
    conn: &mut AnyConnection,
    owner: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE mailbox_lease SET until_at = $1 WHERE owner = $2 AND until_at > $1")
        .bind(now.as_micros())
        .bind(owner)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes all back: for the one daemon of a SQLite file, when it starts.
pub async fn take_back_all(conn: &mut AnyConnection, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE mailbox_lease SET until_at = $1 WHERE until_at > $1")
        .bind(now.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}
