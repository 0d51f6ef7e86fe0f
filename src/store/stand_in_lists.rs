//! Lists of stand-ins that are not over, for those who read who stands in for whom.

use sqlx::AnyConnection;

use super::{
    StoreError,
    stand_ins::{StandIn, select, stand_in},
};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// Those in which somebody stands in, for whomever; the one that begins first comes first.
pub async fn of_person(
    conn: &mut AnyConnection,
    who: AdministratorId,
    now: Timestamp,
) -> Result<Vec<StandIn>, StoreError> {
    sqlx::query(select!(
        "",
        "WHERE s.stand_in_id = $1 AND s.ended_at IS NULL AND s.until_at > $2
         ORDER BY s.from_at, s.id"
    ))
    .bind(who.to_string())
    .bind(now.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(stand_in)
    .collect()
}

/// Those for the caller and for whoever else administers one of the caller's accounts, each where it
/// was named for an account of the caller.
pub async fn for_colleagues(
    conn: &mut AnyConnection,
    caller: AdministratorId,
    now: Timestamp,
) -> Result<Vec<StandIn>, StoreError> {
    sqlx::query(select!(
        "",
        "WHERE s.ended_at IS NULL AND s.until_at > $2
           AND EXISTS (SELECT 1 FROM account_administrator mine
                       JOIN account_administrator theirs
                           ON theirs.account_number = mine.account_number
                       JOIN stand_in_account c
                           ON c.account_number = mine.account_number AND c.stand_in_id = s.id
                       WHERE mine.administrator_id = $1 AND mine.stand_in_id IS NULL
                         AND theirs.administrator_id = s.administrator_id
                         AND theirs.stand_in_id IS NULL)
         ORDER BY s.from_at, s.id"
    ))
    .bind(caller.to_string())
    .bind(now.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(stand_in)
    .collect()
}

/// All of them: for the operator.
pub async fn all(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<StandIn>, StoreError> {
    sqlx::query(select!(
        "",
        "WHERE s.ended_at IS NULL AND s.until_at > $1 ORDER BY s.from_at, s.id"
    ))
    .bind(now.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(stand_in)
    .collect()
}
