//! What a browser says about where a form was sent from.

use axum::http::{HeaderMap, header};

/// Whether a form came from one of our own pages, as far as the browser says.
///
/// `Sec-Fetch-Site` decides where it is sent (Fetch Metadata); otherwise `Origin` must be ours. Our
/// pages forbid referrers, which makes older browsers send `Origin: null`: then the nonce of the
/// form is what proves it, as it does for browsers that send neither.
pub(super) fn is_same_origin(headers: &HeaderMap, our_origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    match text(header::ORIGIN.as_str()) {
        Some(origin) => origin == "null" || origin == our_origin,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn what_the_browser_calls_another_site_is_refused() {
        let ours = "https://esecure.example";
        for (pairs, expected) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (
                vec![("sec-fetch-site", "cross-site"), ("origin", ours)],
                false,
            ),
            (vec![("origin", ours)], true),
            (vec![("origin", "https://evil.example")], false),
            (vec![("origin", "https://esecure.example.evil.com")], false),
            (vec![("origin", "https://esecure.example:444")], false),
            (vec![("origin", "null")], true),
            (vec![], true),
        ] {
            assert_eq!(
                is_same_origin(&headers(&pairs), ours),
                expected,
                "{pairs:?}"
            );
        }
    }
}
