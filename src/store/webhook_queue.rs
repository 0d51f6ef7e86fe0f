//! Events on their way to endpoints: queued once each, leased, settled once.
//!
//! At most so many are under way to one endpoint, and one where the last attempt failed: a slow one
//! does not hold up the others. Those about one address on one account go one after the other.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    clients::key_holder,
    event_feed,
    rows::{Reader, changed, from_str},
    test_events,
    webhook_log::delivery,
};
use crate::domain::{
    announced::FeedEventId,
    people::KeyHolder,
    timestamp::Timestamp,
    webhook::{DeliveryId, DeliveryStatus, EndpointId, SentKind, WebhookDelivery},
};

/// Endpoints that are looked after at once.
const ENDPOINTS_AT_ONCE: i64 = 50;

/// Queues a delivery of each event that an endpoint does not have yet; how many it were, at most so
/// many for each endpoint. An endpoint that is not called keeps its place in the feed.
pub async fn fill(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<usize, StoreError> {
    let behind = sqlx::query(
        "SELECT e.id AS endpoint_id, e.position, c.id, c.name, c.mode, c.all_accounts_at,
             CASE c.mode WHEN 'test' THEN c.test_events ELSE h.position END AS head
         FROM feed_head h, webhook_endpoint e JOIN client c ON c.id = e.client_id
         WHERE h.id = 'head'
           AND e.position < CASE c.mode WHEN 'test' THEN c.test_events ELSE h.position END
           AND e.disabled_at IS NULL AND c.revoked_at IS NULL
           AND (c.expires_at IS NULL OR c.expires_at > $1)
         ORDER BY e.position, e.id LIMIT $2",
    )
    .bind(now.as_micros())
    .bind(ENDPOINTS_AT_ONCE)
    .fetch_all(&mut *conn)
    .await?;
    let mut queued = 0;
    for row in &behind {
        let endpoint: EndpointId = reader(row, "endpoint_id").parsed("endpoint_id", from_str)?;
        let (position, head) = (row.try_get("position")?, row.try_get("head")?);
        queued += fill_one(
            conn,
            endpoint,
            &key_holder(row)?,
            position..head,
            now,
            at_most,
        )
        .await?;
    }
    Ok(queued)
}

async fn fill_one(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    client: &KeyHolder,
    feed: std::ops::Range<i64>,
    now: Timestamp,
    at_most: i64,
) -> Result<usize, StoreError> {
    let events = match client {
        KeyHolder::Live(client) => event_feed::waiting(conn, client, &feed, at_most).await?,
        KeyHolder::Test(client) => test_events::waiting(conn, client, &feed, at_most).await?,
    };
    let is_full = usize::try_from(at_most).is_ok_and(|at_most| events.len() >= at_most);
    let reached = match events.last() {
        Some(last) if is_full => last.position,
        _ => feed.end,
    };
    let moved = sqlx::query(
        "UPDATE webhook_endpoint SET position = $1
         WHERE id = $2 AND position = $3 AND disabled_at IS NULL",
    )
    .bind(reached)
    .bind(endpoint.to_string())
    .bind(feed.start)
    .execute(&mut *conn)
    .await?;
    if !changed(&moved) {
        return Ok(0); // Another daemon was faster, or it is gone.
    }
    for waiting in &events {
        let delivery = NewDelivery {
            endpoint,
            event: waiting.event,
            kind: waiting.kind,
            topic: &waiting.topic,
            position: waiting.position,
        };
        insert(conn, &delivery, now).await?;
    }
    Ok(events.len())
}

/// A delivery that is not queued yet.
pub struct NewDelivery<'a> {
    /// To where.
    pub endpoint: EndpointId,
    /// The event.
    pub event: FeedEventId,
    /// What is sent.
    pub kind: SentKind,
    /// What it is about: those about one go one after the other.
    pub topic: &'a str,
    /// Its place among these.
    pub position: i64,
}

/// Queues a delivery, due at once.
pub async fn insert(
    conn: &mut AnyConnection,
    new: &NewDelivery<'_>,
    now: Timestamp,
) -> Result<DeliveryId, StoreError> {
    let id = DeliveryId::new();
    sqlx::query(
        "INSERT INTO webhook_delivery
             (id, endpoint_id, event_id, kind, topic, position, status, due_at, begun_at, attempts,
              lease_epoch, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $7, 0, 0, $7)",
    )
    .bind(id.to_string())
    .bind(new.endpoint.to_string())
    .bind(new.event.to_string())
    .bind(new.kind.as_str())
    .bind(new.topic)
    .bind(new.position)
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(id)
}

/// A delivery somebody holds until the lease ends, with the epoch that lets it settle.
#[derive(Clone, Debug)]
pub struct LeasedDelivery {
    /// What to send. `attempts` counts this one too.
    pub delivery: WebhookDelivery,
    /// Since when it is tried.
    pub begun_at: Timestamp,
    /// Names this lease.
    pub epoch: i64,
    /// The URL to call.
    pub url: String,
    /// Whose endpoint it is.
    pub client: KeyHolder,
    /// How many attempts in a row failed there before this one.
    pub failures: i64,
}

/// What waits for an endpoint is tried from now on as if it were new.
pub async fn begin_anew(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_delivery SET begun_at = $1, due_at = $1, attempts = 0
         WHERE endpoint_id = $2 AND status = 'queued' AND (lease_until IS NULL OR lease_until <= $1)",
    )
    .bind(now.as_micros())
    .bind(endpoint.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// How much is under way to one endpoint at once.
const PER_ENDPOINT: i64 = 4;

/// How much is under way to all endpoints of one client, but for the first call to each: so many slow
/// ones leave room for the others.
const PER_CLIENT: i64 = 12;

/// Takes deliveries that are due and whose turn it is, counting the attempt: first of those to whose
/// client the least is under way.
pub async fn lease(
    conn: &mut AnyConnection,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
    at_most: i64,
) -> Result<Vec<LeasedDelivery>, StoreError> {
    let due = sqlx::query(
        "WITH under_way AS (
             SELECT l.endpoint_id, o.client_id, COUNT(*) AS calls
             FROM webhook_delivery l JOIN webhook_endpoint o ON o.id = l.endpoint_id
             WHERE l.status = 'queued' AND l.lease_until > $1
             GROUP BY l.endpoint_id, o.client_id
         ), due AS (
             SELECT d.id AS delivery_id, d.due_at, e.url, e.failures, c.id, c.name, c.mode,
                 c.all_accounts_at,
                 ROW_NUMBER() OVER (PARTITION BY d.endpoint_id ORDER BY d.due_at, d.position)
                     + COALESCE((SELECT calls FROM under_way u WHERE u.endpoint_id = e.id), 0)
                     AS place,
                 COALESCE((SELECT CAST(SUM(calls) AS BIGINT) FROM under_way u
                           WHERE u.client_id = c.id), 0) AS to_client
             FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
             JOIN client c ON c.id = e.client_id
             WHERE d.status = 'queued' AND d.due_at <= $1
               AND (d.lease_until IS NULL OR d.lease_until <= $1)
               AND e.disabled_at IS NULL AND e.rests_until <= $1
               AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > $1)
               AND NOT EXISTS (SELECT 1 FROM webhook_delivery b
                               WHERE b.endpoint_id = d.endpoint_id AND b.topic = d.topic
                                 AND b.status = 'queued' AND b.position < d.position)
         ), its_turn AS (
             SELECT due.*, to_client + ROW_NUMBER() OVER (PARTITION BY id ORDER BY place, due_at)
                 AS client_place
             FROM due WHERE place <= CASE WHEN failures > 0 THEN 1 ELSE $2 END
         )
         SELECT delivery_id, url, failures, id, name, mode, all_accounts_at FROM its_turn
         WHERE client_place <= $3 OR place = 1
         ORDER BY client_place, due_at LIMIT $4",
    )
    .bind(now.as_micros())
    .bind(PER_ENDPOINT)
    .bind(PER_CLIENT)
    .bind(at_most)
    .fetch_all(&mut *conn)
    .await?;
    let mut leased = Vec::with_capacity(due.len());
    for row in &due {
        let taken = sqlx::query(
            "UPDATE webhook_delivery
             SET lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1,
                 attempts = attempts + 1
             WHERE id = $3 AND status = 'queued' AND due_at <= $4
               AND (lease_until IS NULL OR lease_until <= $4)
             RETURNING id, endpoint_id, event_id, kind, status, attempts, created_at, due_at,
                 settled_at, http_status, reason, begun_at, lease_epoch",
        )
        .bind(owner)
        .bind(until.as_micros())
        .bind(row.try_get::<String, _>("delivery_id")?)
        .bind(now.as_micros())
        .fetch_optional(&mut *conn)
        .await?;
        let Some(taken) = taken else {
            continue; // Somebody was faster.
        };
        let read = reader(&taken, "id");
        leased.push(LeasedDelivery {
            delivery: delivery(&taken)?,
            begun_at: read.time("begun_at")?,
            epoch: read.number("lease_epoch")?,
            url: row.try_get("url")?,
            client: key_holder(row)?,
            failures: row.try_get("failures")?,
        });
    }
    Ok(leased)
}

/// Holds a lease longer; `false` where it is somebody else's by now, or the delivery is gone.
pub async fn renew(
    conn: &mut AnyConnection,
    leased: &LeasedDelivery,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_delivery SET lease_until = $1
         WHERE id = $2 AND lease_epoch = $3 AND status = 'queued'",
    )
    .bind(until.as_micros())
    .bind(leased.delivery.id.to_string())
    .bind(leased.epoch)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// What became of a leased delivery.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Where it stands now.
    pub status: DeliveryStatus,
    /// The next attempt, where it is queued again.
    pub due_at: Option<Timestamp>,
    /// What the endpoint answered.
    pub http_status: Option<u16>,
    /// What went wrong.
    pub reason: Option<String>,
}

/// Settles a delivery; `false` where the lease is somebody else's by now, and nothing is changed.
pub async fn settle(
    conn: &mut AnyConnection,
    leased: &LeasedDelivery,
    settled: &Settled,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_over = settled.status != DeliveryStatus::Queued;
    let result = sqlx::query(
        "UPDATE webhook_delivery
         SET status = $1, due_at = COALESCE($2, due_at), http_status = $3, reason = $4,
             settled_at = $5, lease_owner = NULL, lease_until = NULL
         WHERE id = $6 AND lease_epoch = $7 AND status = 'queued'",
    )
    .bind(settled.status.as_str())
    .bind(settled.due_at.map(Timestamp::as_micros))
    .bind(settled.http_status.map(i64::from))
    .bind(settled.reason.as_deref())
    .bind(is_over.then_some(now.as_micros()))
    .bind(leased.delivery.id.to_string())
    .bind(leased.epoch)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes leases back: of one owner who has stopped, or all of them, for the one daemon of a SQLite
/// file, when it starts. Their attempts count: the calls were begun.
pub async fn give_back_leases(
    conn: &mut AnyConnection,
    owner: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_delivery SET lease_owner = NULL, lease_until = NULL
         WHERE status = 'queued' AND lease_until IS NOT NULL AND ($1 = '' OR lease_owner = $1)",
    )
    .bind(owner.unwrap_or_default())
    .execute(conn)
    .await?;
    Ok(())
}

fn reader<'r>(row: &'r AnyRow, key: &'static str) -> Reader<'r> {
    Reader {
        row,
        table: "webhook_delivery",
        key,
    }
}
