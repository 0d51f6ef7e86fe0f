//! Where a page of a list ends, so that the next one begins there, whatever was added meanwhile.
//!
//! A cursor is a few bytes in base64url: what it leads into, key id (2), the place there,
//! HMAC-SHA-256 cut to 128 bits. The place in a list of requests is when the last one of the page was
//! made (8) and its id (16), likewise in a list of deliveries, that in the event feed a position (8). A cursor belongs to the API key's
//! client that got it.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use crate::{
    domain::{people::ClientId, timestamp::Timestamp},
    http::errors::Failure,
    signing::{KeyId, KeyRing, Purpose},
};

/// What a cursor leads into; its first byte, so that one is never taken for the other.
const OF_EVENTS: u8 = 2;
const HEAD_BYTES: usize = 3;
const MAC_BYTES: usize = 16;

/// A list that is read page by page, the newest first; the first byte of its cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Access requests.
    Requests = 1,
    /// What became of events on their way to an endpoint.
    Deliveries = 3,
}

/// After which one a page of a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was made.
    pub created_at: Timestamp,
    /// Which.
    pub id: Uuid,
}

impl Cursor {
    /// As the client gets it.
    pub fn encode(self, keys: &KeyRing, client: ClientId, list: List) -> String {
        let mut place = [0; 24];
        place[..8].copy_from_slice(&self.created_at.as_micros().to_be_bytes());
        place[8..].copy_from_slice(self.id.as_bytes());
        sign(keys, client, list as u8, &place)
    }

    /// As it came back; `None` where we did not give it to this client.
    pub fn decode(keys: &KeyRing, client: ClientId, list: List, text: &str) -> Option<Self> {
        let place: [u8; 24] = verify(keys, client, list as u8, text)?;
        Some(Self {
            created_at: Timestamp::from_micros(i64::from_be_bytes(place[..8].try_into().ok()?)),
            id: Uuid::from_slice(&place[8..]).ok()?,
        })
    }
}

/// The position in the event feed behind which the next page begins, as the client gets it.
pub fn encode_position(keys: &KeyRing, client: ClientId, position: i64) -> String {
    sign(keys, client, OF_EVENTS, &position.to_be_bytes())
}

/// As it came back; `None` where we did not give it to this client.
pub fn decode_position(keys: &KeyRing, client: ClientId, text: &str) -> Option<i64> {
    verify(keys, client, OF_EVENTS, text).map(i64::from_be_bytes)
}

/// The answer to a cursor that is not ours.
pub fn not_ours() -> Failure {
    Failure::bad_request("cursor: send the nextCursor of the page before, unchanged")
}

fn sign(keys: &KeyRing, client: ClientId, of: u8, place: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + place.len() + MAC_BYTES);
    bytes.push(of);
    bytes.extend(keys.signing_key().as_bytes());
    bytes.extend(place);
    let bound_to = client.to_string();
    let mac: [u8; MAC_BYTES] = keys.sign(Purpose::Cursor, &[&bytes, bound_to.as_bytes()]);
    bytes.extend(mac);
    BASE64URL_NOPAD.encode(&bytes)
}

fn verify<const N: usize>(keys: &KeyRing, client: ClientId, of: u8, text: &str) -> Option<[u8; N]> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (claims, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
    let (head, place) = claims.split_first_chunk::<HEAD_BYTES>()?;
    let place: [u8; N] = place.try_into().ok()?;
    let key_id = KeyId::from_bytes([head[1], head[2]]);
    let bound_to = client.to_string();
    keys.verify(key_id, Purpose::Cursor, &[claims, bound_to.as_bytes()], mac)
        .ok()?;
    (head[0] == of).then_some(place)
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
            id: Uuid::now_v7(),
        };
        let text = cursor.encode(&keys, client, List::Requests);
        assert_eq!(text.len(), 58);
        assert_eq!(
            Cursor::decode(&keys, client, List::Requests, &text),
            Some(cursor)
        );
        assert_eq!(Cursor::decode(&keys, other, List::Requests, &text), None);
        assert_eq!(Cursor::decode(&keys, client, List::Deliveries, &text), None);
        assert_eq!(Cursor::decode(&keys, client, List::Requests, ""), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                Cursor::decode(&keys, client, List::Requests, &changed),
                None,
                "{at}"
            );
        }
    }

    #[test]
    fn a_cursor_of_the_feed_is_none_of_a_list() {
        let keys = ring(DEPLOYMENT, &[1]);
        let client = ClientId::new();
        for position in [0, 1, i64::MAX] {
            let text = encode_position(&keys, client, position);
            assert_eq!(decode_position(&keys, client, &text), Some(position));
            assert_eq!(decode_position(&keys, ClientId::new(), &text), None);
            assert_eq!(Cursor::decode(&keys, client, List::Requests, &text), None);
        }
        let of_a_list = Cursor {
            created_at: Timestamp::from_micros(1),
            id: Uuid::now_v7(),
        };
        let text = of_a_list.encode(&keys, client, List::Requests);
        assert_eq!(decode_position(&keys, client, &text), None);
        // Nor would it be one of the same length.
        let other_kind = sign(&keys, client, List::Requests as u8, &7_i64.to_be_bytes());
        assert_eq!(decode_position(&keys, client, &other_kind), None);
    }
}
