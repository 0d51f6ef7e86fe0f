//! The nonce of a form: proof that the page with the form was asked for first, and not too long
//! or too short a time ago.
//!
//! Security scanners post forms that they never showed to anybody, or within milliseconds of
//! getting them; other sites make a browser post forms of ours. A nonce is bound to the link or
//! the session of its page. Nothing is stored: it may be used again within its time, because the
//! state of the request already makes a second press harmless.
//!
//! A nonce is 27 bytes, 36 characters of base64url: version, key id (2), time of issue in
//! microseconds (8), HMAC-SHA-256 cut to 128 bits.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;

use crate::{
    domain::timestamp::Timestamp,
    signing::{KeyId, KeyRing, Purpose},
};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const CLAIM_BYTES: usize = 11;
const NONCE_BYTES: usize = CLAIM_BYTES + MAC_BYTES;

/// Makes a nonce for a form that is shown now. `bound_to` is what the form belongs to: the token
/// of the link, or the session.
pub fn issue(keys: &KeyRing, bound_to: &[u8], now: Timestamp) -> String {
    let mut bytes = [0; NONCE_BYTES];
    bytes[0] = VERSION;
    bytes[1..3].copy_from_slice(&keys.signing_key().as_bytes());
    bytes[3..CLAIM_BYTES].copy_from_slice(&now.as_micros().to_be_bytes());
    let mac: [u8; MAC_BYTES] = keys.sign(Purpose::Csrf, &[&bytes[..CLAIM_BYTES], bound_to]);
    bytes[CLAIM_BYTES..].copy_from_slice(&mac);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Checks the nonce that came back with a form. An age of exactly `min_age` or `max_age` is good.
///
/// # Errors
/// [`BadNonce`]; each kind is answered by showing the form again, with a new nonce.
pub fn check(
    keys: &KeyRing,
    nonce: &str,
    bound_to: &[u8],
    now: Timestamp,
    min_age: Duration,
    max_age: Duration,
) -> Result<(), BadNonce> {
    let bytes = decode(nonce).ok_or(BadNonce::Forged)?;
    let (written, mac) = bytes
        .split_last_chunk::<MAC_BYTES>()
        .ok_or(BadNonce::Forged)?;
    let (key_id, issued) = read_claims(written).ok_or(BadNonce::Forged)?;
    keys.verify(key_id, Purpose::Csrf, &[written, bound_to], mac)
        .map_err(|_| BadNonce::Forged)?;
    // One from the future, by a daemon whose clock is ahead, counts as just issued.
    let age = now.since(issued);
    if age < min_age {
        return Err(BadNonce::TooEarly);
    }
    if age > max_age {
        return Err(BadNonce::TooLate);
    }
    Ok(())
}

/// Why a form is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNonce {
    /// Nobody reads a page so quickly.
    #[error("too early")]
    TooEarly,
    /// The page stood open too long.
    #[error("too late")]
    TooLate,
    /// Missing, made up, changed, or of another link or session.
    #[error("forged")]
    Forged,
}

fn decode(nonce: &str) -> Option<[u8; NONCE_BYTES]> {
    BASE64URL_NOPAD
        .decode(nonce.as_bytes())
        .ok()?
        .try_into()
        .ok()
}

fn read_claims(written: &[u8]) -> Option<(KeyId, Timestamp)> {
    let (&version, rest) = written.split_first()?;
    let (&key_id, issued) = rest.split_first_chunk()?;
    let issued = i64::from_be_bytes(issued.try_into().ok()?);
    (version == VERSION).then_some((KeyId::from_bytes(key_id), Timestamp::from_micros(issued)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signing::test_rings::{DEPLOYMENT, ring};

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);
    const MIN: Duration = Duration::from_secs(2);
    const MAX: Duration = Duration::from_secs(30 * 60);

    fn after(age: Duration, nonce: &str) -> Result<(), BadNonce> {
        let keys = ring(DEPLOYMENT, &[1]);
        check(&keys, nonce, b"link", NOW.plus(age), MIN, MAX)
    }

    fn issued() -> String {
        issue(&ring(DEPLOYMENT, &[1]), b"link", NOW)
    }

    #[test]
    fn a_form_is_taken_from_the_shortest_to_the_longest_age() {
        let moment = Duration::from_micros(1);
        assert_eq!(after(MIN - moment, &issued()), Err(BadNonce::TooEarly));
        assert_eq!(after(MIN, &issued()), Ok(()));
        assert_eq!(after(MAX, &issued()), Ok(()));
        assert_eq!(after(MAX + moment, &issued()), Err(BadNonce::TooLate));
    }

    #[test]
    fn a_nonce_from_the_future_counts_as_just_issued() {
        let keys = ring(DEPLOYMENT, &[1]);
        let before = NOW.minus(Duration::from_secs(5));
        let with = |min_age| check(&keys, &issued(), b"link", before, min_age, MAX);
        assert_eq!(with(MIN), Err(BadNonce::TooEarly));
        assert_eq!(with(Duration::ZERO), Ok(()));
    }

    #[test]
    fn a_nonce_is_good_for_its_own_form_key_and_deployment_only() {
        let now = NOW.plus(MIN);
        let check =
            |keys: &KeyRing, bound_to: &[u8]| check(keys, &issued(), bound_to, now, MIN, MAX);
        assert_eq!(check(&ring(DEPLOYMENT, &[2, 1]), b"link"), Ok(()));
        let forged = Err(BadNonce::Forged);
        assert_eq!(check(&ring(DEPLOYMENT, &[1]), b"other"), forged);
        assert_eq!(check(&ring(DEPLOYMENT, &[1]), b""), forged);
        assert_eq!(check(&ring(DEPLOYMENT, &[2]), b"link"), forged);
        assert_eq!(check(&ring("https://test.example", &[1]), b"link"), forged);
    }

    #[test]
    fn any_changed_character_is_forged() {
        let nonce = issued();
        for at in 0..nonce.len() {
            for to in 0..=127_u8 {
                let mut bytes = nonce.clone().into_bytes();
                let before = std::mem::replace(&mut bytes[at], to);
                let changed = String::from_utf8(bytes).unwrap();
                let expected = if before == to {
                    Ok(())
                } else {
                    Err(BadNonce::Forged)
                };
                assert_eq!(after(MIN, &changed), expected, "{at} {to}");
            }
        }
        for other in [
            format!("{nonce}="),
            format!("{nonce}AAAA"),
            nonce[..32].to_owned(),
        ] {
            assert_eq!(after(MIN, &other), Err(BadNonce::Forged));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_forged_without_a_panic(text in ".*", raw in any::<[u8; NONCE_BYTES]>()) {
            prop_assert_eq!(after(MIN, &text), Err(BadNonce::Forged));
            let text = BASE64URL_NOPAD.encode(&raw);
            prop_assert_eq!(after(MIN, &text), Err(BadNonce::Forged));
        }
    }
}
