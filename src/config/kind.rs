//! What a value may be: every kind reads its own text and says what it expected.

use crate::domain::domain_name::DomainName;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::addresses::{
    database_url, issuer, mailbox, public_url, smtp_url, token_address, web_url,
};
use super::value::{Raw, Value};
use super::window;
use crate::mail::imap::ImapUrl;

/// What the value of a key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One line of text, not empty.
    Text,
    /// Text that is never shown.
    Secret,
    /// A file or directory.
    Path,
    /// An IP address and a port to listen on.
    Listen,
    /// The same, or `off`.
    ListenOrOff,
    /// Addresses and networks.
    Networks,
    /// Mail domains.
    Domains,
    /// The origin under which people reach the daemon.
    PublicUrl,
    /// Where the database is; may hold a password.
    DatabaseUrl,
    /// An SMTP server; may hold a password.
    SmtpUrl,
    /// An IMAP mailbox; holds a password.
    InboxUrl,
    /// A web address of another service.
    WebUrl,
    /// An identity provider, named by the address it gives itself.
    Issuer,
    /// A sender: `Name <a@b>` or `a@b`.
    Mailbox,
    /// A mailbox of ours that takes `+token`.
    TokenAddress,
    /// A duration; the seconds it must lie between, and whether `0s` may switch it off.
    Duration(u64, u64, ZeroIs),
    /// Working days, a duration or `0s`.
    Reminder,
    /// `N/DURATION` or `off`.
    Limit,
    /// A whole number between two.
    Number(u32, u32),
    /// `true` or `false`.
    Flag,
    /// One of a few words.
    Choice(&'static [&'static str]),
}

/// What `0s` means for a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ZeroIs {
    /// The window is switched off.
    Off,
    /// A mistake.
    Wrong,
}

impl Kind {
    /// Whether values of this kind are hidden where they are printed.
    pub(super) fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Secret | Self::DatabaseUrl | Self::SmtpUrl | Self::InboxUrl
        )
    }

    /// Whether a value of this kind stands between quotes in TOML.
    pub(super) fn is_quoted(self) -> bool {
        !matches!(
            self,
            Self::Number(..) | Self::Flag | Self::Networks | Self::Domains
        )
    }

    /// Reads a value; an error is the rest of a sentence that begins with key and value.
    pub(super) fn parse(self, raw: &Raw) -> Result<Value, String> {
        match self {
            Self::Networks => return networks(raw),
            Self::Domains => return domains(raw),
            _ => {}
        }
        let Some(text) = raw.text() else {
            return Err("expected one value, not a list".to_owned());
        };
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err("expected one line of text that is not empty".to_owned());
        }
        match self {
            Self::Text => Ok(Value::Text(text.to_owned())),
            Self::Secret => Ok(Value::Secret(text.into())),
            Self::Path => Ok(Value::Path(PathBuf::from(text))),
            Self::Listen => listen(text).map(|address| Value::Listen(Some(address))),
            Self::ListenOrOff if text == "off" => Ok(Value::Listen(None)),
            Self::ListenOrOff => listen(text)
                .map(|address| Value::Listen(Some(address)))
                .map_err(|expected| format!("{expected}, or off")),
            Self::Networks => networks(raw),
            Self::Domains => domains(raw),
            Self::PublicUrl => public_url(text).map(Value::Url),
            Self::DatabaseUrl => database_url(text).map(Value::Secret),
            Self::SmtpUrl => smtp_url(text).map(Value::Smtp),
            Self::InboxUrl => ImapUrl::parse(text)
                .map(Value::Inbox)
                .map_err(|fault| fault.to_string()),
            Self::WebUrl => web_url(text).map(Value::Url),
            // Kept as it was written: issuers are compared letter by letter.
            Self::Issuer => issuer(text).map(|()| Value::Text(text.to_owned())),
            Self::Mailbox => mailbox(text).map(Value::Mailbox),
            Self::TokenAddress => token_address(text).map(Value::Address),
            Self::Duration(least, most, zero) => duration(text, least, most, zero)
                .map(|duration| Value::Duration(duration, text.to_owned())),
            Self::Reminder => window::reminder(text).map(Value::Reminder).ok_or_else(|| {
                "expected \"2 working days\", a duration such as 8h, or 0s for none".into()
            }),
            Self::Limit => window::limit(text)
                .map(Value::Limit)
                .ok_or_else(|| "expected a limit such as 5/1d, or \"off\"".into()),
            Self::Number(least, most) => match text.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
                _ => Err(format!("expected a whole number from {least} to {most}")),
            },
            Self::Flag => match text {
                "true" => Ok(Value::Flag(true)),
                "false" => Ok(Value::Flag(false)),
                _ => Err("expected true or false".to_owned()),
            },
            Self::Choice(words) => match words.iter().find(|word| **word == text) {
                Some(word) => Ok(Value::Choice(word)),
                None => Err(format!("expected {}", words.join(" or "))),
            },
        }
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an IP address and a port such as 127.0.0.1:8080 or [::]:8080".into())
}

fn networks(raw: &Raw) -> Result<Value, String> {
    let mut networks = Vec::new();
    for item in raw.items() {
        let network = item
            .parse::<IpNet>()
            .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| {
                "expected IP addresses and networks such as [\"10.0.0.0/8\", \"192.0.2.7\"]"
                    .to_owned()
            })?;
        networks.push(network.trunc());
    }
    Ok(Value::Networks(networks))
}

fn domains(raw: &Raw) -> Result<Value, String> {
    let domains = raw.items().into_iter().map(|item| {
        DomainName::parse(item)
            .map_err(|_| "expected mail domains such as [\"example.com\"]".to_owned())
    });
    domains.collect::<Result<_, _>>().map(Value::Domains)
}

fn duration(text: &str, least: u64, most: u64, zero: ZeroIs) -> Result<Duration, String> {
    let example = match zero {
        ZeroIs::Off => ", or 0s for off",
        ZeroIs::Wrong => "",
    };
    let duration = window::duration(text)
        .ok_or_else(|| format!("expected a duration such as 60s{example}"))?;
    if (duration.is_zero() && zero == ZeroIs::Off) || (least..=most).contains(&duration.as_secs()) {
        return Ok(duration);
    }
    let least = window::written(Duration::from_secs(least));
    let most = window::written(Duration::from_secs(most));
    Err(format!("expected {least} to {most}{example}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn refusal(kind: Kind, text: &str) -> String {
        match kind.parse(&Raw::Text(text.to_owned())) {
            Ok(value) => panic!("{text} was read as {value:?}"),
            Err(expected) => expected,
        }
    }

    pub fn accepts(kind: Kind, text: &str) {
        if let Err(expected) = kind.parse(&Raw::Text(text.to_owned())) {
            panic!("{text}: {expected}");
        }
    }

    #[test]
    fn a_duration_says_its_bounds() {
        let kind = Kind::Duration(60, 1740, ZeroIs::Off);
        accepts(kind, "0s");
        accepts(kind, "29m");
        assert_eq!(refusal(kind, "30m"), "expected 1m to 29m, or 0s for off");
        let kind = Kind::Duration(1, 60, ZeroIs::Wrong);
        assert_eq!(refusal(kind, "0s"), "expected 1s to 1m");
        assert_eq!(refusal(kind, "often"), "expected a duration such as 60s");
    }

    #[test]
    fn networks_are_addresses_or_ranges() {
        accepts(Kind::Networks, "");
        accepts(Kind::Networks, "[]");
        accepts(Kind::Networks, "10.0.0.0/8, 192.0.2.7 ::1");
        accepts(Kind::Networks, "[\"10.0.0.0/8\", \"::1\"]");
        assert!(refusal(Kind::Networks, "proxy.example.com").contains("networks such as"));
    }

    #[test]
    fn domains_are_names() {
        accepts(Kind::Domains, "[]");
        accepts(Kind::Domains, "lists.example, example.com");
        assert!(refusal(Kind::Domains, "[\"a b\", \"-\"]").contains("domains such as"));
    }

    #[test]
    fn an_empty_value_is_a_mistake() {
        for kind in [Kind::Text, Kind::Secret, Kind::Path, Kind::SmtpUrl] {
            assert!(refusal(kind, "  ").contains("not empty"));
        }
    }
}
