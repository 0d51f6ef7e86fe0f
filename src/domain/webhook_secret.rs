//! The secret that an endpoint and we share, and what we sign with it (Standard Webhooks 1.0.0).

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{announced::FeedEventId, timestamp::Timestamp};

/// How long a secret is, in octets; the standard wants 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// A secret. It prints nothing of itself.
pub struct WebhookSecret([u8; SECRET_BYTES]);

impl WebhookSecret {
    /// From random bytes.
    pub const fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// To be sealed.
    pub const fn as_bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// As the receiver is given it, once: `whsec_` and base64.
    pub fn expose(&self) -> String {
        format!("whsec_{}", BASE64.encode(&self.0))
    }

    /// Signs a body, with the name of its event and the moment of sending.
    pub fn sign(&self, event: FeedEventId, at: Timestamp, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key");
        mac.update(format!("{event}.{}.", at.as_seconds()).as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_name_moment_and_body() {
        let secret = WebhookSecret::from_bytes([7; SECRET_BYTES]);
        assert_eq!(
            secret.expose(),
            "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
        );
        let (event, other) = (FeedEventId::new(), FeedEventId::new());
        let at = Timestamp::from_seconds(1_778_483_640);
        let signed = secret.sign(event, at, b"{}");
        assert_eq!(signed.len(), "v1,".len() + 44);
        assert_eq!(secret.sign(event, at, b"{}"), signed);
        let later = Timestamp::from_seconds(1_778_483_641);
        let others = [
            secret.sign(other, at, b"{}"),
            secret.sign(event, later, b"{}"),
            secret.sign(event, at, b"{ }"),
            WebhookSecret::from_bytes([8; SECRET_BYTES]).sign(event, at, b"{}"),
        ];
        assert!(!others.contains(&signed));
    }
}
