//! Addresses, administrators and which accounts they decide for.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError, known_as,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    address_state::AddressState,
    email_address::EmailAddress,
    language::Language,
    people::{Administrator, AdministratorId, PersonId},
    timestamp::Timestamp,
};

/// The person of an address, made where it is new.
pub async fn person(
    conn: &mut AnyConnection,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<PersonId, StoreError> {
    if let Some(known) = find_person(conn, email).await? {
        return Ok(known);
    }
    sqlx::query(
        "INSERT INTO person (id, address, address_key, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (address_key) DO NOTHING",
    )
    .bind(PersonId::new().to_string())
    .bind(email.as_typed())
    .bind(email.key())
    .bind(now.as_micros())
    .execute(&mut *conn)
    .await?;
    find_person(conn, email).await?.ok_or(StoreError::Corrupt {
        table: "person",
        id: String::new(),
        what: "address_key",
    })
}

/// The person of an address.
pub async fn find_person(
    conn: &mut AnyConnection,
    email: &EmailAddress,
) -> Result<Option<PersonId>, StoreError> {
    sqlx::query("SELECT id FROM person WHERE address_key = $1")
        .bind(email.key())
        .fetch_optional(conn)
        .await?
        .map(|row| person_reader(&row).parsed("id", from_str))
        .transpose()
}

/// Holds a person until the transaction ends: whoever wants to make the address something else
/// meanwhile waits.
pub async fn hold_person(conn: &mut AnyConnection, person: PersonId) -> Result<(), StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    sqlx::query("UPDATE person SET created_at = created_at WHERE id = $1")
        .bind(person.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// The address of a person, as it was typed.
pub async fn address(
    conn: &mut AnyConnection,
    person: PersonId,
) -> Result<Option<EmailAddress>, StoreError> {
    sqlx::query("SELECT id, address FROM person WHERE id = $1 AND address_key IS NOT NULL")
        .bind(person.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| person_reader(&row).email("address"))
        .transpose()
}

fn person_reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "person",
        key: "id",
    }
}

/// Makes a person an administrator, or changes name and language of the one it is. The name is said
/// to that person alone: what an account calls it stands in [`super::known_as`].
pub async fn put_administrator(
    conn: &mut AnyConnection,
    person: PersonId,
    name: &str,
    language: Language,
    now: Timestamp,
) -> Result<AdministratorId, StoreError> {
    let row = sqlx::query(
        "INSERT INTO administrator (id, person_id, name, language, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, language = excluded.language
         RETURNING id",
    )
    .bind(AdministratorId::new().to_string())
    .bind(person.to_string())
    .bind(name)
    .bind(language.as_str())
    .bind(now.as_micros())
    .fetch_one(conn)
    .await?;
    administrator_reader(&row).parsed("id", from_str)
}

/// Makes a person an administrator; `false` where it is one, and nothing of it changes.
pub async fn new_administrator(
    conn: &mut AnyConnection,
    person: PersonId,
    name: &str,
    language: Language,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO administrator (id, person_id, name, language, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id) DO NOTHING",
    )
    .bind(AdministratorId::new().to_string())
    .bind(person.to_string())
    .bind(name)
    .bind(language.as_str())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Lets an administrator decide for an account; `false` where it could already. Whoever stood in for
/// another there decides in its own right from now on.
pub async fn appoint(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO account_administrator (account_number, administrator_id, added_at)
         VALUES ($1, $2, $3) ON CONFLICT (account_number, administrator_id) DO UPDATE
             SET added_at = excluded.added_at, stand_in_id = NULL
             WHERE account_administrator.stand_in_id IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Ends that; `false` where it was not so.
pub async fn dismiss(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "DELETE FROM account_administrator
         WHERE account_number = $1 AND administrator_id = $2 AND stand_in_id IS NULL",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Whether this administrator decides for this account, be it as a stand-in. Who acts by it asks
/// [`super::rights::capacity_now`].
pub async fn decides_for(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_administrator WHERE account_number = $1 AND administrator_id = $2",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Everybody who decides for an account, stand-ins too, the longest-serving first.
pub async fn administrators_of(
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
        "WHERE aa.account_number = $1 ORDER BY aa.added_at, d.id"
    ))
    .bind(account.as_str())
    .fetch_all(conn)
    .await?
    .iter()
    .map(administrator)
    .collect()
}

/// One administrator, by its own name: whoever shows it to others asks [`super::known_as::find`].
pub async fn find_administrator(
    conn: &mut AnyConnection,
    id: AdministratorId,
) -> Result<Option<Administrator>, StoreError> {
    sqlx::query(
        "SELECT d.id, d.person_id, p.address, d.name, d.language, d.address_state
         FROM administrator d JOIN person p ON p.id = d.person_id WHERE d.id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| administrator(&row))
    .transpose()
}

/// The administrator who signs in with this address, and the hash of its password.
pub async fn by_email(
    conn: &mut AnyConnection,
    email: &EmailAddress,
) -> Result<Option<(Administrator, Option<String>)>, StoreError> {
    sqlx::query(
        "SELECT d.id, d.person_id, p.address, d.name, d.language, d.address_state, d.password_hash
         FROM administrator d JOIN person p ON p.id = d.person_id WHERE p.address_key = $1",
    )
    .bind(email.key())
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let hash = administrator_reader(&row).maybe_text("password_hash")?;
        Ok((administrator(&row)?, hash))
    })
    .transpose()
}

/// The hash of a password, in a transaction that signs in by it: whoever sets another meanwhile waits.
pub async fn password_now(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Option<String>, StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    let hash: Option<Option<String>> = sqlx::query_scalar(
        "UPDATE administrator SET password_at = password_at WHERE id = $1 RETURNING password_hash",
    )
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(hash.flatten())
}

/// Sets the hash of a password.
pub async fn set_password(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE administrator SET password_hash = $1, password_at = $2 WHERE id = $3")
        .bind(hash)
        .bind(now.as_micros())
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Sets what an administrator is spoken to in.
pub async fn set_language(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    language: Language,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE administrator SET language = $1 WHERE id = $2")
        .bind(language.as_str())
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a password was ever set.
pub async fn has_password(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM administrator WHERE id = $1 AND password_at IS NOT NULL")
        .bind(administrator.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Sets the hash of a first password; `false` where one was ever set.
pub async fn set_first_password(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE administrator SET password_hash = $1, password_at = $2
         WHERE id = $3 AND password_hash IS NULL AND password_at IS NULL",
    )
    .bind(hash)
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// One line of `admin list`.
pub struct Appointment {
    /// Who.
    pub administrator: Administrator,
    /// For which account.
    pub account: AccountNumber,
    /// Whether a password is set.
    pub has_password: bool,
}

/// Who decides for what, by account and address.
pub async fn appointments(conn: &mut AnyConnection) -> Result<Vec<Appointment>, StoreError> {
    sqlx::query(concat!(
        "SELECT d.id, d.person_id, p.address, ",
        known_as::name!(),
        ", d.language, d.address_state, aa.account_number, d.password_at
         FROM account_administrator aa
         JOIN administrator d ON d.id = aa.administrator_id
         JOIN person p ON p.id = d.person_id",
        known_as::join!(),
        "WHERE aa.stand_in_id IS NULL
         ORDER BY aa.account_number, p.address_key"
    ))
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = administrator_reader(row);
        Ok(Appointment {
            administrator: administrator(row)?,
            account: read.account("account_number")?,
            has_password: read.maybe_time("password_at")?.is_some(),
        })
    })
    .collect()
}

pub(super) fn administrator_reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "administrator",
        key: "id",
    }
}

pub(super) fn administrator(row: &AnyRow) -> Result<Administrator, StoreError> {
    let read = administrator_reader(row);
    Ok(Administrator {
        id: read.parsed("id", from_str)?,
        person: read.parsed("person_id", from_str)?,
        email: read.email("address")?,
        name: read.text("name")?,
        language: read.language("language")?,
        address_state: read.parsed("address_state", AddressState::parse)?,
    })
}
