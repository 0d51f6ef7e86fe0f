//! Spans of time as an operator writes them: `30s`, `5/1d`, `2 working days`.

use std::fmt;
use std::time::Duration;

use crate::domain::reminder::Reminder;

/// At most this many in a span of time, written `5/1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many are let through.
    pub count: u32,
    /// In which span of time.
    pub per: Duration,
}

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads `30s`, `15m`, `8h` or `14d`; `None` for anything else.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(*seconds)?;
    // A hundred years: what is longer is a slip of the keyboard, and would overflow a clock.
    (seconds <= 36_500 * 86_400).then(|| Duration::from_secs(seconds))
}

/// Reads `5/1d`, `"off"` as `Some(None)`; `None` for anything else.
pub(super) fn limit(text: &str) -> Option<Option<Limit>> {
    if text == "off" {
        return Some(None);
    }
    let (count, per) = text.split_once('/')?;
    let count = count.trim().parse().ok().filter(|count| *count > 0)?;
    let per = duration(per.trim()).filter(|per| !per.is_zero())?;
    Some(Some(Limit { count, per }))
}

/// Reads `2 working days`, `1 working day` or a duration, `0s` as never; `None` for anything else.
pub(super) fn reminder(text: &str) -> Option<Reminder> {
    if let Some((count, "working day" | "working days")) = text.split_once(' ') {
        let count = count
            .parse()
            .ok()
            .filter(|count| (1..=60).contains(count))?;
        return Some(Reminder::WorkingDays(count));
    }
    Some(match duration(text)? {
        Duration::ZERO => Reminder::Off,
        after => Reminder::After(after),
    })
}

/// Writes a duration in its largest whole unit: `90s`, `2m`, `14d`.
pub(super) fn written(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (unit, size) = UNITS
        .into_iter()
        .find(|(_, size)| seconds > 0 && seconds.is_multiple_of(*size))
        .unwrap_or(("s", 1));
    format!("{}{unit}", seconds / size)
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, written(self.per))
    }
}

impl fmt::Display for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("0s"),
            Self::After(after) => f.write_str(&written(*after)),
            Self::WorkingDays(1) => f.write_str("1 working day"),
            Self::WorkingDays(count) => write!(f, "{count} working days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_one_unit() {
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("14d"), Some(Duration::from_secs(14 * 86_400)));
        assert_eq!(duration("0s"), Some(Duration::ZERO));
        for wrong in [
            "", "s", "30", "-1s", "+1s", "1.5h", "3w", "often", "30 s", "é", "99999d",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_written_in_its_largest_whole_unit() {
        for (seconds, text) in [(0, "0s"), (90, "90s"), (120, "2m"), (86_400, "1d")] {
            assert_eq!(written(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_limit_is_a_count_in_a_span_or_off() {
        let five_a_day = Limit {
            count: 5,
            per: Duration::from_secs(86_400),
        };
        assert_eq!(limit("5/1d"), Some(Some(five_a_day)));
        assert_eq!(five_a_day.to_string(), "5/1d");
        assert_eq!(limit("off"), Some(None));
        for wrong in ["", "5", "/1d", "0/1d", "5/0s", "5/day", "-5/1d"] {
            assert_eq!(limit(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reminder_counts_working_days_or_time() {
        assert_eq!(reminder("2 working days"), Some(Reminder::WorkingDays(2)));
        assert_eq!(reminder("1 working day"), Some(Reminder::WorkingDays(1)));
        assert_eq!(
            reminder("8h"),
            Some(Reminder::After(Duration::from_secs(28_800)))
        );
        assert_eq!(reminder("0s"), Some(Reminder::Off));
        for wrong in [
            "0 working days",
            "two working days",
            "2 days",
            "working days",
        ] {
            assert_eq!(reminder(wrong), None, "{wrong}");
        }
    }
}
