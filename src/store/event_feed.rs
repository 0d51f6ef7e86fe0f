//! The event feed: what shipping systems hear of.
//!
//! An event is written with its audit event, in the transaction that makes the change. Its position
//! in the feed it gets after that commit, by [`place`], and only then readers see it. Were it given
//! before, a transaction that commits late would put its event behind a reader that has already
//! gone past. Positions are given by one transaction at a time, which holds the row of the last
//! one: so they become visible in their order, and a reader behind a position misses nothing.

use std::{collections::HashMap, ops::Range};

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    StoreError,
    hearing::heard_of,
    request_rows::request,
    rows::{Reader, changed, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    announced::{Announced, FeedEventId, Noun},
    email_address::EmailAddress,
    event::AuditRow,
    people::{AdministratorId, Client},
    request::{AccessRequest, Door, RequestId},
    timestamp::Timestamp,
    webhook::SentKind,
};

/// An event of the feed.
#[derive(Clone, Debug)]
pub struct FeedEvent {
    /// Which.
    pub id: FeedEventId,
    /// Its place in the feed.
    pub position: i64,
    /// Its place among what happened on its account.
    pub sequence: i64,
    /// What happened.
    pub kind: Announced,
    /// When.
    pub at: Timestamp,
    /// To what, as it stood then.
    pub then: Then,
}

/// What stood when an event happened.
#[derive(Clone, Debug)]
pub enum Then {
    /// A request.
    Request {
        /// The request with the state of then.
        request: Box<AccessRequest>,
        /// Whether an administrator could hear of it, while it was open.
        reachable: bool,
    },
    /// What stands for an address on an account.
    Entry(EntryThen),
}

/// What stood for an address from then on.
#[derive(Clone, Debug)]
pub struct EntryThen {
    /// On which account.
    pub account: AccountNumber,
    /// For which address.
    pub email: EmailAddress,
    /// `approved`, `rejected` or `none`.
    pub status: String,
    /// The permission ends here.
    pub until: Option<Timestamp>,
    /// The request that was decided by it, or that is behind the entry.
    pub request: Option<RequestId>,
    /// Through which door it came.
    pub door: Door,
    /// The administrator who did it.
    pub by: Option<AdministratorId>,
    /// The administrator for whom that was.
    pub absent: Option<AdministratorId>,
}

/// Announces what an audit event tells, where that is told to shipping systems. The state of then is
/// the state that the transaction has written by now.
pub(super) async fn announce(conn: &mut AnyConnection, row: &AuditRow) -> Result<(), StoreError> {
    let Some(kind) = Announced::parse(&row.name) else {
        return Ok(());
    };
    match (kind.noun(), &row.request, &row.subject) {
        (Noun::Request, Some(request), _) => announce_request(conn, row, request).await,
        (Noun::AuthorizedUser, _, Some(person)) => announce_user(conn, row, person).await,
        (Noun::Request | Noun::AuthorizedUser, _, _) => Ok(()), // It is about nobody.
    }
}

async fn announce_request(
    conn: &mut AnyConnection,
    row: &AuditRow,
    request: &str,
) -> Result<(), StoreError> {
    let result = sqlx::query(concat!(
        "INSERT INTO feed_event
             (id, account_number, seq, kind, at, person_id, request_id, status, door, decided_by,
              decided_for, rule, decided_at, note, repeats, updated_at, expires_at, unheard_at)
         SELECT CAST($1 AS TEXT), r.account_number, CAST($2 AS BIGINT), CAST($3 AS TEXT),
             CAST($4 AS BIGINT), r.person_id, r.id, r.status, r.door, r.decided_by, r.decided_for,
             r.rule, r.decided_at, CASE WHEN r.note_shown_at IS NULL THEN NULL ELSE r.note END,
             r.repeats, r.updated_at, r.expires_at,
             CASE WHEN r.status = 'pending' AND NOT ",
        heard_of!(),
        " THEN CAST($4 AS BIGINT) END
         FROM access_request r WHERE r.id = $5 AND r.account_number = $6"
    ))
    .bind(FeedEventId::new().to_string())
    .bind(row.seq)
    .bind(&row.name)
    .bind(row.at)
    .bind(request)
    .bind(&row.chain)
    .execute(conn)
    .await?;
    written(&result, "access_request", request)
}

async fn announce_user(
    conn: &mut AnyConnection,
    row: &AuditRow,
    person: &str,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "INSERT INTO feed_event
             (id, account_number, seq, kind, at, person_id, request_id, status, door, decided_by,
              decided_for, until_at)
         SELECT CAST($1 AS TEXT), e.account_number, CAST($2 AS BIGINT), CAST($3 AS TEXT),
             CAST($4 AS BIGINT), e.person_id, CAST($5 AS TEXT), e.status, CAST($6 AS TEXT),
             CAST($7 AS TEXT), CAST($8 AS TEXT), e.until_at
         FROM entry e WHERE e.account_number = $9 AND e.person_id = $10",
    )
    .bind(FeedEventId::new().to_string())
    .bind(row.seq)
    .bind(&row.name)
    .bind(row.at)
    .bind(row.request.as_deref())
    .bind(row.door.as_deref())
    .bind(row.administrator().map(|id| id.to_string()))
    .bind(row.done_for().map(|id| id.to_string()))
    .bind(&row.chain)
    .bind(person)
    .execute(conn)
    .await?;
    written(&result, "entry", person)
}

fn written(
    result: &sqlx::any::AnyQueryResult,
    table: &'static str,
    id: &str,
) -> Result<(), StoreError> {
    if changed(result) {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        table,
        id: id.to_owned(),
        what: "the row behind an audit event",
    })
}

/// Whether there are events without a position.
pub async fn has_unplaced(conn: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM feed_event WHERE position IS NULL LIMIT 1")
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Gives committed events their positions, those of one account in the order in which they happened
/// there; how many it were. Nobody else gives any until the transaction ends.
pub async fn place(conn: &mut AnyConnection, at_most: i64) -> Result<usize, StoreError> {
    // A change that changes nothing: it waits for whoever holds the row, and then holds it.
    let mut position: i64 = sqlx::query_scalar(
        "UPDATE feed_head SET position = position WHERE id = 'head' RETURNING position",
    )
    .fetch_one(&mut *conn)
    .await?;
    // An account's chain is locked until its transaction ends, so what is seen of an account has no gap.
    let rows = sqlx::query(
        "SELECT id, account_number, at FROM feed_event WHERE position IS NULL
         ORDER BY account_number, seq LIMIT $1",
    )
    .bind(at_most)
    .fetch_all(&mut *conn)
    .await?;
    let placed = rows.len();
    for id in by_time(&rows)? {
        position += 1;
        let result =
            sqlx::query("UPDATE feed_event SET position = $1 WHERE id = $2 AND position IS NULL")
                .bind(position)
                .bind(id)
                .execute(&mut *conn)
                .await?;
        if !changed(&result) {
            return Err(StoreError::Moved);
        }
    }
    sqlx::query("UPDATE feed_head SET position = $1 WHERE id = 'head'")
        .bind(position)
        .execute(conn)
        .await?;
    Ok(placed)
}

/// The ids, the oldest first. A clock that stepped back does not turn the order within an account.
fn by_time(rows: &[AnyRow]) -> Result<Vec<String>, StoreError> {
    let mut latest: HashMap<String, i64> = HashMap::new();
    let mut ids: Vec<(i64, String)> = Vec::with_capacity(rows.len());
    for row in rows {
        let at: i64 = row.try_get("at")?;
        let latest = latest.entry(row.try_get("account_number")?).or_insert(at);
        *latest = at.max(*latest);
        ids.push((*latest, row.try_get("id")?));
    }
    ids.sort_by_key(|(at, _)| *at); // It keeps what is equal as it was.
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

/// The last position that was given. Whatever has that position or an earlier one can be read.
pub async fn last_position(conn: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT position FROM feed_head WHERE id = 'head'")
            .fetch_one(conn)
            .await?,
    )
}

/// What is read of an event, of those that a scope (`$1`, empty for every account) has.
macro_rules! events_in_scope {
    () => {
        "SELECT f.id AS event_id, f.position, f.seq, f.kind, f.at, f.account_number, f.person_id, p.address,
             f.request_id, f.status, f.door, f.decided_by, f.decided_for, f.rule, f.decided_at,
             f.note, f.decided_at AS note_shown_at, f.repeats, f.updated_at, f.expires_at,
             f.unheard_at, f.until_at, r.id, r.number, r.name, r.reason, r.reference, r.language,
             r.client_id, r.created_at, r.looks_like, r.reminders, r.silent_since, r.remind_at
         FROM feed_event f JOIN person p ON p.id = f.person_id
         LEFT JOIN access_request r ON r.id = f.request_id
         WHERE p.address_key IS NOT NULL
           AND ($1 = '' OR f.account_number IN
                   (SELECT account_number FROM client_account WHERE client_id = $1))"
    };
}

fn scope(client: &Client) -> String {
    match client.all_accounts {
        true => String::new(),
        false => client.id.to_string(),
    }
}

/// The events behind a position of the accounts in a shipping system's scope, the oldest first.
/// Those about an address that was erased are left out.
pub async fn page(
    conn: &mut AnyConnection,
    client: &Client,
    behind: i64,
    at_most: i64,
) -> Result<Vec<FeedEvent>, StoreError> {
    sqlx::query(concat!(
        events_in_scope!(),
        " AND f.position > $2 ORDER BY f.position LIMIT $3"
    ))
    .bind(scope(client))
    .bind(behind)
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(feed_event)
    .collect()
}

/// One event, where it is in a shipping system's scope and not about an address that was erased.
pub async fn find(
    conn: &mut AnyConnection,
    client: &Client,
    id: FeedEventId,
) -> Result<Option<FeedEvent>, StoreError> {
    sqlx::query(concat!(
        events_in_scope!(),
        " AND f.id = $2 AND f.position IS NOT NULL"
    ))
    .bind(scope(client))
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| feed_event(&row))
    .transpose()
}

/// An event that an endpoint does not have yet.
pub(super) struct Waiting {
    pub(super) event: FeedEventId,
    pub(super) position: i64,
    pub(super) kind: SentKind,
    /// Those about one go one after the other.
    pub(super) topic: String,
}

/// What an endpoint of a client does not have yet of this part of the feed.
pub(super) async fn waiting(
    conn: &mut AnyConnection,
    client: &Client,
    feed: &Range<i64>,
    at_most: i64,
) -> Result<Vec<Waiting>, StoreError> {
    sqlx::query(
        "SELECT f.id, f.position, f.kind, f.account_number, f.person_id FROM feed_event f
         WHERE f.position > $1 AND f.position <= $2
           AND ($3 = '' OR f.account_number IN
                   (SELECT account_number FROM client_account WHERE client_id = $3))
         ORDER BY f.position LIMIT $4",
    )
    .bind(feed.start)
    .bind(feed.end)
    .bind(scope(client))
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(|row| {
        let read = reader(row, "id");
        let (account, person) = (read.text("account_number")?, read.text("person_id")?);
        Ok(Waiting {
            event: read.parsed("id", from_str)?,
            position: read.number("position")?,
            kind: read.parsed("kind", SentKind::parse)?,
            topic: format!("{account}/{person}"),
        })
    })
    .collect()
}

fn reader<'r>(row: &'r AnyRow, key: &'static str) -> Reader<'r> {
    Reader {
        row,
        table: "feed_event",
        key,
    }
}

fn feed_event(row: &AnyRow) -> Result<FeedEvent, StoreError> {
    let read = reader(row, "event_id");
    let kind = read.parsed("kind", Announced::parse)?;
    let then = match kind.noun() {
        Noun::Request => Then::Request {
            request: Box::new(request(row)?),
            reachable: read.maybe_time("unheard_at")?.is_none(),
        },
        Noun::AuthorizedUser => Then::Entry(EntryThen {
            account: read.account("account_number")?,
            email: read.email("address")?,
            status: read.text("status")?,
            until: read.maybe_time("until_at")?,
            request: read.maybe_parsed("request_id", from_str)?,
            door: read.parsed("door", Door::parse)?,
            by: read.maybe_parsed("decided_by", from_str)?,
            absent: read.maybe_parsed("decided_for", from_str)?,
        }),
    };
    Ok(FeedEvent {
        id: read.parsed("event_id", from_str)?,
        position: read.number("position")?,
        sequence: read.number("seq")?,
        kind,
        at: read.time("at")?,
        then,
    })
}
