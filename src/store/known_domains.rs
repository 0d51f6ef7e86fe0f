//! The mail domains an account knows: those of its rules, of its administrators (aliases too)
//! and of its authorized users. There may be very many users, so their domains are found by
//! [`look_alike::keys`] instead of being gone through.

use sqlx::{AnyConnection, Row};

use super::{
    StoreError,
    rows::{Reader, changed},
};
use crate::domain::{
    account_number::AccountNumber,
    domain_name::DomainName,
    look_alike::{self, Known},
    people::PersonId,
};

/// Notes the domain of somebody who is an authorized user from now on.
pub async fn learn(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT domain FROM entry WHERE account_number = $1 AND person_id = $2")
        .bind(account.as_str())
        .bind(person.to_string())
        .fetch_optional(&mut *conn)
        .await?;
    let domain: Option<String> = match row {
        Some(row) => row.try_get("domain")?,
        None => None,
    };
    let Some(domain) = domain.and_then(|domain| DomainName::parse(&domain).ok()) else {
        return Ok(()); // The address was erased.
    };
    for key in look_alike::keys(&domain) {
        let result = sqlx::query(
            "INSERT INTO user_domain_key (account_number, key, domain) VALUES ($1, $2, $3)
             ON CONFLICT (account_number, key, domain) DO NOTHING",
        )
        .bind(account.as_str())
        .bind(key)
        .bind(domain.as_str())
        .execute(&mut *conn)
        .await?;
        if !changed(&result) {
            break; // It is noted already, with all its keys.
        }
    }
    Ok(())
}

/// Every domain the account knows that the given one may look like; also some it does not.
pub async fn candidates(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    domain: &DomainName,
) -> Result<Known, StoreError> {
    let mut known = of_the_account(&mut *conn, account, domain).await?;
    let keys: Vec<String> = look_alike::keys(domain).into_iter().collect();
    for some in keys.chunks(KEYS_AT_ONCE) {
        known
            .others
            .extend(of_users(&mut *conn, account, some).await?);
    }
    // One that is found by keys of several statements, or is known twice over.
    known.others.sort();
    known.others.dedup();
    Ok(known)
}

/// The domains of rules and administrators: there are few of them. That a domain is an Authorized
/// Domain does not vouch for itself; that it is My Domain does.
async fn of_the_account(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    domain: &DomainName,
) -> Result<Known, StoreError> {
    let rows = sqlx::query(
        "SELECT d.domain AS known, CASE WHEN d.kind = 'my' THEN 'own' ELSE 'other' END AS whose
         FROM account_domain d
         WHERE d.account_number = $1 AND (d.kind = 'my' OR d.domain <> $2)
         UNION
         SELECT SUBSTR(p.address_key, LENGTH(RTRIM(p.address_key, REPLACE(p.address_key, '@', ''))) + 1) AS known,
             'own' AS whose
         FROM account_administrator aa
         JOIN administrator a ON a.id = aa.administrator_id
         JOIN person p ON p.id = a.person_id
         WHERE aa.account_number = $1 AND aa.stand_in_id IS NULL AND p.address_key IS NOT NULL
         UNION
         SELECT SUBSTR(p.address_key, LENGTH(RTRIM(p.address_key, REPLACE(p.address_key, '@', ''))) + 1) AS known,
             'other' AS whose
         FROM account_administrator aa
         JOIN administrator_alias l ON l.administrator_id = aa.administrator_id
         JOIN person p ON p.id = l.person_id
         WHERE aa.account_number = $1 AND aa.stand_in_id IS NULL AND p.address_key IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(domain.as_str())
    .fetch_all(conn)
    .await?;
    let mut known = Known::default();
    for row in &rows {
        let whose: String = row.try_get("whose")?;
        match whose.as_str() {
            "own" => known.own.push(read(row, "account_domain")?),
            _ => known.others.push(read(row, "account_domain")?),
        }
    }
    Ok(known)
}

/// One statement for nearly every domain: of one text, so that it is prepared once.
const KEYS_AT_ONCE: usize = 32;

/// The domains of authorized users under these keys.
async fn of_users(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    keys: &[String],
) -> Result<Vec<DomainName>, StoreError> {
    let mut query = sqlx::query(
        "SELECT DISTINCT k.domain AS known FROM user_domain_key k
         WHERE k.account_number = $1
           AND k.key IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
               $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
           AND EXISTS (SELECT 1 FROM entry e
               WHERE e.account_number = k.account_number AND e.domain = k.domain AND e.status = 'approved')",
    )
    .bind(account.as_str());
    let last = keys.last().map_or("", String::as_str);
    for at in 0..KEYS_AT_ONCE {
        query = query.bind(keys.get(at).map_or(last, String::as_str));
    }
    query
        .fetch_all(conn)
        .await?
        .iter()
        .map(|row| read(row, "user_domain_key"))
        .collect()
}

fn read(row: &sqlx::any::AnyRow, table: &'static str) -> Result<DomainName, StoreError> {
    let read = Reader {
        row,
        table,
        key: "known",
    };
    read.domain("known")
}
