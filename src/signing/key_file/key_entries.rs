//! What the key file says: its TOML, read and written.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use serde::Deserialize;
use toml::Spanned;

use super::MAX_VERIFYING;
use crate::{
    domain::timestamp::Timestamp,
    signing::{KeyId, MasterKey},
};

const HEADING: &str = "\
# The signing keys of esecured. Links and reply addresses in mails are signed with them.
# Whoever can read this file can reject access requests in anybody's name: keep it
# secret (mode 0600), and keep it in the backup, or no link sent so far will work.
#
# Do not edit it: `esecured signing-key rotate` makes a new key that signs, and
# `esecured signing-key revoke KID` ends an older one. A running daemon follows.
# One key signs, up to three older ones verify what they signed, newest first.
# A revoked key has lost its secret; it is listed so that its id is never used again.
";

/// What a key is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Signs and verifies; exactly one key does.
    Signing,
    /// Verifies what it signed before.
    Verifying,
    /// Does nothing any more.
    Revoked,
}

impl KeyState {
    /// The word in the file and in listings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One key of the file.
pub(super) struct KeyEntry {
    pub(super) id: KeyId,
    pub(super) created: Timestamp,
    usage: Usage,
}

/// A revoked key has no secret, so that no code can use it.
enum Usage {
    Signs(SecretBox<[u8; 32]>),
    Verifies(SecretBox<[u8; 32]>),
    Revoked,
}

impl KeyEntry {
    pub(super) fn signing(id: KeyId, created: Timestamp, secret: SecretBox<[u8; 32]>) -> Self {
        Self {
            id,
            created,
            usage: Usage::Signs(secret),
        }
    }

    pub(super) fn state(&self) -> KeyState {
        match self.usage {
            Usage::Signs(_) => KeyState::Signing,
            Usage::Verifies(_) => KeyState::Verifying,
            Usage::Revoked => KeyState::Revoked,
        }
    }

    /// Ends its signing; a revoked key stays revoked.
    pub(super) fn only_verify(&mut self) {
        self.usage = match std::mem::replace(&mut self.usage, Usage::Revoked) {
            Usage::Signs(secret) | Usage::Verifies(secret) => Usage::Verifies(secret),
            Usage::Revoked => Usage::Revoked,
        };
    }

    pub(super) fn revoke(&mut self) {
        self.usage = Usage::Revoked;
    }
}

/// The key that signs and those that verify, of entries that [`parse`] accepted.
pub(super) fn master_keys(entries: Vec<KeyEntry>) -> (MasterKey, Vec<MasterKey>) {
    let mut signing = None;
    let mut verifying = Vec::new();
    for KeyEntry { id, usage, .. } in entries {
        match usage {
            Usage::Signs(secret) => signing = Some(MasterKey { id, secret }),
            Usage::Verifies(secret) => verifying.push(MasterKey { id, secret }),
            Usage::Revoked => {}
        }
    }
    let signing = signing.expect("a file without a key that signs is not accepted");
    (signing, verifying)
}

/// Reads the text of a key file. The error is a line, counted from 1, and what is wrong there in
/// words that never quote the line: it may hold a secret.
pub(super) fn parse(text: &str) -> Result<Vec<KeyEntry>, (usize, String)> {
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
    let file: FileText = toml::from_str(text).map_err(|fault| {
        let offset = fault.span().map_or(0, |span| span.start);
        (line(offset), fault.message().to_owned())
    })?;

    let mut entries: Vec<KeyEntry> = Vec::new();
    let mut count = [0; 2];
    for key in &file.key {
        let at = key.id.span().start;
        let entry = key.parse().map_err(|(at, fault)| (line(at), fault))?;
        if entries.iter().any(|earlier| earlier.id == entry.id) {
            return Err((line(at), format!("key {} stands here twice", entry.id)));
        }
        match entry.state() {
            KeyState::Signing => count[0] += 1,
            KeyState::Verifying => count[1] += 1,
            KeyState::Revoked => {}
        }
        if count[0] > 1 {
            return Err((line(at), "a second key signs, and only one may".to_owned()));
        }
        if count[1] > MAX_VERIFYING {
            let fault = format!("more than {MAX_VERIFYING} keys verify");
            return Err((line(at), fault));
        }
        entries.push(entry);
    }
    if count[0] == 0 {
        return Err((1, "no key of the file signs".to_owned()));
    }
    Ok(entries)
}

/// The text of a key file, comments and all.
pub(super) fn render(entries: &[KeyEntry]) -> String {
    let mut text = String::from(HEADING);
    for entry in entries {
        let KeyEntry { id, created, usage } = entry;
        let state = entry.state();
        text.push_str(&format!(
            "\n[[key]]\nid = \"{id}\"\ncreated = \"{created}\"\nstate = \"{state}\"\n"
        ));
        if let Usage::Signs(secret) | Usage::Verifies(secret) = usage {
            let secret = BASE64URL_NOPAD.encode(secret.expose_secret());
            text.push_str(&format!("secret = \"{secret}\"\n"));
        }
    }
    text
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    key: Vec<KeyText>,
}

/// A key as it stands in the file, with the places of its values for the faults in them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    id: Spanned<String>,
    created: Spanned<String>,
    state: Spanned<String>,
    secret: Option<Spanned<String>>,
}

impl KeyText {
    /// The error is a place in the text and what is wrong there.
    fn parse(&self) -> Result<KeyEntry, (usize, String)> {
        let fault = |at: usize, words: &str| (at, words.to_owned());
        let id = KeyId::parse(self.id.as_ref()).ok_or_else(|| {
            let words = "`id` is not four lower-case hexadecimal digits";
            fault(self.id.span().start, words)
        })?;
        let created = self.created.as_ref().parse().map_err(|_| {
            let words = "`created` is not a time such as \"2025-10-09T08:53:20Z\"";
            fault(self.created.span().start, words)
        })?;
        let at = self.state.span().start;
        let usage = match (self.state.as_ref().as_str(), &self.secret) {
            ("signing", Some(text)) => Usage::Signs(secret(text)?),
            ("verifying", Some(text)) => Usage::Verifies(secret(text)?),
            ("signing" | "verifying", None) => return Err(fault(at, "this key has no `secret`")),
            ("revoked", _) => Usage::Revoked,
            _ => return Err(fault(at, "`state` is not signing, verifying or revoked")),
        };
        Ok(KeyEntry {
            id,
            created: Timestamp::from_jiff(created),
            usage,
        })
    }
}

fn secret(text: &Spanned<String>) -> Result<SecretBox<[u8; 32]>, (usize, String)> {
    let mut bytes = SecretBox::new(Box::new([0; 32]));
    let encoded = text.as_ref().as_bytes();
    let decoded = match BASE64URL_NOPAD.decode_len(encoded.len()) {
        Ok(32) => BASE64URL_NOPAD
            .decode_mut(encoded, bytes.expose_secret_mut())
            .is_ok(),
        Ok(_) | Err(_) => false,
    };
    if decoded {
        Ok(bytes)
    } else {
        let words = "`secret` is not 32 bytes in base64url without padding (43 characters)";
        Err((text.span().start, words.to_owned()))
    }
}
