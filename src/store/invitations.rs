//! Invitations to the portal: each sets a first password at most once.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    people::{AdministratorId, InvitationId},
    timestamp::Timestamp,
};

/// At `$1`, whoever is invited decides for the account that the row names, or will as a stand-in:
/// there, or wherever else the inviter decides, who may have left that one account meanwhile.
macro_rules! its_right {
    () => {
        "(EXISTS (SELECT 1 FROM account_administrator aa
                  WHERE aa.account_number = invitation.account_number
                    AND aa.administrator_id = invitation.administrator_id)
          OR EXISTS (SELECT 1 FROM stand_in s
                     JOIN account_administrator own ON own.administrator_id = s.administrator_id
                     WHERE s.stand_in_id = invitation.administrator_id
                       AND s.ended_at IS NULL AND s.until_at > $1
                       AND own.stand_in_id IS NULL
                       AND (own.account_number = invitation.account_number
                            OR s.administrator_id = invitation.invited_by)))"
    };
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Names it.
    pub id: InvitationId,
    /// Who is invited.
    pub administrator: AdministratorId,
    /// The account its mail names.
    pub account: AccountNumber,
    /// Who invited; none where it was the operator.
    pub invited_by: Option<AdministratorId>,
    /// When.
    pub created_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it set the password.
    pub used_at: Option<Timestamp>,
    /// When it was taken back, or a newer one took its place.
    pub revoked_at: Option<Timestamp>,
}

/// Adds one.
pub async fn insert(conn: &mut AnyConnection, invitation: &Invitation) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO invitation
             (id, administrator_id, account_number, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(invitation.id.to_string())
    .bind(invitation.administrator.to_string())
    .bind(invitation.account.as_str())
    .bind(invitation.invited_by.map(|id| id.to_string()))
    .bind(invitation.created_at.as_micros())
    .bind(invitation.expires_at.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// One invitation.
pub async fn find(
    conn: &mut AnyConnection,
    id: InvitationId,
) -> Result<Option<Invitation>, StoreError> {
    sqlx::query(
        "SELECT id, administrator_id, account_number, invited_by, created_at, expires_at, used_at,
                revoked_at
         FROM invitation WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| invitation(&row))
    .transpose()
}

/// Uses one up; `false` where it was used, taken back or too late.
pub async fn use_up(
    conn: &mut AnyConnection,
    id: InvitationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE invitation SET used_at = $1
         WHERE id = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $1",
    )
    .bind(now.as_micros())
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Whether whoever is invited decides for the account that the invitation names, or will as a
/// stand-in, be it for the other accounts of the inviter.
pub async fn has_right(
    conn: &mut AnyConnection,
    id: InvitationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT 1 FROM invitation WHERE id = $2 AND ",
        its_right!()
    ))
    .bind(now.as_micros())
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Takes back whatever an administrator could still use.
pub async fn revoke_all_of(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE invitation SET revoked_at = $1
         WHERE administrator_id = $2 AND used_at IS NULL AND revoked_at IS NULL",
    )
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back those of an administrator that name this account; what another company has mailed
/// stays.
pub async fn revoke_for(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE invitation SET revoked_at = $1
         WHERE administrator_id = $2 AND account_number = $3
           AND used_at IS NULL AND revoked_at IS NULL",
    )
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .bind(account.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back those of an administrator that name an account for which it does not decide any more,
/// nor will.
pub async fn revoke_without_right(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(concat!(
        "UPDATE invitation SET revoked_at = $1
         WHERE administrator_id = $2 AND used_at IS NULL AND revoked_at IS NULL AND NOT ",
        its_right!()
    ))
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

fn invitation(row: &AnyRow) -> Result<Invitation, StoreError> {
    let read = Reader {
        row,
        table: "invitation",
        key: "id",
    };
    Ok(Invitation {
        id: read.parsed("id", from_str)?,
        administrator: read.parsed("administrator_id", from_str)?,
        account: read.account("account_number")?,
        invited_by: read.maybe_parsed("invited_by", from_str)?,
        created_at: read.time("created_at")?,
        expires_at: read.time("expires_at")?,
        used_at: read.maybe_time("used_at")?,
        revoked_at: read.maybe_time("revoked_at")?,
    })
}
