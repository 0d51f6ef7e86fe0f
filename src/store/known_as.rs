//! What the administrators of an account call somebody who decides, or once decided, for it. No
//! company sees what another one typed.

use sqlx::AnyConnection;

use super::{StoreError, people::administrator, rows::changed};
use crate::domain::{
    account_number::AccountNumber,
    people::{Administrator, AdministratorId},
};

/// The name of administrator `d` on the account of `aa`, for a query that joins [`join!`].
macro_rules! name {
    () => {
        "COALESCE(k.name, d.name) AS name"
    };
}
pub(super) use name;

/// Where that name stands.
macro_rules! join {
    () => {
        " LEFT JOIN known_as k ON k.account_number = aa.account_number
                               AND k.administrator_id = aa.administrator_id "
    };
}
pub(super) use join;

/// Says what somebody is called on an account where nobody has said it yet; `false` where somebody has,
/// and nothing changes: whatever was done there goes on saying by whom.
pub async fn introduce(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    name: &str,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO known_as (account_number, administrator_id, name)
         VALUES ($1, $2, $3) ON CONFLICT (account_number, administrator_id) DO NOTHING",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .bind(name)
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Says where somebody who has a name on an account can be called there from now on.
pub async fn put_phone(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    phone: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE known_as SET phone = $1 WHERE account_number = $2 AND administrator_id = $3",
    )
    .bind(phone)
    .bind(account.as_str())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// The operator says what somebody is called on an account from now on, and where it can be called
/// there: that corrects what the past says, too.
pub async fn put(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    name: &str,
    phone: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO known_as (account_number, administrator_id, name, phone)
         VALUES ($1, $2, $3, $4) ON CONFLICT (account_number, administrator_id) DO UPDATE
             SET name = excluded.name, phone = excluded.phone",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .bind(name)
    .bind(phone)
    .execute(conn)
    .await?;
    Ok(())
}

/// An administrator by the name that an account knows; by its own where it never decided there.
pub async fn find(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    id: AdministratorId,
) -> Result<Option<Administrator>, StoreError> {
    sqlx::query(concat!(
        "SELECT d.id, d.person_id, p.address, ",
        name!(),
        ", d.language, d.address_state
         FROM administrator d JOIN person p ON p.id = d.person_id
         LEFT JOIN known_as k ON k.account_number = $1 AND k.administrator_id = d.id
         WHERE d.id = $2"
    ))
    .bind(account.as_str())
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| administrator(&row))
    .transpose()
}

/// The same for somebody who may be nobody.
pub async fn find_any(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    id: Option<AdministratorId>,
) -> Result<Option<Administrator>, StoreError> {
    match id {
        Some(id) => find(conn, account, id).await,
        None => Ok(None),
    }
}

/// All that somebody is called anywhere: what its password must not be.
pub async fn names_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<String>, StoreError> {
    let names = sqlx::query_scalar(
        "SELECT name FROM known_as WHERE administrator_id = $1 ORDER BY account_number",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?;
    Ok(names)
}
