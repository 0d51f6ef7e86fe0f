//! Moments and days as people write them.

use jiff::tz::TimeZone;

use super::Labels;
use crate::domain::{calendar_day::CalendarDay, language::Language, timestamp::Timestamp};

/// On the clock of a time zone, and in UTC; its day in UTC as well where that is another.
pub(super) fn local_time(
    labels: &Labels,
    at: Timestamp,
    time_zone: &str,
    language: Language,
) -> String {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let local = at.to_jiff().to_zoned(zone.clone());
    let utc = at.to_jiff().to_zoned(TimeZone::UTC);
    let abbreviation = local.strftime("%Z").to_string();
    // Zones without a name of their own are abbreviated to their offset, with no minutes where
    // there are none.
    let named = abbreviation.bytes().all(|byte| byte.is_ascii_alphabetic());
    let name = match named {
        true => abbreviation,
        false => format!("UTC{}", local.strftime("%:z")),
    };
    let there = format!(
        "{}, {} {name}",
        day(labels, CalendarDay::of(at, time_zone), language),
        local.strftime("%H:%M"),
    );
    if name == "UTC" {
        return there;
    }
    let elsewhere = utc.strftime("%H:%M");
    if local.date() == utc.date() {
        return format!("{there} ({elsewhere} UTC)");
    }
    let month = labels.get(&format!("month_{}", utc.month()), language);
    let day = format!("{} {}", utc.day(), month.unwrap_or_default());
    format!("{there} ({day}, {elsewhere} UTC)")
}

pub(super) fn day(labels: &Labels, day: CalendarDay, language: Language) -> String {
    let word = |key: String| labels.get(&key, language).unwrap_or_default();
    format!(
        "{weekday} {number} {month} {year}",
        weekday = word(format!("weekday_{}", day.weekday())),
        number = day.day(),
        month = word(format!("month_{}", day.month())),
        year = day.year(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    #[test]
    fn a_moment_is_written_in_the_local_time_of_the_account() {
        let labels = Labels::load().unwrap();
        let write = |text, zone, language| local_time(&labels, at(text), zone, language);
        assert_eq!(
            write("2026-05-12T07:14:00Z", "Europe/Amsterdam", Language::Nl),
            "dinsdag 12 mei 2026, 09:14 CEST (07:14 UTC)"
        );
        assert_eq!(
            write("2026-12-31T23:59:59Z", "Europe/Amsterdam", Language::En),
            "Friday 1 January 2027, 00:59 CET (31 December, 23:59 UTC)"
        );
        assert_eq!(
            write("2026-05-12T07:14:00Z", "America/Sao_Paulo", Language::En),
            "Tuesday 12 May 2026, 04:14 UTC-03:00 (07:14 UTC)"
        );
        assert_eq!(
            write("2026-05-12T07:14:00Z", "No/Where", Language::En),
            "Tuesday 12 May 2026, 07:14 UTC"
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_written_in_two_ways() {
        let labels = Labels::load().unwrap();
        let write = |text| local_time(&labels, at(text), "Europe/Amsterdam", Language::En);
        assert_eq!(
            write("2026-10-25T00:30:00Z"),
            "Sunday 25 October 2026, 02:30 CEST (00:30 UTC)"
        );
        assert_eq!(
            write("2026-10-25T01:30:00Z"),
            "Sunday 25 October 2026, 02:30 CET (01:30 UTC)"
        );
    }
}
