//! How much waits where, for whoever watches the daemon. Each count goes along an index and stops at
//! a number, so that looking costs the same however much there is.

use sqlx::{AnyConnection, Row};

use super::StoreError;
use crate::domain::timestamp::Timestamp;

/// How much waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depths {
    /// Requests that nobody has answered.
    pub requests_open: i64,
    /// Those of them that somebody was reminded of.
    pub requests_reminded: i64,
    /// Mails to be sent.
    pub messages_queued: Waiting,
    /// Mails that wait for a digest.
    pub messages_gathered: i64,
    /// Events to be told.
    pub webhooks_queued: Waiting,
    /// Endpoints that are called.
    pub endpoints_enabled: i64,
    /// Endpoints that are not called any more.
    pub endpoints_disabled: i64,
}

/// What waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: i64,
    /// Since when the first of them should have gone: what was never tried, since it is due.
    pub since: Option<Timestamp>,
}

/// Looks at all of it, counting at most so many of anything.
pub async fn look(conn: &mut AnyConnection, at_most: i64) -> Result<Depths, StoreError> {
    let requests = sqlx::query(
        "SELECT COUNT(*) AS of_all, COUNT(CASE WHEN reminders > 0 THEN 1 END) AS reminded
         FROM (SELECT reminders FROM access_request WHERE status = 'pending' LIMIT $1) AS counted",
    )
    .bind(at_most)
    .fetch_one(&mut *conn)
    .await?;
    let messages = sqlx::query(
        "SELECT COUNT(*) AS of_all, MIN(CASE WHEN attempts > 0 THEN created_at ELSE due_at END) AS since
         FROM (SELECT attempts, created_at, due_at FROM message WHERE status = 'queued'
               ORDER BY due_at LIMIT $1) AS counted",
    )
    .bind(at_most)
    .fetch_one(&mut *conn)
    .await?;
    let gathered: i64 = sqlx::query_scalar(
        "SELECT COUNT(*)
         FROM (SELECT due_at FROM message WHERE status = 'gathered' LIMIT $1) AS counted",
    )
    .bind(at_most)
    .fetch_one(&mut *conn)
    .await?;
    let webhooks = sqlx::query(
        "SELECT COUNT(*) AS of_all, MIN(CASE WHEN attempts > 0 THEN begun_at ELSE due_at END) AS since
         FROM (SELECT attempts, begun_at, due_at FROM webhook_delivery WHERE status = 'queued'
               ORDER BY due_at LIMIT $1) AS counted",
    )
    .bind(at_most)
    .fetch_one(&mut *conn)
    .await?;
    let endpoints = sqlx::query(
        "SELECT COUNT(*) - COUNT(disabled_at) AS enabled, COUNT(disabled_at) AS disabled
         FROM webhook_endpoint",
    )
    .fetch_one(&mut *conn)
    .await?;
    let waiting = |row: &sqlx::any::AnyRow| -> Result<Waiting, StoreError> {
        let since: Option<i64> = row.try_get("since")?;
        Ok(Waiting {
            count: row.try_get("of_all")?,
            since: since.map(Timestamp::from_micros),
        })
    };
    Ok(Depths {
        requests_open: requests.try_get("of_all")?,
        requests_reminded: requests.try_get("reminded")?,
        messages_queued: waiting(&messages)?,
        messages_gathered: gathered,
        webhooks_queued: waiting(&webhooks)?,
        endpoints_enabled: endpoints.try_get("enabled")?,
        endpoints_disabled: endpoints.try_get("disabled")?,
    })
}
