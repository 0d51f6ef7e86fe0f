//! An hour of the day, at which something comes every day.

use jiff::{civil::Time, tz::TimeZone};

use super::timestamp::Timestamp;

/// 0 to 23, on the clock of some time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourOfDay(i8);

impl HourOfDay {
    /// The hour with this number; none where a day has no such hour.
    pub fn from_number(number: i64) -> Option<Self> {
        let hour = i8::try_from(number).ok()?;
        (0..24).contains(&hour).then_some(Self(hour))
    }

    /// Its number.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// The next moment at which it strikes there, later than `now`. `zone` is the IANA name of a time
    /// zone, one that is none counts as UTC. On the day on which the clocks skip the hour, it strikes
    /// when they have.
    pub fn next(self, now: Timestamp, zone: &str) -> Timestamp {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let mut day = now.to_jiff().to_zoned(zone.clone()).date();
        for _ in 0..2 {
            let struck = day.to_datetime(Time::constant(self.0, 0, 0, 0));
            if let Ok(strikes) = struck.to_zoned(zone.clone()) {
                let strikes = Timestamp::from_jiff(strikes.timestamp());
                if now < strikes {
                    return strikes;
                }
            }
            day = day.tomorrow().unwrap_or(day);
        }
        // Only at the very end of the calendar is there no tomorrow.
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    #[test]
    fn an_hour_strikes_today_or_tomorrow_on_the_clock_of_its_place() {
        let eight = HourOfDay::from_number(8).unwrap();
        for (now, zone, strikes) in [
            (
                "2026-05-11T05:59:59Z",
                "Europe/Amsterdam",
                "2026-05-11T06:00:00Z",
            ),
            (
                "2026-05-11T06:00:00Z",
                "Europe/Amsterdam",
                "2026-05-12T06:00:00Z",
            ),
            (
                "2026-05-11T06:00:00Z",
                "America/Sao_Paulo",
                "2026-05-11T11:00:00Z",
            ),
            ("2026-05-11T23:30:00Z", "Asia/Tokyo", "2026-05-12T23:00:00Z"),
            ("2026-05-11T07:00:00Z", "No/Where", "2026-05-11T08:00:00Z"),
            // The clocks go forward in the night before, and back in the night after.
            (
                "2026-03-28T12:00:00Z",
                "Europe/Amsterdam",
                "2026-03-29T06:00:00Z",
            ),
            (
                "2026-10-24T12:00:00Z",
                "Europe/Amsterdam",
                "2026-10-25T07:00:00Z",
            ),
        ] {
            assert_eq!(eight.next(at(now), zone), at(strikes), "{now} {zone}");
        }
    }

    #[test]
    fn an_hour_that_the_clocks_skip_strikes_when_they_have() {
        let two = HourOfDay::from_number(2).unwrap();
        let strikes = two.next(at("2026-03-28T20:00:00Z"), "Europe/Amsterdam");
        assert_eq!(strikes, at("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn a_day_has_twenty_four_hours() {
        assert_eq!(HourOfDay::from_number(23).map(HourOfDay::number), Some(23));
        assert_eq!(HourOfDay::from_number(24), None);
        assert_eq!(HourOfDay::from_number(-1), None);
        assert_eq!(HourOfDay::from_number(256), None);
    }
}
