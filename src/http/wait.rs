//! How long somebody who tried too often has to wait, as pages and answers say it.

use std::time::Duration;

use axum::{http::header, response::Response};
use serde::Serialize;

/// A wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Wait {
    /// At least one, so that nobody is told to try again at once.
    seconds: u64,
    /// Where they say it better.
    minutes: Option<u64>,
}

impl From<Duration> for Wait {
    fn from(wait: Duration) -> Self {
        let begun = u64::from(wait.subsec_nanos() > 0);
        let seconds = wait.as_secs().saturating_add(begun).max(1);
        Self {
            seconds,
            minutes: (seconds > 120).then(|| seconds.div_ceil(60)),
        }
    }
}

/// Says it to programs: `Retry-After` (RFC 9110, section 10.2.3).
pub(super) fn announced(mut response: Response, wait: Option<Wait>) -> Response {
    if let Some(wait) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, wait.seconds.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_whole_seconds_or_minutes_that_are_long_enough() {
        let said = |millis| {
            let wait = Wait::from(Duration::from_millis(millis));
            (wait.seconds, wait.minutes)
        };
        assert_eq!([0, 1, 1_000].map(said), [(1, None); 3]);
        assert_eq!(said(1_001), (2, None));
        assert_eq!(said(120_000), (120, None));
        assert_eq!(said(120_001), (121, Some(3)));
        assert_eq!(said(3_600_000), (3_600, Some(60)));
    }
}
