//! The device somebody signs in on, as far as its browser says (RFC 9110, section 10.1.5).
//!
//! Only to be recognised by its owner on a list: nothing rests on it, as anybody can say anything.

use axum::http::{HeaderMap, header};
use serde::Serialize;

/// Longer than what browsers say of themselves.
const LONGEST: usize = 300;

/// The words in which a browser describes itself, to be kept with the session.
pub(super) fn described(headers: &HeaderMap) -> Option<&str> {
    let words = headers.get(header::USER_AGENT)?.to_str().ok()?;
    // Visible ASCII only, so that every octet is a place to cut at.
    words.get(..words.len().min(LONGEST))
}

/// What somebody recognises in them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

impl Device {
    /// Reads what [`described`] kept.
    pub(super) fn read(words: &str) -> Self {
        let first = |known: &[(&str, &'static str)]| {
            let hit = known.iter().find(|(mark, _)| words.contains(mark));
            hit.map(|(_, name)| *name)
        };
        Self {
            browser: first(BROWSERS),
            system: first(SYSTEMS),
        }
    }
}

/// What a browser's words hold. Each calls itself by the names of those before it as well, so the
/// order is from the particular to the general.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_recognised_by_its_own_name() {
        for (words, browser, system) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                Some("Edge"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                Some("Safari"),
                Some("iPhone"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                Some("Firefox"),
                Some("Linux"),
            ),
            ("curl/8.14.1", None, None),
        ] {
            assert_eq!(Device::read(words), Device { browser, system }, "{words}");
        }
    }

    #[test]
    fn long_words_are_cut_and_odd_ones_left_out() {
        let mut headers = HeaderMap::new();
        assert_eq!(described(&headers), None);
        headers.insert(header::USER_AGENT, "x".repeat(9_000).parse().unwrap());
        assert_eq!(described(&headers).map(str::len), Some(LONGEST));
        let odd = axum::http::HeaderValue::from_bytes(b"caf\xe9").unwrap();
        headers.insert(header::USER_AGENT, odd);
        assert_eq!(described(&headers), None);
    }
}
