//! Entity tags: a client that has the newest answer already need not get it again (RFC 9110,
//! section 8.8.3).

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// The tag of a body: another body, another tag.
pub fn of(body: &str) -> String {
    let hash = Sha256::digest(body.as_bytes());
    format!("\"{}\"", data_encoding::HEXLOWER.encode(&hash[..12]))
}

/// As a header.
pub fn header(tag: &str) -> HeaderValue {
    HeaderValue::from_str(tag).expect("hexadecimal digits may stand in a header")
}

/// Whether `If-None-Match` names the tag. Weak comparison (RFC 9110, section 13.1.2).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_any_form_that_a_client_may_send() {
        let tag = of("{}");
        assert_ne!(tag, of("{ }"));
        let with = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::IF_NONE_MATCH,
                HeaderValue::from_str(&value).unwrap(),
            );
            headers
        };
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            assert!(is_known(&with(known), &tag));
        }
        for unknown in ["\"x\"", "", "x"] {
            assert!(!is_known(&with(unknown.to_owned()), &tag));
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
