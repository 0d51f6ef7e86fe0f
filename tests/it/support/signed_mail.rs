//! Mails signed with DKIM, and the records that a domain publishes for it.

use std::net::SocketAddr;

use data_encoding::BASE64;
use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::{AuthenticatedMessage, AuthenticationResults, MessageAuthenticator};

/// A mail server with a key of its own.
pub struct Signer(Vec<u8>);

impl Signer {
    /// With a new key.
    pub fn new() -> Self {
        Self(Ed25519Key::generate_pkcs8().unwrap())
    }

    fn key(&self) -> Ed25519Key {
        Ed25519Key::from_pkcs8_der(&self.0).unwrap()
    }

    /// What domains publish that sign with it.
    pub fn records(&self, domains: &[&str]) -> Vec<(String, String)> {
        let key = BASE64.encode(&self.key().public_key());
        let both = |domain: &&str| {
            [
                (
                    format!("s1._domainkey.{domain}"),
                    format!("v=DKIM1; k=ed25519; p={key}"),
                ),
                (format!("_dmarc.{domain}"), "v=DMARC1; p=reject".to_owned()),
            ]
        };
        domains.iter().flat_map(both).collect()
    }

    /// The mail with a signature at its top.
    pub fn sign(&self, domain: &str, raw: &[u8]) -> Vec<u8> {
        self.sign_headers(domain, &["From", "To", "Subject", "Message-ID"], raw)
    }

    /// The same, of these headers.
    pub fn sign_headers(&self, domain: &str, headers: &[&str], raw: &[u8]) -> Vec<u8> {
        let signer = DkimSigner::from_key(self.key())
            .domain(domain)
            .selector("s1")
            .headers(headers.iter().copied());
        let header = signer.sign(raw).unwrap().to_header();
        [header.as_bytes(), raw].concat()
    }

    /// The mail with a seal at its top, of a forwarder that saw this when it got it. `dns` is asked
    /// about the seals that it has already.
    pub async fn seal(&self, dns: SocketAddr, domain: &str, saw: &str, raw: &[u8]) -> Vec<u8> {
        let headers = ["From", "To", "Subject", "Message-ID"];
        self.seal_headers(dns, domain, saw, &headers, raw).await
    }

    /// The same, of these headers.
    pub async fn seal_headers(
        &self,
        dns: SocketAddr,
        domain: &str,
        saw: &str,
        headers: &[&str],
        raw: &[u8],
    ) -> Vec<u8> {
        let mut server = NameServerConfig::udp(dns.ip());
        server.connections[0].port = dns.port();
        let servers = ResolverConfig::from_name_servers(vec![server]);
        let authenticator = MessageAuthenticator::new(servers, ResolverOpts::default()).unwrap();
        let message = AuthenticatedMessage::parse(raw).unwrap();
        let so_far = authenticator.verify_arc(&message).await;
        // What stands behind the name is written as it is.
        let saw = format!("mx.{domain}; {saw}");
        let results = AuthenticationResults::new(&saw);
        let sealer = ArcSealer::from_key(self.key())
            .domain(domain)
            .selector("s1")
            .headers(headers.iter().copied());
        let set = sealer.seal(&message, &results, &so_far).unwrap();
        [set.to_header().as_bytes(), raw].concat()
    }
}
