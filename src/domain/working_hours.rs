//! Working hours: Monday to Friday from nine to five, on the clock of some time zone.
//!
//! A time zone is given by its IANA name; one that is none counts as UTC. Holidays are not known.

use jiff::{
    Zoned,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

use super::timestamp::Timestamp;

const OPENS: Time = Time::constant(9, 0, 0, 0);
const CLOSES: Time = Time::constant(17, 0, 0, 0);
/// More days in a row without working hours there never are: a weekend, and a day that a place left
/// out when it crossed the date line.
const DAYS_LOOKED_AT: usize = 7;

/// That moment where people work then, else the next at which they begin.
pub fn next_moment(at: Timestamp, zone: &str) -> Timestamp {
    next_in(at, &time_zone(zone))
}

/// So many whole working days later, at a moment at which people work. What happens outside working
/// hours counts from the next morning on: Saturday and one working day is Tuesday at nine.
pub fn after_days(at: Timestamp, days: u32, zone: &str) -> Timestamp {
    let zone = time_zone(zone);
    let begins = next_in(at, &zone);
    let local = local(begins, &zone);
    let mut day = local.date();
    for _ in 0..days {
        match opening_after(day, &zone) {
            Some(opening) => day = opening.date(),
            None => return begins, // The end of the calendar.
        }
    }
    // Where the clocks skip that time of the day, it is the time they skip to.
    match day.to_datetime(local.time()).to_zoned(zone.clone()) {
        Ok(moment) => next_in(Timestamp::from_jiff(moment.timestamp()), &zone),
        Err(_) => begins,
    }
}

fn time_zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp, zone: &TimeZone) -> DateTime {
    at.to_jiff().to_zoned(zone.clone()).datetime()
}

fn is_working(moment: DateTime) -> bool {
    is_working_day(moment.date()) && (OPENS..CLOSES).contains(&moment.time())
}

fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn next_in(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let now = local(at, zone);
    if is_working(now) {
        return at;
    }
    let opening = match opening_on(now.date(), zone) {
        Some(today) if now.time() < OPENS => Some(today),
        Some(_) | None => opening_after(now.date(), zone),
    };
    opening.map_or(at, |opening| Timestamp::from_jiff(opening.timestamp()))
}

/// When work begins that day; none where it does not.
fn opening_on(day: Date, zone: &TimeZone) -> Option<Zoned> {
    let opening = day.to_datetime(OPENS).to_zoned(zone.clone()).ok()?;
    // A day that a place left out begins on the next one.
    (is_working(opening.datetime()) && opening.date() == day).then_some(opening)
}

fn opening_after(day: Date, zone: &TimeZone) -> Option<Zoned> {
    let mut day = day;
    for _ in 0..DAYS_LOOKED_AT {
        day = day.tomorrow().ok()?;
        if let Some(opening) = opening_on(day, zone) {
            return Some(opening);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const AMSTERDAM: &str = "Europe/Amsterdam";
    const AUCKLAND: &str = "Pacific/Auckland";
    const NEW_YORK: &str = "America/New_York";

    /// A moment as somebody reads it off the clock there: `2026-05-11T09:14[Europe/Amsterdam]`.
    fn at(text: &str) -> Timestamp {
        let moment: Zoned = text.parse().unwrap();
        Timestamp::from_jiff(moment.timestamp())
    }

    fn on_the_clock(at: Timestamp, zone: &str) -> String {
        let moment = at.to_jiff().to_zoned(time_zone(zone));
        moment.strftime("%a %Y-%m-%d %H:%M %:z").to_string()
    }

    #[test]
    fn two_working_days_end_at_the_same_hour_or_the_next_morning() {
        for (zone, from, expected) in [
            // In the week, before it begins, after it has ended, in the weekend.
            (AMSTERDAM, "2026-05-11T09:14", "Wed 2026-05-13 09:14 +02:00"),
            (AMSTERDAM, "2026-05-11T08:59", "Wed 2026-05-13 09:00 +02:00"),
            (AMSTERDAM, "2026-05-11T16:59", "Wed 2026-05-13 16:59 +02:00"),
            (AMSTERDAM, "2026-05-11T17:00", "Thu 2026-05-14 09:00 +02:00"),
            (AMSTERDAM, "2026-05-12T03:00", "Thu 2026-05-14 09:00 +02:00"),
            (AMSTERDAM, "2026-05-15T16:30", "Tue 2026-05-19 16:30 +02:00"),
            (AMSTERDAM, "2026-05-15T23:59", "Wed 2026-05-20 09:00 +02:00"),
            (AMSTERDAM, "2026-05-16T12:00", "Wed 2026-05-20 09:00 +02:00"),
            (AMSTERDAM, "2026-05-17T12:00", "Wed 2026-05-20 09:00 +02:00"),
            // The clocks go forward on Sunday 29 March 2026, and back on Sunday 25 October.
            (AMSTERDAM, "2026-03-27T10:00", "Tue 2026-03-31 10:00 +02:00"),
            (AMSTERDAM, "2026-03-29T02:30", "Wed 2026-04-01 09:00 +02:00"),
            (AMSTERDAM, "2026-10-23T10:00", "Tue 2026-10-27 10:00 +01:00"),
            (AMSTERDAM, "2026-10-25T02:30", "Wed 2026-10-28 09:00 +01:00"),
            // Far to the east it is tomorrow, to the west yesterday; their clocks change elsewhen.
            (AUCKLAND, "2026-05-15T16:30", "Tue 2026-05-19 16:30 +12:00"),
            (AUCKLAND, "2026-09-25T10:00", "Tue 2026-09-29 10:00 +13:00"),
            (AUCKLAND, "2026-04-03T10:00", "Tue 2026-04-07 10:00 +12:00"),
            (NEW_YORK, "2026-03-06T16:30", "Tue 2026-03-10 16:30 -04:00"),
            (NEW_YORK, "2026-10-30T09:00", "Tue 2026-11-03 09:00 -05:00"),
            (
                "No/Where",
                "2026-05-15T08:00",
                "Tue 2026-05-19 09:00 +00:00",
            ),
        ] {
            let known = if zone == "No/Where" { "UTC" } else { zone };
            let from = at(&format!("{from}[{known}]"));
            let due = after_days(from, 2, zone);
            let from = on_the_clock(from, zone);
            assert_eq!(on_the_clock(due, zone), expected, "{zone} from {from}");
        }
    }

    #[test]
    fn the_hour_that_comes_twice_is_two_moments() {
        // 25 October 2026, 02:30 in summer time and an hour later in winter time; both are Sunday.
        let first = at("2026-10-25T02:30+02:00[Europe/Amsterdam]");
        let second = at("2026-10-25T02:30+01:00[Europe/Amsterdam]");
        assert_eq!(second.since(first), Duration::from_secs(3600));
        assert_eq!(
            next_moment(first, AMSTERDAM),
            next_moment(second, AMSTERDAM)
        );
    }

    #[test]
    fn a_day_that_a_place_left_out_is_no_working_day() {
        // Samoa had no Friday 30 December 2011.
        let zone = "Pacific/Apia";
        let due = after_days(at("2011-12-29T10:00[Pacific/Apia]"), 1, zone);
        assert_eq!(on_the_clock(due, zone), "Mon 2012-01-02 10:00 +14:00");
    }

    #[test]
    fn at_the_end_of_the_calendar_nothing_comes_later() {
        let last = Timestamp::from_micros(i64::MAX);
        assert!(after_days(last, 60, AMSTERDAM) >= Timestamp::from_seconds(253_402_200_000));
    }

    /// How much people work between two moments there, counted by the quarter of an hour.
    fn worked(from: Timestamp, until: Timestamp, zone: &str) -> Duration {
        const QUARTER: Duration = Duration::from_secs(15 * 60);
        let zone = time_zone(zone);
        let mut worked = Duration::ZERO;
        let mut now = from;
        while now < until {
            if is_working(local(now, &zone)) {
                worked += QUARTER;
            }
            now = now.plus(QUARTER);
        }
        worked
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_always_in_working_hours_and_never_early(
            // Quarters of an hour from 2020 to 2034.
            quarter in 1_753_152_i64..2_279_000,
            days in 1_u32..6,
            zone in prop::sample::select(vec![
                AMSTERDAM, AUCKLAND, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu",
                "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham", "UTC",
            ]),
        ) {
            let from = Timestamp::from_seconds(quarter * 900);
            let due = after_days(from, days, zone);
            prop_assert!(is_working(local(due, &time_zone(zone))), "{}", on_the_clock(due, zone));
            let a_day = Duration::from_secs(8 * 3600);
            // Not before so many working days, and at the first moment that is not.
            prop_assert_eq!(worked(from, due, zone), a_day * days);
            let next = next_moment(from, zone);
            prop_assert!(next >= from && is_working(local(next, &time_zone(zone))));
            prop_assert_eq!(worked(from, next, zone), Duration::ZERO);
        }
    }
}
