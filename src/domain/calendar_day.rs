//! A day of the calendar, as people write the end of a permission or the bounds of a search.

use std::fmt;

use jiff::{civil::Date, tz::TimeZone};

use super::timestamp::Timestamp;

/// One day, wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarDay(Date);

/// The text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as 2026-12-31")]
pub struct InvalidDay;

impl CalendarDay {
    /// Reads `2026-12-31`, or `31-12-2026` as the Dutch write it; years from 1970 to 9998.
    pub fn parse(text: &str) -> Result<Self, InvalidDay> {
        let text = text.trim();
        let day = ["%Y-%m-%d", "%d-%m-%Y"]
            .iter()
            .find_map(|form| Date::strptime(form, text).ok())
            .ok_or(InvalidDay)?;
        if (1970..9999).contains(&day.year()) {
            Ok(Self(day))
        } else {
            Err(InvalidDay)
        }
    }

    /// The day of a moment; `zone` is the IANA name of a time zone, one that is none counts as UTC.
    pub fn of(at: Timestamp, zone: &str) -> Self {
        Self(at.to_jiff().to_zoned(time_zone(zone)).date())
    }

    /// The day that ends at this moment; none where a day is not over then.
    pub fn ending_at(at: Timestamp, zone: &str) -> Option<Self> {
        let last = Self::of(at.minus(std::time::Duration::from_micros(1)), zone);
        (last.ends(zone) == at).then_some(last)
    }

    /// Its first moment there.
    pub fn begins(self, zone: &str) -> Timestamp {
        match self.0.to_zoned(time_zone(zone)) {
            Ok(midnight) => Timestamp::from_jiff(midnight.timestamp()),
            // Within the years that are read there is none such.
            Err(_) => Timestamp::from_micros(i64::MAX),
        }
    }

    /// The first moment after it there.
    pub fn ends(self, zone: &str) -> Timestamp {
        match self.0.tomorrow() {
            Ok(next) => Self(next).begins(zone),
            Err(_) => Timestamp::from_micros(i64::MAX),
        }
    }

    /// Its day of the week, Monday being 1.
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// Its number in the month.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Its month, from 1.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Its year.
    pub fn year(self) -> i16 {
        self.0.year()
    }
}

fn time_zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

impl fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMSTERDAM: &str = "Europe/Amsterdam";

    #[test]
    fn a_day_is_read_as_browsers_and_the_dutch_write_it() {
        for text in ["2026-03-29", " 29-03-2026 "] {
            assert_eq!(CalendarDay::parse(text).unwrap().to_string(), "2026-03-29");
        }
        for text in ["", "2026-02-30", "29/03/2026", "0000-01-01", "tomorrow"] {
            assert_eq!(CalendarDay::parse(text), Err(InvalidDay), "{text}");
        }
    }

    #[test]
    fn a_day_begins_and_ends_where_it_is() {
        // Summer time began that morning: the day has 23 hours.
        let day = CalendarDay::parse("2026-03-29").unwrap();
        assert_eq!(
            day.begins(AMSTERDAM).to_string(),
            "2026-03-28T23:00:00.000Z"
        );
        assert_eq!(day.ends(AMSTERDAM).to_string(), "2026-03-29T22:00:00.000Z");
        assert_eq!(
            CalendarDay::ending_at(day.ends(AMSTERDAM), AMSTERDAM),
            Some(day)
        );
        assert_eq!(
            CalendarDay::ending_at(day.ends(AMSTERDAM), "Asia/Tokyo"),
            None
        );
        assert_eq!(
            day.begins("No/Where").to_string(),
            "2026-03-29T00:00:00.000Z"
        );
    }
}
