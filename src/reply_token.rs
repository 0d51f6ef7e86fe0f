//! The token in a sub-address: `local+TOKEN@domain` takes the reply to a mail,
//! `local+b.TOKEN@domain` its bounce.
//!
//! It names the message by its row of the outbox. A token is 25 bytes, exactly 40 characters of
//! lower-case base32 without padding (RFC 4648, section 6), so no character has spare bits.
//! Mail systems on the way may fold the case of an address, so either case is read.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version (high half) and purpose (low half) |
//! | 2 | key id |
//! | 8 | row of the message |
//! | 14 | HMAC-SHA-256 over all before it, cut to 112 bits |

use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE};

use crate::signing::{BadToken, KeyId, KeyRing, Purpose, TokenFault, UnknownKey};

/// How many characters a token has.
pub const TOKEN_CHARS: usize = 40;

/// RFC 5321, section 4.5.3.1.1: the longest local part that every mail system takes, in octets.
const MAX_LOCAL_PART: usize = 64;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 14;
const CLAIM_BYTES: usize = 11;
const TOKEN_BYTES: usize = CLAIM_BYTES + MAC_BYTES;

/// Which mail comes back to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyPurpose {
    /// A person's answer.
    Reply,
    /// A mail system's notice that our mail did not arrive.
    Bounce,
}

impl ReplyPurpose {
    const fn signing_purpose(self) -> Purpose {
        match self {
            Self::Reply => Purpose::Reply,
            Self::Bounce => Purpose::Bounce,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Reply => 1,
            Self::Bounce => 2,
        }
    }

    /// What stands between the plus sign and the token.
    const fn mark(self) -> &'static str {
        match self {
            Self::Reply => "",
            Self::Bounce => "b.",
        }
    }
}

/// A token that was genuine when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedRow {
    /// The row of the message that was answered or bounced.
    pub row: [u8; 8],
    /// The key that signed it: evidence for the audit event.
    pub key_id: KeyId,
}

/// Writes a token with a chosen key, so that a mail rendered again has the same bytes.
///
/// # Errors
/// [`UnknownKey`] where the key is not in use any more.
pub fn encode(
    keys: &KeyRing,
    key_id: KeyId,
    purpose: ReplyPurpose,
    row: [u8; 8],
) -> Result<String, UnknownKey> {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[0] = VERSION << 4 | purpose.code();
    bytes[1..3].copy_from_slice(&key_id.as_bytes());
    bytes[3..CLAIM_BYTES].copy_from_slice(&row);
    let mac: [u8; MAC_BYTES] =
        keys.sign_with(key_id, purpose.signing_purpose(), &[&bytes[..CLAIM_BYTES]])?;
    bytes[CLAIM_BYTES..].copy_from_slice(&mac);
    Ok(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

/// Reads the token of an address that takes mail of this purpose.
///
/// # Errors
/// One [`BadToken`] for everything that is not a genuine token of this purpose.
pub fn parse(keys: &KeyRing, token: &str, purpose: ReplyPurpose) -> Result<SignedRow, BadToken> {
    let bytes = decode(token).ok_or(TokenFault::Malformed)?;
    let claimed = [ReplyPurpose::Reply, ReplyPurpose::Bounce]
        .into_iter()
        .find(|purpose| bytes[0] == VERSION << 4 | purpose.code())
        .ok_or(TokenFault::Malformed)?;
    let key_id = KeyId::from_bytes([bytes[1], bytes[2]]);
    let (written, mac) = bytes
        .split_last_chunk::<MAC_BYTES>()
        .ok_or(TokenFault::Malformed)?;
    keys.verify(key_id, claimed.signing_purpose(), &[written], mac)?;
    if claimed != purpose {
        return Err(TokenFault::WrongPurpose.into());
    }
    let mut row = [0; 8];
    row.copy_from_slice(&written[3..]);
    Ok(SignedRow { row, key_id })
}

/// The address of `mailbox` that carries a token: the `Reply-To` of a mail, or its envelope
/// sender.
///
/// # Errors
/// [`NoAddress`] where the mailbox cannot carry a token. It depends on the mailbox alone, so the
/// configuration can be checked with any token.
pub fn address(mailbox: &str, purpose: ReplyPurpose, token: &str) -> Result<String, NoAddress> {
    let (local, domain) = mailbox.rsplit_once('@').ok_or(NoAddress::NotPlain)?;
    if local.is_empty() || local.starts_with('"') || domain.is_empty() {
        return Err(NoAddress::NotPlain);
    }
    let tagged = format!("{local}+{}{token}", purpose.mark());
    if tagged.len() > MAX_LOCAL_PART {
        return Err(NoAddress::TooLong {
            most: local.len().saturating_sub(tagged.len() - MAX_LOCAL_PART),
        });
    }
    Ok(format!("{tagged}@{domain}"))
}

/// Why a mailbox cannot carry a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// It is no address, or a quoted one, to which nothing can be added.
    #[error("expected an address such as esecure@example.com, without quotes")]
    NotPlain,
    /// With the token its local part would pass 64 octets.
    #[error(
        "with a token the part before the @ would be longer than the 64 octets that mail \
         systems take (RFC 5321); use one of at most {most}"
    )]
    TooLong {
        /// The longest local part that can carry this kind of token, in octets.
        most: usize,
    },
}

/// The token in an address that a mail came to, with what it claims to be for; nothing where
/// there is none. Not verified: that is [`parse`].
pub fn find_token(address: &str) -> Option<(ReplyPurpose, &str)> {
    let (local, _domain) = address.rsplit_once('@')?;
    let (_mailbox, detail) = local.rsplit_once('+')?;
    let (purpose, token) = match detail.split_once('.') {
        None => (ReplyPurpose::Reply, detail),
        Some(("b" | "B", token)) => (ReplyPurpose::Bounce, token),
        Some(_) => return None,
    };
    decode(token).map(|_| (purpose, token))
}

fn decode(token: &str) -> Option<[u8; TOKEN_BYTES]> {
    if token.len() != TOKEN_CHARS {
        return None;
    }
    BASE32_NOPAD_NOCASE
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

    const BOTH: [ReplyPurpose; 2] = [ReplyPurpose::Reply, ReplyPurpose::Bounce];

    fn token(keys: &KeyRing, purpose: ReplyPurpose) -> String {
        encode(keys, keys.signing_key(), purpose, *b"a record").unwrap()
    }

    fn fault(keys: &KeyRing, token: &str, purpose: ReplyPurpose) -> TokenFault {
        parse(keys, token, purpose).unwrap_err().fault()
    }

    proptest! {
        #[test]
        fn a_token_reads_as_it_was_written_in_either_case(row in any::<[u8; 8]>()) {
            let keys = ring(DEPLOYMENT, &[1, 2]);
            for purpose in BOTH {
                let token = encode(&keys, key_id(2), purpose, row).unwrap();
                prop_assert_eq!(token.len(), TOKEN_CHARS);
                prop_assert!(token.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
                let signed = Ok(SignedRow { row, key_id: key_id(2) });
                prop_assert_eq!(parse(&keys, &token, purpose), signed);
                prop_assert_eq!(parse(&keys, &token.to_ascii_uppercase(), purpose), signed);
            }
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*", raw in any::<[u8; TOKEN_BYTES]>()) {
            let keys = ring(DEPLOYMENT, &[1]);
            prop_assert!(parse(&keys, &text, ReplyPurpose::Reply).is_err());
            prop_assert!(find_token(&text).is_none());
            let text = BASE32_NOPAD.encode(&raw);
            prop_assert!(parse(&keys, &text, ReplyPurpose::Reply).is_err());
        }
    }

    #[test]
    fn any_changed_character_but_for_its_case_ends_a_token() {
        let keys = ring(DEPLOYMENT, &[1]);
        for purpose in BOTH {
            let token = token(&keys, purpose);
            for at in 0..token.len() {
                for to in 0..=127_u8 {
                    let mut bytes = token.clone().into_bytes();
                    let before = std::mem::replace(&mut bytes[at], to);
                    let changed = String::from_utf8(bytes).unwrap();
                    assert_eq!(
                        parse(&keys, &changed, purpose).is_ok(),
                        before.eq_ignore_ascii_case(&to),
                        "{at} {to}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_may_be_added_or_left_out() {
        let keys = ring(DEPLOYMENT, &[1]);
        let token = token(&keys, ReplyPurpose::Reply);
        let others = [
            format!("{token}="),
            format!("{token}a"),
            format!("{token}aaaaaaaa"),
            format!(" {token}"),
            token[1..].to_owned(),
            token[..32].to_owned(),
            String::new(),
        ];
        for other in others {
            assert!(
                parse(&keys, &other, ReplyPurpose::Reply).is_err(),
                "{other:?}"
            );
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_purpose_key_and_deployment_only() {
        let keys = ring(DEPLOYMENT, &[1]);
        let reply = token(&keys, ReplyPurpose::Reply);
        let bounce = token(&keys, ReplyPurpose::Bounce);
        let (r, b) = (ReplyPurpose::Reply, ReplyPurpose::Bounce);
        assert_eq!(fault(&keys, &reply, b), TokenFault::WrongPurpose);
        assert_eq!(fault(&keys, &bounce, r), TokenFault::WrongPurpose);
        let elsewhere = ring("https://test.example", &[1]);
        assert_eq!(fault(&elsewhere, &reply, r), TokenFault::BadSignature);
        let later = ring(DEPLOYMENT, &[2]);
        assert_eq!(fault(&later, &reply, r), TokenFault::UnknownKey);
        assert_eq!(fault(&keys, "no", r), TokenFault::Malformed);
        assert_eq!(
            encode(&keys, key_id(9), r, [0; 8]),
            Err(UnknownKey(key_id(9)))
        );
    }

    #[test]
    fn a_token_travels_in_an_address_and_is_found_again() {
        let keys = ring(DEPLOYMENT, &[1]);
        for purpose in BOTH {
            let token = token(&keys, purpose);
            for mailbox in ["esecure@example.com", "a+b@example.com", "x@example.com"] {
                let address = address(mailbox, purpose, &token).unwrap();
                assert_eq!(find_token(&address), Some((purpose, token.as_str())));
                let shouted = address.to_ascii_uppercase();
                let (found, folded) = find_token(&shouted).unwrap();
                assert!(parse(&keys, folded, found).is_ok());
            }
        }
        let token = token(&keys, ReplyPurpose::Bounce);
        let address = address("es@example.com", ReplyPurpose::Bounce, &token);
        assert_eq!(address, Ok(format!("es+b.{token}@example.com")));
    }

    #[test]
    fn an_address_without_a_token_has_none() {
        let token = token(&ring(DEPLOYMENT, &[1]), ReplyPurpose::Reply);
        let addresses = [
            "esecure@example.com".to_owned(),
            "esecure+news@example.com".to_owned(),
            format!("{token}@example.com"),
            format!("esecure+c.{token}@example.com"),
            format!("esecure+{token}"),
            format!("esecure+{token}x@example.com"),
        ];
        for address in addresses {
            assert_eq!(find_token(&address), None, "{address}");
        }
    }

    #[test]
    fn a_local_part_never_passes_64_octets() {
        let token = "a".repeat(TOKEN_CHARS);
        for (purpose, most) in [(ReplyPurpose::Reply, 23), (ReplyPurpose::Bounce, 21)] {
            let fits = format!("{}@example.com", "m".repeat(most));
            let tagged = address(&fits, purpose, &token).unwrap();
            assert_eq!(tagged.split_once('@').unwrap().0.len(), MAX_LOCAL_PART);
            for longer in [most + 1, 64] {
                let mailbox = format!("{}@example.com", "m".repeat(longer));
                let refused = address(&mailbox, purpose, &token);
                assert_eq!(refused, Err(NoAddress::TooLong { most }));
            }
        }
        for mailbox in [
            "",
            "esecure",
            "@example.com",
            "esecure@",
            "\"e s\"@example.com",
        ] {
            let refused = address(mailbox, ReplyPurpose::Reply, &token);
            assert_eq!(refused, Err(NoAddress::NotPlain), "{mailbox}");
        }
    }
}
