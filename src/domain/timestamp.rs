//! A moment in time, as the tables keep it.

use std::{fmt, time::Duration};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From the column of a table.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// For the column of a table.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// From whole seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This much later; the far end of time where that does not fit.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// This much earlier.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// The time that passed since `earlier`; zero where that lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same moment for calendars and time zones.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    /// From a calendar's moment.
    pub fn from_jiff(moment: jiff::Timestamp) -> Self {
        Self(moment.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_seconds(1_760_000_000).to_string(),
            "2025-10-09T08:53:20.000Z"
        );
    }

    #[test]
    fn it_never_overflows() {
        let far = Timestamp::from_micros(i64::MAX);
        assert_eq!(far.plus(Duration::from_secs(1)), far);
        assert_eq!(Timestamp::from_seconds(0).since(far), Duration::ZERO);
        assert!(far.to_string().starts_with("9999-"));
    }
}
