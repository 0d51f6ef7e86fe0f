//! The event feed of a test key: what became of what it asked for. Each client has its own, so its
//! events get their position at once, one transaction of that client after the other.

use std::ops::Range;

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    event_feed::Waiting,
    rows::{Reader, from_str, micros},
    test_requests::test_request,
};
use crate::domain::{
    announced::{Announced, FeedEventId},
    people::TestClient,
    test_request::TestRequest,
    timestamp::Timestamp,
    webhook::SentKind,
};

/// An event of a test key's feed.
#[derive(Clone, Debug)]
pub struct TestEvent {
    /// Which.
    pub id: FeedEventId,
    /// Its place in the feed of its client.
    pub position: i64,
    /// What happened.
    pub kind: Announced,
    /// When.
    pub at: Timestamp,
    /// The request as it stood then.
    pub request: TestRequest,
}

/// Announces a change of a request. The client's row is held until the transaction ends, so that
/// events become visible in the order of their positions; a client that is no test one has none.
pub async fn append(
    conn: &mut AnyConnection,
    client: &TestClient,
    kind: Announced,
    request: &TestRequest,
) -> Result<(), StoreError> {
    let position: Option<i64> = sqlx::query_scalar(
        "UPDATE client SET test_events = test_events + 1
         WHERE id = $1 AND mode = 'test' RETURNING test_events",
    )
    .bind(client.id.to_string())
    .fetch_optional(&mut *conn)
    .await?;
    let position = position.ok_or_else(|| StoreError::Corrupt {
        table: "client",
        id: client.id.to_string(),
        what: "mode",
    })?;
    sqlx::query(
        "INSERT INTO test_event
             (client_id, position, id, kind, at, request_id, status, closed_at, repeats)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(client.id.to_string())
    .bind(position)
    .bind(FeedEventId::new().to_string())
    .bind(kind.as_str())
    .bind(request.updated_at.as_micros())
    .bind(request.id.to_string())
    .bind(request.state.status().as_str())
    .bind(micros(request.state.closed_at()))
    .bind(request.repeats)
    .execute(conn)
    .await?;
    Ok(())
}

/// The last position of a client's feed.
pub async fn last_position(
    conn: &mut AnyConnection,
    client: &TestClient,
) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT test_events FROM client WHERE id = $1 AND mode = 'test'")
            .bind(client.id.to_string())
            .fetch_one(conn)
            .await?,
    )
}

/// The last position of those that are forgotten; 0 where none is.
pub async fn forgotten(conn: &mut AnyConnection, client: &TestClient) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT COALESCE((SELECT MIN(e.position) - 1 FROM test_event e WHERE e.client_id = c.id),
             c.test_events)
         FROM client c WHERE c.id = $1",
    )
    .bind(client.id.to_string())
    .fetch_one(conn)
    .await?)
}

/// What is read of an event of a client (`$1`).
macro_rules! events_of_client {
    ($($rest:literal)+) => {
        concat!(
            "SELECT e.id AS event_id, e.position, e.kind, e.at, e.status, e.closed_at, e.repeats,
                 e.at AS updated_at, r.id, r.number, r.account_number, r.email, r.reference,
                 r.created_at, r.expires_at
             FROM test_event e JOIN test_request r ON r.id = e.request_id
             WHERE e.client_id = $1 ",
            $($rest),+
        )
    };
}

/// The events of a client behind a position, the oldest first.
pub async fn page(
    conn: &mut AnyConnection,
    client: &TestClient,
    behind: i64,
    at_most: i64,
) -> Result<Vec<TestEvent>, StoreError> {
    sqlx::query(events_of_client!(
        "AND e.position > $2 ORDER BY e.position LIMIT $3"
    ))
    .bind(client.id.to_string())
    .bind(behind)
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(test_event)
    .collect()
}

/// One event of a client.
pub async fn find(
    conn: &mut AnyConnection,
    client: &TestClient,
    id: FeedEventId,
) -> Result<Option<TestEvent>, StoreError> {
    sqlx::query(events_of_client!("AND e.id = $2"))
        .bind(client.id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| test_event(&row))
        .transpose()
}

/// What an endpoint of a client does not have yet of this part of its feed.
pub(super) async fn waiting(
    conn: &mut AnyConnection,
    client: &TestClient,
    feed: &Range<i64>,
    at_most: i64,
) -> Result<Vec<Waiting>, StoreError> {
    sqlx::query(
        "SELECT id, position, kind, request_id FROM test_event
         WHERE client_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4",
    )
    .bind(client.id.to_string())
    .bind(feed.start)
    .bind(feed.end)
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row, "id");
        Ok(Waiting {
            event: read.parsed("id", from_str)?,
            position: read.number("position")?,
            kind: read.parsed("kind", SentKind::parse)?,
            topic: read.text("request_id")?,
        })
    })
    .collect()
}

/// Forgets what happened before then.
pub async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM test_event WHERE at < $1")
        .bind(before.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}

fn reader<'r>(row: &'r AnyRow, key: &'static str) -> Reader<'r> {
    Reader {
        row,
        table: "test_event",
        key,
    }
}

fn test_event(row: &AnyRow) -> Result<TestEvent, StoreError> {
    let read = reader(row, "event_id");
    Ok(TestEvent {
        id: read.parsed("event_id", from_str)?,
        position: read.number("position")?,
        kind: read.parsed("kind", Announced::parse)?,
        at: read.time("at")?,
        request: test_request(row)?,
    })
}
