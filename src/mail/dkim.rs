//! Signing the mails that go out (DKIM, RFC 6376), for sites whose mail server does not do it.
//!
//! A signature is a part of the mail like its Date, which is also the signature's time: a second
//! try has equal bytes.

use std::{fmt, io, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use data_encoding::BASE64;
use mail_auth::{
    AuthenticatedMessage,
    common::{
        crypto::Algorithm,
        headers::{HeaderStream, HeaderWriter, Writable},
    },
    dkim::{Canonicalization, Signature},
};
use rustls::{
    SignatureScheme,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::SigningKey,
};
use sha2::{Digest, Sha256};

use crate::domain::timestamp::Timestamp;

/// What is signed. From twice: nobody can put a second one into the mail. A header that a mail does
/// not have is signed as missing (RFC 6376, section 5.4.2).
const HEADERS: [&str; 12] = [
    "From",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "In-Reply-To",
    "References",
];

/// The octets before the key in the DER of an Ed25519 public key (RFC 8410, section 4), whose bare
/// key DNS wants (RFC 8463, section 4).
const ED25519_PREFIX: usize = 12;

/// The longest string of a TXT record (RFC 1035, section 3.3).
const LONGEST_STRING: usize = 255;

/// A key, and the name it signs in. Printing it shows no key.
#[derive(Clone)]
pub struct Dkim {
    domain: String,
    selector: String,
    key: Arc<dyn SigningKey>,
    kind: Kind,
    public_key: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    Ed25519,
}

/// Why a key file cannot be used. The messages follow the name and value of the setting.
#[derive(Debug, thiserror::Error)]
pub enum ReadKeyError {
    /// It is not there, or not for us.
    #[error("which cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Other people could sign with it.
    #[error("which everybody on this machine can read: chmod o-rwx it")]
    ForEverybody,
    /// There is no private key in it.
    #[error("which holds no private key: expected RSA or Ed25519 in PEM")]
    NoKey,
    /// The key is of another kind, or a too short one.
    #[error("which holds a key that cannot be used: expected RSA of at least 2048 bits or Ed25519")]
    Unusable,
}

/// The mail could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be signed: {0}")]
pub struct SignError(String);

impl Dkim {
    /// Reads the key: RSA (PKCS#8 or PKCS#1) of at least 2048 bits, or Ed25519.
    ///
    /// # Errors
    /// The file is not there, too open, or holds no such key.
    pub fn read(domain: String, selector: String, file: &Path) -> Result<Self, ReadKeyError> {
        let text = std::fs::read(file)?;
        if std::fs::metadata(file)?.permissions().mode() & 0o004 != 0 {
            return Err(ReadKeyError::ForEverybody);
        }
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|_| ReadKeyError::NoKey)?;
        let key = any_supported_type(&key).map_err(|_| ReadKeyError::Unusable)?;
        let kind = if key.choose_scheme(&[Kind::Rsa.scheme()]).is_some() {
            Kind::Rsa
        } else if key.choose_scheme(&[Kind::Ed25519.scheme()]).is_some() {
            Kind::Ed25519
        } else {
            return Err(ReadKeyError::Unusable);
        };
        let public_key = key.public_key().ok_or(ReadKeyError::Unusable)?;
        let public_key = match kind {
            Kind::Rsa => &public_key,
            Kind::Ed25519 => public_key.get(ED25519_PREFIX..).unwrap_or_default(),
        };
        Ok(Self {
            domain,
            selector,
            public_key: BASE64.encode(public_key),
            key,
            kind,
        })
    }

    /// The mail with its signature at the top, made at this time.
    ///
    /// # Errors
    /// The key does not do what it can.
    pub fn signed(&self, mail: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        let mut signature = Signature {
            v: 1,
            a: match self.kind {
                Kind::Rsa => Algorithm::RsaSha256,
                Kind::Ed25519 => Algorithm::Ed25519Sha256,
            },
            d: self.domain.clone(),
            s: self.selector.clone(),
            h: HEADERS.map(str::to_owned).to_vec(),
            t: u64::try_from(at.as_seconds()).unwrap_or(0),
            ch: Canonicalization::Relaxed,
            cb: Canonicalization::Relaxed,
            ..Signature::default()
        };
        let parts = Parts::of(mail).ok_or_else(|| SignError("it is none".to_owned()))?;
        let (_, headers, names, body) = signature.canonicalize(parts);
        signature.h = names;
        signature.bh = Sha256::digest(written(body)).to_vec();
        let mut text = written(headers);
        signature.write(&mut text, false);
        signature.b = self.sign(&text)?;
        Ok([signature.to_header().as_bytes(), mail].concat())
    }

    /// The domain that answers for the mails.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The TXT record that receivers look up: its name, and its text.
    pub fn record(&self) -> (String, String) {
        let kind = match self.kind {
            Kind::Rsa => "rsa",
            Kind::Ed25519 => "ed25519",
        };
        (
            format!("{}._domainkey.{}", self.selector, self.domain),
            format!("v=DKIM1; k={kind}; p={}", self.public_key),
        )
    }

    /// The record as a line of a zone file (RFC 1035, section 5.1).
    pub fn zone_line(&self) -> String {
        let (name, text) = self.record();
        let strings: Vec<String> = text
            .as_bytes()
            .chunks(LONGEST_STRING)
            .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
            .collect();
        format!("{name}. IN TXT ( {} )", strings.join(" "))
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError> {
        let signer = self
            .key
            .choose_scheme(&[self.kind.scheme()])
            .ok_or_else(|| SignError("the key is of another kind".to_owned()))?;
        let signed = match self.kind {
            Kind::Rsa => signer.sign(text),
            // The hash is what is signed (RFC 8463, section 3).
            Kind::Ed25519 => signer.sign(&Sha256::digest(text)),
        };
        signed.map_err(|error| SignError(error.to_string()))
    }
}

impl Kind {
    fn scheme(self) -> SignatureScheme {
        match self {
            Self::Rsa => SignatureScheme::RSA_PKCS1_SHA256,
            Self::Ed25519 => SignatureScheme::ED25519,
        }
    }
}

impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = self.record();
        f.debug_tuple("Dkim").field(&name).finish()
    }
}

/// A mail as the library wants to see it.
struct Parts<'x> {
    headers: std::vec::IntoIter<(&'x [u8], &'x [u8])>,
    body: &'x [u8],
}

impl<'x> Parts<'x> {
    fn of(mail: &'x [u8]) -> Option<Self> {
        let parsed = AuthenticatedMessage::parse(mail)?;
        let body = usize::try_from(parsed.body_offset).ok()?;
        Some(Self {
            headers: parsed.headers.into_iter(),
            body: mail.get(body..).unwrap_or_default(),
        })
    }
}

impl<'x> HeaderStream<'x> for Parts<'x> {
    fn next_header(&mut self) -> Option<(&'x [u8], &'x [u8])> {
        self.headers.next()
    }

    fn body(&mut self) -> &'x [u8] {
        self.body
    }
}

fn written(canonical: impl Writable) -> Vec<u8> {
    let mut text = Vec::new();
    canonical.write(&mut text);
    text
}
