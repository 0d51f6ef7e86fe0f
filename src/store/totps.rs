//! One-time-password devices: one for each administrator at most.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// Whose.
    pub administrator: AdministratorId,
    /// Its secret, sealed.
    pub secret: String,
    /// The step of the last code that was taken.
    pub last_step: i64,
    /// Since when it is asked for; `None` until a first code has shown that the device has it.
    pub confirmed_at: Option<Timestamp>,
    /// Until when its codes have to wait, after wrong ones.
    pub waits_until: Timestamp,
}

/// Begins adding one, in place of another that was never confirmed; `false` where one is in use.
pub async fn begin(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    secret: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO totp (administrator_id, secret, last_step, confirmed_at, created_at)
         VALUES ($1, $2, 0, NULL, $3)
         ON CONFLICT (administrator_id) DO UPDATE
         SET secret = excluded.secret, last_step = 0, created_at = excluded.created_at
         WHERE totp.confirmed_at IS NULL",
    )
    .bind(administrator.to_string())
    .bind(secret)
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The device of an administrator, confirmed or not.
pub async fn find(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Option<Totp>, StoreError> {
    sqlx::query(
        "SELECT administrator_id, secret, last_step, confirmed_at, waits_until
         FROM totp WHERE administrator_id = $1",
    )
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| totp(&row))
    .transpose()
}

/// Puts one to use by its first code; `false` where it is not there, in use already, or the code is
/// of a step that is over.
pub async fn confirm(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    secret: &str,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE totp SET confirmed_at = $1, last_step = $2
         WHERE administrator_id = $3 AND secret = $4 AND confirmed_at IS NULL AND last_step < $2",
    )
    .bind(now.as_micros())
    .bind(step)
    .bind(administrator.to_string())
    .bind(secret)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Counts a code before it is looked at, as wrong, unless its device's codes have to wait: how many
/// were wrong in a row, with this one. Others who try at the same moment wait for this transaction.
pub async fn count_try(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "UPDATE totp SET wrong_codes = wrong_codes + 1
         WHERE administrator_id = $1 AND confirmed_at IS NOT NULL AND waits_until <= $2
         RETURNING wrong_codes",
    )
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok(row.try_get("wrong_codes")?)).transpose()
}

/// Lets the codes of a device wait.
pub async fn wait_until(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE totp SET waits_until = $1 WHERE administrator_id = $2")
        .bind(until.as_micros())
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses up the code of a step and all before it, which ends a row of wrong ones; `false` where that
/// step is over already.
pub async fn use_step(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    step: i64,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE totp SET last_step = $1, wrong_codes = 0, waits_until = 0
         WHERE administrator_id = $2 AND confirmed_at IS NOT NULL AND last_step < $1",
    )
    .bind(step)
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes it away, confirmed or not; `false` where there was none.
pub async fn remove(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM totp WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(changed(&result))
}

/// Those whose secret is not sealed by this key, some at a time.
pub async fn sealed_otherwise(
    conn: &mut AnyConnection,
    key_id: &str,
    at_most: i64,
) -> Result<Vec<Totp>, StoreError> {
    sqlx::query(
        "SELECT administrator_id, secret, last_step, confirmed_at, waits_until
         FROM totp WHERE secret NOT LIKE $1 ORDER BY administrator_id LIMIT $2",
    )
    .bind(format!("{key_id}.%"))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(totp)
    .collect()
}

/// Puts the same secret, sealed anew, in place of the old one; nothing where it changed meanwhile.
pub async fn reseal(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE totp SET secret = $1 WHERE administrator_id = $2 AND secret = $3")
        .bind(new)
        .bind(administrator.to_string())
        .bind(old)
        .execute(conn)
        .await?;
    Ok(())
}

fn totp(row: &AnyRow) -> Result<Totp, StoreError> {
    let read = Reader {
        row,
        table: "totp",
        key: "administrator_id",
    };
    Ok(Totp {
        administrator: read.parsed("administrator_id", from_str)?,
        secret: read.text("secret")?,
        last_step: read.number("last_step")?,
        confirmed_at: read.maybe_time("confirmed_at")?,
        waits_until: read.time("waits_until")?,
    })
}
