//! What a value may be: every kind reads its own text and says what it expected.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use lettre::Address;
use lettre::message::{Mailbox, Mailboxes};
use secrecy::SecretString;
use url::Url;

use super::value::{Raw, Value};
use super::window;
use crate::mail::imap::ImapUrl;
use crate::mail::smtp::{InvalidSmtpUrl, SmtpUrl};

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

/// The longest local part of a mailbox that takes `+token`: with `+b.` and the 40 characters
/// of a token it reaches the 64 octets of RFC 5321, section 4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64 - "+b.".len() - 40;

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
        !matches!(self, Self::Number(..) | Self::Flag | Self::Networks)
    }

    /// Reads a value; an error is the rest of a sentence that begins with key and value.
    pub(super) fn parse(self, raw: &Raw) -> Result<Value, String> {
        if self == Self::Networks {
            return networks(raw);
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
            Self::PublicUrl => public_url(text).map(Value::Url),
            Self::DatabaseUrl => database_url(text).map(Value::Secret),
            Self::SmtpUrl => smtp_url(text).map(Value::Smtp),
            Self::InboxUrl => ImapUrl::parse(text)
                .map(Value::Inbox)
                .map_err(|fault| fault.to_string()),
            Self::WebUrl => web_url(text).map(Value::Url),
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

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or("expected https:// and a host, such as https://esecure.example.com")?;
    let host = url.host_str().unwrap_or_default();
    if url.scheme() == "http" && !is_loopback(host) {
        return Err(
            "expected https://, because http:// is for this machine alone (localhost, 127.0.0.1)"
                .into(),
        );
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("expected nothing behind the host: no path, no question mark, no #".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("expected no user and no password in it: it stands in every mail".into());
    }
    Ok(url)
}

fn web_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| "expected a web address such as https://login.example.com".into())
}

fn database_url(text: &str) -> Result<SecretString, String> {
    let expected = "expected sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE";
    let is_sqlite = text
        .strip_prefix("sqlite:")
        .is_some_and(|file| !file.trim_start_matches('/').is_empty());
    let is_postgres =
        Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if is_sqlite || is_postgres {
        Ok(text.into())
    } else {
        Err(expected.into())
    }
}

fn smtp_url(text: &str) -> Result<SmtpUrl, String> {
    SmtpUrl::parse(text).map_err(|fault| match fault {
        // What stands there may be a piece of the password, so it is not repeated.
        InvalidSmtpUrl::Parameter { .. } | InvalidSmtpUrl::Tls { .. } => {
            "has something else than tls=required or tls=opportunistic after the ? \
             (a ? in a password as %3F)"
                .to_owned()
        }
        other => other.to_string(),
    })
}

/// Whether a host can only be this machine (RFC 6761, section 6.3).
fn is_loopback(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    let text = text.trim();
    let one = text.parse::<Mailbox>().ok().filter(|mailbox| {
        // The parser stops where it has read enough; what stands behind is our business.
        let address = mailbox.email.to_string();
        let is_whole = text == address || text.ends_with(&format!("<{address}>"));
        is_whole
            && text
                .parse::<Mailboxes>()
                .is_ok_and(|all| all.iter().count() == 1)
    });
    one.ok_or_else(|| "expected one mailbox: Name <name@example.com> or name@example.com".into())
}

fn token_address(text: &str) -> Result<Address, String> {
    let address: Address = text.trim().parse().map_err(|_| {
        "expected an e-mail address without a name, such as reply@example.com".to_owned()
    })?;
    let local = address.user();
    if local.contains('+') {
        return Err("expected no + before the @, because the token is put there".into());
    }
    if local.contains('"') || !local.is_ascii() {
        return Err("expected plain ASCII without quotes before the @".into());
    }
    if local.len() > LONGEST_LOCAL_PART {
        return Err(format!(
            "expected at most {LONGEST_LOCAL_PART} characters before the @ (it has {}), \
             so that the token fits behind them",
            local.len()
        ));
    }
    Ok(address)
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
mod tests {
    use super::*;

    fn refusal(kind: Kind, text: &str) -> String {
        match kind.parse(&Raw::Text(text.to_owned())) {
            Ok(value) => panic!("{text} was read as {value:?}"),
            Err(expected) => expected,
        }
    }

    fn accepts(kind: Kind, text: &str) {
        if let Err(expected) = kind.parse(&Raw::Text(text.to_owned())) {
            panic!("{text}: {expected}");
        }
    }

    #[test]
    fn the_public_url_is_https_or_this_machine() {
        for text in [
            "https://esecure.example.com",
            "https://esecure.example.com:8443/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            accepts(Kind::PublicUrl, text);
        }
        assert!(refusal(Kind::PublicUrl, "http://esecure.example.com").contains("https://"));
        assert!(refusal(Kind::PublicUrl, "http://localhost.example.com").contains("https://"));
        assert!(refusal(Kind::PublicUrl, "https://example.com/esecure").contains("no path"));
        assert!(refusal(Kind::PublicUrl, "https://example.com/?a=b").contains("no question mark"));
        assert!(refusal(Kind::PublicUrl, "https://u:p@example.com").contains("no user"));
        assert!(refusal(Kind::PublicUrl, "esecure.example.com").contains("https://"));
        assert!(refusal(Kind::PublicUrl, "ftp://example.com").contains("https://"));
    }

    #[test]
    fn a_sender_is_one_mailbox() {
        for text in [
            "esecure@example.com",
            "eSecure <esecure@example.com>",
            "\"eSecure, DHL\" <esecure@example.com>",
            "eSecure <esecure@localhost>",
        ] {
            accepts(Kind::Mailbox, text);
        }
        for text in [
            "eSecure",
            "a@example.com, b@example.com",
            "A <a@example.com>, B <b@example.com>",
            "<a@example.com",
            "a@example.com b",
            "a@b@c",
        ] {
            assert!(
                refusal(Kind::Mailbox, text).contains("one mailbox"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_mailbox_for_tokens_leaves_room_for_them() {
        accepts(Kind::TokenAddress, "reply@example.com");
        accepts(Kind::TokenAddress, "abcdefghijklmnopqrstu@example.com");
        assert!(
            refusal(Kind::TokenAddress, "abcdefghijklmnopqrstuv@example.com")
                .contains("at most 21")
        );
        assert!(refusal(Kind::TokenAddress, "reply+x@example.com").contains("no +"));
        assert!(
            refusal(Kind::TokenAddress, "Reply <reply@example.com>").contains("without a name")
        );
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
    fn a_database_is_sqlite_or_postgres() {
        accepts(Kind::DatabaseUrl, "sqlite:esecured.db");
        accepts(Kind::DatabaseUrl, "sqlite::memory:");
        accepts(
            Kind::DatabaseUrl,
            "postgres://esecured:s3cret@db.example.com/esecured",
        );
        for text in ["esecured.db", "sqlite:", "mysql://u:s3cret@host/db"] {
            let refused = refusal(Kind::DatabaseUrl, text);
            assert!(refused.starts_with("expected sqlite:"), "{refused}");
        }
    }

    #[test]
    fn a_mail_server_that_cannot_be_read_is_not_repeated() {
        for (kind, text, expected) in [
            (
                Kind::SmtpUrl,
                "gopher://u:s3cret@mx",
                "expected smtp or smtps",
            ),
            (Kind::SmtpUrl, "smtp://u:25?s3cret@mx", "as %3F"),
            (Kind::SmtpUrl, "smtp://u:s3cret@mx", "clear text"),
            (Kind::SmtpUrl, "s3cret", "not a URL"),
            (Kind::InboxUrl, "gopher://u:s3cret@mx", "expected imaps"),
            (Kind::InboxUrl, "imaps://u:143?s3cret@mx", "as %3F"),
            (Kind::InboxUrl, "imap://u:s3cret@mx/INBOX", "clear text"),
            (Kind::InboxUrl, "imaps://s3cret@mx", "needs a sign-in"),
        ] {
            let refused = refusal(kind, text);
            assert!(refused.contains(expected), "{refused}");
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }

    #[test]
    fn an_empty_value_is_a_mistake() {
        for kind in [Kind::Text, Kind::Secret, Kind::Path, Kind::SmtpUrl] {
            assert!(refusal(kind, "  ").contains("not empty"));
        }
    }
}
