//! What test keys asked for. Every statement names the client whose they are, but for those of the
//! sweeper and the operator; none knows a table of live requests, and none of theirs knows these.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    request_lists::Page,
    rows::{Reader, changed, from_str, ids, micros},
};
use crate::domain::{
    account_number::AccountNumber,
    email_address::EmailAddress,
    people::TestClient,
    request::{RequestId, Status},
    test_request::{Fate, Outcome, TestRequest, TestState},
    timestamp::Timestamp,
};

/// All columns.
macro_rules! select {
    ($($rest:literal)+) => {
        concat!(
            "SELECT r.id, r.number, r.account_number, r.email, r.reference, r.status, r.closed_at,
                 r.repeats, r.created_at, r.updated_at, r.expires_at ",
            $($rest),+
        )
    };
}

/// Whether an account number is in the scope of a test key. One without a scope takes every number:
/// which accounts there are is none of its business.
pub async fn may_use(
    conn: &mut AnyConnection,
    client: &TestClient,
    account: &AccountNumber,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM client c WHERE c.id = $1 AND c.mode = 'test'
           AND (c.all_accounts_at IS NOT NULL OR EXISTS (
                   SELECT 1 FROM client_account a
                   WHERE a.client_id = c.id AND a.account_number = $2))",
    )
    .bind(client.id.to_string())
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Adds an open request.
pub async fn insert(
    conn: &mut AnyConnection,
    client: &TestClient,
    request: &TestRequest,
    fate: &Fate,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO test_request
             (id, client_id, number, account_number, email, email_key, reference, status, due_at,
              due_as, repeats, created_at, updated_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $13)",
    )
    .bind(request.id.to_string())
    .bind(client.id.to_string())
    .bind(request.number.as_str())
    .bind(request.account.as_str())
    .bind(request.email.as_typed())
    .bind(request.email.key())
    .bind(request.reference.as_deref())
    .bind(fate.at.as_micros())
    .bind(fate.outcome.as_str())
    .bind(request.repeats)
    .bind(request.created_at.as_micros())
    .bind(request.updated_at.as_micros())
    .bind(request.expires_at.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// One request of a client.
pub async fn find(
    conn: &mut AnyConnection,
    client: &TestClient,
    id: RequestId,
) -> Result<Option<TestRequest>, StoreError> {
    sqlx::query(select!(
        "FROM test_request r WHERE r.client_id = $1 AND r.id = $2"
    ))
    .bind(client.id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| test_request(&row))
    .transpose()
}

/// The open request of a client for this account and address.
pub async fn open_one(
    conn: &mut AnyConnection,
    client: &TestClient,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<Option<TestRequest>, StoreError> {
    sqlx::query(select!(
        "FROM test_request r WHERE r.client_id = $1 AND r.account_number = $2
             AND r.email_key = $3 AND r.status = 'pending'"
    ))
    .bind(client.id.to_string())
    .bind(account.as_str())
    .bind(email.key())
    .fetch_optional(conn)
    .await?
    .map(|row| test_request(&row))
    .transpose()
}

/// One page of a client's requests, the newest first.
pub async fn page(
    conn: &mut AnyConnection,
    client: &TestClient,
    page: &Page<'_>,
) -> Result<Vec<TestRequest>, StoreError> {
    let (before, id) = page.before();
    sqlx::query(select!(
        "FROM test_request r WHERE r.client_id = $1 AND ($2 = '' OR r.account_number = $2)
             AND ($3 = '' OR r.status = $3) AND (r.created_at, r.id) < ($4, $5)
         ORDER BY r.created_at DESC, r.id DESC LIMIT $6"
    ))
    .bind(client.id.to_string())
    .bind(page.account.map_or("", AccountNumber::as_str))
    .bind(page.status.map_or("", Status::as_str))
    .bind(before)
    .bind(id)
    .bind(page.limit)
    .fetch_all(conn)
    .await?
    .iter()
    .map(test_request)
    .collect()
}

/// Counts that an open request was asked again; `false` where it is open no more.
pub async fn count_repeat(
    conn: &mut AnyConnection,
    client: &TestClient,
    id: RequestId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE test_request SET repeats = repeats + 1, updated_at = $1
         WHERE client_id = $2 AND id = $3 AND status = 'pending'",
    )
    .bind(now.as_micros())
    .bind(client.id.to_string())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Writes what became of an open request; `false` where it is open no more.
pub async fn close(
    conn: &mut AnyConnection,
    client: &TestClient,
    request: &TestRequest,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE test_request SET status = $1, closed_at = $2, updated_at = $3
         WHERE client_id = $4 AND id = $5 AND status = 'pending'",
    )
    .bind(request.state.status().as_str())
    .bind(micros(request.state.closed_at()))
    .bind(request.updated_at.as_micros())
    .bind(client.id.to_string())
    .bind(request.id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// For the sweeper: open requests that something becomes of by now, whose they are, and what.
pub async fn due(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<(TestClient, TestRequest, Outcome)>, StoreError> {
    sqlx::query(select!(
        ", r.due_as, r.client_id, c.name AS client_name
         FROM test_request r JOIN client c ON c.id = r.client_id
         WHERE r.status = 'pending' AND r.due_at <= $1 ORDER BY r.due_at LIMIT $2"
    ))
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let client = TestClient {
            id: reader(row).parsed("client_id", from_str)?,
            name: row.try_get("client_name")?,
        };
        let outcome = reader(row).parsed("due_as", Outcome::parse)?;
        Ok((client, test_request(row)?, outcome))
    })
    .collect()
}

/// For the operator: the newest requests of all test keys, each with the name of its client.
pub async fn newest(
    conn: &mut AnyConnection,
    status: Option<Status>,
    account: Option<&AccountNumber>,
    at_most: i64,
) -> Result<Vec<(String, TestRequest)>, StoreError> {
    sqlx::query(select!(
        ", c.name AS client_name
         FROM test_request r JOIN client c ON c.id = r.client_id
         WHERE ($1 = '' OR r.status = $1) AND ($2 = '' OR r.account_number = $2)
         ORDER BY r.created_at DESC, r.id DESC LIMIT $3"
    ))
    .bind(status.map_or("", Status::as_str))
    .bind(account.map_or("", AccountNumber::as_str))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| Ok((row.try_get("client_name")?, test_request(row)?)))
    .collect()
}

/// The requests that were changed at that time or later.
pub async fn changed_since(
    conn: &mut AnyConnection,
    since: Timestamp,
) -> Result<Vec<RequestId>, StoreError> {
    let found = sqlx::query("SELECT id FROM test_request WHERE updated_at >= $1")
        .bind(since.as_micros())
        .fetch_all(conn)
        .await?;
    ids(&found, "test_request")
}

/// Forgets what was closed before then, once its events are forgotten.
pub async fn prune(conn: &mut AnyConnection, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM test_request WHERE status <> 'pending' AND updated_at < $1
           AND NOT EXISTS (SELECT 1 FROM test_event e WHERE e.request_id = test_request.id)",
    )
    .bind(before.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "test_request",
        key: "id",
    }
}

pub(super) fn test_request(row: &AnyRow) -> Result<TestRequest, StoreError> {
    let read = reader(row);
    let status = read.parsed("status", Status::parse)?;
    Ok(TestRequest {
        id: read.parsed("id", from_str)?,
        number: read.parsed("number", from_str)?,
        account: read.account("account_number")?,
        email: read.email("email")?,
        reference: read.maybe_text("reference")?,
        state: match (
            Outcome::parse(status.as_str()),
            read.maybe_time("closed_at")?,
        ) {
            (None, None) => TestState::Pending,
            (Some(outcome), Some(at)) => TestState::Closed { outcome, at },
            (None, Some(_)) | (Some(_), None) => return Err(read.corrupt("status, closed_at")),
        },
        repeats: read.number("repeats")?,
        created_at: read.time("created_at")?,
        updated_at: read.time("updated_at")?,
        expires_at: read.time("expires_at")?,
    })
}
