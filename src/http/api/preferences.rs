//! What a client prefers: `Prefer: wait=N` (RFC 7240, section 4.3).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

/// Nobody is kept waiting for longer.
const LONGEST: u64 = 60;

/// How long the client is willing to wait for a change, at most a minute. What cannot be read counts
/// as not said (RFC 7240, section 2).
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(seconds)
        .map(|seconds| Duration::from_secs(seconds.min(LONGEST)))
}

fn seconds(preference: &str) -> Option<u64> {
    let preference = preference.split(';').next()?;
    let (name, value) = preference.split_once('=')?;
    let is_wait = name.trim().eq_ignore_ascii_case("wait");
    let value = value.trim().trim_matches('"');
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number has are still a long time.
    (is_wait && is_number).then(|| value.parse().unwrap_or(LONGEST))
}

/// `Preference-Applied`, as much of it as was.
pub fn applied(wait: Duration) -> HeaderValue {
    HeaderValue::from_str(&format!("wait={}", wait.as_secs()))
        .expect("digits may stand in a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("prefer", HeaderValue::from_static(value));
        wait(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_found_among_other_preferences_and_bounded() {
        assert_eq!(of("wait=10"), Some(10));
        assert_eq!(of("respond-async, Wait = \"5\"; foo=1"), Some(5));
        assert_eq!(of("wait=61"), Some(60));
        assert_eq!(of("wait=99999999999999999999999"), Some(60));
        assert_eq!(of("wait=0"), Some(0));
    }

    #[test]
    fn what_cannot_be_read_was_not_said() {
        for value in ["wait", "wait=", "wait=-1", "wait=soon", "waiting=5", ""] {
            assert_eq!(of(value), None, "{value}");
        }
        assert_eq!(wait(&HeaderMap::new()), None);
    }
}
