//! When to try again.

use std::time::Duration;

use super::timestamp::Timestamp;

/// Deliveries are given up after this many attempts: with the waits below, after about four days.
pub const ATTEMPTS_MAX: i64 = 24;

const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

/// When the next attempt after `attempts` failed ones is due: doubling from 15 seconds to 6 hours,
/// then spread by `jitter` (0 to 1) over half of that, so that a crowd of messages that failed
/// together does not come back together.
pub fn next_attempt(now: Timestamp, attempts: i64, jitter: f64) -> Timestamp {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
    let wait = FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_WAIT);
    now.plus(wait.mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0)))
}

/// When somebody who did not answer so often in a row is called again at all: doubling from 15 seconds
/// to ten minutes, spread in the same way.
pub fn next_probe(now: Timestamp, failures: i64, jitter: f64) -> Timestamp {
    const LONGEST: Duration = Duration::from_secs(600);
    let longest = now.plus(LONGEST.mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0)));
    next_attempt(now, failures, jitter).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_six_hours() {
        let now = Timestamp::from_seconds(0);
        let wait = |attempts| next_attempt(now, attempts, 0.5).since(now);
        assert_eq!(wait(1), FIRST_WAIT);
        assert_eq!(wait(3), FIRST_WAIT * 4);
        assert_eq!(wait(ATTEMPTS_MAX), LONGEST_WAIT);
    }

    #[test]
    fn jitter_spreads_by_a_quarter_to_each_side() {
        let now = Timestamp::from_seconds(0);
        assert_eq!(
            next_attempt(now, 1, 0.0).since(now),
            Duration::from_millis(11_250)
        );
        assert_eq!(
            next_attempt(now, 1, 1.0).since(now),
            Duration::from_millis(18_750)
        );
    }
}
