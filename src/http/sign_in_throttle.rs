//! Slowing down whoever guesses passwords, by address and by where it comes from.
//!
//! The first five failures cost nothing; each further one doubles the wait, up to a minute. Both
//! tables are bounded; when one is full, what has been quiet longest is forgotten.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::domain::{email_address::EmailAddress, timestamp::Timestamp};

const FREE: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A whole office may sit behind one address: it gets more free failures.
const FREE_FROM_ONE_PLACE: u32 = 50;
const QUIET: Duration = Duration::from_secs(15 * 60);
const REMEMBERED_MAX: usize = 10_000;

/// Who failed how often.
#[derive(Default)]
pub(super) struct SignInThrottle {
    failures: Mutex<HashMap<Key, Failures>>,
}

/// Address and place together, so that guessing from elsewhere does not lock its owner out; and the
/// place alone, so that trying many addresses is slowed as well.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, IpAddr),
    Place(IpAddr),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl SignInThrottle {
    /// How long this sign-in has to wait; none where it may go ahead.
    pub(super) fn wait(
        &self,
        email: &EmailAddress,
        from: IpAddr,
        now: Timestamp,
    ) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(email, from)
            .iter()
            .filter_map(|(key, free)| {
                let known = failures.get(key)?;
                let over = known.count.checked_sub(*free)?;
                let wait = Duration::from_secs(1_u64 << over.min(6)).min(LONGEST_WAIT);
                let until = known.last.plus(wait);
                (now < until).then(|| until.since(now))
            })
            .max()
    }

    /// Notes a failure.
    pub(super) fn failed(&self, email: &EmailAddress, from: IpAddr, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= REMEMBERED_MAX {
            failures.retain(|_, known| now.since(known.last) < QUIET);
        }
        if failures.len() >= REMEMBERED_MAX
            && let Some(oldest) = failures
                .iter()
                .min_by_key(|(_, known)| known.last)
                .map(|(key, _)| key.clone())
        {
            failures.remove(&oldest);
        }
        for (key, _) in keys(email, from) {
            let known = failures.entry(key).or_insert(Failures {
                count: 0,
                last: now,
            });
            if now.since(known.last) > QUIET {
                known.count = 0;
            }
            known.count = known.count.saturating_add(1);
            known.last = now;
        }
    }

    /// Forgets the failures of this address from this place.
    pub(super) fn succeeded(&self, email: &EmailAddress, from: IpAddr) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Key::Pair(email.key().to_owned(), from));
    }
}

fn keys(email: &EmailAddress, from: IpAddr) -> [(Key, u32); 2] {
    [
        (Key::Pair(email.key().to_owned(), from), FREE),
        (Key::Place(from), FREE_FROM_ONE_PLACE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(43_200);
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles() {
        let throttle = SignInThrottle::default();
        let anna = EmailAddress::parse("anna@example.com").unwrap();
        for _ in 0..4 {
            throttle.failed(&anna, HOME, NOON);
        }
        assert_eq!(throttle.wait(&anna, HOME, NOON), None);
        throttle.failed(&anna, HOME, NOON);
        assert_eq!(
            throttle.wait(&anna, HOME, NOON),
            Some(Duration::from_secs(1))
        );
        throttle.failed(&anna, HOME, NOON);
        assert_eq!(
            throttle.wait(&anna, HOME, NOON),
            Some(Duration::from_secs(2))
        );
        for _ in 0..20 {
            throttle.failed(&anna, HOME, NOON);
        }
        assert_eq!(throttle.wait(&anna, HOME, NOON), Some(LONGEST_WAIT));
    }

    #[test]
    fn guessing_from_elsewhere_does_not_lock_the_owner_out() {
        let throttle = SignInThrottle::default();
        let anna = EmailAddress::parse("anna@example.com").unwrap();
        for _ in 0..40 {
            throttle.failed(&anna, ELSEWHERE, NOON);
        }
        assert_eq!(throttle.wait(&anna, HOME, NOON), None);
    }

    #[test]
    fn trying_many_addresses_from_one_place_is_slowed() {
        let throttle = SignInThrottle::default();
        for number in 0..60 {
            let somebody = EmailAddress::parse(&format!("a{number}@example.com")).unwrap();
            throttle.failed(&somebody, ELSEWHERE, NOON);
        }
        let anna = EmailAddress::parse("anna@example.com").unwrap();
        assert!(throttle.wait(&anna, ELSEWHERE, NOON).is_some());
    }
}
