//! Ceremonies: sign-ins, and changes of how somebody signs in, that have begun and wait for their
//! next step.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// A ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// What it is for, such as `passkey.add`.
    pub kind: String,
    /// Who goes through it, where that is known.
    pub administrator: Option<AdministratorId>,
    /// What the next step needs.
    pub state: String,
    /// When it began.
    pub created_at: Timestamp,
}

/// Begins one. The id is the hash of a secret that the browser keeps.
pub async fn insert(
    conn: &mut AnyConnection,
    id: &str,
    ceremony: &Ceremony,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ceremony (id, kind, administrator_id, state, attempts, created_at)
         VALUES ($1, $2, $3, $4, 0, $5)",
    )
    .bind(id)
    .bind(&ceremony.kind)
    .bind(ceremony.administrator.map(|id| id.to_string()))
    .bind(&ceremony.state)
    .bind(ceremony.created_at.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// One that was not ended; whether it is still young enough is the caller's to say.
pub async fn find(conn: &mut AnyConnection, id: &str) -> Result<Option<Ceremony>, StoreError> {
    sqlx::query("SELECT kind, administrator_id, state, created_at FROM ceremony WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?
        .map(|row| ceremony(&row))
        .transpose()
}

/// Ends one and returns what it was: only one caller gets it.
pub async fn take(conn: &mut AnyConnection, id: &str) -> Result<Option<Ceremony>, StoreError> {
    sqlx::query(
        "DELETE FROM ceremony WHERE id = $1
         RETURNING kind, administrator_id, state, created_at",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?
    .map(|row| ceremony(&row))
    .transpose()
}

/// Counts a try at the next step of one of this kind; `false` where it has ended, or so many tries
/// were made.
pub async fn try_again(
    conn: &mut AnyConnection,
    id: &str,
    kind: &str,
    at_most: i64,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE ceremony SET attempts = attempts + 1
         WHERE id = $1 AND kind = $2 AND attempts < $3",
    )
    .bind(id)
    .bind(kind)
    .bind(at_most)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Ends whatever an administrator has begun.
pub async fn end_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM ceremony WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// How many have begun of people who are not known yet.
pub async fn strangers(conn: &mut AnyConnection) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM ceremony WHERE administrator_id IS NULL";
    Ok(sqlx::query_scalar(sql).fetch_one(conn).await?)
}

/// How many of them have begun in one place: their ids begin with it and a dot.
pub async fn of_place(conn: &mut AnyConnection, place: &str) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT COUNT(*) FROM ceremony WHERE administrator_id IS NULL AND id LIKE $1",
    );
    Ok(count.bind(format!("{place}.%")).fetch_one(conn).await?)
}

/// The place in which most of them have begun.
pub async fn fullest_place(conn: &mut AnyConnection) -> Result<Option<String>, StoreError> {
    let place = sqlx::query_scalar(
        "SELECT SUBSTR(id, 1, 16) AS place FROM ceremony
         WHERE administrator_id IS NULL AND id LIKE '%.%'
         GROUP BY SUBSTR(id, 1, 16)
         ORDER BY COUNT(*) DESC, MIN(created_at) LIMIT 1",
    );
    Ok(place.fetch_optional(conn).await?)
}

/// Ends the one that began first in a place. Where somebody else has just ended it, there is room.
pub async fn end_oldest_of_place(conn: &mut AnyConnection, place: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM ceremony WHERE id = (
             SELECT id FROM ceremony WHERE administrator_id IS NULL AND id LIKE $1
             ORDER BY created_at, id LIMIT 1
         )",
    )
    .bind(format!("{place}.%"))
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets those that began too long ago.
pub async fn prune(conn: &mut AnyConnection, created_before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM ceremony WHERE created_at < $1")
        .bind(created_before.as_micros())
        .execute(conn)
        .await?;
    Ok(())
}

fn ceremony(row: &AnyRow) -> Result<Ceremony, StoreError> {
    let read = Reader {
        row,
        table: "ceremony",
        key: "kind",
    };
    Ok(Ceremony {
        kind: read.text("kind")?,
        administrator: read.maybe_parsed("administrator_id", from_str)?,
        state: read.text("state")?,
        created_at: read.time("created_at")?,
    })
}
