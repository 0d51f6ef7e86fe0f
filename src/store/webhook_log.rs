//! What became of the events that endpoints were told, as shipping systems and the operator see it.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    announced::FeedEventId,
    timestamp::Timestamp,
    webhook::{DeliveryId, DeliveryStatus, EndpointId, SentKind, WebhookDelivery},
};

/// Deliveries to an endpoint behind one of them, the newest first, at most so many.
pub async fn page(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    after: Option<(Timestamp, DeliveryId)>,
    at_most: i64,
) -> Result<Vec<WebhookDelivery>, StoreError> {
    let (before, id) = match after {
        Some((created_at, id)) => (created_at.as_micros(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    sqlx::query(
        "SELECT id, endpoint_id, event_id, kind, status, attempts, created_at, due_at, settled_at,
             http_status, reason
         FROM webhook_delivery WHERE endpoint_id = $1 AND (created_at, id) < ($2, $3)
         ORDER BY created_at DESC, id DESC LIMIT $4",
    )
    .bind(endpoint.to_string())
    .bind(before)
    .bind(id)
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(delivery)
    .collect()
}

/// Sends one event to an endpoint once more, whatever became of it, unless it waits anyway; how many
/// deliveries that set going.
pub async fn replay_event(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    event: FeedEventId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_delivery
         SET status = 'queued', due_at = $1, begun_at = $1, attempts = 0, settled_at = NULL
         WHERE endpoint_id = $2 AND event_id = $3 AND status <> 'queued'",
    )
    .bind(now.as_micros())
    .bind(endpoint.to_string())
    .bind(event.to_string())
    .execute(conn)
    .await?;
    Ok(result.rows_affected())
}

/// Sends again what was given up since then; how many deliveries that set going.
pub async fn replay_failed(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    since: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_delivery
         SET status = 'queued', due_at = $1, begun_at = $1, attempts = 0, settled_at = NULL
         WHERE endpoint_id = $2 AND created_at >= $3 AND status = 'failed'",
    )
    .bind(now.as_micros())
    .bind(endpoint.to_string())
    .bind(since.as_micros())
    .execute(conn)
    .await?;
    Ok(result.rows_affected())
}

/// Whether an endpoint has a delivery of this event.
pub async fn has_event(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    event: FeedEventId,
) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT 1 FROM webhook_delivery WHERE endpoint_id = $1 AND event_id = $2")
            .bind(endpoint.to_string())
            .bind(event.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

/// One line of `queue list --queue webhooks`.
pub struct WaitingDelivery {
    /// What and where to.
    pub delivery: WebhookDelivery,
    /// The URL.
    pub url: String,
    /// The name of the shipping system.
    pub client: String,
    /// Somebody is sending it right now.
    pub active: bool,
    /// The endpoint is not called.
    pub is_disabled: bool,
}

/// What waits or was given up, the oldest first.
pub async fn waiting(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<WaitingDelivery>, StoreError> {
    sqlx::query(
        "SELECT d.id, d.endpoint_id, d.event_id, d.kind, d.status, d.attempts, d.created_at, d.due_at,
             d.settled_at, d.http_status, d.reason, d.lease_until, e.url, e.disabled_at,
             c.name AS client_name
         FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
         JOIN client c ON c.id = e.client_id
         WHERE d.status IN ('queued', 'failed') ORDER BY d.created_at, d.position LIMIT $1",
    )
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row);
        Ok(WaitingDelivery {
            delivery: delivery(row)?,
            url: read.text("url")?,
            client: row.try_get("client_name")?,
            active: read
                .maybe_time("lease_until")?
                .is_some_and(|until| now < until),
            is_disabled: read.maybe_time("disabled_at")?.is_some(),
        })
    })
    .collect()
}

/// How many deliveries stand where: `(status, count)`.
pub async fn totals(conn: &mut AnyConnection) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT status, COUNT(*) FROM webhook_delivery GROUP BY status ORDER BY status",
    )
    .fetch_all(conn)
    .await?)
}

/// Sets a delivery going at once that waits or was given up; `false` where there is none.
pub async fn retry(
    conn: &mut AnyConnection,
    id: DeliveryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_delivery
         SET status = 'queued', settled_at = NULL, due_at = $1, begun_at = $1,
             attempts = CASE WHEN status = 'failed' THEN 0 ELSE attempts END
         WHERE id = $2 AND status IN ('queued', 'failed')",
    )
    .bind(now.as_micros())
    .bind(id.to_string())
    .execute(&mut *conn)
    .await?;
    // The operator knows that the endpoint is up again.
    sqlx::query(
        "UPDATE webhook_endpoint SET rests_until = 0
         WHERE rests_until > 0 AND id IN (SELECT endpoint_id FROM webhook_delivery WHERE id = $1)",
    )
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Forgets what came to its end before then, and what has waited that long for an endpoint that is
/// not called.
pub async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM webhook_delivery WHERE COALESCE(settled_at, due_at) < $1")
        .bind(before.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}

fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "webhook_delivery",
        key: "id",
    }
}

pub(super) fn delivery(row: &AnyRow) -> Result<WebhookDelivery, StoreError> {
    let read = reader(row);
    Ok(WebhookDelivery {
        id: read.parsed("id", from_str)?,
        endpoint: read.parsed("endpoint_id", from_str)?,
        event: read.parsed("event_id", from_str)?,
        kind: read.parsed("kind", SentKind::parse)?,
        status: read.parsed("status", DeliveryStatus::parse)?,
        attempts: read.number("attempts")?,
        created_at: read.time("created_at")?,
        due_at: read.time("due_at")?,
        settled_at: read.maybe_time("settled_at")?,
        http_status: row.try_get("http_status")?,
        reason: read.maybe_text("reason")?,
    })
}
