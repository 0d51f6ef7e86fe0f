//! Where a page of a list ends, so that the next one begins there, whatever was added meanwhile.
//!
//! A cursor is 43 bytes in base64url: version, key id (2), when the last request of the page was
//! made (8), its id (16), HMAC-SHA-256 cut to 128 bits. It belongs to the API key's client that got
//! it.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use crate::{
    domain::{people::ClientId, request::RequestId, timestamp::Timestamp},
    signing::{KeyId, KeyRing, Purpose},
};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const CLAIM_BYTES: usize = 27;

/// After which request a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was made.
    pub created_at: Timestamp,
    /// Which.
    pub id: RequestId,
}

impl Cursor {
    /// As the client gets it.
    pub fn encode(self, keys: &KeyRing, client: ClientId) -> String {
        let mut bytes = Vec::with_capacity(CLAIM_BYTES + MAC_BYTES);
        bytes.push(VERSION);
        bytes.extend(keys.signing_key().as_bytes());
        bytes.extend(self.created_at.as_micros().to_be_bytes());
        bytes.extend(self.id.0.as_bytes());
        let bound_to = client.to_string();
        let mac: [u8; MAC_BYTES] = keys.sign(Purpose::Cursor, &[&bytes, bound_to.as_bytes()]);
        bytes.extend(mac);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// As it came back; `None` where we did not give it to this client.
    pub fn decode(keys: &KeyRing, client: ClientId, text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (claims, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        let claims: &[u8; CLAIM_BYTES] = claims.try_into().ok()?;
        let key_id = KeyId::from_bytes([claims[1], claims[2]]);
        let bound_to = client.to_string();
        keys.verify(key_id, Purpose::Cursor, &[claims, bound_to.as_bytes()], mac)
            .ok()?;
        Some(Self {
            created_at: Timestamp::from_micros(i64::from_be_bytes(claims[3..11].try_into().ok()?)),
            id: RequestId(Uuid::from_slice(&claims[11..]).ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::test_rings::{DEPLOYMENT, ring};

    #[test]
    fn a_cursor_comes_back_to_its_client_alone() {
        let keys = ring(DEPLOYMENT, &[1]);
        let (client, other) = (ClientId::new(), ClientId::new());
        let cursor = Cursor {
            created_at: Timestamp::from_micros(1_778_483_640_000_001),
            id: RequestId::new(),
        };
        let text = cursor.encode(&keys, client);
        assert_eq!(text.len(), 58);
        assert_eq!(Cursor::decode(&keys, client, &text), Some(cursor));
        assert_eq!(Cursor::decode(&keys, other, &text), None);
        assert_eq!(Cursor::decode(&keys, client, ""), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Cursor::decode(&keys, client, &changed), None, "{at}");
        }
    }
}
