//! Master keys, and the keys derived from them.

use chacha20poly1305::XChaCha20Poly1305;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use sha2::Sha256;

use super::{KeyId, Purpose};

/// 32 random bytes and their name. Prints without the bytes.
#[derive(Debug)]
pub(super) struct MasterKey {
    pub(super) id: KeyId,
    pub(super) secret: SecretBox<[u8; 32]>,
}

/// What was derived from one master key: a key for each purpose, in the order of
/// [`Purpose::ALL`]. Deliberately without `Debug`: these are secrets.
pub(super) struct PurposeKeys {
    pub(super) id: KeyId,
    keyed: [Hmac<Sha256>; Purpose::ALL.len()],
    sealing: XChaCha20Poly1305,
}

/// What the derivation of the sealing key begins with. Changing it makes sealed secrets unreadable.
const SEAL_DOMAIN: &str = "esecured/seal/v1";

impl PurposeKeys {
    /// The keys that sign and verify.
    pub(super) fn of(master: &MasterKey) -> Self {
        Self::derive(master, "esecured/key")
    }

    /// Keys that nothing is ever signed with, for the work of refusing an unknown key id.
    pub(super) fn dummy(master: &MasterKey) -> Self {
        Self::derive(master, "esecured/dummy")
    }

    /// HKDF-SHA-256 (RFC 5869) per role, purpose and key id.
    fn derive(master: &MasterKey, role: &str) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(role.as_bytes()), master.secret.expose_secret());
        let expand = |domain: &str| {
            let context = [domain.as_bytes(), &master.id.as_bytes()];
            let mut key = SecretBox::new(Box::new([0_u8; 32]));
            hkdf.expand_multi_info(&context, key.expose_secret_mut())
                .expect("HKDF-SHA-256 gives up to 8,160 bytes and 32 are asked for");
            key
        };
        let keyed = Purpose::ALL.map(|purpose| {
            Hmac::new_from_slice(expand(purpose.domain()).expose_secret())
                .expect("HMAC takes a key of any length")
        });
        let sealing = XChaCha20Poly1305::new_from_slice(expand(SEAL_DOMAIN).expose_secret())
            .expect("the cipher takes a key of 32 bytes");
        Self {
            id: master.id,
            keyed,
            sealing,
        }
    }

    /// The cipher for what the database keeps.
    pub(super) fn sealing(&self) -> &XChaCha20Poly1305 {
        &self.sealing
    }

    /// An HMAC that has its key and no text yet.
    pub(super) fn for_purpose(&self, purpose: Purpose) -> &Hmac<Sha256> {
        &self.keyed[purpose as usize]
    }
}
