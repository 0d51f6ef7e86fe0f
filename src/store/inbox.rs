//! The inbox: how far a mailbox was read, and every mail that was, once.

use sqlx::{AnyConnection, Row};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{message::MessageId, request::RequestId, timestamp::Timestamp};

/// How far a mailbox has been read (RFC 9051, section 2.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// With another one, UIDs say nothing about what was read.
    pub uid_validity: u32,
    /// The last UID that was read.
    pub last_uid: u32,
}

/// The cursor of a mailbox.
pub async fn cursor(conn: &mut AnyConnection, mailbox: &str) -> Result<Option<Cursor>, StoreError> {
    let row = sqlx::query("SELECT uid_validity, last_uid FROM inbox_cursor WHERE mailbox = $1")
        .bind(mailbox)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let part = |column| -> Result<u32, StoreError> {
            u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt {
                table: "inbox_cursor",
                id: mailbox.to_owned(),
                what: column,
            })
        };
        Ok(Cursor {
            uid_validity: part("uid_validity")?,
            last_uid: part("last_uid")?,
        })
    })
    .transpose()
}

/// Moves the cursor of a mailbox.
pub async fn set_cursor(
    conn: &mut AnyConnection,
    mailbox: &str,
    cursor: Cursor,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO inbox_cursor (mailbox, uid_validity, last_uid) VALUES ($1, $2, $3)
         ON CONFLICT (mailbox) DO UPDATE SET
             uid_validity = excluded.uid_validity, last_uid = excluded.last_uid",
    )
    .bind(mailbox)
    .bind(i64::from(cursor.uid_validity))
    .bind(i64::from(cursor.last_uid))
    .execute(conn)
    .await?;
    Ok(())
}

/// A mail that was read.
pub struct Inbound<'a> {
    /// The hash of it without what differs between two deliveries.
    pub fingerprint: &'a str,
    /// Its Message-ID.
    pub header_id: Option<&'a str>,
    /// When it was read.
    pub received_at: Timestamp,
    /// `reply`, `auto-reply`, `bounce`, `mdn`, `forward` or `other`.
    pub kind: &'a str,
    /// `reject`, `approve-asked`, `none` or `ambiguous`.
    pub decision: &'a str,
    /// `rejected`, `answered`, `recorded`, `ignored` or `quarantined`.
    pub effect: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The message it answers.
    pub message: Option<MessageId>,
    /// The request that is about.
    pub request: Option<RequestId>,
}

/// Records a mail; `false` where it had an effect before, which stays as it was recorded then.
pub async fn record(conn: &mut AnyConnection, inbound: &Inbound<'_>) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO inbound
             (fingerprint, header_id, received_at, kind, decision, effect, reason, message_id, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (fingerprint) DO UPDATE SET
             received_at = excluded.received_at, effect = excluded.effect, reason = excluded.reason,
             message_id = excluded.message_id, request_id = excluded.request_id
         WHERE inbound.effect = 'ignored'",
    )
    .bind(inbound.fingerprint)
    .bind(inbound.header_id)
    .bind(inbound.received_at.as_micros())
    .bind(inbound.kind)
    .bind(inbound.decision)
    .bind(inbound.effect)
    .bind(inbound.reason)
    .bind(inbound.message.map(|id| id.to_string()))
    .bind(inbound.request.map(|id| id.to_string()))
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// What this mail did before: known by its content, or by its Message-ID where a mail with that id
/// answered the same message. One that was ignored did nothing, and may be looked at again.
pub async fn earlier_effect(
    conn: &mut AnyConnection,
    fingerprint: &str,
    header_id: Option<&str>,
    message: Option<MessageId>,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT effect FROM inbound
         WHERE effect <> 'ignored'
           AND (fingerprint = $1 OR ($2 <> '' AND header_id = $2 AND message_id = $3))
         LIMIT 1",
    )
    .bind(fingerprint)
    .bind(header_id.unwrap_or(""))
    .bind(message.map(|id| id.to_string()))
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.try_get("effect")).transpose()?)
}

/// A mail that came in and had no effect.
pub struct Fruitless {
    /// The hash it is known by.
    pub fingerprint: String,
    /// When it was read.
    pub received_at: Timestamp,
    /// How it was read, as of [`Inbound::kind`].
    pub kind: String,
    /// `ignored` or `quarantined`.
    pub effect: String,
    /// Why.
    pub reason: String,
    /// The request that it is about.
    pub request: Option<RequestId>,
}

/// The mails that were put aside or ignored, the newest first.
pub async fn fruitless(
    conn: &mut AnyConnection,
    at_most: i64,
) -> Result<Vec<Fruitless>, StoreError> {
    sqlx::query(
        "SELECT fingerprint, received_at, kind, effect, reason, request_id FROM inbound
         WHERE effect IN ('ignored', 'quarantined')
         ORDER BY received_at DESC, fingerprint LIMIT $1",
    )
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = Reader {
            row,
            table: "inbound",
            key: "fingerprint",
        };
        Ok(Fruitless {
            fingerprint: read.text("fingerprint")?,
            received_at: read.time("received_at")?,
            kind: read.text("kind")?,
            effect: read.text("effect")?,
            reason: read.text("reason")?,
            request: read.maybe_parsed("request_id", from_str)?,
        })
    })
    .collect()
}

/// How many mails had which effect: `(effect, count)`.
pub async fn totals(conn: &mut AnyConnection) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT effect, COUNT(*) FROM inbound GROUP BY effect ORDER BY effect")
            .fetch_all(conn)
            .await?,
    )
}
