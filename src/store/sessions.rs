//! Live sign-ins to the portal.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str, micros},
};
use crate::domain::{
    people::{AdministratorId, SessionId},
    timestamp::Timestamp,
};

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who signed in.
    pub administrator: AdministratorId,
    /// When.
    pub created_at: Timestamp,
    /// When a page was last asked for, to the minute.
    pub seen_at: Timestamp,
    /// When it last proved who it is; `None` where it began before that was noted.
    pub fresh_at: Option<Timestamp>,
    /// The words in which its browser described itself.
    pub device: Option<String>,
}

/// Begins a session of somebody who proved who it is at `fresh_at`, if that is known.
pub async fn insert(
    conn: &mut AnyConnection,
    id: &SessionId,
    administrator: AdministratorId,
    device: Option<&str>,
    fresh_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO session (id, administrator_id, created_at, seen_at, fresh_at, device)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id.0)
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .bind(now.as_micros())
    .bind(micros(fresh_at))
    .bind(device)
    .execute(conn)
    .await?;
    Ok(())
}

/// A session that was not ended; whether it is still young enough is the caller's to say.
pub async fn find(conn: &mut AnyConnection, id: &SessionId) -> Result<Option<Session>, StoreError> {
    sqlx::query(
        "SELECT administrator_id, created_at, seen_at, fresh_at, device
         FROM session WHERE id = $1",
    )
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
         RETURNING administrator_id, created_at, seen_at, fresh_at, device",
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
        fresh_at: read.maybe_time("fresh_at")?,
        device: read.maybe_text("device")?,
    })
}

/// The sessions of an administrator that were not ended, the last used first.
pub async fn of_administrator(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<(SessionId, Session)>, StoreError> {
    sqlx::query(
        "SELECT id, administrator_id, created_at, seen_at, fresh_at, device
         FROM session WHERE administrator_id = $1 ORDER BY seen_at DESC, created_at DESC, id",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| Ok((SessionId(row.try_get("id")?), session(row)?)))
    .collect()
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

/// Notes that whoever has the session proved again who it is; `false` where it has ended.
pub async fn refresh(
    conn: &mut AnyConnection,
    id: &SessionId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query("UPDATE session SET fresh_at = $1 WHERE id = $2")
        .bind(now.as_micros())
        .bind(&id.0)
        .execute(conn)
        .await?;
    Ok(changed(&result))
}

/// Ends one session.
pub async fn end(conn: &mut AnyConnection, id: &SessionId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM session WHERE id = $1")
        .bind(&id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends one session of an administrator; `false` where it has none that is called so.
pub async fn end_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    id: &SessionId,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM session WHERE id = $1 AND administrator_id = $2")
        .bind(&id.0)
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(changed(&result))
}

/// Ends all sessions of an administrator but one; how many they were.
pub async fn end_others(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    kept: &SessionId,
) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM session WHERE administrator_id = $1 AND id <> $2")
        .bind(administrator.to_string())
        .bind(&kept.0)
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
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
