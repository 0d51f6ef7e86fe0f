//! Recovery codes: their hashes, each of which is used up once.

use sqlx::AnyConnection;

use super::{StoreError, rows::changed};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// Gives an administrator new ones; the old ones are worth nothing any more.
pub async fn replace(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hashes: &[String],
) -> Result<(), StoreError> {
    remove_all_of(conn, administrator).await?;
    for hash in hashes {
        sqlx::query(
            "INSERT INTO recovery_code (administrator_id, hash, used_at) VALUES ($1, $2, NULL)",
        )
        .bind(administrator.to_string())
        .bind(hash)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Uses one up; `false` where it is not theirs or was used before.
pub async fn use_up(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE recovery_code SET used_at = $1
         WHERE administrator_id = $2 AND hash = $3 AND used_at IS NULL",
    )
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .bind(hash)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// How many still work.
pub async fn left(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM recovery_code WHERE administrator_id = $1 AND used_at IS NULL";
    let query = sqlx::query_scalar(sql).bind(administrator.to_string());
    Ok(query.fetch_one(conn).await?)
}

/// Takes all of an administrator's away.
pub async fn remove_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_code WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
