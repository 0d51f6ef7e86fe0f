//! How often one API key may call: `api.rate_limit`.
//!
//! A bucket that fills evenly: whoever has not called for the whole span of time may call as often
//! as the limit says at once. Every call is counted in this process; one that posts is counted for all
//! daemons too, by [`draw_calls`]. Answers say what is left in `RateLimit` and
//! `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use governor::{
    Quota, RateLimiter, clock::Clock as Ticking, middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};
use tokio::sync::Mutex;

use crate::{
    app::App,
    clock::Clock,
    config::Limit,
    domain::people::ClientId,
    domain::timestamp::Timestamp,
    http::errors::Failure,
    workflow::draw_calls::{self, Drawn},
};

/// The buckets of all keys.
pub struct RateLimits(Option<Buckets>);

struct Buckets {
    limit: Limit,
    limiter: RateLimiter<ClientId, HashMapStateStore<ClientId>, Steady, StateInformationMiddleware>,
    clock: Steady,
    drawn: std::sync::Mutex<HashMap<ClientId, Arc<Mutex<Holding>>>>,
}

/// What this daemon has drawn of what a key may change, and not used yet.
struct Holding {
    calls: u32,
    full_at: Timestamp,
}

/// A clock that nobody sets: a step of the machine's own must let nobody wait for hours.
#[derive(Clone, Debug)]
struct Steady {
    clock: Clock,
    started: Instant,
}

impl Ticking for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match &self.clock {
            Clock::System => self.started.elapsed(),
            Clock::Fixed(_) => self.clock.now().since(Timestamp::from_seconds(0)),
        }
    }
}

/// Where a key stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    limit: Limit,
    /// How many more calls are let through at once.
    left: u32,
    /// When as many as ever are, in seconds.
    full_in: u64,
}

/// Where [`announce`] finds what [`RateLimits`] saw while the request was served.
#[derive(Clone, Default)]
struct Seen(Arc<std::sync::Mutex<Option<Standing>>>);

impl RateLimits {
    /// As the configuration has it; without a limit nothing is counted.
    pub fn of(limit: Option<Limit>, clock: &Clock) -> Self {
        let buckets = limit.and_then(|limit| {
            let count = NonZeroU32::new(limit.count)?;
            let quota = Quota::with_period(limit.per / limit.count)?.allow_burst(count);
            let clock = Steady {
                clock: clock.clone(),
                started: Instant::now(),
            };
            let limiter = RateLimiter::hashmap_with_clock(quota, clock.clone()).with_middleware();
            Some(Buckets {
                limit,
                limiter,
                clock,
                drawn: std::sync::Mutex::default(),
            })
        });
        Self(buckets)
    }

    /// Counts a call of a key.
    ///
    /// # Errors
    /// The 429 that says when the next one is let through.
    pub fn take(&self, client: ClientId, parts: &Parts) -> Result<(), Failure> {
        let Some(buckets) = &self.0 else {
            return Ok(());
        };
        let taken = buckets.limiter.check_key(&client);
        let left = taken
            .as_ref()
            .map_or(0, |state| state.remaining_burst_capacity());
        buckets.show(left, parts);
        taken.map(|_| ()).map_err(|not_until| {
            let wait = not_until.wait_time_from(buckets.clock.now());
            Failure::rate_limited(whole_seconds(wait).max(1))
        })
    }

    /// The same for a call that posts.
    ///
    /// # Errors
    /// As [`RateLimits::take`], and when the database cannot be asked.
    pub async fn take_post(
        &self,
        app: &App,
        client: ClientId,
        parts: &Parts,
    ) -> Result<(), Failure> {
        let Some(buckets) = &self.0 else {
            return Ok(());
        };
        let holding = buckets.holding(client, app.clock.now());
        let mut holding = holding.lock().await;
        // Those of a bucket that is full again by now come on top of it.
        if holding.calls == 0 || holding.full_at <= app.clock.now() {
            match draw_calls::draw(app, client, buckets.limit).await? {
                Drawn::Calls(calls, full_at) => *holding = Holding { calls, full_at },
                Drawn::Wait(wait) => {
                    buckets.show(0, parts);
                    return Err(Failure::rate_limited(whole_seconds(wait).max(1)));
                }
            }
        }
        holding.calls = holding.calls.saturating_sub(1);
        let others = draw_calls::left(buckets.limit, holding.full_at, app.clock.now());
        buckets.show(others.saturating_add(holding.calls), parts);
        Ok(())
    }
}

impl Buckets {
    fn holding(&self, client: ClientId, now: Timestamp) -> Arc<Mutex<Holding>> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let none = || {
            Arc::new(Mutex::new(Holding {
                calls: 0,
                full_at: now,
            }))
        };
        Arc::clone(drawn.entry(client).or_insert_with(none))
    }

    /// The answer says how many calls are left, the fewest of what it is told.
    fn show(&self, left: u32, parts: &Parts) {
        let Some(Seen(seen)) = parts.extensions.get() else {
            return;
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|standing| standing.left <= left) {
            return;
        }
        let used = self.limit.count.saturating_sub(left);
        let each = self.limit.per.as_secs_f64() / f64::from(self.limit.count);
        *seen = Some(Standing {
            limit: self.limit,
            left,
            full_in: whole_seconds(Duration::from_secs_f64(each * f64::from(used))),
        });
    }
}

/// Rounded up: whoever waits that long has waited long enough.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// Says on every answer to a key what it has left.
pub async fn announce(mut request: Request, next: Next) -> Response {
    let seen = Seen::default();
    request.extensions_mut().insert(seen.clone());
    let mut response = next.run(request).await;
    let standing = *seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(standing) = standing {
        let Limit { count, per } = standing.limit;
        let policy = format!("\"key\";q={count};w={}", per.as_secs());
        let left = format!("\"key\";r={};t={}", standing.left, standing.full_in);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    response
}
