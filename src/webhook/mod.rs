//! Calling the endpoints of shipping systems. Their URLs are strangers' words: they are called over
//! https, never at an address of this machine or its networks, and a redirect leads nowhere.
//!
//! A name is resolved once, each address it has is looked at, and one of exactly these is connected
//! to: between looking and connecting nobody can turn the name elsewhere.

mod network;
mod public_address;
mod webhook_url;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderValue, Request, header};
use ipnet::IpNet;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;

use crate::{config::Webhooks, domain::timestamp::Timestamp, fetch, trust};

pub use network::{Network, ScriptedNetwork};
use webhook_url::may_be_called;
pub use webhook_url::{InvalidWebhookUrl, WebhookUrl};

/// How many of a name's addresses are tried.
const TRIED: usize = 4;
/// How much of an answer is read: what it says beside its status does not matter.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest an endpoint may tell us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Calls endpoints.
pub struct Poster {
    network: Network,
    tls: OnceLock<Arc<ClientConfig>>,
    allowed: Vec<IpNet>,
    timeout: Duration,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 2xx: it took the event.
    Taken(u16),
    /// 410: it wants none any more.
    Gone,
    /// Anything else that it answered.
    Refused {
        /// The status.
        status: u16,
        /// For how long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or there may be no call; why.
    None(String),
}

impl Poster {
    /// Calls over the machine's network.
    pub fn of(config: &Webhooks) -> Self {
        Self::over(Network::System, config)
    }

    /// Calls over some network.
    pub fn over(network: Network, config: &Webhooks) -> Self {
        Self {
            network,
            tls: OnceLock::new(),
            allowed: config.allow_private.clone(),
            timeout: config.timeout,
        }
    }

    /// The same, trusting these authorities.
    pub fn trusting(self, tls: Arc<ClientConfig>) -> Self {
        Self {
            tls: tls.into(),
            ..self
        }
    }

    /// The network it calls over.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Reads the URL of an endpoint.
    ///
    /// # Errors
    /// Why it may not be called, as far as that shows without asking where its name leads.
    pub fn parse(&self, text: &str) -> Result<WebhookUrl, InvalidWebhookUrl> {
        WebhookUrl::parse(text, &self.allowed)
    }

    /// Posts JSON with these headers, at `now`.
    pub async fn post(
        &self,
        url: &WebhookUrl,
        headers: HeaderMap,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Answer {
        let mut request =
            Request::post(&url.url()[url::Position::BeforePath..url::Position::AfterQuery]);
        if let Some(all) = request.headers_mut() {
            *all = headers;
            let json = HeaderValue::from_static("application/json");
            all.insert(header::CONTENT_TYPE, json);
        }
        let Ok(request) = request.body(body) else {
            return Answer::None("its path cannot be asked for".to_owned());
        };
        match tokio::time::timeout(self.timeout, self.connect_and_post(url, request)).await {
            Ok(Ok((status, headers))) => answer(status, &headers, now),
            Ok(Err(reason)) => Answer::None(reason),
            Err(_) => Answer::None(format!("no answer within {} s", self.timeout.as_secs())),
        }
    }

    async fn connect_and_post(
        &self,
        url: &WebhookUrl,
        request: Request<Vec<u8>>,
    ) -> Result<(u16, HeaderMap), String> {
        let stream = self.connect(url).await?;
        let authority = match url.url().port() {
            Some(port) => format!("{}:{port}", url.host()),
            None => url.host().to_owned(),
        };
        let asked = if url.is_https() {
            let name = url.host().trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(name).map_err(|_| "it has no name to be certified")?;
            let tls = self.tls.get_or_init(|| trust::trusting(&[])).clone();
            let stream = TlsConnector::from(tls)
                .connect(name, stream)
                .await
                .map_err(|fault| format!("no TLS: {fault}"))?;
            fetch::status_of(stream, &authority, request, LONGEST_ANSWER).await
        } else {
            fetch::status_of(stream, &authority, request, LONGEST_ANSWER).await
        };
        asked.map_err(|fault| format!("no answer: {fault}"))
    }

    async fn connect(&self, url: &WebhookUrl) -> Result<TcpStream, String> {
        let addresses = match url.url().host() {
            Some(Host::Domain(name)) => self
                .network
                .resolve(name)
                .await
                .map_err(|fault| format!("its name is not found: {fault}"))?,
            Some(Host::Ipv4(address)) => vec![IpAddr::from(address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::from(address)],
            None => Vec::new(),
        };
        let may_be = |address: &IpAddr| {
            may_be_called(*address, &self.allowed)
                && (url.is_https() || address.to_canonical().is_loopback())
        };
        // One bad address among good ones is no accident.
        if !addresses.iter().all(may_be) {
            return Err("its name leads to an address that is not public".to_owned());
        }
        let port = url.url().port_or_known_default().unwrap_or(443);
        let mut fault = "its name has no address".to_owned();
        for address in addresses.into_iter().take(TRIED) {
            match self.network.dial(SocketAddr::new(address, port)).await {
                Ok(stream) => return Ok(stream),
                Err(refused) => fault = format!("no connection: {refused}"),
            }
        }
        Err(fault)
    }
}

fn answer(status: u16, headers: &HeaderMap, now: Timestamp) -> Answer {
    match status {
        200..300 => Answer::Taken(status),
        410 => Answer::Gone,
        _ => Answer::Refused {
            status,
            retry_after: headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| retry_after(value, now)),
        },
    }
}

/// Seconds, or a moment (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let wait = match value.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let moment = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
            Timestamp::from_jiff(moment.timestamp()).since(now)
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_moment() {
        let now = Timestamp::from_seconds(1_778_483_640); // Mon, 11 May 2026 07:14:00 GMT
        let seconds = |value| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Mon, 11 May 2026 07:15:00 GMT"), Some(60));
        assert_eq!(seconds("Mon, 11 May 2026 07:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999"), Some(24 * 3600));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-1"), None);
    }
}
