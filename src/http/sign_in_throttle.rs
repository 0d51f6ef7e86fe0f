//! Slowing down whoever guesses passwords or codes, by address and by where it comes from. (What a
//! device's codes have to wait wherever guesses come from: `domain/code_brake`.)
//!
//! Whoever signed in from a place lately is not slowed by what others do there.
//!
//! The first five failures cost nothing; each further one doubles the wait, up to a minute. Both
//! tables are bounded; when one is full, what has been quiet longest is forgotten.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::domain::{email_address::EmailAddress, place, timestamp::Timestamp};

const FREE: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A whole office may sit behind one address: it gets more free failures.
const FREE_FROM_ONE_PLACE: u32 = 50;
const QUIET: Duration = Duration::from_secs(15 * 60);
const REMEMBERED_MAX: usize = 10_000;
/// For so long an address is at home where it signed in.
const AT_HOME: Duration = Duration::from_secs(30 * 24 * 3600);

/// Who failed how often.
#[derive(Default)]
pub(super) struct SignInThrottle {
    failures: Mutex<HashMap<Key, Failures>>,
    /// When each address last signed in from a place.
    at_home: Mutex<HashMap<Key, Timestamp>>,
    settled: Notify,
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
    /// Attempts whose outcome is not known yet. Further ones stand in line while these could use
    /// up what is free, so that many guesses at the same moment are no way around the wait.
    under_way: u32,
    last: Timestamp,
}

impl Failures {
    fn count_at(self, now: Timestamp) -> u32 {
        if now.since(self.last) > QUIET {
            0
        } else {
            self.count
        }
    }
}

/// Why a sign-in may not go ahead now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// Too many failed.
    Wait(Duration),
    /// First the outcome of others has to be known.
    InLine,
}

/// A sign-in that may go ahead. It has failed unless somebody says otherwise, also when whoever
/// tried did not wait for the outcome.
pub(super) struct Attempt<'a> {
    throttle: &'a SignInThrottle,
    keys: Vec<(Key, u32)>,
    at: Timestamp,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failed,
    Succeeded,
    Unknown,
}

impl SignInThrottle {
    /// Begins a sign-in, or a step of one.
    ///
    /// # Errors
    /// How long it has to wait first.
    pub(super) async fn begin(
        &self,
        email: &EmailAddress,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Duration> {
        let keys = self.keys(email, from, now);
        loop {
            // Listens before it looks: what is settled in between is not missed.
            let settled = self.settled.notified();
            match self.try_begin(keys.clone(), now) {
                Ok(attempt) => return Ok(attempt),
                Err(Refused::Wait(wait)) => return Err(wait),
                Err(Refused::InLine) => settled.await,
            }
        }
    }

    fn try_begin(&self, keys: Vec<(Key, u32)>, now: Timestamp) -> Result<Attempt<'_>, Refused> {
        let mut failures = self.lock();
        if let Some(refused) = refused(&failures, &keys, now) {
            return Err(refused);
        }
        make_room(&mut failures, now);
        for (key, _) in &keys {
            let known = failures.entry(key.clone()).or_insert(Failures {
                count: 0,
                under_way: 0,
                last: now,
            });
            known.under_way = known.under_way.saturating_add(1);
        }
        drop(failures);
        Ok(Attempt {
            throttle: self,
            keys,
            at: now,
            outcome: Outcome::Failed,
        })
    }

    fn keys(&self, email: &EmailAddress, from: IpAddr, now: Timestamp) -> Vec<(Key, u32)> {
        let mut keys = keys(email, from);
        let at_home = self.at_home.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|(key, _)| match key {
            Key::Pair(..) => true,
            Key::Place(from) => {
                let pair = Key::Pair(email.key().to_owned(), *from);
                let last = at_home.get(&pair);
                last.is_none_or(|last| now.since(*last) > AT_HOME)
            }
        });
        keys
    }

    fn is_at_home(&self, pair: Key, now: Timestamp) {
        let mut at_home = self.at_home.lock().unwrap_or_else(PoisonError::into_inner);
        if at_home.len() >= REMEMBERED_MAX
            && let Some(oldest) = at_home.iter().min_by_key(|(_, last)| **last)
        {
            let oldest = oldest.0.clone();
            at_home.remove(&oldest);
        }
        at_home.insert(pair, now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Failures>> {
        // Nobody can leave the table half-changed, so a poisoned lock is as good as any.
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// It was the right password: the failures of this address from this place are forgotten.
    pub(super) fn succeeded(mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// Nobody can say whether it was right: something of ours broke.
    pub(super) fn broke(mut self) {
        self.outcome = Outcome::Unknown;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut failures = self.throttle.lock();
        for (key, _) in &self.keys {
            let Some(known) = failures.get_mut(key) else {
                continue; // Forgotten meanwhile, because the table was full.
            };
            known.under_way = known.under_way.saturating_sub(1);
            match (self.outcome, key) {
                (Outcome::Failed, _) => {
                    known.count = known.count_at(self.at).saturating_add(1);
                    known.last = known.last.max(self.at);
                }
                (Outcome::Succeeded, Key::Pair(..)) => {
                    known.count = 0;
                    self.throttle.is_at_home(key.clone(), self.at);
                }
                (Outcome::Succeeded, Key::Place(_)) | (Outcome::Unknown, _) => {}
            }
            if known.count == 0 && known.under_way == 0 {
                failures.remove(key);
            }
        }
        drop(failures);
        self.throttle.settled.notify_waiters();
    }
}

fn refused(
    failures: &HashMap<Key, Failures>,
    keys: &[(Key, u32)],
    now: Timestamp,
) -> Option<Refused> {
    let known: Vec<(Failures, u32)> = keys
        .iter()
        .filter_map(|(key, free)| Some((*failures.get(key)?, *free)))
        .collect();
    let wait = known
        .iter()
        .filter_map(|(known, free)| {
            let over = known.count_at(now).checked_sub(*free)?;
            let wait = Duration::from_secs(1_u64 << over.min(6)).min(LONGEST_WAIT);
            let until = known.last.plus(wait);
            (now < until).then(|| until.since(now))
        })
        .max();
    let all_free_is_under_way = known.iter().any(|(known, free)| {
        known.under_way > 0 && known.count_at(now).saturating_add(known.under_way) >= *free
    });
    wait.map(Refused::Wait)
        .or(all_free_is_under_way.then_some(Refused::InLine))
}

fn make_room(failures: &mut HashMap<Key, Failures>, now: Timestamp) {
    if failures.len() >= REMEMBERED_MAX {
        failures.retain(|_, known| known.under_way > 0 || now.since(known.last) < QUIET);
    }
    if failures.len() >= REMEMBERED_MAX
        && let Some(oldest) = failures
            .iter()
            .min_by_key(|(_, known)| known.last)
            .map(|(key, _)| key.clone())
    {
        failures.remove(&oldest);
    }
}

fn keys(email: &EmailAddress, from: IpAddr) -> Vec<(Key, u32)> {
    let from = place::of(from);
    vec![
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

    fn fail(throttle: &SignInThrottle, email: &EmailAddress, from: IpAddr) {
        drop(throttle.try_begin(keys(email, from), NOON));
    }

    fn wait(throttle: &SignInThrottle, email: &EmailAddress, from: IpAddr) -> Option<Duration> {
        match refused(&throttle.lock(), &keys(email, from), NOON)? {
            Refused::Wait(wait) => Some(wait),
            Refused::InLine => None,
        }
    }

    fn anna() -> EmailAddress {
        EmailAddress::parse("anna@example.com").unwrap()
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles() {
        let throttle = SignInThrottle::default();
        for _ in 0..4 {
            fail(&throttle, &anna(), HOME);
        }
        assert_eq!(wait(&throttle, &anna(), HOME), None);
        fail(&throttle, &anna(), HOME);
        assert_eq!(wait(&throttle, &anna(), HOME), Some(Duration::from_secs(1)));
        let mut now = NOON;
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            now = now.plus(LONGEST_WAIT);
            drop(throttle.try_begin(keys(&anna(), HOME), now));
            let refused = throttle.try_begin(keys(&anna(), HOME), now).err();
            assert_eq!(refused, Some(Refused::Wait(Duration::from_secs(seconds))));
        }
        now = now.plus(QUIET + Duration::from_secs(1));
        assert!(throttle.try_begin(keys(&anna(), HOME), now).is_ok());
    }

    #[test]
    fn guesses_at_the_same_moment_stand_in_line() {
        let throttle = SignInThrottle::default();
        let under_way: Vec<_> = (0..20)
            .filter_map(|_| throttle.try_begin(keys(&anna(), HOME), NOON).ok())
            .collect();
        assert_eq!(under_way.len(), 5);
        let refused = throttle.try_begin(keys(&anna(), HOME), NOON).err();
        assert_eq!(refused, Some(Refused::InLine));
        drop(under_way);
        assert!(wait(&throttle, &anna(), HOME).is_some());
    }

    #[tokio::test]
    async fn whoever_stood_in_line_learns_what_came_of_the_others() {
        let throttle = SignInThrottle::default();
        let mut first: Vec<_> = (0..5)
            .filter_map(|_| throttle.try_begin(keys(&anna(), HOME), NOON).ok())
            .collect();
        let address = anna();
        let next = throttle.begin(&address, HOME, NOON);
        tokio::pin!(next);
        assert!(futures_util::poll!(&mut next).is_pending());
        first.pop().unwrap().succeeded();
        assert!(futures_util::poll!(&mut next).is_ready());
    }

    #[test]
    fn the_right_password_is_never_slowed() {
        let throttle = SignInThrottle::default();
        let begin = || throttle.try_begin(keys(&anna(), HOME), NOON).ok().unwrap();
        for _ in 0..200 {
            begin().succeeded();
            begin().broke();
        }
        assert!(throttle.lock().is_empty());
        for _ in 0..4 {
            fail(&throttle, &anna(), HOME);
        }
        begin().succeeded();
        for _ in 0..4 {
            fail(&throttle, &anna(), HOME);
        }
        assert_eq!(wait(&throttle, &anna(), HOME), None);
    }

    #[test]
    fn guessing_from_elsewhere_does_not_lock_the_owner_out() {
        let throttle = SignInThrottle::default();
        for _ in 0..40 {
            fail(&throttle, &anna(), ELSEWHERE);
        }
        assert_eq!(wait(&throttle, &anna(), HOME), None);
    }

    #[test]
    fn a_neighbour_who_guesses_does_not_shut_out_who_is_at_home() {
        let throttle = SignInThrottle::default();
        let begin = |email: &EmailAddress, now| {
            let keys = throttle.keys(email, HOME, now);
            throttle.try_begin(keys, now)
        };
        begin(&anna(), NOON).ok().unwrap().succeeded();
        for number in 0..60 {
            let somebody = EmailAddress::parse(&format!("a{number}@example.com")).unwrap();
            fail(&throttle, &somebody, HOME);
        }
        let bram = EmailAddress::parse("bram@example.com").unwrap();
        assert!(begin(&bram, NOON).is_err());
        // Her own failures count as ever.
        for _ in 0..5 {
            drop(begin(&anna(), NOON).ok().unwrap());
        }
        assert!(begin(&anna(), NOON).is_err());
        // After a long time she is a stranger again.
        let later = NOON.plus(AT_HOME + Duration::from_secs(1));
        assert_eq!(throttle.keys(&anna(), HOME, later).len(), 2);
        assert_eq!(throttle.keys(&anna(), ELSEWHERE, NOON).len(), 2);
    }

    #[test]
    fn trying_many_addresses_from_one_place_is_slowed() {
        let throttle = SignInThrottle::default();
        for number in 0..60 {
            let somebody = EmailAddress::parse(&format!("a{number}@example.com")).unwrap();
            fail(&throttle, &somebody, ELSEWHERE);
        }
        assert!(wait(&throttle, &anna(), ELSEWHERE).is_some());
    }
}
