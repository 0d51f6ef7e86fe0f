//! A device with passkeys, in software: it makes and uses one as Web Authentication says, and does
//! wrong exactly where a test wants it to.

use data_encoding::BASE64URL_NOPAD;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

/// User present, user verified.
const VERIFIED: u8 = 0b0000_0101;
/// A new key stands behind the counter.
const HAS_KEY: u8 = 0b0100_0000;

/// The device. It holds one passkey.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// Whom its passkey is of.
    pub user: Vec<u8>,
    /// How often it was used.
    pub counter: u32,
    /// What it says of its user: present, verified.
    pub flags: u8,
    /// The page that its browser shows.
    pub origin: String,
}

impl Authenticator {
    /// A device in a browser that shows a page of this origin.
    pub fn at(origin: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        Self {
            key,
            id,
            user: Vec::new(),
            counter: 0,
            flags: VERIFIED,
            origin: origin.to_owned(),
        }
    }

    /// Makes its passkey for whoever the options name.
    pub fn makes(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.user = octets(&options["user"]["id"]);
        let mut seen = self.seen(&options["rp"]["id"], self.flags | HAS_KEY);
        seen.extend([0; 16]);
        seen.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        seen.extend(&self.id);
        seen.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": seen} in CBOR (RFC 8949).
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(seen.len()).unwrap().to_be_bytes());
        attestation.extend(seen);
        self.answer(json!({
            "attestationObject": BASE64URL_NOPAD.encode(&attestation),
            "clientDataJSON": BASE64URL_NOPAD.encode(&self.asked("webauthn.create", &options)),
        }))
    }

    /// Uses its passkey.
    pub fn uses(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.counter += 1;
        let asked = self.asked("webauthn.get", &options);
        let seen = self.seen(&options["rpId"], self.flags);
        let mut signed = seen.clone();
        signed.extend(digest(&SHA256, &asked).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "authenticatorData": BASE64URL_NOPAD.encode(&seen),
            "clientDataJSON": BASE64URL_NOPAD.encode(&asked),
            "signature": BASE64URL_NOPAD.encode(signature.as_ref()),
            "userHandle": BASE64URL_NOPAD.encode(&self.user),
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = BASE64URL_NOPAD.encode(&self.id);
        let answer = json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": response,
            "extensions": {},
        });
        answer.to_string()
    }

    /// What the browser says it asked.
    fn asked(&self, kind: &str, options: &Value) -> Vec<u8> {
        let asked = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        asked.to_string().into_bytes()
    }

    /// What the device says it saw: for whom, how its user was checked, how often it was used.
    fn seen(&self, relying_party: &Value, flags: u8) -> Vec<u8> {
        let name = relying_party.as_str().unwrap();
        let mut seen = digest(&SHA256, name.as_bytes()).as_ref().to_vec();
        seen.push(flags);
        seen.extend(self.counter.to_be_bytes());
        seen
    }

    /// ES256 on P-256 as a COSE key (RFC 9053, section 7.1.1).
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(x);
        key.extend(b"\x22\x58\x20");
        key.extend(y);
        key
    }
}

fn octets(text: &Value) -> Vec<u8> {
    BASE64URL_NOPAD
        .decode(text.as_str().unwrap().as_bytes())
        .unwrap()
}
