//! The token of a link in a mail: `/r/TOKEN` rejects, `/u/TOKEN` takes a rejection back.
//!
//! A token is 57 bytes, 76 characters of base64url without padding (RFC 4648, section 5): one
//! segment of a path, because mail gateways rewrite query strings. 57 is a multiple of three, so
//! no character has spare bits, and there is exactly one text for each token.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version (high half) and purpose (low half) |
//! | 2 | key id |
//! | 5 | expiry, seconds since the epoch |
//! | 16 | request |
//! | 16 | recipient |
//! | 1 | generation |
//! | 16 | HMAC-SHA-256 over all before it, cut to 128 bits |
//!
//! A token is not used up by itself: after the decision it shows the outcome.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use crate::{
    domain::timestamp::Timestamp,
    signing::{BadToken, KeyId, KeyRing, Purpose, TokenFault, UnknownKey},
};

/// How many characters a token has.
pub const TOKEN_CHARS: usize = 76;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const CLAIM_BYTES: usize = 41;
const TOKEN_BYTES: usize = CLAIM_BYTES + MAC_BYTES;

/// The last second that five bytes can say, in the year 36812.
const LAST_EXPIRY: i64 = (1 << 40) - 1;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Rejects the request.
    Reject,
    /// Takes a rejection back.
    Undo,
}

impl LinkPurpose {
    const fn signing_purpose(self) -> Purpose {
        match self {
            Self::Reject => Purpose::Link,
            Self::Undo => Purpose::Undo,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Reject => 1,
            Self::Undo => 2,
        }
    }
}

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkClaims {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The access request that it is about.
    pub request: Uuid,
    /// The administrator that it was sent to.
    pub recipient: Uuid,
    /// From this moment on it is worth nothing. Kept in whole seconds, rounded down.
    pub expires: Timestamp,
    /// Tells links of one request and recipient apart, where an earlier one must stop working.
    pub generation: u8,
}

/// A link that was genuine when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedLink {
    /// What it says.
    pub claims: LinkClaims,
    /// The key that signed it: evidence for the audit event.
    pub key_id: KeyId,
}

/// Writes a token with the key that signs now.
pub fn encode(keys: &KeyRing, claims: &LinkClaims) -> String {
    let written = write_claims(claims, keys.signing_key());
    let mac = keys.sign(claims.purpose.signing_purpose(), &[&written]);
    write_token(&written, &mac)
}

/// Writes a token with a chosen key, so that a mail rendered again has the same bytes.
///
/// # Errors
/// [`UnknownKey`] where the key is not in use any more.
pub fn encode_with(
    keys: &KeyRing,
    key_id: KeyId,
    claims: &LinkClaims,
) -> Result<String, UnknownKey> {
    let written = write_claims(claims, key_id);
    let mac = keys.sign_with(key_id, claims.purpose.signing_purpose(), &[&written])?;
    Ok(write_token(&written, &mac))
}

/// Reads a token at the door that takes `purpose`.
///
/// # Errors
/// One [`BadToken`] for everything that is not a genuine, living token of this door.
pub fn parse(
    keys: &KeyRing,
    token: &str,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<SignedLink, BadToken> {
    let (written, mac) = read_token(token).ok_or(TokenFault::Malformed)?;
    let SignedLink { claims, key_id } = read_claims(&written).ok_or(TokenFault::Malformed)?;
    // The signature comes before all that a forged token could tell about itself.
    keys.verify(key_id, claims.purpose.signing_purpose(), &[&written], &mac)?;
    if claims.purpose != purpose {
        return Err(TokenFault::WrongPurpose.into());
    }
    if now >= claims.expires {
        return Err(TokenFault::Expired.into());
    }
    Ok(SignedLink { claims, key_id })
}

fn write_claims(claims: &LinkClaims, key_id: KeyId) -> [u8; CLAIM_BYTES] {
    // An expiry before the epoch stays in the past and one beyond the last year in the future.
    let expires = claims.expires.as_seconds().clamp(0, LAST_EXPIRY);
    let mut written = [0; CLAIM_BYTES];
    written[0] = VERSION << 4 | claims.purpose.code();
    written[1..3].copy_from_slice(&key_id.as_bytes());
    written[3..8].copy_from_slice(&expires.to_be_bytes()[3..]);
    written[8..24].copy_from_slice(claims.request.as_bytes());
    written[24..40].copy_from_slice(claims.recipient.as_bytes());
    written[40] = claims.generation;
    written
}

fn read_claims(written: &[u8; CLAIM_BYTES]) -> Option<SignedLink> {
    let purpose = [LinkPurpose::Reject, LinkPurpose::Undo]
        .into_iter()
        .find(|purpose| written[0] == VERSION << 4 | purpose.code())?;
    let mut expires = [0; 8];
    expires[3..].copy_from_slice(&written[3..8]);
    Some(SignedLink {
        claims: LinkClaims {
            purpose,
            request: Uuid::from_slice(&written[8..24]).ok()?,
            recipient: Uuid::from_slice(&written[24..40]).ok()?,
            expires: Timestamp::from_seconds(i64::from_be_bytes(expires)),
            generation: written[40],
        },
        key_id: KeyId::from_bytes([written[1], written[2]]),
    })
}

fn write_token(written: &[u8; CLAIM_BYTES], mac: &[u8; MAC_BYTES]) -> String {
    BASE64URL_NOPAD.encode(&[&written[..], &mac[..]].concat())
}

fn read_token(token: &str) -> Option<([u8; CLAIM_BYTES], [u8; MAC_BYTES])> {
    if token.len() != TOKEN_CHARS {
        return None;
    }
    let bytes: [u8; TOKEN_BYTES] = BASE64URL_NOPAD
        .decode(token.as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    let (written, mac) = bytes.split_first_chunk()?;
    Some((*written, mac.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::signing::test_rings::{DEPLOYMENT, key_id, ring};

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);

    fn claims(purpose: LinkPurpose) -> LinkClaims {
        LinkClaims {
            purpose,
            request: Uuid::from_u128(7),
            recipient: Uuid::from_u128(8),
            expires: NOW.plus(Duration::from_secs(60)),
            generation: 0,
        }
    }

    fn any_claims() -> impl Strategy<Value = LinkClaims> {
        let purpose = prop_oneof![Just(LinkPurpose::Reject), Just(LinkPurpose::Undo)];
        let expires = NOW.as_seconds() + 1..=LAST_EXPIRY;
        (purpose, any::<u128>(), any::<u128>(), expires, any::<u8>()).prop_map(
            |(purpose, request, recipient, expires, generation)| LinkClaims {
                purpose,
                request: Uuid::from_u128(request),
                recipient: Uuid::from_u128(recipient),
                expires: Timestamp::from_seconds(expires),
                generation,
            },
        )
    }

    fn fault(keys: &KeyRing, token: &str, purpose: LinkPurpose, now: Timestamp) -> TokenFault {
        parse(keys, token, purpose, now).unwrap_err().fault()
    }

    proptest! {
        #[test]
        fn a_link_reads_as_it_was_written(claims in any_claims()) {
            let keys = ring(DEPLOYMENT, &[1, 2]);
            let token = encode(&keys, &claims);
            prop_assert_eq!(token.len(), TOKEN_CHARS);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            let found = parse(&keys, &token, claims.purpose, NOW);
            prop_assert_eq!(found, Ok(SignedLink { claims, key_id: key_id(1) }));
        }

        #[test]
        fn any_changed_character_ends_a_link(
            claims in any_claims(),
            at in 0..TOKEN_CHARS,
            to in any::<char>(),
        ) {
            let keys = ring(DEPLOYMENT, &[1]);
            let token = encode(&keys, &claims);
            let mut characters: Vec<char> = token.chars().collect();
            prop_assume!(characters[at] != to);
            characters[at] = to;
            let changed: String = characters.into_iter().collect();
            prop_assert!(parse(&keys, &changed, claims.purpose, NOW).is_err());
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*", raw in any::<[u8; TOKEN_BYTES]>()) {
            let keys = ring(DEPLOYMENT, &[1]);
            prop_assert!(parse(&keys, &text, LinkPurpose::Reject, NOW).is_err());
            let text = BASE64URL_NOPAD.encode(&raw);
            prop_assert!(parse(&keys, &text, LinkPurpose::Reject, NOW).is_err());
        }
    }

    #[test]
    fn every_other_character_of_the_alphabet_is_refused_at_every_place() {
        let keys = ring(DEPLOYMENT, &[1]);
        let token = encode(&keys, &claims(LinkPurpose::Reject));
        for at in 0..token.len() {
            for to in b"-_=+/ \0"
                .iter()
                .copied()
                .chain(b'0'..=b'9')
                .chain(b'A'..=b'Z')
                .chain(b'a'..=b'z')
            {
                let mut bytes = token.clone().into_bytes();
                let before = std::mem::replace(&mut bytes[at], to);
                let changed = String::from_utf8(bytes).unwrap();
                let found = parse(&keys, &changed, LinkPurpose::Reject, NOW);
                assert_eq!(found.is_ok(), before == to, "{at} {to}");
            }
        }
    }

    #[test]
    fn nothing_may_be_added_or_left_out() {
        let keys = ring(DEPLOYMENT, &[1]);
        let token = encode(&keys, &claims(LinkPurpose::Reject));
        let others = [
            format!("{token}="),
            format!("{token}A"),
            format!("{token}AAAA"),
            format!("{token}\n"),
            format!(" {token}"),
            format!("{token}."),
            token[1..].to_owned(),
            token[..75].to_owned(),
            token[..72].to_owned(),
            token.to_ascii_lowercase(),
            token.to_ascii_uppercase(),
            String::new(),
        ];
        for other in others {
            assert!(
                parse(&keys, &other, LinkPurpose::Reject, NOW).is_err(),
                "{other:?}"
            );
        }
    }

    #[test]
    fn the_log_learns_what_the_outside_does_not() {
        let keys = ring(DEPLOYMENT, &[1, 2]);
        let reject = claims(LinkPurpose::Reject);
        let token = encode(&keys, &reject);
        let (r, u) = (LinkPurpose::Reject, LinkPurpose::Undo);

        assert_eq!(fault(&keys, "x", r, NOW), TokenFault::Malformed);
        assert_eq!(fault(&keys, &token, u, NOW), TokenFault::WrongPurpose);
        assert_eq!(
            fault(&ring(DEPLOYMENT, &[3]), &token, r, NOW),
            TokenFault::UnknownKey
        );
        assert_eq!(
            fault(&ring("https://test.example", &[1]), &token, r, NOW),
            TokenFault::BadSignature
        );
        assert_eq!(fault(&keys, &token, r, reject.expires), TokenFault::Expired);
        let second_before = reject.expires.minus(Duration::from_secs(1));
        assert!(parse(&keys, &token, r, second_before).is_ok());

        let words = |token| parse(&keys, token, r, NOW).unwrap_err().to_string();
        assert_eq!(words("x"), words(&encode(&keys, &claims(u))));
    }

    #[test]
    fn a_mail_rendered_again_after_a_rotation_has_the_same_link() {
        let first = encode(&ring(DEPLOYMENT, &[1]), &claims(LinkPurpose::Reject));
        let rotated = ring(DEPLOYMENT, &[2, 1]);
        let claims = claims(LinkPurpose::Reject);
        assert_eq!(encode_with(&rotated, key_id(1), &claims), Ok(first.clone()));
        assert_ne!(encode(&rotated, &claims), first);
        assert_eq!(
            encode_with(&rotated, key_id(9), &claims),
            Err(UnknownKey(key_id(9)))
        );
        let found = parse(&rotated, &first, LinkPurpose::Reject, NOW);
        assert_eq!(found.map(|link| link.key_id), Ok(key_id(1)));
    }

    #[test]
    fn an_expiry_that_does_not_fit_stays_on_its_side_of_now() {
        let keys = ring(DEPLOYMENT, &[1]);
        let until = |micros| LinkClaims {
            expires: Timestamp::from_micros(micros),
            ..claims(LinkPurpose::Reject)
        };
        let early = encode(&keys, &until(i64::MIN));
        assert_eq!(
            fault(&keys, &early, LinkPurpose::Reject, NOW),
            TokenFault::Expired
        );
        let late = encode(&keys, &until(i64::MAX));
        assert!(parse(&keys, &late, LinkPurpose::Reject, NOW).is_ok());
    }
}
