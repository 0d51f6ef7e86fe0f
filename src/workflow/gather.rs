//! Gathering: the approval mails and reminders that do not go out one by one, and the digests that
//! carry them.
//!
//! A request is gathered for an administrator who wants one mail a day, for one who has had as many
//! mails about its account as the limits allow, and where its requester, mail domain or account is above
//! a limit. It stands in the portal all the same. A digest carries what is gathered for all accounts of
//! an administrator, from each in turn: however much one account is asked for, the others have their place.

use std::{collections::BTreeSet, time::Duration};

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
        account_number::AccountNumber,
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

/// When an approval mail to an administrator about an account is due in a digest; none where it goes out by itself.
/// `admitted` says that nothing but the administrator's own limit and wishes stands against that.
pub(super) async fn due_at(
    app: &App,
    conn: &mut AnyConnection,
    administrator: &Administrator,
    account: &AccountNumber,
    admitted: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    if let Some(at) = daily(conn, administrator.id, now).await? {
        return Ok(Some(at));
    }
    if !admitted {
        return Ok(Some(now.plus(GATHERS_FOR)));
    }
    full_until(app, conn, administrator.id, account, now).await
}

async fn full_until(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let by = CountedBy::Administrator(administrator, account.clone());
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
    gathering::drop_what_is_over(&mut tx, administrator, OVER, now).await?;
    let with_room = accounts_with_room(app, &mut tx, administrator, now).await?;
    if with_room.is_empty() {
        // Nothing is left to tell, or it has to wait: what was dropped or put off stays so.
        tx.commit().await?;
        return Ok(None);
    }
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
    if carry(&mut tx, &digest, administrator, with_room, now).await? == 0 {
        // Another digest was faster: this one is not sent.
        outbox::forget(&mut tx, id).await?;
        tx.commit().await?;
        return Ok(None);
    }
    make_it_fit(app, &mut tx, &digest).await?;
    let mut numbers = Vec::new();
    let mut counted = BTreeSet::new();
    for carried in gathering::carried_by(&mut tx, id).await? {
        if let Some(request) = requests::find(&mut tx, carried.request).await? {
            numbers.push(request.number.to_string());
            counted.insert(request.account);
        }
    }
    for account in &counted {
        flood_brake::count(app, &mut tx, &digest, account, now).await?;
    }
    tx.commit().await?;
    Ok(Some(Made {
        message: digest,
        numbers,
    }))
}

/// The accounts, of those whose gathered mails wait longest, about which the administrator may be mailed
/// now. What is due for another one waits until there is room.
async fn accounts_with_room(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<Vec<AccountNumber>, StoreError> {
    let waiting = gathering::accounts_waiting(conn, administrator, REQUESTS_MAX).await?;
    let mut with_room = Vec::with_capacity(waiting.len());
    for account in waiting {
        match full_until(app, conn, administrator, &account, now).await? {
            Some(until) => {
                gathering::reschedule(conn, administrator, &account, now, until).await?;
            }
            None => with_room.push(account),
        }
    }
    Ok(with_room)
}

/// Lets a digest carry the oldest of each account in turn, as many as it may; how many there were.
async fn carry(
    conn: &mut AnyConnection,
    digest: &Message,
    administrator: AdministratorId,
    mut accounts: Vec<AccountNumber>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut carried = 0;
    while !accounts.is_empty() && carried < REQUESTS_MAX.unsigned_abs() {
        let mut have_more = Vec::with_capacity(accounts.len());
        for account in accounts {
            if carried < REQUESTS_MAX.unsigned_abs()
                && gathering::carry_oldest(conn, digest.id, administrator, &account, now).await?
            {
                carried += 1;
                have_more.push(account);
            }
        }
        accounts = have_more;
    }
    Ok(carried)
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
        gathering::put_back(conn, digest.id).await?;
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
