//! Passkeys: the public halves of the keys that devices keep.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// What its device calls it, in base64url.
    pub id: String,
    /// Whose it is.
    pub administrator: AdministratorId,
    /// What they call it.
    pub name: String,
    /// Public key and counter, as JSON.
    pub credential: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub used_at: Option<Timestamp>,
}

/// Keeps a new one; `false` where one is called so already, whoever has it.
pub async fn insert(conn: &mut AnyConnection, passkey: &Passkey) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO passkey (id, administrator_id, name, credential, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&passkey.id)
    .bind(passkey.administrator.to_string())
    .bind(&passkey.name)
    .bind(&passkey.credential)
    .bind(passkey.created_at.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The one that is called so.
pub async fn find(conn: &mut AnyConnection, id: &str) -> Result<Option<Passkey>, StoreError> {
    sqlx::query(
        "SELECT id, administrator_id, name, credential, created_at, used_at
         FROM passkey WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?
    .map(|row| passkey(&row))
    .transpose()
}

/// Those of an administrator, the oldest first.
pub async fn of_administrator(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<Passkey>, StoreError> {
    sqlx::query(
        "SELECT id, administrator_id, name, credential, created_at, used_at
         FROM passkey WHERE administrator_id = $1 ORDER BY created_at, id",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(passkey)
    .collect()
}

/// Notes that one was used, and what its device now counts. `false` where it was removed or used
/// meanwhile: then what was checked is no longer so.
pub async fn used(
    conn: &mut AnyConnection,
    passkey: &Passkey,
    credential: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE passkey SET credential = $1, used_at = $2 WHERE id = $3 AND credential = $4",
    )
    .bind(credential)
    .bind(now.as_micros())
    .bind(&passkey.id)
    .bind(&passkey.credential)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Forgets one of an administrator's; `false` where they have none that is called so.
pub async fn remove(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    id: &str,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM passkey WHERE id = $1 AND administrator_id = $2")
        .bind(id)
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(changed(&result))
}

/// Forgets all of an administrator's; how many they were.
pub async fn remove_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM passkey WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}

fn passkey(row: &AnyRow) -> Result<Passkey, StoreError> {
    let read = Reader {
        row,
        table: "passkey",
        key: "id",
    };
    Ok(Passkey {
        id: read.text("id")?,
        administrator: read.parsed("administrator_id", from_str)?,
        name: read.text("name")?,
        credential: read.text("credential")?,
        created_at: read.time("created_at")?,
        used_at: read.maybe_time("used_at")?,
    })
}
