//! The endpoints of shipping systems.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    people::ClientId,
    timestamp::Timestamp,
    webhook::{Disabled, DisabledBecause, Endpoint, EndpointId},
};

/// The secrets of an endpoint, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecrets {
    /// The one that signs.
    pub current: String,
    /// The one before, which may sign too.
    pub former: Option<String>,
}

/// Adds an endpoint. It hears of what stands in the feed of its client from now on.
pub async fn insert(
    conn: &mut AnyConnection,
    endpoint: &Endpoint,
    sealed_secret: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhook_endpoint
             (id, client_id, url, secret, position, created_at, failures, rests_until)
         SELECT CAST($1 AS TEXT), c.id, CAST($3 AS TEXT), CAST($4 AS TEXT),
             CASE c.mode WHEN 'test' THEN c.test_events ELSE h.position END,
             CAST($5 AS BIGINT), 0, 0
         FROM feed_head h JOIN client c ON c.id = $2 WHERE h.id = 'head'",
    )
    .bind(endpoint.id.to_string())
    .bind(endpoint.client.to_string())
    .bind(&endpoint.url)
    .bind(sealed_secret)
    .bind(endpoint.created_at.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// What is read of an endpoint.
macro_rules! endpoints {
    ($behind:literal) => {
        concat!(
            "SELECT id, client_id, url, created_at, failures, failing_since, former_until, disabled_at,
                 disabled_because
             FROM webhook_endpoint ",
            $behind
        )
    };
}

/// One endpoint.
pub async fn find(
    conn: &mut AnyConnection,
    id: EndpointId,
) -> Result<Option<Endpoint>, StoreError> {
    sqlx::query(endpoints!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| endpoint(&row))
        .transpose()
}

/// The endpoints of a client, the oldest first.
pub async fn of_client(
    conn: &mut AnyConnection,
    client: ClientId,
) -> Result<Vec<Endpoint>, StoreError> {
    sqlx::query(endpoints!("WHERE client_id = $1 ORDER BY created_at, id"))
        .bind(client.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(endpoint)
        .collect()
}

/// All endpoints, each with the name of its client, by that name.
pub async fn all(conn: &mut AnyConnection) -> Result<Vec<(String, Endpoint)>, StoreError> {
    sqlx::query(
        "SELECT e.id, e.client_id, e.url, e.created_at, e.failures, e.failing_since, e.former_until,
             e.disabled_at, e.disabled_because, c.name AS client_name
         FROM webhook_endpoint e JOIN client c ON c.id = e.client_id
         ORDER BY c.name, e.created_at, e.id",
    )
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| Ok((row.try_get("client_name")?, endpoint(row)?)))
    .collect()
}

/// The sealed secrets; the former one only while it still signs.
pub async fn secrets(
    conn: &mut AnyConnection,
    id: EndpointId,
    now: Timestamp,
) -> Result<Option<SealedSecrets>, StoreError> {
    let row = sqlx::query(
        "SELECT id, secret, CASE WHEN former_until > $2 THEN former_secret END AS former_secret
         FROM webhook_endpoint WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| sealed(&row)).transpose()
}

/// Puts another secret in the place of this one, which signs beside it until then. `false` where it
/// is not this one any more.
pub async fn rotate(
    conn: &mut AnyConnection,
    id: EndpointId,
    old: &str,
    new: &str,
    former_until: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_endpoint SET former_secret = secret, former_until = $1, secret = $2
         WHERE id = $3 AND secret = $4",
    )
    .bind(former_until.as_micros())
    .bind(new)
    .bind(id.to_string())
    .bind(old)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The endpoints with a secret that is not sealed by this key, some at a time.
pub async fn sealed_otherwise(
    conn: &mut AnyConnection,
    key_id: &str,
    at_most: i64,
) -> Result<Vec<(EndpointId, SealedSecrets)>, StoreError> {
    sqlx::query(
        "SELECT id, secret, former_secret FROM webhook_endpoint
         WHERE secret NOT LIKE $1 OR former_secret NOT LIKE $1 ORDER BY id LIMIT $2",
    )
    .bind(format!("{key_id}.%"))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| Ok((reader(row).parsed("id", from_str)?, sealed(row)?)))
    .collect()
}

/// Puts the same secrets, sealed anew, in place of the old ones; nothing where they changed meanwhile.
pub async fn reseal(
    conn: &mut AnyConnection,
    id: EndpointId,
    old: &SealedSecrets,
    new: &SealedSecrets,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_endpoint SET secret = $1, former_secret = $2
         WHERE id = $3 AND secret = $4 AND COALESCE(former_secret, '') = $5",
    )
    .bind(&new.current)
    .bind(new.former.as_deref())
    .bind(id.to_string())
    .bind(&old.current)
    .bind(old.former.as_deref().unwrap_or_default())
    .execute(conn)
    .await?;
    Ok(())
}

/// It took something: whatever failed before is over. Should it rest, then because of what was asked for
/// meanwhile, and it goes on doing so.
pub async fn succeeded(conn: &mut AnyConnection, id: EndpointId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_endpoint SET failures = 0, failing_since = NULL
         WHERE id = $1 AND failures > 0",
    )
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// An attempt failed: it is left alone until then. As it stands now, where it is there.
pub async fn failed(
    conn: &mut AnyConnection,
    id: EndpointId,
    rests_until: Timestamp,
    now: Timestamp,
) -> Result<Option<Endpoint>, StoreError> {
    sqlx::query(
        "UPDATE webhook_endpoint
         SET failures = failures + 1, failing_since = COALESCE(failing_since, $1), rests_until = $2
         WHERE id = $3
         RETURNING id, client_id, url, created_at, failures, failing_since, former_until, disabled_at,
             disabled_because",
    )
    .bind(now.as_micros())
    .bind(rests_until.as_micros())
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| endpoint(&row))
    .transpose()
}

/// Calls it no more; `false` where that was so already.
pub async fn disable(
    conn: &mut AnyConnection,
    id: EndpointId,
    because: DisabledBecause,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_endpoint SET disabled_at = $1, disabled_because = $2
         WHERE id = $3 AND disabled_at IS NULL",
    )
    .bind(now.as_micros())
    .bind(because.as_str())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Calls it again, as if nothing had failed; `false` where it is not disabled.
pub async fn enable(conn: &mut AnyConnection, id: EndpointId) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE webhook_endpoint
         SET disabled_at = NULL, disabled_because = NULL, failures = 0, failing_since = NULL,
             rests_until = 0
         WHERE id = $1 AND disabled_at IS NOT NULL",
    )
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes it away, with its deliveries.
pub async fn remove(conn: &mut AnyConnection, id: EndpointId) -> Result<bool, StoreError> {
    // Whoever is about to queue something for it waits for this row, and then finds none.
    sqlx::query("UPDATE webhook_endpoint SET position = position WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM webhook_delivery WHERE endpoint_id = $1")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    let result = sqlx::query("DELETE FROM webhook_endpoint WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(changed(&result))
}

fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "webhook_endpoint",
        key: "id",
    }
}

fn sealed(row: &AnyRow) -> Result<SealedSecrets, StoreError> {
    let read = reader(row);
    Ok(SealedSecrets {
        current: read.text("secret")?,
        former: read.maybe_text("former_secret")?,
    })
}

fn endpoint(row: &AnyRow) -> Result<Endpoint, StoreError> {
    let read = reader(row);
    let because = read.maybe_parsed("disabled_because", DisabledBecause::parse)?;
    Ok(Endpoint {
        id: read.parsed("id", from_str)?,
        client: read.parsed("client_id", from_str)?,
        url: read.text("url")?,
        created_at: read.time("created_at")?,
        failures: read.number("failures")?,
        failing_since: read.maybe_time("failing_since")?,
        former_until: read.maybe_time("former_until")?,
        disabled: read
            .maybe_time("disabled_at")?
            .zip(because)
            .map(|(at, because)| Disabled { at, because }),
    })
}
