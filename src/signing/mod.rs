//! Signing: the keys behind links, reply addresses, bounce addresses and forms.
//!
//! A [`KeyRing`] holds one key that signs and a few older ones that still verify what was signed
//! before, so that links already sent keep working after a rotation. From each master key one key
//! per [`Purpose`] is derived (HKDF-SHA-256, RFC 5869): whoever gets hold of a reply token has
//! learned nothing that helps with a link.
//!
//! What a signature covers besides its fields is the purpose and the deployment, so that a token
//! of the test installation is worth nothing in production even if the key file was copied.
//!
//! The ring is read from the [`key_file`]; a running daemon keeps it in [`SharedKeys`]. The tokens
//! themselves are in [`crate::reject_link`], [`crate::invitation_link`], [`crate::reply_token`] and
//! [`crate::nonce`]. What the database keeps and nobody else may read is sealed: [`seal`].

pub mod key_file;
mod master_key;
pub mod seal;
mod shared_keys;
mod token_fault;

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use master_key::{MasterKey, PurposeKeys};
pub use shared_keys::{Reload, SharedKeys};
pub use token_fault::{BadToken, TokenFault};

/// The fewest bytes that may be left of a signature: 96 bits, because a guess against a live
/// daemon then has no prospect in the life of a token.
const SHORTEST_MAC: usize = 12;

/// The bytes of a whole HMAC-SHA-256.
const WHOLE_MAC: usize = 32;

/// What a signature is for. Purposes never share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The Reject link of an approval mail.
    Link,
    /// The sub-address that a reply comes back to.
    Reply,
    /// The envelope sender that a bounce comes back to.
    Bounce,
    /// The nonce of a form.
    Csrf,
    /// The link that takes a rejection back.
    Undo,
    /// The link that sets a first password.
    Invite,
    /// Where a page of a list ends.
    Cursor,
}

impl Purpose {
    /// Every purpose, in the order in which a key keeps its derived keys.
    const ALL: [Self; 7] = [
        Self::Link,
        Self::Reply,
        Self::Bounce,
        Self::Csrf,
        Self::Undo,
        Self::Invite,
        Self::Cursor,
    ];

    /// What key derivation and signatures begin with. Changing one ends every token of its kind.
    const fn domain(self) -> &'static str {
        match self {
            Self::Link => "esecured/link/v1",
            Self::Reply => "esecured/reply/v1",
            Self::Bounce => "esecured/bounce/v1",
            Self::Csrf => "esecured/csrf/v1",
            Self::Undo => "esecured/undo/v1",
            Self::Invite => "esecured/invite/v1",
            Self::Cursor => "esecured/cursor/v1",
        }
    }
}

/// The name of a key: two bytes, printed as four lower-case hexadecimal digits. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 2]);

impl KeyId {
    /// From the bytes of a token.
    pub const fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(bytes)
    }

    /// For the bytes of a token.
    pub const fn as_bytes(self) -> [u8; 2] {
        self.0
    }

    /// Reads exactly four lower-case hexadecimal digits, as printed.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}", self.0[0], self.0[1])
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A key id that no key of the ring has: it was revoked, or dropped by later rotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signing key {0} is not in use any more")]
pub struct UnknownKey(pub KeyId);

/// The keys of one deployment. Prints key ids only.
pub struct KeyRing {
    /// Hashed into every signature: the public URL.
    deployment: String,
    signing: PurposeKeys,
    verifying: Vec<PurposeKeys>,
    /// Used for a key id that nobody has, so that such a token takes the same path as a forged one.
    dummy: PurposeKeys,
}

impl KeyRing {
    /// `deployment` is the public URL; a slash at its end makes no difference.
    fn new(deployment: &str, signing: &MasterKey, verifying: &[MasterKey]) -> Self {
        Self {
            deployment: deployment.trim_end_matches('/').to_owned(),
            signing: PurposeKeys::of(signing),
            verifying: verifying.iter().map(PurposeKeys::of).collect(),
            dummy: PurposeKeys::dummy(signing),
        }
    }

    /// The key that signs now. A message of the outbox keeps this id, so that a retry renders the
    /// same bytes after a rotation.
    pub fn signing_key(&self) -> KeyId {
        self.signing.id
    }

    /// Whether a key signs or verifies here.
    pub fn knows(&self, key_id: KeyId) -> bool {
        self.signing.id == key_id || self.verifying.iter().any(|key| key.id == key_id)
    }

    /// Signs the fields with the key that signs now; `N` leading bytes of the signature are kept.
    pub fn sign<const N: usize>(&self, purpose: Purpose, fields: &[&[u8]]) -> [u8; N] {
        self.cut(&self.signing, purpose, fields)
    }

    /// Signs with a key chosen by its id, to render a message again as it was first rendered.
    ///
    /// # Errors
    /// [`UnknownKey`] where the key was revoked or dropped meanwhile.
    pub fn sign_with<const N: usize>(
        &self,
        key_id: KeyId,
        purpose: Purpose,
        fields: &[&[u8]],
    ) -> Result<[u8; N], UnknownKey> {
        let key = self.find(key_id).ok_or(UnknownKey(key_id))?;
        Ok(self.cut(key, purpose, fields))
    }

    /// Checks a signature made by [`sign`](Self::sign) over the same fields, in constant time.
    ///
    /// # Errors
    /// [`TokenFault::UnknownKey`] or [`TokenFault::BadSignature`]; both do the same work.
    pub fn verify<const N: usize>(
        &self,
        key_id: KeyId,
        purpose: Purpose,
        fields: &[&[u8]],
        mac: &[u8; N],
    ) -> Result<(), TokenFault> {
        const { assert!(N >= SHORTEST_MAC && N <= WHOLE_MAC) }
        let known = self.find(key_id);
        let key = known.unwrap_or(&self.dummy);
        // This comparison is the constant-time one of the hmac crate.
        let genuine = self
            .hash(key, purpose, fields)
            .verify_truncated_left(mac)
            .is_ok();
        match (known, genuine) {
            (Some(_), true) => Ok(()),
            (Some(_), false) => Err(TokenFault::BadSignature),
            (None, _) => Err(TokenFault::UnknownKey),
        }
    }

    fn find(&self, key_id: KeyId) -> Option<&PurposeKeys> {
        std::iter::once(&self.signing)
            .chain(&self.verifying)
            .find(|key| key.id == key_id)
    }

    fn cut<const N: usize>(
        &self,
        key: &PurposeKeys,
        purpose: Purpose,
        fields: &[&[u8]],
    ) -> [u8; N] {
        const { assert!(N >= SHORTEST_MAC && N <= WHOLE_MAC) }
        let whole = self.hash(key, purpose, fields).finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// Every field goes in with its length before it, so that no two lists of fields read alike.
    fn hash(&self, key: &PurposeKeys, purpose: Purpose, fields: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = key.for_purpose(purpose).clone();
        let preamble = [purpose.domain().as_bytes(), self.deployment.as_bytes()];
        for field in preamble.iter().chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verifying: Vec<KeyId> = self.verifying.iter().map(|key| key.id).collect();
        f.debug_struct("KeyRing")
            .field("deployment", &self.deployment)
            .field("signing", &self.signing.id)
            .field("verifying", &verifying)
            .finish_non_exhaustive()
    }
}

/// Rings for the tests of the tokens: the same seeds make the same keys.
#[cfg(test)]
pub(crate) mod test_rings {
    use super::{KeyId, KeyRing, MasterKey};
    use secrecy::SecretBox;

    pub(crate) const DEPLOYMENT: &str = "https://esecure.example";

    /// One key for each seed, the first of which signs. Key ids are the seed twice.
    pub(crate) fn ring(deployment: &str, seeds: &[u8]) -> KeyRing {
        let keys: Vec<MasterKey> = seeds.iter().map(|&seed| key(seed, seed)).collect();
        KeyRing::new(deployment, &keys[0], &keys[1..])
    }

    pub(crate) fn key_id(seed: u8) -> KeyId {
        KeyId::from_bytes([seed, seed])
    }

    pub(super) fn key(id: u8, secret: u8) -> MasterKey {
        MasterKey {
            id: key_id(id),
            secret: SecretBox::new(Box::new([secret; 32])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::test_rings::{DEPLOYMENT, key, key_id, ring};
    use super::*;

    const FIELDS: &[&[u8]] = &[b"one", b"two"];

    #[test]
    fn a_purpose_finds_its_own_derived_key() {
        for (at, purpose) in Purpose::ALL.into_iter().enumerate() {
            assert_eq!(purpose as usize, at);
        }
    }

    #[test]
    fn purposes_never_share_a_key() {
        let keys = ring(DEPLOYMENT, &[1]);
        for one in Purpose::ALL {
            for other in Purpose::ALL {
                // The keys themselves, without the purpose that is hashed in as well.
                let under = |purpose| {
                    let mut mac = keys.signing.for_purpose(purpose).clone();
                    mac.update(b"the same text");
                    mac.finalize().into_bytes()
                };
                assert_eq!(under(one) == under(other), one == other);
            }
        }
    }

    #[test]
    fn a_signature_is_good_for_its_own_fields_purpose_key_and_deployment_only() {
        let keys = ring(DEPLOYMENT, &[1, 2]);
        let mac: [u8; 16] = keys.sign(Purpose::Link, FIELDS);
        let check = |keys: &KeyRing, id, purpose, fields: &[&[u8]]| {
            keys.verify(key_id(id), purpose, fields, &mac)
        };

        assert_eq!(check(&keys, 1, Purpose::Link, FIELDS), Ok(()));
        let bad = Err(TokenFault::BadSignature);
        assert_eq!(check(&keys, 1, Purpose::Link, &[b"on", b"etwo"]), bad);
        assert_eq!(check(&keys, 1, Purpose::Link, &[b"onetwo"]), bad);
        assert_eq!(check(&keys, 1, Purpose::Undo, FIELDS), bad);
        assert_eq!(check(&keys, 2, Purpose::Link, FIELDS), bad);
        let elsewhere = ring("https://test.example", &[1, 2]);
        assert_eq!(check(&elsewhere, 1, Purpose::Link, FIELDS), bad);
        let same_id = KeyRing::new(DEPLOYMENT, &key(1, 9), &[]);
        assert_eq!(check(&same_id, 1, Purpose::Link, FIELDS), bad);
    }

    #[test]
    fn a_key_id_is_part_of_its_derived_keys() {
        let one = KeyRing::new(DEPLOYMENT, &key(1, 7), &[]);
        let other = KeyRing::new(DEPLOYMENT, &key(2, 7), &[]);
        let under = |keys: &KeyRing| keys.sign::<32>(Purpose::Link, FIELDS);
        assert_ne!(under(&one), under(&other));
    }

    #[test]
    fn not_even_the_dummy_key_opens_an_unknown_key_id() {
        let keys = ring(DEPLOYMENT, &[1]);
        let by_dummy: [u8; 16] = keys.cut(&keys.dummy, Purpose::Link, FIELDS);
        assert_ne!(by_dummy, keys.sign(Purpose::Link, FIELDS));
        for id in [1, 9] {
            assert!(
                keys.verify(key_id(id), Purpose::Link, FIELDS, &by_dummy)
                    .is_err()
            );
        }
        assert_eq!(
            keys.sign_with::<16>(key_id(9), Purpose::Link, FIELDS),
            Err(UnknownKey(key_id(9)))
        );
    }

    #[test]
    fn a_key_can_be_chosen_and_a_slash_makes_no_other_deployment() {
        let keys = ring("https://esecure.example/", &[2, 1]);
        let first = ring(DEPLOYMENT, &[1]).sign::<16>(Purpose::Reply, FIELDS);
        assert_eq!(keys.sign_with(key_id(1), Purpose::Reply, FIELDS), Ok(first));
    }

    #[test]
    fn keys_print_without_their_secrets() {
        let printed = format!("{:?} {:?}", ring(DEPLOYMENT, &[1, 2]), key(1, 0xa5));
        assert!(printed.contains("0101") && printed.contains("0202"));
        assert!(
            !printed.contains("165") && !printed.contains("a5"),
            "{printed}"
        );
    }

    #[test]
    fn a_key_id_is_read_only_as_it_is_printed() {
        assert_eq!(KeyId::parse("0a1f"), Some(KeyId([0x0a, 0x1f])));
        assert_eq!(KeyId([0x0a, 0x1f]).to_string(), "0a1f");
        for text in ["", "0A1F", "0a1", "0a1f0", " 0a1f", "0x1f"] {
            assert_eq!(KeyId::parse(text), None, "{text}");
        }
    }
}
