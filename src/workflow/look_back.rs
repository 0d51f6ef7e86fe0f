//! Looking back at what happened, as it stood then: the event feed.

use sqlx::AnyConnection;

use super::look::Shown;
use crate::{
    app::App,
    domain::{
        announced::{Announced, FeedEventId},
        people::{Administrator, KeyHolder},
        request::AccessRequest,
        test_request::TestRequest,
        timestamp::Timestamp,
    },
    store::{
        StoreError,
        event_feed::{self, EntryThen, FeedEvent, Then},
        feed_pruning, known_as, notifications,
        test_events::{self, TestEvent},
    },
};

/// An event with what stood around it then.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which.
    pub id: FeedEventId,
    /// Its place among what happened on its account; of a test, among what its key asked for.
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
    /// A request of a test key.
    Test(Box<TestRequest>),
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

/// Why the feed cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadOnError {
    /// Some of what stood behind that position is forgotten.
    #[error("events behind this position are not kept any more")]
    Forgotten,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The events behind a position that a client may see, the oldest first, and the position behind
/// which the next ones stand; without a position, from the oldest that is kept. Where there are no
/// more now, that is the end of the whole feed: the next look need not pass over what other accounts
/// had.
pub async fn events_for_client(
    app: &App,
    caller: &KeyHolder,
    behind: Option<i64>,
    at_most: i64,
) -> Result<(Vec<Told>, i64), ReadOnError> {
    let mut conn = app.store.read().await?;
    let start = behind.unwrap_or(0);
    let mut told = Vec::new();
    let mut last = start;
    // The end is read first: what gets a place after this stands behind it, or is found already. What
    // is forgotten is read last, so that nothing is forgotten unseen.
    let (end, forgotten) = match caller {
        KeyHolder::Live(client) => {
            let end = event_feed::last_position(&mut conn).await?;
            for event in event_feed::page(&mut conn, client, start, at_most).await? {
                last = event.position;
                told.push(tell(&mut conn, event).await?);
            }
            (end, feed_pruning::forgotten(&mut conn).await?)
        }
        KeyHolder::Test(client) => {
            let end = test_events::last_position(&mut conn, client).await?;
            for event in test_events::page(&mut conn, client, start, at_most).await? {
                last = event.position;
                told.push(tell_test(event));
            }
            (end, test_events::forgotten(&mut conn, client).await?)
        }
    };
    if behind.is_some_and(|behind| behind < forgotten) {
        return Err(ReadOnError::Forgotten);
    }
    let is_full = usize::try_from(at_most).is_ok_and(|at_most| told.len() >= at_most);
    Ok((told, if is_full { last } else { last.max(end) }))
}

/// One event that a client may see; none where it is about an address that was erased.
pub async fn event_for_client(
    app: &App,
    caller: &KeyHolder,
    id: FeedEventId,
) -> Result<Option<Told>, StoreError> {
    let mut conn = app.store.read().await?;
    match caller {
        KeyHolder::Live(client) => match event_feed::find(&mut conn, client, id).await? {
            Some(event) => Ok(Some(tell(&mut conn, event).await?)),
            None => Ok(None),
        },
        KeyHolder::Test(client) => {
            let event = test_events::find(&mut conn, client, id).await?;
            Ok(event.map(tell_test))
        }
    }
}

fn tell_test(event: TestEvent) -> Told {
    Told {
        id: event.id,
        sequence: event.position,
        kind: event.kind,
        at: event.at,
        about: About::Test(Box::new(event.request)),
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
