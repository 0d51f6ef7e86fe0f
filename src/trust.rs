//! Whom we believe under TLS: the authorities that this machine knows, and those that the operator
//! names beside them (`smtp.ca_file`, `inbox.ca_file`).

use std::{io, path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, Error, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Why a file of authorities cannot be used. The messages follow the name and value of the setting.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuthoritiesError {
    /// It is not there, or not for us.
    #[error("which cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Something in it looks like PEM (RFC 7468) and is not.
    #[error("which is not whole: expected certificates in PEM")]
    Broken,
    /// There is no certificate in it.
    #[error("which holds no certificate: expected -----BEGIN CERTIFICATE-----")]
    Empty,
    /// A certificate in it cannot be an authority.
    #[error("which holds a certificate that cannot be used: {0}")]
    Unusable(Error),
}

/// What went wrong between two ends that wanted to speak TLS.
#[derive(Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// The connection broke off, which has nothing to do with trust.
    Broken,
    /// The other end does not answer in TLS.
    NotTls,
    /// Its certificate is not acceptable; why, in plain words.
    Certificate(String),
    /// Anything else, in the library's words.
    Other(String),
}

/// TLS as this machine trusts it, and `extra_roots` beside. Where nothing is trusted at all, the
/// handshake will say so.
pub fn trusting(extra_roots: &[CertificateDer<'static>]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    // A single unreadable certificate must not stop the mail; if the needed one is missing, the
    // handshake says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(extra_roots.iter().cloned());
    // The provider is named, so that this does not depend on which one the process may have
    // installed.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// The authorities of a PEM file.
///
/// # Errors
/// It cannot be read, or what it holds cannot be used.
pub fn read_authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, ReadAuthoritiesError> {
    let text = std::fs::read(file)?;
    let found: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|_| ReadAuthoritiesError::Broken)?;
    if found.is_empty() {
        return Err(ReadAuthoritiesError::Empty);
    }
    let mut roots = RootCertStore::empty();
    for authority in &found {
        roots
            .add(authority.clone())
            .map_err(ReadAuthoritiesError::Unusable)?;
    }
    Ok(found)
}

/// Why a handshake failed.
pub fn handshake_fault(error: &io::Error) -> HandshakeFault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        None => HandshakeFault::Broken,
        Some(Error::InvalidMessage(_)) => HandshakeFault::NotTls,
        Some(Error::InvalidCertificate(fault)) => HandshakeFault::Certificate(in_words(fault)),
        Some(other) => HandshakeFault::Other(other.to_string()),
    }
}

fn in_words(fault: &CertificateError) -> String {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::UnknownIssuer => "nobody here knows who issued it".to_owned(),
        CertificateError::BadSignature => "the authority that it names did not sign it".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_authorities_says_what_is_wrong_with_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("ca.pem");
        let fault = |text: Option<&str>| {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            read_authorities(&file).unwrap_err().to_string()
        };
        assert!(fault(None).starts_with("which cannot be read: No such file"));
        assert!(fault(Some("")).starts_with("which holds no certificate"));
        assert!(fault(Some("-----BEGIN CERTIFICATE-----\nAAAA\n")).contains("not whole"));
        let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(fault(Some(nonsense)).contains("cannot be used"));
    }
}
