//! What somebody was told lately, or will be soon: so that nobody is told too much.

use sqlx::AnyConnection;

use super::{StoreError, message_rows::AboutColumns};
use crate::domain::{
    message::{About, MessageKind},
    people::{AdministratorId, PersonId},
    timestamp::Timestamp,
};

/// Whether somebody will get such a mail later than at a moment, which nobody has begun to send.
pub async fn is_due_later(
    conn: &mut AnyConnection,
    kind: MessageKind,
    about: &About,
    recipient: PersonId,
    than: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM message WHERE about = $1 AND kind = $2 AND recipient_id = $3
           AND status = 'queued' AND attempts = 0 AND due_at >= $4",
    )
    .bind(AboutColumns::of(about).name)
    .bind(kind.as_str())
    .bind(recipient.to_string())
    .bind(than.as_micros())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// How many such mails to somebody were queued since.
pub async fn queued_since(
    conn: &mut AnyConnection,
    kind: MessageKind,
    about: &About,
    recipient: PersonId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM message
         WHERE about = $1 AND kind = $2 AND recipient_id = $3 AND created_at > $4",
    )
    .bind(AboutColumns::of(about).name)
    .bind(kind.as_str())
    .bind(recipient.to_string())
    .bind(since.as_micros())
    .fetch_one(conn)
    .await?)
}

/// How many answers to replies an administrator was sent about the same since then.
pub async fn answers_since(
    conn: &mut AnyConnection,
    about: &About,
    administrator: AdministratorId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM message
         WHERE about = $1 AND administrator_id = $2 AND created_at >= $3
           AND answers IS NOT NULL",
    )
    .bind(AboutColumns::of(about).name)
    .bind(administrator.to_string())
    .bind(since.as_micros())
    .fetch_one(conn)
    .await?)
}
