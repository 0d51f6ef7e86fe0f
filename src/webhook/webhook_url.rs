//! The URL of an endpoint: https, and plain http on this machine where the operator allows that.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::public_address::is_public;

const LONGEST: usize = 2_000;

/// A URL that may be called, as far as one can tell without asking where its name leads.
#[derive(Clone, Debug)]
pub struct WebhookUrl(Url);

/// Why a URL is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhookUrl {
    /// No URL.
    #[error("expected a URL such as https://booking.example.com/webhooks")]
    Unreadable,
    /// Too long.
    #[error("expected at most {LONGEST} characters")]
    TooLong,
    /// Clear text.
    #[error("expected https")]
    NotHttps,
    /// A password would stand in the table.
    #[error("leave out user and password: verify the signature instead")]
    Credentials,
    /// The part behind `#` is never sent.
    #[error("leave out the part behind #")]
    Fragment,
    /// It leads to this machine or its networks.
    #[error("expected a public address")]
    Private,
}

impl WebhookUrl {
    /// Reads one. `allowed`: private networks that may be called nevertheless.
    pub fn parse(text: &str, allowed: &[IpNet]) -> Result<Self, InvalidWebhookUrl> {
        if text.len() > LONGEST {
            return Err(InvalidWebhookUrl::TooLong);
        }
        // The parser would quietly drop or turn them.
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        if text.contains(is_odd) {
            return Err(InvalidWebhookUrl::Unreadable);
        }
        let url = Url::parse(text).map_err(|_| InvalidWebhookUrl::Unreadable)?;
        let host = url.host().ok_or(InvalidWebhookUrl::Unreadable)?;
        match url.scheme() {
            "https" => {}
            "http" if is_here(&host) => {}
            _ => return Err(InvalidWebhookUrl::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidWebhookUrl::Credentials);
        }
        if url.fragment().is_some() {
            return Err(InvalidWebhookUrl::Fragment);
        }
        let address = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::from(address)),
            Host::Ipv6(address) => Some(IpAddr::from(address)),
        };
        let is_private = address.is_some_and(|address| !may_be_called(address, allowed));
        if is_private || url.port() == Some(0) || url.as_str().len() > LONGEST {
            return Err(InvalidWebhookUrl::Private);
        }
        if url.scheme() == "http" && !allowed.iter().any(|network| network.addr().is_loopback()) {
            return Err(InvalidWebhookUrl::NotHttps);
        }
        Ok(Self(url))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its host, which says enough in a log: path and query may hold secrets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

/// Whether an address is public, or allowed nevertheless.
pub(super) fn may_be_called(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = address.to_canonical();
    is_public(address) || allowed.iter().any(|network| network.contains(&address))
}

fn is_here(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str, allowed: &[&str]) -> Option<InvalidWebhookUrl> {
        let allowed: Vec<IpNet> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        WebhookUrl::parse(text, &allowed).err()
    }

    #[test]
    fn https_is_for_everybody_and_http_for_this_machine_where_it_is_allowed() {
        use InvalidWebhookUrl::{Credentials, Fragment, NotHttps, Private, Unreadable};
        let here = ["127.0.0.0/8"];
        for (text, allowed, expected) in [
            ("https://booking.example.com/hook?a=b", &[][..], None),
            ("https://8.8.8.8:8443/", &[], None),
            ("http://booking.example.com/", &here, Some(NotHttps)),
            ("http://127.0.0.1:9000/", &here, None),
            ("http://localhost:9000/", &here, None),
            ("http://localhost:9000/", &[], Some(NotHttps)),
            ("http://127.0.0.1/", &[], Some(Private)),
            ("https://10.0.0.1/", &[], Some(Private)),
            ("https://10.0.0.1/", &["10.0.0.0/8"], None),
            ("https://[::ffff:10.0.0.1]/", &["10.0.0.0/8"], None),
            ("https://anna@example.com/", &[], Some(Credentials)),
            ("https://example.com/#a", &[], Some(Fragment)),
            ("https://example.com:0/", &[], Some(Private)),
            ("ftp://example.com/", &[], Some(NotHttps)),
            ("example.com", &[], Some(Unreadable)),
            ("https://exa mple.com/", &[], Some(Unreadable)),
            ("https:\\\\example.com/", &[], Some(Unreadable)),
            ("mailto:anna@example.com", &[], Some(Unreadable)),
        ] {
            assert_eq!(fault(text, allowed), expected, "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        assert_eq!(fault(&long, &[]), Some(InvalidWebhookUrl::TooLong));
    }
}
