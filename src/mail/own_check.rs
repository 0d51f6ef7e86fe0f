//! Our own check of who sent a mail, where the receiving mail server says nothing about it: DKIM
//! (RFC 6376) for the domain in From, as its DMARC record asks (RFC 9989).
//!
//! SPF is left out on purpose: which server handed the mail in is only told by headers that anybody
//! can write.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DmarcResult, MessageAuthenticator, SpfOutput,
    common::crypto::Algorithm,
    dkim::Signature,
    dmarc::verify::DmarcParameters,
    hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts},
};
use tracing::warn;

use crate::reading::Verdict;

/// So long all look-ups for one mail take together at most.
const LOOK_UPS_MAX: Duration = Duration::from_secs(3);

/// An honest mail has two or three; each costs a look-up.
const SIGNATURES_MAX: usize = 10;

/// Shorter RSA keys prove nothing (RFC 8301, section 3.2).
const RSA_OCTETS_MIN: usize = 128;

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
        let signs_from = signature
            .h
            .iter()
            .any(|name| name.eq_ignore_ascii_case("from"));
        let strong = match signature.a {
            Algorithm::RsaSha256 => signature.b.len() >= RSA_OCTETS_MIN,
            Algorithm::Ed25519Sha256 => true,
            Algorithm::RsaSha1 => false,
        };
        signs_from && strong && signature.atps.is_none()
    };
    output.signature().is_some_and(counts)
}
