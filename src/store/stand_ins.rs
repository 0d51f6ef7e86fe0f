//! Stand-ins: who decides for an administrator who is away, from when to when.
//!
//! A row alone gives no right. While it runs, each account for which it was named has a row in
//! `account_administrator` that names it ([`give_right`]), and which counts only as long as it runs
//! ([`super::rights::capacity_now`]). Those accounts are the ones that the absent administrator had when
//! it named somebody, until either of the two leaves one of them ([`leave`]): what happens at one
//! company has no effect at another, which may not even know of it.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    people::{AdministratorId, PersonId, StandInId},
    timestamp::Timestamp,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Names it.
    pub id: StandInId,
    /// Who is away.
    pub absent: AdministratorId,
    /// Who decides meanwhile.
    pub stand_in: AdministratorId,
    /// The address by which the absent administrator named it: its own, or an alias of it.
    pub person: PersonId,
    /// What the absent administrator calls it.
    pub name: String,
    /// From then on.
    pub from: Timestamp,
    /// No longer from then on.
    pub until: Timestamp,
    /// When it was named.
    pub created_at: Timestamp,
    /// When somebody ended it before its time.
    pub ended_at: Option<Timestamp>,
}

/// An account on which a stand-in comes to decide, or does not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which account.
    pub account: AccountNumber,
    /// Who for whom.
    pub stand_in: StandIn,
}

/// The columns of a [`StandIn`], more of them, and from where.
macro_rules! select {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT s.id, s.administrator_id, s.stand_in_id, s.person_id, s.name, s.from_at, s.until_at,
                 s.created_at, s.ended_at",
            $columns,
            " FROM stand_in s ",
            $rest
        )
    };
}
pub(super) use select;

/// `own` is an appointment of the absent administrator of `s` to an account for which that was named.
macro_rules! own {
    () => {
        "JOIN stand_in_account c ON c.stand_in_id = s.id
         JOIN account_administrator own
             ON own.administrator_id = s.administrator_id
                AND own.account_number = c.account_number AND own.stand_in_id IS NULL "
    };
}
pub(super) use own;

/// Names one, for all accounts that the absent administrator has now.
pub async fn insert(conn: &mut AnyConnection, stand_in: &StandIn) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO stand_in
             (id, administrator_id, stand_in_id, person_id, name, from_at, until_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(stand_in.id.to_string())
    .bind(stand_in.absent.to_string())
    .bind(stand_in.stand_in.to_string())
    .bind(stand_in.person.to_string())
    .bind(&stand_in.name)
    .bind(stand_in.from.as_micros())
    .bind(stand_in.until.as_micros())
    .bind(stand_in.created_at.as_micros())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO stand_in_account (stand_in_id, account_number)
         SELECT s.id, own.account_number
         FROM stand_in s JOIN account_administrator own ON own.administrator_id = s.administrator_id
         WHERE s.id = $1 AND own.stand_in_id IS NULL",
    )
    .bind(stand_in.id.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// One of them.
pub async fn find(conn: &mut AnyConnection, id: StandInId) -> Result<Option<StandIn>, StoreError> {
    sqlx::query(select!("", "WHERE s.id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| stand_in(&row))
        .transpose()
}

/// The one that an administrator named and that is not over.
pub async fn named_by(
    conn: &mut AnyConnection,
    absent: AdministratorId,
    now: Timestamp,
) -> Result<Option<StandIn>, StoreError> {
    sqlx::query(select!(
        "",
        "WHERE s.administrator_id = $1 AND s.ended_at IS NULL AND s.until_at > $2
         ORDER BY s.until_at LIMIT 1"
    ))
    .bind(absent.to_string())
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?
    .map(|row| stand_in(&row))
    .transpose()
}

/// Those that are not over in which somebody stands in for an administrator of an account, there.
pub async fn of_person_on(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    who: AdministratorId,
    now: Timestamp,
) -> Result<Vec<StandIn>, StoreError> {
    sqlx::query(concat!(
        select!("", ""),
        own!(),
        "WHERE own.account_number = $1 AND s.stand_in_id = $2
           AND s.ended_at IS NULL AND s.until_at > $3
         ORDER BY s.id"
    ))
    .bind(account.as_str())
    .bind(who.to_string())
    .bind(now.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(stand_in)
    .collect()
}

/// Ends one before its time; `false` where it was over already.
pub async fn end(
    conn: &mut AnyConnection,
    id: StandInId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE stand_in SET ended_at = $1
         WHERE id = $2 AND ended_at IS NULL AND until_at > $1",
    )
    .bind(now.as_micros())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// An account is none any more for which it was named; `false` where it was none.
pub async fn leave(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    id: StandInId,
) -> Result<bool, StoreError> {
    let result =
        sqlx::query("DELETE FROM stand_in_account WHERE account_number = $1 AND stand_in_id = $2")
            .bind(account.as_str())
            .bind(id.to_string())
            .execute(conn)
            .await?;
    Ok(changed(&result))
}

/// Lets a stand-in decide for an account, while it runs and while the absent administrator is one of
/// the account; `false` where that is not so, where it was not named for the account, or where it
/// decides there already.
pub async fn give_right(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    stand_in: &StandIn,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(concat!(
        "INSERT INTO account_administrator (account_number, administrator_id, added_at, stand_in_id)
         SELECT own.account_number, s.stand_in_id, CAST($3 AS BIGINT), s.id
         FROM stand_in s ",
        own!(),
        "WHERE s.id = $2 AND own.account_number = $1
           AND s.ended_at IS NULL AND s.from_at <= $3 AND s.until_at > $3
         ON CONFLICT (account_number, administrator_id) DO NOTHING"
    ))
    .bind(account.as_str())
    .bind(stand_in.id.to_string())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes that right away; `false` where there was none.
pub async fn take_right(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    id: StandInId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "DELETE FROM account_administrator WHERE account_number = $1 AND stand_in_id = $2",
    )
    .bind(account.as_str())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Every right by a stand-in that somebody has.
pub async fn rights_by(conn: &mut AnyConnection, id: StandInId) -> Result<Vec<Turn>, StoreError> {
    sqlx::query(select!(
        ", aa.account_number",
        "JOIN account_administrator aa ON aa.stand_in_id = s.id
         WHERE s.id = $1 ORDER BY aa.account_number"
    ))
    .bind(id.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(turn)
    .collect()
}

/// Every right that somebody has as a stand-in, for whomever.
pub async fn rights_of(
    conn: &mut AnyConnection,
    who: AdministratorId,
) -> Result<Vec<Turn>, StoreError> {
    sqlx::query(select!(
        ", aa.account_number",
        "JOIN account_administrator aa ON aa.stand_in_id = s.id
         WHERE aa.administrator_id = $1 ORDER BY aa.account_number"
    ))
    .bind(who.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(turn)
    .collect()
}

/// Every right on an account of whoever stands in for this administrator.
pub async fn rights_for(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    absent: AdministratorId,
) -> Result<Vec<Turn>, StoreError> {
    sqlx::query(select!(
        ", aa.account_number",
        "JOIN account_administrator aa ON aa.stand_in_id = s.id
         WHERE aa.account_number = $1 AND s.administrator_id = $2 ORDER BY s.id"
    ))
    .bind(account.as_str())
    .bind(absent.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(turn)
    .collect()
}

/// Where somebody should decide as a stand-in now, and has no right there yet.
pub async fn beginning(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<Turn>, StoreError> {
    sqlx::query(concat!(
        select!(", own.account_number", ""),
        own!(),
        "WHERE s.ended_at IS NULL AND s.from_at <= $1 AND s.until_at > $1
           AND NOT EXISTS (SELECT 1 FROM account_administrator aa
                           WHERE aa.account_number = own.account_number
                             AND aa.administrator_id = s.stand_in_id)
         ORDER BY s.id, own.account_number LIMIT $2"
    ))
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(turn)
    .collect()
}

/// Where somebody has a right as a stand-in whose time is over.
pub async fn ending(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<Turn>, StoreError> {
    sqlx::query(select!(
        ", aa.account_number",
        "JOIN account_administrator aa ON aa.stand_in_id = s.id
         WHERE s.until_at <= $1 ORDER BY s.id, aa.account_number LIMIT $2"
    ))
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(turn)
    .collect()
}

pub(super) fn stand_in(row: &AnyRow) -> Result<StandIn, StoreError> {
    let read = reader(row);
    Ok(StandIn {
        id: read.parsed("id", from_str)?,
        absent: read.parsed("administrator_id", from_str)?,
        stand_in: read.parsed("stand_in_id", from_str)?,
        person: read.parsed("person_id", from_str)?,
        name: read.text("name")?,
        from: read.time("from_at")?,
        until: read.time("until_at")?,
        created_at: read.time("created_at")?,
        ended_at: read.maybe_time("ended_at")?,
    })
}

fn turn(row: &AnyRow) -> Result<Turn, StoreError> {
    Ok(Turn {
        account: reader(row).account("account_number")?,
        stand_in: stand_in(row)?,
    })
}

fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "stand_in",
        key: "id",
    }
}
