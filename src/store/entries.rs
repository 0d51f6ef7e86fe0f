//! The list of authorized users: one line for each address and account.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError, known_domains,
    rows::{Reader, changed, from_str, micros},
    search::patterns,
};
use crate::domain::{
    account_number::AccountNumber,
    email_address::EmailAddress,
    people::{AdministratorId, PersonId},
    request::{RequestId, Status},
    request_number::RequestNumber,
    timestamp::Timestamp,
};

/// One line of the Authorized User list.
pub struct Entry {
    /// Which account.
    pub account: AccountNumber,
    /// Whose address.
    pub person: PersonId,
    /// That address.
    pub email: EmailAddress,
    /// The word for what stands: `pending`, `approved`, `rejected`, `expired` or `none`.
    pub status: String,
    /// The request behind it, and its number.
    pub request: Option<(RequestId, RequestNumber)>,
    /// What the requester is called, and why it asks, in the requester's own words.
    pub words: (Option<String>, Option<String>),
    /// The permission ends here.
    pub until: Option<Timestamp>,
    /// Since when it stands.
    pub changed_at: Timestamp,
    /// How often the permission was used, and when last.
    pub used: (i64, Option<Timestamp>),
    /// How often it asked again since it was rejected, where the request behind it does not count that.
    pub repeats: i64,
}

/// Says what stands from now on.
pub struct Change<'a> {
    /// Which account.
    pub account: &'a AccountNumber,
    /// Whose address.
    pub person: PersonId,
    /// `pending`, `approved`, `rejected`, `expired` or `none`.
    pub status: &'static str,
    /// The request behind it.
    pub request: Option<RequestId>,
    /// The permission ends here.
    pub until: Option<Timestamp>,
    /// Since when.
    pub at: Timestamp,
}

/// Sets what stands for an address. The domain of an authorized user is known from then on.
pub async fn set(conn: &mut AnyConnection, change: &Change<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO entry
             (account_number, person_id, domain, status, request_id, until_at, changed_at, use_count)
         VALUES ($1, $2,
             (SELECT SUBSTR(p.address_key, LENGTH(RTRIM(p.address_key, REPLACE(p.address_key, '@', ''))) + 1)
              FROM person p WHERE p.id = $2), $3, $4, $5, $6, 0)
         ON CONFLICT (account_number, person_id) DO UPDATE SET
             status = excluded.status, repeats = 0,
             request_id = COALESCE(excluded.request_id, entry.request_id),
             until_at = excluded.until_at, changed_at = excluded.changed_at",
    )
    .bind(change.account.as_str())
    .bind(change.person.to_string())
    .bind(change.status)
    .bind(change.request.map(|id| id.to_string()))
    .bind(micros(change.until))
    .bind(change.at.as_micros())
    .execute(&mut *conn)
    .await?;
    learn(conn, change).await
}

async fn learn(conn: &mut AnyConnection, change: &Change<'_>) -> Result<(), StoreError> {
    if change.status == Status::Approved.as_str() {
        known_domains::learn(conn, change.account, change.person).await?;
    }
    Ok(())
}

/// Counts that a rejected address asked again where no request counts it.
pub async fn count_repeat(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE entry SET repeats = repeats + 1
         WHERE account_number = $1 AND person_id = (SELECT id FROM person WHERE address_key = $2)
           AND status = 'rejected'",
    )
    .bind(account.as_str())
    .bind(email.key())
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts one use of a permission.
pub async fn count_use(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE entry SET use_count = use_count + 1, used_at = $1
         WHERE account_number = $2 AND person_id = (SELECT id FROM person WHERE address_key = $3)
           AND status = 'approved'",
    )
    .bind(now.as_micros())
    .bind(account.as_str())
    .bind(email.key())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a standing permission away; `false` where there was none.
pub async fn remove_permission(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE entry SET status = 'none', until_at = NULL, changed_at = $1
         WHERE account_number = $2 AND person_id = $3 AND status = 'approved'",
    )
    .bind(now.as_micros())
    .bind(account.as_str())
    .bind(person.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Says until when a standing permission is one; `false` where there is none. Since when it stands
/// remains.
pub async fn set_until(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    until: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE entry SET until_at = $1
         WHERE account_number = $2 AND person_id = $3 AND status = 'approved'",
    )
    .bind(micros(until))
    .bind(account.as_str())
    .bind(person.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// Which lines of the list are wanted.
pub struct Page<'a> {
    /// The administrator whose accounts are shown, and no others.
    pub administrator: AdministratorId,
    /// Which status.
    pub status: Status,
    /// Part of an address or name; empty for all.
    pub search: &'a str,
    /// How many lines to pass over.
    pub skip: i64,
    /// How many lines to show.
    pub at_most: i64,
}

macro_rules! list {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM entry e
              JOIN account_administrator aa ON aa.account_number = e.account_number
              JOIN person p ON p.id = e.person_id
              LEFT JOIN access_request r ON r.id = e.request_id
              WHERE aa.administrator_id = $1 AND e.status = $2 AND p.address_key IS NOT NULL
                AND ($3 = ''
                     OR LOWER(p.address) LIKE $3 ESCAPE '!' OR LOWER(p.address) LIKE $4 ESCAPE '!'
                     OR LOWER(p.address) LIKE $5 ESCAPE '!' OR LOWER(p.address) LIKE $6 ESCAPE '!'
                     OR LOWER(COALESCE(r.name, '')) LIKE $3 ESCAPE '!' OR LOWER(COALESCE(r.name, '')) LIKE $4 ESCAPE '!'
                     OR LOWER(COALESCE(r.name, '')) LIKE $5 ESCAPE '!' OR LOWER(COALESCE(r.name, '')) LIKE $6 ESCAPE '!'
                     OR e.account_number LIKE $3 ESCAPE '!' OR LOWER(COALESCE(r.number, '')) LIKE $3 ESCAPE '!') ",
            $rest
        )
    };
}

/// One page of the list, the newest first.
pub async fn page(conn: &mut AnyConnection, page: &Page<'_>) -> Result<Vec<Entry>, StoreError> {
    let [lower, upper, title, typed] = patterns(page.search);
    sqlx::query(list!(
        "e.account_number, e.person_id, p.address, e.status, e.request_id, r.number, r.name,
         r.reason, e.until_at, e.changed_at, e.use_count, e.used_at, e.repeats",
        "ORDER BY e.changed_at DESC, e.person_id, e.account_number LIMIT $7 OFFSET $8"
    ))
    .bind(page.administrator.to_string())
    .bind(page.status.as_str())
    .bind(lower)
    .bind(upper)
    .bind(title)
    .bind(typed)
    .bind(page.at_most)
    .bind(page.skip)
    .fetch_all(conn)
    .await?
    .iter()
    .map(entry)
    .collect()
}

/// How many lines the whole list has.
pub async fn count(conn: &mut AnyConnection, page: &Page<'_>) -> Result<i64, StoreError> {
    let [lower, upper, title, typed] = patterns(page.search);
    Ok(sqlx::query_scalar(list!("COUNT(*)", ""))
        .bind(page.administrator.to_string())
        .bind(page.status.as_str())
        .bind(lower)
        .bind(upper)
        .bind(title)
        .bind(typed)
        .fetch_one(conn)
        .await?)
}

/// How many entries of an account have this status.
pub async fn count_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    status: Status,
) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT COUNT(*) FROM entry WHERE account_number = $1 AND status = $2")
            .bind(account.as_str())
            .bind(status.as_str())
            .fetch_one(conn)
            .await?,
    )
}

/// One entry.
pub async fn find(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
) -> Result<Option<Entry>, StoreError> {
    sqlx::query(
        "SELECT e.account_number, e.person_id, p.address, e.status, e.request_id, r.number, r.name,
                r.reason, e.until_at, e.changed_at, e.use_count, e.used_at, e.repeats
         FROM entry e JOIN person p ON p.id = e.person_id
         LEFT JOIN access_request r ON r.id = e.request_id
         WHERE e.account_number = $1 AND e.person_id = $2 AND p.address_key IS NOT NULL",
    )
    .bind(account.as_str())
    .bind(person.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| entry(&row))
    .transpose()
}

/// Changes what stands for an address, if it is what somebody saw; `false` where it is not. A
/// rejection is then no longer that of the request behind the entry.
pub async fn overturn(
    conn: &mut AnyConnection,
    change: &Change<'_>,
    seen: Status,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE entry SET status = $1, until_at = NULL, changed_at = $2, repeats = 0,
             request_id = CASE WHEN $1 = 'rejected' THEN NULL ELSE request_id END
         WHERE account_number = $3 AND person_id = $4 AND status = $5",
    )
    .bind(change.status)
    .bind(change.at.as_micros())
    .bind(change.account.as_str())
    .bind(change.person.to_string())
    .bind(seen.as_str())
    .execute(&mut *conn)
    .await?;
    if !changed(&result) {
        return Ok(false);
    }
    learn(conn, change).await?;
    Ok(true)
}

/// The authorized users of an account, or of all, by account and address.
pub async fn authorized_users(
    conn: &mut AnyConnection,
    account: Option<&AccountNumber>,
) -> Result<Vec<Entry>, StoreError> {
    sqlx::query(
        "SELECT e.account_number, e.person_id, p.address, e.status, e.request_id, r.number, r.name,
                r.reason, e.until_at, e.changed_at, e.use_count, e.used_at, e.repeats
         FROM entry e JOIN person p ON p.id = e.person_id
         LEFT JOIN access_request r ON r.id = e.request_id
         WHERE e.status = 'approved' AND p.address_key IS NOT NULL
           AND ($1 = '' OR e.account_number = $1)
         ORDER BY e.account_number, p.address_key",
    )
    .bind(account.map_or("", AccountNumber::as_str))
    .fetch_all(conn)
    .await?
    .iter()
    .map(entry)
    .collect()
}

fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    let read = Reader {
        row,
        table: "entry",
        key: "person_id",
    };
    let request = read.maybe_parsed("request_id", from_str)?;
    let number = read.maybe_parsed("number", from_str)?;
    Ok(Entry {
        account: read.account("account_number")?,
        person: read.parsed("person_id", from_str)?,
        email: read.email("address")?,
        status: read.text("status")?,
        request: request.zip(number),
        words: (read.maybe_text("name")?, read.maybe_text("reason")?),
        until: read.maybe_time("until_at")?,
        changed_at: read.time("changed_at")?,
        used: (read.number("use_count")?, read.maybe_time("used_at")?),
        repeats: read.number("repeats")?,
    })
}
