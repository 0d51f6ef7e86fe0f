//! The rules of accounts about mail domains.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed},
};
use crate::domain::{
    account_number::AccountNumber,
    domain_name::DomainName,
    domain_rule::{DomainKind, DomainRule},
    people::AdministratorId,
};

/// Adds a rule; `false` where the account has it already.
pub async fn add(conn: &mut AnyConnection, rule: &DomainRule) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO account_domain (account_number, kind, domain, added_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (account_number, kind, domain) DO NOTHING",
    )
    .bind(rule.account.as_str())
    .bind(rule.kind.as_str())
    .bind(rule.domain.as_str())
    .bind(rule.added_at.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Takes a rule away; `false` where there is none.
pub async fn remove(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    kind: DomainKind,
    domain: &DomainName,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "DELETE FROM account_domain WHERE account_number = $1 AND kind = $2 AND domain = $3",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(domain.as_str())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Whether an account has a rule, in a transaction that decides by it: whoever takes it away
/// meanwhile waits, so that nothing is decided by a rule that is gone.
pub async fn holds_now(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    kind: DomainKind,
    domain: &DomainName,
) -> Result<bool, StoreError> {
    // Nothing changes; writing is what locks a row on both databases.
    let result = sqlx::query(
        "UPDATE account_domain SET added_at = added_at
         WHERE account_number = $1 AND kind = $2 AND domain = $3",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(domain.as_str())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The rules of one account, or of all, by account, kind and domain.
pub async fn all(
    conn: &mut AnyConnection,
    account: Option<&AccountNumber>,
) -> Result<Vec<DomainRule>, StoreError> {
    sqlx::query(
        "SELECT account_number, kind, domain, added_at FROM account_domain
         WHERE ($1 = '' OR account_number = $1) ORDER BY account_number, kind, domain",
    )
    .bind(account.map_or("", AccountNumber::as_str))
    .fetch_all(conn)
    .await?
    .iter()
    .map(rule)
    .collect()
}

/// The rules of the accounts of an administrator, not of those it stands in for, likewise.
pub async fn of_administrator(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<DomainRule>, StoreError> {
    sqlx::query(
        "SELECT d.account_number, d.kind, d.domain, d.added_at
         FROM account_domain d
         JOIN account_administrator aa ON aa.account_number = d.account_number
         WHERE aa.administrator_id = $1 AND aa.stand_in_id IS NULL
         ORDER BY d.account_number, d.kind, d.domain",
    )
    .bind(administrator.to_string())
    .fetch_all(conn)
    .await?
    .iter()
    .map(rule)
    .collect()
}

fn rule(row: &AnyRow) -> Result<DomainRule, StoreError> {
    let read = Reader {
        row,
        table: "account_domain",
        key: "domain",
    };
    Ok(DomainRule {
        account: read.account("account_number")?,
        kind: read.parsed("kind", DomainKind::parse)?,
        domain: read.domain("domain")?,
        added_at: read.time("added_at")?,
    })
}
