//! When the administrators are reminded of a request that nobody answers.

use std::time::Duration;

use super::{timestamp::Timestamp, working_hours};

/// After how much silence a reminder goes out, always at a time at which people work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// Never.
    Off,
    /// After this time.
    After(Duration),
    /// After so many working days.
    WorkingDays(u32),
}

impl Reminder {
    /// When it is due of what is silent since then; none where there are no reminders. `zone` is the
    /// IANA name of the account's time zone.
    pub fn due(self, since: Timestamp, zone: &str) -> Option<Timestamp> {
        match self {
            Self::Off => None,
            Self::After(time) => Some(working_hours::next_moment(since.plus(time), zone)),
            Self::WorkingDays(days) => Some(working_hours::after_days(since, days, zone)),
        }
    }
}

/// How long a request has waited for an answer, and what was done about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Since it was asked, opened again, or its administrators were last reminded.
    pub since: Timestamp,
    /// How many reminders there were.
    pub reminders: i64,
    /// When it is looked at next whether one is due; none where no other follows.
    pub remind_at: Option<Timestamp>,
}

impl Silence {
    /// When the next reminder is due, of at most `at_most`; none where the request expires before, or
    /// there is none.
    pub fn next_reminder(
        &self,
        rule: Reminder,
        at_most: u32,
        expires_at: Timestamp,
        zone: &str,
    ) -> Option<Timestamp> {
        if self.reminders >= i64::from(at_most) {
            return None;
        }
        rule.due(self.since, zone).filter(|due| *due < expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "Europe/Amsterdam";
    const HOUR: Duration = Duration::from_secs(3600);
    /// Monday 11 May 2026, 09:14 in Amsterdam.
    const MONDAY: Timestamp = Timestamp::from_seconds(1_778_483_640);

    fn due(rule: Reminder) -> Option<String> {
        rule.due(MONDAY, ZONE).map(|due| due.to_string())
    }

    #[test]
    fn a_duration_ends_in_working_hours_as_well() {
        assert_eq!(due(Reminder::Off), None);
        for (rule, expected) in [
            (Reminder::After(HOUR), "2026-05-11T08:14:00.000Z"),
            (Reminder::After(HOUR * 12), "2026-05-12T07:00:00.000Z"),
            (Reminder::After(HOUR * 5 * 24), "2026-05-18T07:00:00.000Z"),
            (Reminder::WorkingDays(2), "2026-05-13T07:14:00.000Z"),
        ] {
            assert_eq!(due(rule).as_deref(), Some(expected), "{rule:?}");
        }
    }

    #[test]
    fn reminders_end_with_their_number_and_with_the_request() {
        let silence = |reminders| Silence {
            since: MONDAY,
            reminders,
            remind_at: None,
        };
        let next = |reminders, at_most, expires_at| {
            silence(reminders).next_reminder(Reminder::After(HOUR), at_most, expires_at, ZONE)
        };
        let an_hour_later = MONDAY.plus(HOUR);
        let late = MONDAY.plus(HOUR * 24);
        assert_eq!(next(0, 2, late), Some(an_hour_later));
        assert_eq!(next(1, 2, late), Some(an_hour_later));
        assert_eq!(next(2, 2, late), None);
        assert_eq!(next(0, 0, late), None);
        assert_eq!(next(0, 2, an_hour_later), None);
    }
}
