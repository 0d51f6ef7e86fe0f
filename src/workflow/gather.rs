//! Gathering: the approval mails and reminders that do not go out one by one, and the digests that
//! carry them.
//!
//! A request is gathered for an administrator who wants one mail a day, for one who has had as many
//! mails as the limits allow, and where its requester, mail domain or account is above a limit. It
//! stands in the portal all the same.

use std::time::Duration;

use sqlx::AnyConnection;
use tracing::info;

use super::{
    flood_brake,
    messages::message,
    render::{self, RenderError},
};
use crate::{
    app::App,
    domain::{
        counted_by::CountedBy,
        hour_of_day::HourOfDay,
        message::{About, Message, MessageId, MessageKind},
        people::{Administrator, AdministratorId},
        timestamp::Timestamp,
    },
    mail::compose::SIZE_MAX,
    store::{MayRetry, StoreError, accounts, gathering, outbox, people, requests, retrying},
};

/// A digest carries so many requests at most, if they fit; the others come with the next.
pub const REQUESTS_MAX: i64 = 8;
/// What is above a limit of requester, mail domain or account waits this long for company.
const GATHERS_FOR: Duration = Duration::from_secs(3600);
/// So many of the gathered messages are looked at to see for whom a digest is due.
const LOOKED_AT: i64 = 1_000;

/// When an approval mail to an administrator is due in a digest; none where it goes out by itself.
/// `admitted` says that nothing but the administrator's own limit and wishes stands against that.
pub(super) async fn due_at(
    app: &App,
    conn: &mut AnyConnection,
    administrator: &Administrator,
    admitted: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if let Some(at) = daily(conn, administrator.id, now).await? {
        return Ok(Some(at));
    }
    if !admitted {
        return Ok(Some(now.plus(GATHERS_FOR)));
    }
    let by = CountedBy::Administrator(administrator.id);
    let limit = app.config.limits.mails_per_administrator;
    flood_brake::full_until(conn, limit, &by, now).await
}

/// When the daily digest of an administrator is due who wants one.
pub(super) async fn daily(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    match gathering::digest_hour(conn, administrator).await? {
        Some(hour) => next_digest(conn, administrator, hour, now).await.map(Some),
        None => Ok(None),
    }
}

/// The next time that hour strikes for an administrator, in the time zone of the first account.
pub(super) async fn next_digest(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    hour: HourOfDay,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let accounts = accounts::of_administrator(conn, administrator).await?;
    let zone = accounts
        .first()
        .map_or("UTC", |account| account.time_zone.as_str());
    Ok(hour.next(now, zone))
}

/// Why no digest was made.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// It could not be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for GatherError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::Render(RenderError::Store(error)) if error.is_retryable())
    }
}

/// Makes the digests that are due, one for each administrator; how many there were.
pub async fn make_due_digests(app: &App) -> Result<usize, GatherError> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let administrators = gathering::due(&mut conn, now, LOOKED_AT).await?;
    drop(conn);
    let mut made = 0;
    for administrator in administrators {
        if let Some(digest) = retrying(|| make_one(app, administrator)).await? {
            report(&digest);
            made += 1;
        }
    }
    if made > 0 {
        app.outbox_changed.notify_one();
    }
    Ok(made)
}

/// A digest that was made.
struct Made {
    message: Message,
    numbers: Vec<String>,
}

async fn make_one(app: &App, administrator: AdministratorId) -> Result<Option<Made>, GatherError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(recipient) = people::find_administrator(&mut tx, administrator).await? else {
        return Ok(None);
    };
    let by = CountedBy::Administrator(administrator);
    let limit = app.config.limits.mails_per_administrator;
    if let Some(until) = flood_brake::full_until(&mut tx, limit, &by, now).await? {
        gathering::reschedule(&mut tx, administrator, now, until).await?;
        tx.commit().await?;
        return Ok(None);
    }
    gathering::drop_what_is_over(&mut tx, administrator, OVER, now).await?;
    let id = MessageId::from_bytes(crate::random::bytes());
    let mut digest = message(
        app,
        MessageKind::Digest,
        About::Digest(id),
        recipient.person,
        "",
        now,
    );
    digest.id = id;
    digest.administrator = Some(administrator);
    outbox::enqueue(&mut tx, &digest, now).await?;
    if gathering::carry(&mut tx, id, administrator, REQUESTS_MAX, now).await? == 0 {
        // Nothing is left to tell: it is not sent, but what was dropped stays so.
        outbox::forget(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(None);
    }
    make_it_fit(app, &mut tx, &digest).await?;
    flood_brake::count(app, &mut tx, &digest, now).await?;
    let mut numbers = Vec::new();
    for carried in gathering::carried_by(&mut tx, id).await? {
        if let Some(request) = requests::find(&mut tx, carried.request).await? {
            numbers.push(request.number.to_string());
        }
    }
    tx.commit().await?;
    Ok(Some(Made {
        message: digest,
        numbers,
    }))
}

/// Long addresses take more room than others: what does not fit goes with the next.
async fn make_it_fit(
    app: &App,
    conn: &mut AnyConnection,
    digest: &Message,
) -> Result<(), GatherError> {
    for _ in 1..REQUESTS_MAX {
        if render::size(app, conn, digest).await? <= SIZE_MAX {
            break;
        }
        gathering::put_back(conn, digest.id, 1).await?;
    }
    Ok(())
}

const OVER: &str =
    "the request was closed before the digest, or is none of the recipient's any more";

/// One line in which each of its requests can be found.
fn report(digest: &Made) {
    let id = digest.message.id;
    let requests = digest.numbers.len();
    let numbers = digest.numbers.join(", ");
    info!(
        event = "outbox.gathered",
        message.id = %id,
        requests,
        request.numbers = numbers,
        "Digest {id} carries {requests} request(s): {numbers}"
    );
}
