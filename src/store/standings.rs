//! What stands for one address on one account: what the rules look at, and what a change waits for.

use sqlx::AnyConnection;

use super::{
    StoreError,
    rows::{Reader, from_str},
};
use crate::domain::{
    account::Esecure,
    account_number::AccountNumber,
    email_address::EmailAddress,
    entry::Standing,
    people::PersonId,
    request::RequestId,
    rules::{Facts, Likeness},
    timestamp::Timestamp,
};

/// The facts that the rules look at, of an account and an address, in one look-up; none where there
/// is no such account. Whether the address is verified and its domain genuine, no table says.
pub async fn facts(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<Option<Facts>, StoreError> {
    sqlx::query(
        "SELECT a.number, a.esecure_at, e.status, e.request_id, e.until_at, e.changed_at,
             (SELECT COUNT(*) FROM account_domain d
              WHERE d.account_number = a.number AND d.kind = 'my') AS my_domains,
             (SELECT COUNT(*) FROM account_domain d
              WHERE d.account_number = a.number AND d.kind = 'my' AND d.domain = $3) AS in_my,
             (SELECT COUNT(*) FROM account_domain d
              WHERE d.account_number = a.number AND d.kind = 'authorized' AND d.domain = $3) AS in_authorized
         FROM account a
         LEFT JOIN person p ON p.address_key = $2
         LEFT JOIN entry e ON e.account_number = a.number AND e.person_id = p.id
         WHERE a.number = $1",
    )
    .bind(account.as_str())
    .bind(email.key())
    .bind(email.domain())
    .fetch_optional(conn)
    .await?
    .map(|row| {
        let read = Reader {
            row: &row,
            table: "entry",
            key: "number",
        };
        Ok(Facts {
            esecure: match read.maybe_time("esecure_at")? {
                Some(_) => Esecure::Active,
                None => Esecure::Inactive,
            },
            standing: match read.maybe_text("status")? {
                Some(status) => Some(standing(&read, &status)?),
                None => None,
            },
            outside_my_domain: read.number("my_domains")? > 0 && read.number("in_my")? == 0,
            in_authorized_domain: read.number("in_authorized")? > 0,
            verified: false,
            likeness: Likeness::Unknown,
        })
    })
    .transpose()
}

fn standing(read: &Reader<'_>, status: &str) -> Result<Standing, StoreError> {
    let request: Option<RequestId> = read.maybe_parsed("request_id", from_str)?;
    match (status, request) {
        ("pending", Some(request)) => Ok(Standing::Pending { request }),
        ("approved", _) => Ok(Standing::Approved {
            until: read.maybe_time("until_at")?,
        }),
        ("rejected", request) => Ok(Standing::Rejected {
            at: read.time("changed_at")?,
            request,
        }),
        ("expired" | "none", _) => Ok(Standing::None),
        _ => Err(read.corrupt("status and request_id together")),
    }
}

/// What stands for an address, in a transaction that changes it: whoever changes it meanwhile waits.
/// An address that nobody ever asked for has nothing standing from here on.
pub async fn standing_now(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let row = sqlx::query(
        "INSERT INTO entry (account_number, person_id, domain, status, changed_at, use_count)
         VALUES ($1, $2,
             (SELECT SUBSTR(p.address_key, LENGTH(RTRIM(p.address_key, REPLACE(p.address_key, '@', ''))) + 1)
              FROM person p WHERE p.id = $2), 'none', $3, 0)
         ON CONFLICT (account_number, person_id) DO UPDATE SET changed_at = entry.changed_at
         RETURNING account_number AS number, status, request_id, until_at, changed_at",
    )
    .bind(account.as_str())
    .bind(person.to_string())
    .bind(now.as_micros())
    .fetch_one(conn)
    .await?;
    let read = Reader {
        row: &row,
        table: "entry",
        key: "number",
    };
    standing(&read, &read.text("status")?)
}

/// Whether an address stands rejected, by whatever.
pub async fn is_rejected(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let facts = facts(conn, account, email).await?;
    let standing = facts.and_then(|facts| facts.standing);
    Ok(matches!(standing, Some(Standing::Rejected { .. })))
}
