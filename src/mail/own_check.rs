//! Our own check of who sent a mail, where the receiving mail server says nothing about it: DKIM
//! (RFC 6376) for the domain in From, as its DMARC record asks (RFC 9989). A mail that was forwarded may
//! carry the word of forwarders whom the operator trusts (ARC, RFC 8617).
//!
//! SPF is left out on purpose: which server handed the mail in is only told by headers that anybody
//! can write.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, MessageAuthenticator, SpfOutput,
    common::crypto::Algorithm,
    dkim::Signature,
    dmarc::verify::DmarcParameters,
    hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts},
};
use tracing::warn;

use crate::{
    domain::domain_name::DomainName,
    reading::{Verdict, authentication},
};

/// So long all look-ups for one mail take together at most.
const LOOK_UPS_MAX: Duration = Duration::from_secs(3);

/// An honest mail has two or three; each costs a look-up.
const SIGNATURES_MAX: usize = 10;

/// Each forwarder adds one; each costs a look-up or two.
const SEALS_MAX: usize = 5;

/// Shorter RSA keys prove nothing (RFC 8301, section 3.2).
const RSA_OCTETS_MIN: usize = 128;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is signed for the domain in From.
    pub dmarc: Verdict,
    /// Whether trusted forwarders say that it came from there when they got it.
    pub arc: Verdict,
}

impl Checked {
    /// Nobody was asked.
    pub const NOTHING: Self = Self {
        dmarc: Verdict::Absent,
        arc: Verdict::Absent,
    };
}

/// Whoever asks the name servers.
pub struct OwnCheck {
    authenticator: Option<MessageAuthenticator>,
    look_ups_max: Duration,
}

impl OwnCheck {
    /// With the name servers of the machine. Where there are none, no sender is proven.
    #[must_use]
    pub fn by_the_machine() -> Self {
        let found = MessageAuthenticator::new_system_conf();
        let authenticator = found
            .inspect_err(|error| warn!("No name servers for the check of DKIM: {error}"))
            .ok();
        Self {
            authenticator,
            look_ups_max: LOOK_UPS_MAX,
        }
    }

    /// With one name server, which has so much time for all that is asked about one mail.
    ///
    /// # Errors
    /// The resolver cannot be made.
    pub fn asking(server: SocketAddr, look_ups_max: Duration) -> anyhow::Result<Self> {
        let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut name_server.connections {
            connection.port = server.port();
        }
        let servers = ResolverConfig::from_name_servers(vec![name_server]);
        let found = MessageAuthenticator::new(servers, ResolverOpts::default())
            .context("cannot make a resolver")?;
        Ok(Self {
            authenticator: Some(found),
            look_ups_max,
        })
    }

    /// Both at once. `sealers` are the forwarders that are trusted.
    pub async fn check(&self, raw: &[u8], from_domain: &str, sealers: &[DomainName]) -> Checked {
        let arc = self.arc(raw, from_domain, sealers);
        let (dmarc, arc) = tokio::join!(self.dmarc(raw, from_domain), arc);
        Checked { dmarc, arc }
    }

    /// Whether the mail is signed for the domain of its From. Without a signature nobody is asked.
    pub async fn dmarc(&self, raw: &[u8], from_domain: &str) -> Verdict {
        let Some(message) = AuthenticatedMessage::parse(raw) else {
            return Verdict::Absent;
        };
        let signatures = message.dkim_headers.len();
        if signatures == 0 {
            return Verdict::Absent;
        }
        let fail = |why| Verdict::Fail { why };
        if signatures > SIGNATURES_MAX {
            return fail("it has too many DKIM signatures");
        }
        let Some(authenticator) = &self.authenticator else {
            return fail("there is no name server to check its DKIM signature with");
        };
        let check = verify(authenticator, &message, from_domain);
        tokio::time::timeout(self.look_ups_max, check)
            .await
            .unwrap_or_else(|_| fail("the name servers did not answer in time"))
    }

    async fn arc(&self, raw: &[u8], from_domain: &str, sealers: &[DomainName]) -> Verdict {
        if sealers.is_empty() {
            return Verdict::Absent;
        }
        let Some(message) = AuthenticatedMessage::parse(raw) else {
            return Verdict::Absent;
        };
        let seals = message.as_headers.iter().map(|seal| &seal.header.d);
        let signatures = message.ams_headers.iter().map(|one| &one.header.d);
        if seals.len() == 0 {
            return Verdict::Absent;
        }
        let fail = |why| Verdict::Fail { why };
        if seals.len() > SEALS_MAX {
            return fail("it has too many ARC seals");
        }
        let is_trusted = |domain: &String| {
            sealers
                .iter()
                .any(|sealer| sealer.as_str().eq_ignore_ascii_case(domain))
        };
        if !seals.chain(signatures).all(is_trusted) {
            return fail("it was sealed by a forwarder that is not among inbox.arc_sealers");
        }
        let Some(authenticator) = &self.authenticator else {
            return fail("there is no name server to check its ARC chain with");
        };
        let check = verify_chain(authenticator, &message, from_domain);
        tokio::time::timeout(self.look_ups_max, check)
            .await
            .unwrap_or_else(|_| fail("the name servers did not answer in time"))
    }
}

/// Whether these forwarders, and nobody else, sealed what came to the first of them with a DMARC pass
/// for the domain of its From, and nothing was changed since. Nobody is asked about other sealers.
async fn verify_chain(
    authenticator: &MessageAuthenticator,
    message: &AuthenticatedMessage<'_>,
    from_domain: &str,
) -> Verdict {
    let fail = |why| Verdict::Fail { why };
    let found = authenticator.verify_arc(message).await;
    let sets = found.sets();
    let (Some(first), Some(last)) = (sets.first(), sets.last()) else {
        return fail("its ARC chain is broken");
    };
    match found.result() {
        DkimResult::Pass => {}
        DkimResult::TempError(_) => return fail("the name servers did not answer"),
        _ => return fail("its ARC chain is broken"),
    }
    let signature = last.signature.header;
    let strong = sets
        .iter()
        .all(|set| is_strong(set.seal.header.a, &set.seal.header.b));
    if !strong || !is_strong(signature.a, &signature.b) || !names_from(&signature.h) {
        return fail("its ARC seal leaves out too much");
    }
    let Ok(results) = std::str::from_utf8(first.results.value) else {
        return fail("what its forwarder saw cannot be read");
    };
    match authentication::seen_by_forwarder(results, from_domain) {
        Verdict::Absent => fail("its forwarder says nothing of dmarc"),
        seen => seen,
    }
}

async fn verify(
    authenticator: &MessageAuthenticator,
    message: &AuthenticatedMessage<'_>,
    from_domain: &str,
) -> Verdict {
    let mut signatures = authenticator.verify_dkim(message).await;
    signatures.retain(counts);
    let no_spf = SpfOutput::new(String::new());
    let parameters = DmarcParameters::new(message, &signatures, "", &no_spf);
    let found = authenticator.verify_dmarc(parameters).await;
    let why = match found.dkim_result() {
        DmarcResult::Pass if found.domain().eq_ignore_ascii_case(from_domain) => {
            return Verdict::Pass;
        }
        DmarcResult::Pass => "it is signed for another domain than that of its From",
        DmarcResult::TempError(_) => "the name servers did not answer",
        DmarcResult::Fail(_) | DmarcResult::PermError(_) | DmarcResult::None => {
            "its DKIM signature does not pass the DMARC check"
        }
    };
    Verdict::Fail { why }
}

/// The library leaves to its caller what RFC 6376 (5.4) and RFC 8301 ask of a signature: From is
/// signed, and with nothing that can be forged. A signature in another's name (RFC 6541) is none.
fn counts(output: &DkimOutput<'_>) -> bool {
    let counts = |signature: &Signature| {
        let is_strong = is_strong(signature.a, &signature.b);
        names_from(&signature.h) && is_strong && signature.atps.is_none()
    };
    output.signature().is_some_and(counts)
}

fn names_from(headers: &[String]) -> bool {
    headers.iter().any(|name| name.eq_ignore_ascii_case("from"))
}

fn is_strong(algorithm: Algorithm, signature: &[u8]) -> bool {
    match algorithm {
        Algorithm::RsaSha256 => signature.len() >= RSA_OCTETS_MIN,
        Algorithm::Ed25519Sha256 => true,
        Algorithm::RsaSha1 => false,
    }
}
