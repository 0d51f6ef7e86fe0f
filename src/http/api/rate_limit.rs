//! How often one API key may call: `api.rate_limit`, counted in this process.
//!
//! A bucket that fills evenly: whoever has not called for the whole span of time may call as often
//! as the limit says at once. Answers say what is left in `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers-10).

use std::{
    num::NonZeroU32,
    sync::{Arc, OnceLock},
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

use crate::{
    clock::Clock, config::Limit, domain::people::ClientId, domain::timestamp::Timestamp,
    http::errors::Failure,
};

/// The buckets of all keys.
pub struct RateLimits(Option<Buckets>);

struct Buckets {
    limit: Limit,
    limiter: RateLimiter<ClientId, HashMapStateStore<ClientId>, Steady, StateInformationMiddleware>,
    clock: Steady,
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

/// Where [`announce`] finds what [`RateLimits::take`] saw while the request was served.
#[derive(Clone, Default)]
struct Seen(Arc<OnceLock<Standing>>);

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
        if let Some(Seen(seen)) = parts.extensions.get() {
            let used = buckets.limit.count.saturating_sub(left);
            let each = buckets.limit.per.as_secs_f64() / f64::from(buckets.limit.count);
            let _ = seen.set(Standing {
                limit: buckets.limit,
                left,
                full_in: whole_seconds(Duration::from_secs_f64(each * f64::from(used))),
            });
        }
        taken.map(|_| ()).map_err(|not_until| {
            let wait = not_until.wait_time_from(buckets.clock.now());
            Failure::rate_limited(whole_seconds(wait).max(1))
        })
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
    if let Some(standing) = seen.0.get() {
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
