//! How often a key may post: counted in the database, so that a restart forgives nothing and several
//! daemons together let through hardly more than one would.
//!
//! The limit is a bucket that fills evenly; the table says when it is full. A daemon takes some calls
//! at once, so that few calls cost a statement: those that it does not use before it stops are lost.

use std::time::Duration;

use crate::{
    app::App,
    config::Limit,
    domain::{people::ClientId, timestamp::Timestamp},
    store::{StoreError, call_buckets, retrying},
};

/// A daemon takes this part of the limit at once.
const PARTS: u32 = 60;

/// What there was to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// So many calls; the bucket is full again at that moment.
    Calls(u32, Timestamp),
    /// None; there will be one after this time.
    Wait(Duration),
}

/// Takes some calls of a key out of its bucket.
pub async fn draw(app: &App, client: ClientId, limit: Limit) -> Result<Drawn, StoreError> {
    loop {
        let now = app.clock.now();
        let mut conn = app.store.read().await?;
        let seen = call_buckets::full_at(&mut conn, client).await?;
        drop(conn);
        let known = known(limit, seen.unwrap_or(now), now);
        let drawn = take(limit, known, now);
        let full_at = match drawn {
            Drawn::Calls(_, full_at) => full_at,
            // What is known counts from now on, so that the wait has an end.
            Drawn::Wait(_) if seen != Some(known) => known,
            Drawn::Wait(_) => return Ok(drawn),
        };
        let is_ours = retrying(|| async {
            let mut tx = app.store.begin().await?;
            let is_ours = call_buckets::set_full_at(&mut tx, client, seen, full_at).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(is_ours)
        });
        // Who is not first has let another be: this ends.
        if is_ours.await? {
            return Ok(drawn);
        }
    }
}

/// How many calls are in a bucket that will be full at a moment.
pub fn left(limit: Limit, full_at: Timestamp, now: Timestamp) -> u32 {
    let missing = full_at.since(now).min(limit.per);
    let there = (limit.per - missing).as_micros() * u128::from(limit.count);
    u32::try_from(there / limit.per.as_micros().max(1)).unwrap_or(limit.count)
}

/// When the bucket is full. It cannot be emptier than empty: where that is written, somebody has set
/// the clock back, or the limit was another.
fn known(limit: Limit, written: Timestamp, now: Timestamp) -> Timestamp {
    written.min(now.plus(limit.per))
}

fn take(limit: Limit, full_at: Timestamp, now: Timestamp) -> Drawn {
    let full_at = full_at.max(now);
    let calls = left(limit, full_at, now).min((limit.count / PARTS).max(1));
    if calls == 0 {
        let one_is_there = full_at.plus(fills(limit, 1)).minus(limit.per);
        return Drawn::Wait(one_is_there.since(now));
    }
    Drawn::Calls(calls, full_at.plus(fills(limit, calls)))
}

/// The time in which so many calls come back, rounded up to a microsecond.
fn fills(limit: Limit, calls: u32) -> Duration {
    let micros = limit.per.as_micros() * u128::from(calls);
    Duration::from_micros(
        u64::try_from(micros.div_ceil(u128::from(limit.count.max(1)))).unwrap_or(u64::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn limit(count: u32) -> Limit {
        Limit {
            count,
            per: Duration::from_secs(60),
        }
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_fills_evenly() {
        let limit = limit(3);
        let mut full_at = NOON;
        for left_then in [2, 1, 0] {
            let Drawn::Calls(1, later) = take(limit, full_at, NOON) else {
                panic!("there was one");
            };
            assert_eq!(left(limit, later, NOON), left_then);
            full_at = later;
        }
        let wait = Duration::from_secs(20);
        assert_eq!(take(limit, full_at, NOON), Drawn::Wait(wait));
        let early = NOON.plus(wait).minus(Duration::from_micros(1));
        assert_eq!(
            take(limit, full_at, early),
            Drawn::Wait(Duration::from_micros(1))
        );
        let then = NOON.plus(wait);
        assert_eq!(
            take(limit, full_at, then),
            Drawn::Calls(1, then.plus(limit.per))
        );
    }

    #[test]
    fn a_large_bucket_is_drawn_from_in_parts_to_the_last_call() {
        let limit = limit(605);
        let (mut full_at, mut draws, mut calls) = (NOON, 0, 0);
        while let Drawn::Calls(some, later) = take(limit, full_at, NOON) {
            assert!(some <= 10);
            (full_at, draws, calls) = (later, draws + 1, calls + some);
        }
        assert!((603..=605).contains(&calls), "{calls}");
        assert!(draws <= 63, "{draws}");
    }

    #[test]
    fn a_bucket_is_never_emptier_than_empty() {
        let tomorrow = NOON.plus(Duration::from_secs(86_400));
        let empty = NOON.plus(Duration::from_secs(60));
        assert_eq!(known(limit(3), tomorrow, NOON), empty);
        assert_eq!(known(limit(3), empty, NOON), empty);
        assert_eq!(known(limit(3), NOON, NOON), NOON);
    }
}
