//! Sealing: secrets that the database keeps and only the daemon reads.
//!
//! A sealed text is `KEYID.` and, in base64url, a random nonce and the ciphertext of
//! XChaCha20-Poly1305. It is bound to what it belongs to: moved to another row it opens nothing.
//! Unlike a signature it is not bound to the public URL, which an operator may change: what was
//! sealed for good has to survive that.
//!
//! A rotation leaves sealed texts readable until the old key is dropped; whoever keeps some seals
//! them anew before ([`KeyRing::is_sealed_by_signing_key`]).

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::BASE64URL_NOPAD;

use super::{KeyId, KeyRing};

const NONCE: usize = 24;

/// Why a sealed text cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Its key was revoked or dropped.
    #[error("it was sealed with key {0}, which is not in use any more")]
    UnknownKey(KeyId),
    /// It is not what was sealed, or not where it was.
    #[error("it was changed, or belongs to something else")]
    Broken,
}

impl KeyRing {
    /// Seals a secret, bound to what it belongs to: its kind first, then the names of its row.
    pub fn seal(&self, bound_to: &[&[u8]], secret: &[u8]) -> String {
        let nonce: [u8; NONCE] = crate::random::bytes();
        let payload = Payload {
            msg: secret,
            aad: &in_one(bound_to),
        };
        let sealed = self
            .signing
            .sealing()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a short secret is not too long for the cipher");
        let bytes = [nonce.as_slice(), &sealed].concat();
        format!("{}.{}", self.signing_key(), BASE64URL_NOPAD.encode(&bytes))
    }

    /// Opens what [`seal`](Self::seal) made for the same thing.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn unseal(&self, bound_to: &[&[u8]], sealed: &str) -> Result<Vec<u8>, UnsealError> {
        let (key_id, text) = sealed.split_once('.').ok_or(UnsealError::Broken)?;
        let key_id = KeyId::parse(key_id).ok_or(UnsealError::Broken)?;
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| UnsealError::Broken)?;
        let key = self.find(key_id).ok_or(UnsealError::UnknownKey(key_id))?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE>()
            .ok_or(UnsealError::Broken)?;
        let payload = Payload {
            msg: sealed,
            aad: &in_one(bound_to),
        };
        let cipher: &XChaCha20Poly1305 = key.sealing();
        cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| UnsealError::Broken)
    }

    /// Whether a sealed text need not be sealed anew.
    pub fn is_sealed_by_signing_key(&self, sealed: &str) -> bool {
        sealed.starts_with(&format!("{}.", self.signing_key()))
    }
}

/// Each part with its length before it, so that no two lists read alike.
fn in_one(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(*part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::test_rings::{DEPLOYMENT, key_id, ring};

    const OF_ANNA: &[&[u8]] = &[b"totp", b"anna"];

    #[test]
    fn a_sealed_secret_opens_where_it_belongs_and_nowhere_else() {
        let keys = ring(DEPLOYMENT, &[1]);
        let sealed = keys.seal(OF_ANNA, b"a secret of twenty b");
        assert_eq!(
            keys.unseal(OF_ANNA, &sealed).unwrap(),
            b"a secret of twenty b"
        );
        assert!(sealed.is_ascii() && !sealed.contains("secret"));
        assert_ne!(keys.seal(OF_ANNA, b"a secret of twenty b"), sealed);
        let others: [&[&[u8]]; 4] = [
            &[b"totp", b"bram"],
            &[b"webhook", b"anna"],
            &[b"tot", b"panna"],
            &[b"totpanna"],
        ];
        for other in others {
            assert_eq!(keys.unseal(other, &sealed), Err(UnsealError::Broken));
        }
        // The public URL may change.
        let moved = ring("https://other.example", &[1]);
        assert!(moved.unseal(OF_ANNA, &sealed).is_ok());
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let keys = ring(DEPLOYMENT, &[1]);
        let sealed = keys.seal(OF_ANNA, b"secret");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(keys.unseal(OF_ANNA, &changed).is_err(), "{changed}");
        }
        for odd in ["", ".", "0101", "0101.", "0101.AAAA", "xyz.AAAA"] {
            assert_eq!(keys.unseal(OF_ANNA, odd), Err(UnsealError::Broken), "{odd}");
        }
    }

    #[test]
    fn a_rotation_leaves_it_readable_and_says_that_it_is_old() {
        let sealed = ring(DEPLOYMENT, &[1]).seal(OF_ANNA, b"secret");
        let rotated = ring(DEPLOYMENT, &[2, 1]);
        assert_eq!(rotated.unseal(OF_ANNA, &sealed).unwrap(), b"secret");
        assert!(!rotated.is_sealed_by_signing_key(&sealed));
        let anew = rotated.seal(OF_ANNA, b"secret");
        assert!(rotated.is_sealed_by_signing_key(&anew));
        let dropped = ring(DEPLOYMENT, &[3, 2]);
        let unknown = Err(UnsealError::UnknownKey(key_id(1)));
        assert_eq!(dropped.unseal(OF_ANNA, &sealed), unknown);
        assert_eq!(dropped.unseal(OF_ANNA, &anew).unwrap(), b"secret");
    }
}
