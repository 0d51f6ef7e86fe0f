//! Access requests by what they have in common.

use sqlx::AnyConnection;

use super::{
    StoreError,
    request_rows::{request, select},
    rows::ids,
};
use crate::domain::{
    account_number::AccountNumber,
    people::Client,
    request::{AccessRequest, RequestId, Status},
    timestamp::Timestamp,
};

/// The open requests whose time is over, the oldest first.
pub async fn expired(
    conn: &mut AnyConnection,
    now: Timestamp,
    at_most: i64,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE r.status = 'pending' AND r.expires_at <= $1 ORDER BY r.expires_at LIMIT $2"
    ))
    .bind(now.as_micros())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// The open requests of an account, the oldest first.
pub async fn open_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE r.account_number = $1 AND r.status = 'pending' ORDER BY r.created_at, r.id"
    ))
    .bind(account.as_str())
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// The newest requests, of one status or account where that is given.
pub async fn newest(
    conn: &mut AnyConnection,
    status: Option<Status>,
    account: Option<&AccountNumber>,
    at_most: i64,
) -> Result<Vec<AccessRequest>, StoreError> {
    sqlx::query(select!(
        "WHERE ($1 = '' OR r.status = $1) AND ($2 = '' OR r.account_number = $2)
         ORDER BY r.created_at DESC, r.id DESC LIMIT $3"
    ))
    .bind(status.map_or("", Status::as_str))
    .bind(account.map_or("", AccountNumber::as_str))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(request)
    .collect()
}

/// Which requests a page of a list shows.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Of this status alone.
    pub status: Option<Status>,
    /// Of this account alone.
    pub account: Option<&'a AccountNumber>,
    /// The last request of the page before.
    pub after: Option<(Timestamp, RequestId)>,
    /// How many at most.
    pub limit: i64,
}

impl Page<'_> {
    /// The same with one more at its end, which says that there are more.
    pub fn and_one_more(&self) -> Self {
        Self {
            limit: self.limit + 1,
            ..*self
        }
    }

    /// What the page stands before: when it was made, and which.
    pub(super) fn before(&self) -> (i64, String) {
        match self.after {
            Some((created_at, id)) => (created_at.as_micros(), id.to_string()),
            None => (i64::MAX, String::new()),
        }
    }
}

/// One page of the requests of the accounts in a client's scope, the newest first. What is added
/// meanwhile moves nothing into a later page.
pub async fn page(
    conn: &mut AnyConnection,
    client: &Client,
    page: &Page<'_>,
) -> Result<Vec<AccessRequest>, StoreError> {
    macro_rules! page {
        ($which:literal) => {
            select!($which "
                 AND ($3 = '' OR r.account_number IN
                         (SELECT account_number FROM client_account WHERE client_id = $3))
                 AND (r.created_at, r.id) < ($4, $5)
                 ORDER BY r.created_at DESC, r.id DESC LIMIT $6")
        };
    }
    // A statement for each, so that each goes through an index of its own.
    let sql = match (page.account, page.status) {
        (Some(_), _) => page!("WHERE r.account_number = $1 AND ($2 = '' OR r.status = $2)"),
        (None, Some(_)) => page!("WHERE $1 = '' AND r.status = $2"),
        (None, None) => page!("WHERE $1 = '' AND $2 = ''"),
    };
    let scope = (!client.all_accounts).then(|| client.id.to_string());
    let (before, id) = page.before();
    sqlx::query(sql)
        .bind(page.account.map_or("", AccountNumber::as_str))
        .bind(page.status.map_or("", Status::as_str))
        .bind(scope.as_deref().unwrap_or_default())
        .bind(before)
        .bind(id)
        .bind(page.limit)
        .fetch_all(conn)
        .await?
        .iter()
        .map(request)
        .collect()
}

/// The requests that were changed at that time or later.
pub async fn changed_since(
    conn: &mut AnyConnection,
    since: Timestamp,
) -> Result<Vec<RequestId>, StoreError> {
    let found = sqlx::query("SELECT id FROM access_request WHERE updated_at >= $1")
        .bind(since.as_micros())
        .fetch_all(conn)
        .await?;
    ids(&found, "access_request")
}
