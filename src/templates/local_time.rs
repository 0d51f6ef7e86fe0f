//! Moments and days as people write them.

use jiff::tz::TimeZone;

use super::Labels;
use crate::domain::{calendar_day::CalendarDay, language::Language, timestamp::Timestamp};

pub(super) fn local_time(
    labels: &Labels,
    at: Timestamp,
    time_zone: &str,
    language: Language,
) -> String {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let offset = zone.to_offset_info(at.to_jiff());
    let abbreviation = offset.abbreviation();
    // Zones without a name of their own are abbreviated to their offset, which follows anyway.
    let named = abbreviation.bytes().all(|byte| byte.is_ascii_alphabetic());
    let name = if named { abbreviation } else { "" };
    let local = at.to_jiff().to_zoned(zone.clone());
    let day = day(labels, CalendarDay::of(at, time_zone), language);

    format!(
        "{day}, {hour:02}:{minute:02}{gap}{name} (UTC{offset})",
        hour = local.hour(),
        minute = local.minute(),
        gap = if named { " " } else { "" },
        offset = local.strftime("%:z"),
    )
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
            "dinsdag 12 mei 2026, 09:14 CEST (UTC+02:00)"
        );
        assert_eq!(
            write("2026-12-31T23:59:59Z", "Europe/Amsterdam", Language::En),
            "Friday 1 January 2027, 00:59 CET (UTC+01:00)"
        );
        assert_eq!(
            write("2026-05-12T07:14:00Z", "America/Sao_Paulo", Language::En),
            "Tuesday 12 May 2026, 04:14 (UTC-03:00)"
        );
        assert_eq!(
            write("2026-05-12T07:14:00Z", "No/Where", Language::En),
            "Tuesday 12 May 2026, 07:14 UTC (UTC+00:00)"
        );
    }
}
