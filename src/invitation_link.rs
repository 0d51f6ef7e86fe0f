//! The token of an invitation: `/invite/TOKEN` sets a first password.
//!
//! A token is 36 bytes, 48 characters of base64url without padding (RFC 4648, section 5). 36 is a
//! multiple of three, so no character has spare bits, and there is exactly one text for each token.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version |
//! | 2 | key id |
//! | 16 | invitation |
//! | 17 | HMAC-SHA-256 over all before it, cut to 136 bits |
//!
//! When it ends, and whether it was used, stands in the row of the invitation: whoever comes late is
//! told so. No token rests in the database.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use crate::{
    domain::people::InvitationId,
    signing::{BadToken, KeyId, KeyRing, Purpose, TokenFault, UnknownKey},
};

/// How many characters a token has.
pub const TOKEN_CHARS: usize = 48;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 17;
const CLAIM_BYTES: usize = 19;
const TOKEN_BYTES: usize = CLAIM_BYTES + MAC_BYTES;

/// Writes a token with a chosen key, so that a mail rendered again has the same bytes.
///
/// # Errors
/// [`UnknownKey`] where the key is not in use any more.
pub fn encode(
    keys: &KeyRing,
    key_id: KeyId,
    invitation: InvitationId,
) -> Result<String, UnknownKey> {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[0] = VERSION;
    bytes[1..3].copy_from_slice(&key_id.as_bytes());
    bytes[3..CLAIM_BYTES].copy_from_slice(invitation.0.as_bytes());
    let mac: [u8; MAC_BYTES] = keys.sign_with(key_id, Purpose::Invite, &[&bytes[..CLAIM_BYTES]])?;
    bytes[CLAIM_BYTES..].copy_from_slice(&mac);
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Reads a token: the invitation that it names.
///
/// # Errors
/// One [`BadToken`] for everything that is not a genuine token.
pub fn parse(keys: &KeyRing, token: &str) -> Result<InvitationId, BadToken> {
    let bytes = decode(token).ok_or(TokenFault::Malformed)?;
    let (written, mac) = bytes
        .split_last_chunk::<MAC_BYTES>()
        .ok_or(TokenFault::Malformed)?;
    let [VERSION, key_1, key_2, invitation @ ..] = written else {
        return Err(TokenFault::Malformed.into());
    };
    let key_id = KeyId::from_bytes([*key_1, *key_2]);
    keys.verify(key_id, Purpose::Invite, &[written], mac)?;
    let invitation = Uuid::from_slice(invitation).map_err(|_| TokenFault::Malformed)?;
    Ok(InvitationId(invitation))
}

fn decode(token: &str) -> Option<[u8; TOKEN_BYTES]> {
    if token.len() != TOKEN_CHARS {
        return None;
    }
    BASE64URL_NOPAD
        .decode(token.as_bytes())
        .ok()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signing::test_rings::{DEPLOYMENT, key_id, ring};

    const INVITATION: InvitationId = InvitationId(Uuid::from_u128(7));

    fn token() -> String {
        encode(&ring(DEPLOYMENT, &[1]), key_id(1), INVITATION).unwrap()
    }

    #[test]
    fn a_token_reads_as_it_was_written_also_after_a_rotation() {
        assert_eq!(token().len(), TOKEN_CHARS);
        let rotated = ring(DEPLOYMENT, &[2, 1]);
        assert_eq!(parse(&rotated, &token()), Ok(INVITATION));
        assert_eq!(encode(&rotated, key_id(1), INVITATION), Ok(token()));
        assert_ne!(encode(&rotated, key_id(2), INVITATION), Ok(token()));
    }

    #[test]
    fn every_other_character_is_refused_at_every_place() {
        let keys = ring(DEPLOYMENT, &[1]);
        for at in 0..TOKEN_CHARS {
            for to in 0..=127_u8 {
                let mut bytes = token().into_bytes();
                let before = std::mem::replace(&mut bytes[at], to);
                let changed = String::from_utf8(bytes).unwrap();
                assert_eq!(parse(&keys, &changed).is_ok(), before == to, "{at} {to}");
            }
        }
    }

    #[test]
    fn nothing_may_be_added_and_no_other_key_or_deployment_will_do() {
        let keys = ring(DEPLOYMENT, &[1]);
        let fault = |keys, token: &str| parse(keys, token).unwrap_err().fault();
        for other in [
            String::new(),
            format!("{}=", token()),
            format!("{}AAAA", token()),
            format!(" {}", token()),
            token()[..44].to_owned(),
        ] {
            assert_eq!(fault(&keys, &other), TokenFault::Malformed, "{other:?}");
        }
        let elsewhere = ring("https://test.example", &[1]);
        assert_eq!(fault(&elsewhere, &token()), TokenFault::BadSignature);
        assert_eq!(
            fault(&ring(DEPLOYMENT, &[3]), &token()),
            TokenFault::UnknownKey
        );
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*", raw in any::<[u8; TOKEN_BYTES]>()) {
            let keys = ring(DEPLOYMENT, &[1]);
            prop_assert!(parse(&keys, &text).is_err());
            prop_assert!(parse(&keys, &BASE64URL_NOPAD.encode(&raw)).is_err());
        }
    }
}
