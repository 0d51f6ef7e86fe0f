//! Further addresses that administrators answer from.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    email_address::EmailAddress,
    people::{AdministratorId, PersonId},
    timestamp::Timestamp,
};

/// An alias of an administrator.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Whose it is.
    pub administrator: AdministratorId,
    /// Names the address.
    pub person: PersonId,
    /// The address.
    pub email: EmailAddress,
}

/// `own` and `theirs` decide for one account at least, in their own right.
macro_rules! they_share_an_account {
    () => {
        "own.stand_in_id IS NULL AND EXISTS (
             SELECT 1 FROM account_administrator theirs
             WHERE theirs.account_number = own.account_number AND theirs.stand_in_id IS NULL
               AND theirs.administrator_id = "
    };
}

/// Registers an address as an alias; `false` where it is the administrator's alias already, or the
/// address or an alias of somebody who decides with it for an account. What an address is on accounts
/// that are none of theirs keeps nobody out, and so nobody learns it here: an alias gives no more than
/// that an answer from it to the administrator's own mails counts. Whoever calls holds the person
/// ([`super::people::hold_person`]).
pub async fn insert(
    conn: &mut AnyConnection,
    person: PersonId,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(concat!(
        "INSERT INTO administrator_alias (person_id, administrator_id, added_at)
         SELECT p.id, d.id, CAST($3 AS BIGINT) FROM person p, administrator d
         WHERE p.id = $1 AND d.id = $2
           AND NOT EXISTS (
               SELECT 1 FROM account_administrator own
               WHERE own.administrator_id = $2 AND (EXISTS (SELECT 1 FROM administrator other
                                        WHERE other.person_id = $1 AND ",
        they_share_an_account!(),
        "other.id))
                      OR EXISTS (SELECT 1 FROM administrator_alias other
                                 WHERE other.person_id = $1 AND ",
        they_share_an_account!(),
        "other.administrator_id))))
         ON CONFLICT (person_id, administrator_id) DO NOTHING",
    ))
    .bind(person.to_string())
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes an alias away; `false` where it was none of this administrator.
pub async fn delete(
    conn: &mut AnyConnection,
    person: PersonId,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "DELETE FROM administrator_alias WHERE person_id = $1 AND administrator_id = $2",
    )
    .bind(person.to_string())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes all aliases of an administrator away.
pub async fn delete_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM administrator_alias WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether an address is an alias of this administrator.
pub async fn is_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM administrator_alias a JOIN person p ON p.id = a.person_id
         WHERE a.administrator_id = $1 AND p.address_key = $2",
    )
    .bind(administrator.to_string())
    .bind(email.key())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether an address is an alias of this administrator.
pub async fn is_theirs(
    conn: &mut AnyConnection,
    person: PersonId,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM administrator_alias WHERE person_id = $1 AND administrator_id = $2",
    )
    .bind(person.to_string())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether an address is an alias of somebody who decides for an account, be it as a stand-in.
pub async fn is_known_on(
    conn: &mut AnyConnection,
    person: PersonId,
    account: &AccountNumber,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM administrator_alias a
         JOIN account_administrator aa ON aa.administrator_id = a.administrator_id
         WHERE a.person_id = $1 AND aa.account_number = $2",
    )
    .bind(person.to_string())
    .bind(account.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Which of those who decide with the caller have an address as their alias.
pub async fn colleagues_with(
    conn: &mut AnyConnection,
    person: PersonId,
    caller: AdministratorId,
) -> Result<Vec<AdministratorId>, StoreError> {
    sqlx::query(concat!(
        "SELECT other.person_id, other.administrator_id FROM administrator_alias other
         WHERE other.person_id = $1 AND other.administrator_id <> $2 AND EXISTS (
             SELECT 1 FROM account_administrator own WHERE own.administrator_id = $2 AND ",
        they_share_an_account!(),
        "other.administrator_id)) ORDER BY other.administrator_id"
    ))
    .bind(person.to_string())
    .bind(caller.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| alias_reader(row).parsed("administrator_id", from_str))
    .collect()
}

/// The aliases of the caller, and of everybody who decides with the caller for an account, by address:
/// an answer from one counts for that account, whatever else its owner decides for.
pub async fn of_colleagues(
    conn: &mut AnyConnection,
    caller: AdministratorId,
) -> Result<Vec<Alias>, StoreError> {
    sqlx::query(
        "SELECT a.administrator_id, a.person_id, p.address
         FROM administrator_alias a JOIN person p ON p.id = a.person_id
         WHERE p.address_key IS NOT NULL AND a.administrator_id IN
             (SELECT theirs.administrator_id FROM account_administrator theirs
              JOIN account_administrator own ON own.account_number = theirs.account_number
              WHERE own.administrator_id = $1 AND own.stand_in_id IS NULL
                AND theirs.stand_in_id IS NULL)
         ORDER BY p.address_key, a.administrator_id",
    )
    .bind(caller.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = alias_reader(row);
        Ok(Alias {
            administrator: read.parsed("administrator_id", from_str)?,
            person: read.parsed("person_id", from_str)?,
            email: read.email("address")?,
        })
    })
    .collect()
}

fn alias_reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "administrator_alias",
        key: "person_id",
    }
}
