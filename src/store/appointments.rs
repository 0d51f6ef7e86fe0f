//! Who administers the accounts of one administrator: itself and its colleagues. Nothing here shows or
//! changes anything of accounts that are not the caller's own; stand-ins do not count.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError, known_as,
    people::{administrator, administrator_reader},
    rows::changed,
};
use crate::domain::{
    account_number::AccountNumber,
    email_address::EmailAddress,
    event::Actor,
    people::{Administrator, AdministratorId},
    timestamp::Timestamp,
};

/// On account `$1` somebody else than `$2` has signed in since it decides there. Who could, and never
/// did, does not count: whether it can is a matter of the accounts where it did.
macro_rules! somebody_else_signed_in {
    () => {
        "EXISTS (SELECT 1 FROM account_administrator other
                 WHERE other.account_number = $1 AND other.administrator_id <> $2
                   AND other.stand_in_id IS NULL AND other.signed_in_at IS NOT NULL)"
    };
}

/// An administrator of one of the caller's accounts.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// Of which account.
    pub account: AccountNumber,
    /// Who.
    pub administrator: Administrator,
    /// Where it can be called.
    pub phone: Option<String>,
    /// Since when it decides for the account.
    pub since: Timestamp,
    /// Whether it has signed in since. Whether it could before, other accounts know.
    pub has_signed_in: bool,
    /// How many mails about the account were handed over to its mail server.
    pub delivered: i64,
    /// How many were given up.
    pub failed: i64,
}

/// Everybody who decides for an account of the caller, by account, the longest-serving first. Mails
/// are counted since then.
pub async fn colleagues(
    conn: &mut AnyConnection,
    caller: AdministratorId,
    mails_since: Timestamp,
) -> Result<Vec<Colleague>, StoreError> {
    sqlx::query(concat!(
        "SELECT aa.account_number, aa.added_at, aa.signed_in_at, d.id, d.person_id, p.address, ",
        known_as::name!(),
        ", d.language, d.address_state, k.phone,
                (SELECT COUNT(*) FROM message m JOIN access_request r ON r.id = m.request_id
                 WHERE m.administrator_id = d.id AND m.created_at >= $2 AND m.status = 'delivered'
                   AND r.account_number = aa.account_number) AS delivered,
                (SELECT COUNT(*) FROM message m JOIN access_request r ON r.id = m.request_id
                 WHERE m.administrator_id = d.id AND m.created_at >= $2 AND m.status = 'failed'
                   AND r.account_number = aa.account_number) AS failed
         FROM account_administrator mine
         JOIN account_administrator aa ON aa.account_number = mine.account_number
         JOIN administrator d ON d.id = aa.administrator_id
         JOIN person p ON p.id = d.person_id",
        known_as::join!(),
        "WHERE mine.administrator_id = $1 AND mine.stand_in_id IS NULL AND aa.stand_in_id IS NULL
         ORDER BY aa.account_number, aa.added_at, d.id"
    ))
    .bind(caller.to_string())
    .bind(mails_since.as_micros())
    .fetch_all(conn)
    .await?
    .iter()
    .map(colleague)
    .collect()
}

/// One of them, on one account; none where either is not the caller's.
pub async fn colleague_on(
    conn: &mut AnyConnection,
    caller: AdministratorId,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<Option<Administrator>, StoreError> {
    sqlx::query(concat!(
        "SELECT d.id, d.person_id, p.address, ",
        known_as::name!(),
        ", d.language, d.address_state
         FROM account_administrator mine
         JOIN account_administrator aa ON aa.account_number = mine.account_number
         JOIN administrator d ON d.id = aa.administrator_id
         JOIN person p ON p.id = d.person_id",
        known_as::join!(),
        "WHERE mine.administrator_id = $1 AND mine.account_number = $2 AND aa.administrator_id = $3
           AND mine.stand_in_id IS NULL AND aa.stand_in_id IS NULL"
    ))
    .bind(caller.to_string())
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| self::administrator(&row))
    .transpose()
}

/// The addresses of everybody who decides for an account of the caller, the caller's own among them.
pub async fn addresses_of_colleagues(
    conn: &mut AnyConnection,
    caller: AdministratorId,
) -> Result<Vec<EmailAddress>, StoreError> {
    sqlx::query(
        "SELECT DISTINCT d.id, p.address
         FROM account_administrator mine
         JOIN account_administrator aa ON aa.account_number = mine.account_number
         JOIN administrator d ON d.id = aa.administrator_id
         JOIN person p ON p.id = d.person_id
         WHERE mine.administrator_id = $1 AND mine.stand_in_id IS NULL AND aa.stand_in_id IS NULL",
    )
    .bind(caller.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| administrator_reader(row).email("address"))
    .collect()
}

/// Notes that somebody signed in, on each account where that was not so yet.
pub async fn note_sign_in(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE account_administrator SET signed_in_at = $1
         WHERE administrator_id = $2 AND signed_in_at IS NULL",
    )
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody signed in since it decides for an account.
pub async fn has_signed_in(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_administrator
         WHERE account_number = $1 AND administrator_id = $2 AND signed_in_at IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether one administrator decides for every account that another one does. Then nothing of the
/// other belongs to a company that is not theirs.
pub async fn shares_all_accounts(
    conn: &mut AnyConnection,
    caller: AdministratorId,
    other: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM account_administrator theirs
                                WHERE theirs.administrator_id = $2 AND theirs.stand_in_id IS NULL)
             AND NOT EXISTS (SELECT 1 FROM account_administrator theirs
                             WHERE theirs.administrator_id = $2 AND theirs.stand_in_id IS NULL
                               AND theirs.account_number NOT IN
                                   (SELECT own.account_number FROM account_administrator own
                                    WHERE own.administrator_id = $1 AND own.stand_in_id IS NULL))",
    )
    .bind(caller.to_string())
    .bind(other.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether somebody else has signed in for the account, so that this administrator may go.
pub async fn others_signed_in(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(concat!("SELECT 1 WHERE ", somebody_else_signed_in!()))
        .bind(account.as_str())
        .bind(administrator.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Whether somebody else on the account has a way to sign in, used or not: for the operator, to whom
/// nothing of other accounts is hidden.
pub async fn others_have_a_way_in(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 WHERE EXISTS (
             SELECT 1 FROM account_administrator other
             JOIN administrator d ON d.id = other.administrator_id
             WHERE other.account_number = $1 AND other.administrator_id <> $2
               AND other.stand_in_id IS NULL
               AND (d.password_at IS NOT NULL
                    OR EXISTS (SELECT 1 FROM passkey k WHERE k.administrator_id = d.id)
                    OR EXISTS (SELECT 1 FROM identity i WHERE i.administrator_id = d.id)))",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether an administrator ever did anything for an account: whoever appointed it asked nobody. What it
/// did for itself, and every account of its hears of, is nothing of the kind.
pub async fn ever_acted(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM audit_event
         WHERE chain = $1 AND actor = $2
           AND name NOT IN ('administrator.alias_added', 'administrator.alias_removed',
                            'stand_in.named', 'stand_in.cancelled')
         LIMIT 1",
    )
    .bind(account.as_str())
    .bind(Actor::Administrator(administrator).as_text())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Ends an appointment, but never one after which nobody is left who signed in for the account; `false`
/// where nothing changed. Whoever calls holds the account ([`super::accounts::hold`]): two who remove each
/// other at once would otherwise both find the other still there.
pub async fn dismiss_unless_last(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(concat!(
        "DELETE FROM account_administrator
         WHERE account_number = $1 AND administrator_id = $2 AND stand_in_id IS NULL AND ",
        somebody_else_signed_in!()
    ))
    .bind(account.as_str())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Whether an administrator decides for any account, or will as a stand-in.
pub async fn decides_at_all(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM account_administrator WHERE administrator_id = $1)
             OR EXISTS (SELECT 1 FROM stand_in
                        WHERE stand_in_id = $1 AND ended_at IS NULL AND until_at > $2)",
    )
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

fn colleague(row: &AnyRow) -> Result<Colleague, StoreError> {
    let read = administrator_reader(row);
    Ok(Colleague {
        account: read.account("account_number")?,
        administrator: administrator(row)?,
        phone: read.maybe_text("phone")?,
        since: read.time("added_at")?,
        has_signed_in: read.maybe_time("signed_in_at")?.is_some(),
        delivered: read.number("delivered")?,
        failed: read.number("failed")?,
    })
}
