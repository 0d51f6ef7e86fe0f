//! By what right somebody decides for an account: as its administrator, or as the stand-in of one.

use sqlx::{AnyConnection, Row};

use super::{
    StoreError, known_as,
    people::administrator,
    rows::{changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    people::{Administrator, AdministratorId, Capacity},
    timestamp::Timestamp,
};

/// By what right somebody decides now, in a transaction that does so; none where it has none.
/// Whoever ends the right meanwhile waits, so that no decision is written after its end. A stand-in
/// has none before its time or after it, even where nobody took the row away yet, and none without
/// an administrator to stand in for.
pub async fn capacity_now(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<Option<Capacity>, StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    let row = sqlx::query(
        "UPDATE account_administrator SET added_at = added_at
         WHERE account_number = $1 AND administrator_id = $2
           AND (stand_in_id IS NULL
                OR EXISTS (SELECT 1 FROM stand_in s
                           JOIN account_administrator own ON own.administrator_id = s.administrator_id
                           WHERE s.id = account_administrator.stand_in_id AND s.ended_at IS NULL
                             AND s.from_at <= $3 AND s.until_at > $3
                             AND own.account_number = $1 AND own.stand_in_id IS NULL))
         RETURNING stand_in_id",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let stand_in: Option<String> = row.try_get("stand_in_id")?;
    let Some(stand_in) = stand_in else {
        return Ok(Some(Capacity::Own));
    };
    let absent: String = sqlx::query_scalar("SELECT administrator_id FROM stand_in WHERE id = $1")
        .bind(&stand_in)
        .fetch_one(conn)
        .await?;
    let absent = from_str(&absent).ok_or(StoreError::Corrupt {
        table: "stand_in",
        id: stand_in,
        what: "administrator_id",
    })?;
    Ok(Some(Capacity::StandInFor(absent)))
}

/// Whether somebody is an administrator of an account, and not the stand-in of one.
pub async fn is_appointed(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_administrator
         WHERE account_number = $1 AND administrator_id = $2 AND stand_in_id IS NULL",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// The same in a transaction that acts by it: whoever ends the appointment meanwhile waits.
pub async fn is_appointed_now(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE account_administrator SET added_at = added_at
         WHERE account_number = $1 AND administrator_id = $2 AND stand_in_id IS NULL",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The administrators of an account without those who stand in, the longest-serving first.
pub async fn appointed_to(
    conn: &mut AnyConnection,
    account: &AccountNumber,
) -> Result<Vec<Administrator>, StoreError> {
    sqlx::query(concat!(
        "SELECT d.id, d.person_id, p.address, ",
        known_as::name!(),
        ", d.language, d.address_state
         FROM account_administrator aa
         JOIN administrator d ON d.id = aa.administrator_id
         JOIN person p ON p.id = d.person_id",
        known_as::join!(),
        "WHERE aa.account_number = $1 AND aa.stand_in_id IS NULL ORDER BY aa.added_at, d.id"
    ))
    .bind(account.as_str())
    .fetch_all(conn)
    .await?
    .iter()
    .map(administrator)
    .collect()
}
