//! Looking back at what happened, as it stood then: the event feed.

use sqlx::AnyConnection;

use super::look::Shown;
use crate::{
    app::App,
    domain::{
        announced::{Announced, FeedEventId},
        people::{Administrator, Client},
        request::AccessRequest,
        timestamp::Timestamp,
    },
    store::{
        StoreError,
        event_feed::{self, EntryThen, FeedEvent, Then},
        known_as, notifications,
    },
};

/// An event with what stood around it then.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which.
    pub id: FeedEventId,
    /// Its place among what happened on its account.
    pub sequence: i64,
    /// What happened.
    pub kind: Announced,
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub about: About,
}

/// What an event is about.
#[derive(Clone, Debug)]
pub enum About {
    /// A request.
    Request(Box<Shown>),
    /// What stands for an address on an account.
    Entry(Box<ShownEntry>),
}

/// What stands for an address, and who said so.
#[derive(Clone, Debug)]
pub struct ShownEntry {
    /// What stood then.
    pub then: EntryThen,
    /// The administrator who did it.
    pub decided_by: Option<Administrator>,
    /// The administrator for whom that was.
    pub decided_for: Option<Administrator>,
}

/// The events behind a position that a client may see, the oldest first, and the position behind
/// which the next ones stand. Where there are no more now, that is the end of the whole feed: the
/// next look need not pass over what other accounts had.
pub async fn events_for_client(
    app: &App,
    client: &Client,
    behind: i64,
    at_most: i64,
) -> Result<(Vec<Told>, i64), StoreError> {
    let mut conn = app.store.read().await?;
    // Read first: what gets a place after this stands behind that end, or is found already.
    let end = event_feed::last_position(&mut conn).await?;
    let found = event_feed::page(&mut conn, client, behind, at_most).await?;
    let last = found.last().map_or(behind, |event| event.position);
    let is_full = usize::try_from(at_most).is_ok_and(|at_most| found.len() >= at_most);
    let next = if is_full { last } else { last.max(end) };
    let mut told = Vec::with_capacity(found.len());
    for event in found {
        told.push(tell(&mut conn, event).await?);
    }
    Ok((told, next))
}

/// One event that a client may see; none where it is about an address that was erased.
pub async fn event_for_client(
    app: &App,
    client: &Client,
    id: FeedEventId,
) -> Result<Option<Told>, StoreError> {
    let mut conn = app.store.read().await?;
    match event_feed::find(&mut conn, client, id).await? {
        Some(event) => Ok(Some(tell(&mut conn, event).await?)),
        None => Ok(None),
    }
}

async fn tell(conn: &mut AnyConnection, event: FeedEvent) -> Result<Told, StoreError> {
    let about = match event.then {
        Then::Request { request, reachable } => {
            let shown = shown_then(conn, *request, reachable, event.at).await?;
            About::Request(Box::new(shown))
        }
        Then::Entry(then) => About::Entry(Box::new(ShownEntry {
            decided_by: known_as::find_any(conn, &then.account, then.by).await?,
            decided_for: known_as::find_any(conn, &then.account, then.absent).await?,
            then,
        })),
    };
    Ok(Told {
        id: event.id,
        sequence: event.sequence,
        kind: event.kind,
        at: event.at,
        about,
    })
}

async fn shown_then(
    conn: &mut AnyConnection,
    request: AccessRequest,
    reachable: bool,
    at: Timestamp,
) -> Result<Shown, StoreError> {
    let account = &request.account;
    Ok(Shown {
        notifications: notifications::of_request_then(conn, request.id, at).await?,
        reminders: Vec::new(), // Shipping systems do not hear of them.
        decided_by: known_as::find_any(conn, account, request.state.decided_by()).await?,
        decided_for: known_as::find_any(conn, account, request.state.decided_for()).await?,
        reachable,
        request,
    })
}
