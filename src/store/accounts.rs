//! Accounts.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed},
    stand_ins,
};
use crate::domain::{
    account::{Account, Esecure},
    account_number::AccountNumber,
    people::{AdministratorId, StandInId},
    timestamp::Timestamp,
};

/// Adds an account, or changes the one with this number.
pub async fn put(
    conn: &mut AnyConnection,
    account: &Account,
    now: Timestamp,
) -> Result<(), StoreError> {
    let active = (account.esecure == Esecure::Active).then_some(now.as_micros());
    let mails_off = (!account.requester_mails).then_some(now.as_micros());
    sqlx::query(
        "INSERT INTO account
             (number, name, language, time_zone, esecure_at, requester_mails_off_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (number) DO UPDATE SET
             name = excluded.name, language = excluded.language, time_zone = excluded.time_zone,
             esecure_at = CASE WHEN excluded.esecure_at IS NULL THEN NULL
                               ELSE COALESCE(account.esecure_at, excluded.esecure_at) END,
             requester_mails_off_at = excluded.requester_mails_off_at",
    )
    .bind(account.number.as_str())
    .bind(&account.name)
    .bind(account.language.as_str())
    .bind(&account.time_zone)
    .bind(active)
    .bind(mails_off)
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// One account.
pub async fn find(
    conn: &mut AnyConnection,
    number: &AccountNumber,
) -> Result<Option<Account>, StoreError> {
    sqlx::query(
        "SELECT number, name, language, time_zone, esecure_at, requester_mails_off_at
         FROM account WHERE number = $1",
    )
    .bind(number.as_str())
    .fetch_optional(conn)
    .await?
    .map(|row| account(&row))
    .transpose()
}

/// Holds an account until the transaction ends: whoever else changes its administrators waits.
pub async fn hold(conn: &mut AnyConnection, number: &AccountNumber) -> Result<(), StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    sqlx::query("UPDATE account SET created_at = created_at WHERE number = $1")
        .bind(number.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// Switches eSecure; `false` where it is so already.
pub async fn switch_esecure(
    conn: &mut AnyConnection,
    number: &AccountNumber,
    to: Esecure,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let statement = match to {
        Esecure::Active => sqlx::query(
            "UPDATE account SET esecure_at = $1 WHERE number = $2 AND esecure_at IS NULL",
        )
        .bind(now.as_micros())
        .bind(number.as_str()),
        Esecure::Inactive => sqlx::query(
            "UPDATE account SET esecure_at = NULL WHERE number = $1 AND esecure_at IS NOT NULL",
        )
        .bind(number.as_str()),
    };
    Ok(changed(&statement.execute(conn).await?))
}

/// All accounts, by number.
pub async fn all(conn: &mut AnyConnection) -> Result<Vec<Account>, StoreError> {
    sqlx::query(
        "SELECT number, name, language, time_zone, esecure_at, requester_mails_off_at
         FROM account ORDER BY number",
    )
    .fetch_all(conn)
    .await?
    .iter()
    .map(account)
    .collect()
}

/// The accounts an administrator decides for, by number.
pub async fn of_administrator(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<Account>, StoreError> {
    sqlx::query(
        "SELECT a.number, a.name, a.language, a.time_zone, a.esecure_at, a.requester_mails_off_at
         FROM account a JOIN account_administrator aa ON aa.account_number = a.number
         WHERE aa.administrator_id = $1 ORDER BY a.number",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(account)
    .collect()
}

/// The accounts of an administrator without those it only stands in for, by number.
pub async fn appointed_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<Account>, StoreError> {
    sqlx::query(
        "SELECT a.number, a.name, a.language, a.time_zone, a.esecure_at, a.requester_mails_off_at
         FROM account a JOIN account_administrator aa ON aa.account_number = a.number
         WHERE aa.administrator_id = $1 AND aa.stand_in_id IS NULL ORDER BY a.number",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(account)
    .collect()
}

/// The accounts for which a stand-in was named and which the absent administrator still has, by number.
pub async fn of_stand_in(
    conn: &mut AnyConnection,
    stand_in: StandInId,
) -> Result<Vec<Account>, StoreError> {
    sqlx::query(concat!(
        "SELECT a.number, a.name, a.language, a.time_zone, a.esecure_at, a.requester_mails_off_at
         FROM stand_in s ",
        stand_ins::own!(),
        "JOIN account a ON a.number = own.account_number
         WHERE s.id = $1 ORDER BY a.number"
    ))
    .bind(stand_in.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(account)
    .collect()
}

/// How many open requests and administrators each account has, by number.
pub async fn counts(conn: &mut AnyConnection) -> Result<Vec<(String, i64, i64)>, StoreError> {
    sqlx::query(
        "SELECT a.number,
             (SELECT COUNT(*) FROM account_administrator aa
              WHERE aa.account_number = a.number AND aa.stand_in_id IS NULL) AS administrators,
             (SELECT COUNT(*) FROM access_request r
              WHERE r.account_number = a.number AND r.status = 'pending') AS open_requests
         FROM account a ORDER BY a.number",
    )
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
    .collect()
}

/// Whether there is an account at all; what readiness asks the database.
pub async fn any(conn: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM account LIMIT 1")
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let read = Reader {
        row,
        table: "account",
        key: "number",
    };
    Ok(Account {
        number: read.account("number")?,
        name: read.text("name")?,
        language: read.language("language")?,
        time_zone: read.text("time_zone")?,
        esecure: match read.maybe_time("esecure_at")? {
            Some(_) => Esecure::Active,
            None => Esecure::Inactive,
        },
        requester_mails: read.maybe_time("requester_mails_off_at")?.is_none(),
    })
}
