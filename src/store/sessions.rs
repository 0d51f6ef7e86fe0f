//! Live sign-ins to the portal.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, from_str},
};
use crate::domain::{
    people::{AdministratorId, SessionId},
    timestamp::Timestamp,
};

/// A session.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Who signed in.
    pub administrator: AdministratorId,
    /// When.
    pub created_at: Timestamp,
    /// When a page was last asked for, to the minute.
    pub seen_at: Timestamp,
}

/// Begins a session.
pub async fn insert(
    conn: &mut AnyConnection,
    id: &SessionId,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO session (id, administrator_id, created_at, seen_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(&id.0)
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// A session that was not ended; whether it is still young enough is the caller's to say.
pub async fn find(conn: &mut AnyConnection, id: &SessionId) -> Result<Option<Session>, StoreError> {
    sqlx::query("SELECT administrator_id, created_at, seen_at FROM session WHERE id = $1")
        .bind(&id.0)
        .fetch_optional(conn)
        .await?
        .map(|row| session(&row))
        .transpose()
}

/// The same in a transaction that decides by it: whoever ends the session meanwhile waits.
pub async fn find_now(
    conn: &mut AnyConnection,
    id: &SessionId,
) -> Result<Option<Session>, StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    sqlx::query(
        "UPDATE session SET seen_at = seen_at WHERE id = $1
         RETURNING administrator_id, created_at, seen_at",
    )
    .bind(&id.0)
    .fetch_optional(conn)
    .await?
    .map(|row| session(&row))
    .transpose()
}

fn session(row: &AnyRow) -> Result<Session, StoreError> {
    let read = Reader {
        row,
        table: "session",
        key: "administrator_id",
    };
    Ok(Session {
        administrator: read.parsed("administrator_id", from_str)?,
        created_at: read.time("created_at")?,
        seen_at: read.time("seen_at")?,
    })
}

/// Notes that a session was used.
pub async fn touch(
    conn: &mut AnyConnection,
    id: &SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE session SET seen_at = $1 WHERE id = $2")
        .bind(now.as_micros())
        .bind(&id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn end(conn: &mut AnyConnection, id: &SessionId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE id = $1")
        .bind(&id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends all sessions of an administrator.
pub async fn end_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets sessions that can no longer live.
pub async fn prune(
    conn: &mut AnyConnection,
    created_before: Timestamp,
    seen_before: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE created_at < $1 OR seen_at < $2")
        .bind(created_before.as_micros())
        .bind(seen_before.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}
