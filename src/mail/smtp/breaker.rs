//! A server that is away is left alone: after a few failures in a row one mail at a time finds out
//! whether it is back, at growing intervals, and the others wait where they are.

use std::time::Duration;

use crate::domain::timestamp::Timestamp;

/// So many failures in a row are no chance any more.
const FAILURES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// Not longer than a lease: a server that is back is noticed as soon as a lost courier is.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What an attempt showed of the server itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It takes mails, whatever it said to this one.
    Serves,
    /// It does not get as far as a mail: no connection, no TLS, no sign-in, or it is closing.
    Away,
    /// Neither was shown, as where a connection breaks in the middle of a mail.
    Unsaid,
}

/// How many mails may be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// As many as there are.
    All,
    /// One, to find out whether the server is back.
    One,
    /// None: it is away.
    None,
}

/// What is new, and worth a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The server is left alone from now on.
    Tripped,
    /// It is back.
    Mended,
}

/// What is known of the server.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// When it last took a mail.
    pub(super) taken_at: Option<Timestamp>,
    failures: u32,
    tripped: Option<Tripped>,
}

#[derive(Debug)]
struct Tripped {
    wait: Duration,
    until: Timestamp,
    /// Somebody is finding out.
    is_tried: bool,
}

impl Breaker {
    pub(super) fn permit(&self, now: Timestamp) -> Permit {
        match &self.tripped {
            None => Permit::All,
            Some(tripped) if now >= tripped.until => Permit::One,
            Some(_) => Permit::None,
        }
    }

    /// The same for whoever holds to it; only one at a time is to find out.
    pub(super) fn claim(&mut self, now: Timestamp) -> Permit {
        let permit = self.permit(now);
        if let (Permit::One, Some(tripped)) = (permit, &mut self.tripped) {
            // Should nothing come of it, the next one may try after the same wait.
            tripped.until = now.plus(tripped.wait);
            tripped.is_tried = true;
        }
        permit
    }

    pub(super) fn note(&mut self, standing: Standing, now: Timestamp) -> Option<Change> {
        match standing {
            Standing::Unsaid => None,
            Standing::Serves => {
                self.failures = 0;
                self.tripped.take().map(|_| Change::Mended)
            }
            Standing::Away => self.fail(now),
        }
    }

    /// Leaves the server alone at once, where it is known to be away.
    pub(super) fn trip(&mut self, now: Timestamp) -> Option<Change> {
        self.failures = FAILURES;
        self.fail(now)
    }

    fn fail(&mut self, now: Timestamp) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        if let Some(tripped) = &mut self.tripped {
            // Mails that were on their way when it tripped say nothing new.
            if tripped.is_tried {
                tripped.is_tried = false;
                tripped.wait = (tripped.wait * 2).min(LONGEST_WAIT);
                tripped.until = now.plus(tripped.wait);
            }
            return None;
        }
        if self.failures < FAILURES {
            return None;
        }
        self.tripped = Some(Tripped {
            wait: FIRST_WAIT,
            until: now.plus(FIRST_WAIT),
            is_tried: false,
        });
        Some(Change::Tripped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_778_570_040);

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn three_failures_in_a_row_are_needed() {
        let mut breaker = Breaker::default();
        for standing in [
            Standing::Away,
            Standing::Away,
            Standing::Serves,
            Standing::Away,
            Standing::Unsaid,
            Standing::Away,
        ] {
            assert_eq!(breaker.note(standing, START), None);
            assert_eq!(breaker.permit(START), Permit::All);
        }
        assert_eq!(breaker.note(Standing::Away, START), Some(Change::Tripped));
        assert_eq!(breaker.permit(START), Permit::None);
    }

    #[test]
    fn one_mail_finds_out_at_growing_intervals() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.trip(START), Some(Change::Tripped));
        // Another one that was on its way.
        assert_eq!(breaker.note(Standing::Away, START), None);
        let mut at = 0;
        for wait in [5, 10, 20, 30, 30] {
            assert_eq!(breaker.claim(after(at + wait - 1)), Permit::None, "{wait}");
            at += wait;
            assert_eq!(breaker.claim(after(at)), Permit::One, "{wait}");
            assert_eq!(breaker.claim(after(at)), Permit::None, "one at a time");
            assert_eq!(breaker.note(Standing::Away, after(at)), None);
            assert_eq!(breaker.note(Standing::Away, after(at)), None, "from before");
        }
        // Nothing is known after a mail that broke in the middle: the next one tries.
        at += 30;
        assert_eq!(breaker.claim(after(at)), Permit::One);
        assert_eq!(breaker.note(Standing::Unsaid, after(at)), None);
        assert_eq!(breaker.claim(after(at + 29)), Permit::None);
        at += 30;
        assert_eq!(breaker.claim(after(at)), Permit::One);
        let mended = breaker.note(Standing::Serves, after(at));
        assert_eq!(mended, Some(Change::Mended));
        assert_eq!(breaker.permit(after(at)), Permit::All);
        assert_eq!(breaker.note(Standing::Serves, after(at)), None);
        assert_eq!(
            breaker.note(Standing::Away, after(at)),
            None,
            "it begins anew"
        );
    }
}
