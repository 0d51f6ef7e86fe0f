//! Who an administrator is at an identity provider: by its name for them, never by their address.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{people::AdministratorId, timestamp::Timestamp};

/// A name at a provider that stands for an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which provider, as it names itself.
    pub issuer: String,
    /// What it calls them: unique there, and never given to somebody else (OpenID Connect Core 1.0,
    /// section 2).
    pub subject: String,
    /// Who that is here.
    pub administrator: AdministratorId,
    /// Since when.
    pub linked_at: Timestamp,
}

/// Keeps a new one; `false` where this name stands for somebody already.
pub async fn link(conn: &mut AnyConnection, identity: &Identity) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO identity (issuer, subject, administrator_id, linked_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING",
    )
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(identity.administrator.to_string())
    .bind(identity.linked_at.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Whom a name stands for.
pub async fn find(
    conn: &mut AnyConnection,
    issuer: &str,
    subject: &str,
) -> Result<Option<Identity>, StoreError> {
    sqlx::query(
        "SELECT issuer, subject, administrator_id, linked_at
         FROM identity WHERE issuer = $1 AND subject = $2",
    )
    .bind(issuer)
    .bind(subject)
    .fetch_optional(conn)
    .await?
    .map(|row| identity(&row))
    .transpose()
}

/// The same in a transaction that signs in by it: whoever unlinks it meanwhile waits.
pub async fn find_now(
    conn: &mut AnyConnection,
    issuer: &str,
    subject: &str,
) -> Result<Option<Identity>, StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    sqlx::query(
        "UPDATE identity SET linked_at = linked_at WHERE issuer = $1 AND subject = $2
         RETURNING issuer, subject, administrator_id, linked_at",
    )
    .bind(issuer)
    .bind(subject)
    .fetch_optional(conn)
    .await?
    .map(|row| identity(&row))
    .transpose()
}

/// The names that stand for an administrator, the oldest first.
pub async fn of_administrator(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<Identity>, StoreError> {
    sqlx::query(
        "SELECT issuer, subject, administrator_id, linked_at
         FROM identity WHERE administrator_id = $1 ORDER BY linked_at, issuer, subject",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(identity)
    .collect()
}

/// Forgets those of an administrator at one provider; how many they were.
pub async fn unlink(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    issuer: &str,
) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM identity WHERE administrator_id = $1 AND issuer = $2")
        .bind(administrator.to_string())
        .bind(issuer)
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}

/// Forgets all of an administrator's; how many they were.
pub async fn unlink_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM identity WHERE administrator_id = $1")
        .bind(administrator.to_string())
        .execute(conn)
        .await?;
    Ok(result.rows_affected())
}

fn identity(row: &AnyRow) -> Result<Identity, StoreError> {
    let read = Reader {
        row,
        table: "identity",
        key: "issuer",
    };
    Ok(Identity {
        issuer: read.text("issuer")?,
        subject: read.text("subject")?,
        administrator: read.parsed("administrator_id", from_str)?,
        linked_at: read.time("linked_at")?,
    })
}
