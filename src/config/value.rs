//! A value as it was written, and as it was understood.

use crate::domain::domain_name::DomainName;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use toml::de::DeValue;
use url::Url;

use super::window::{Limit, written};
use crate::domain::reminder::Reminder;
use crate::mail::imap::ImapUrl;
use crate::mail::smtp::SmtpUrl;

/// What is printed in place of a secret.
pub(super) const HIDDEN: &str = "***";

/// A value as it was written, not yet understood.
///
/// No `Debug`: it may be a password.
#[derive(Clone)]
pub(super) enum Raw {
    /// Text between quotes, or the text of a variable, a file or `--set`.
    Text(String),
    /// A number, `true`, `false` or a date of the file, as it was written.
    Bare(String),
    /// A list of the file.
    List(Vec<String>),
}

/// A value as it was understood.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Secret(SecretString),
    Path(PathBuf),
    Listen(Option<SocketAddr>),
    Networks(Vec<IpNet>),
    Domains(Vec<DomainName>),
    Url(Url),
    Smtp(SmtpUrl),
    Inbox(ImapUrl),
    Mailbox(Mailbox),
    Address(Address),
    /// And as it was written: who wrote 60s looks for 60s.
    Duration(Duration, String),
    Reminder(Reminder),
    Limit(Option<Limit>),
    Number(u32),
    Flag(bool),
    Choice(&'static str),
}

impl Raw {
    /// Takes a value of the file; a table is no value.
    pub(super) fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Some(match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => Self::Bare(number.as_str().to_owned()),
            DeValue::Float(number) => Self::Bare(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Self::Bare(flag.to_string()),
            DeValue::Datetime(moment) => Self::Bare(moment.to_string()),
            DeValue::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => text.to_string(),
                        other => other.type_str().to_owned(),
                    })
                    .collect(),
            ),
            DeValue::Table(_) => return None,
        })
    }

    /// The text of a single value.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text),
            Self::List(_) => None,
        }
    }

    /// The items of a list; in text they stand between commas or blanks, or as in the file.
    pub(super) fn items(&self) -> Vec<&str> {
        match self {
            Self::List(items) => items.iter().map(String::as_str).collect(),
            Self::Text(text) | Self::Bare(text) => text
                .trim()
                .trim_start_matches('[')
                .trim_end_matches(']')
                .split([',', ' '])
                .map(|item| item.trim().trim_matches(['"', '\'']))
                .filter(|item| !item.is_empty())
                .collect(),
        }
    }

    /// The value as it was written, for a message about it.
    pub(super) fn quoted(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Bare(text) => text.clone(),
            Self::List(items) => format!("{items:?}"),
        }
    }
}

impl Value {
    /// Whether the value holds something that other people may not read.
    pub(super) fn holds_secret(&self) -> bool {
        match self {
            // A server without a sign-in and an SQLite file may be seen by everybody.
            Self::Secret(_) | Self::Smtp(_) | Self::Inbox(_) => self.to_string().contains(HIDDEN),
            _ => false,
        }
    }

    /// The value as JSON, secrets as `***`.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Networks(networks) => networks.iter().map(ToString::to_string).collect(),
            Self::Domains(domains) => domains.iter().map(ToString::to_string).collect(),
            other => other.shown().into(),
        }
    }

    /// The value as it would stand in the file, secrets as `***`.
    pub(super) fn to_toml(&self) -> String {
        match self {
            Self::Number(_) | Self::Flag(_) => self.to_string(),
            Self::Networks(networks) => {
                let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
                format!("{networks:?}")
            }
            Self::Domains(domains) => {
                let domains: Vec<String> = domains.iter().map(ToString::to_string).collect();
                format!("{domains:?}")
            }
            other => toml::Value::String(other.shown()).to_string(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Duration(_, text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// One spelling for each value, so that two values are equal when their texts are.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Secret(text) => f.write_str(&masked(text)),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Listen(Some(address)) => write!(f, "{address}"),
            Self::Listen(None) | Self::Limit(None) => f.write_str("off"),
            Self::Networks(networks) => {
                let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
                f.write_str(&networks.join(", "))
            }
            Self::Domains(domains) => {
                let domains: Vec<String> = domains.iter().map(ToString::to_string).collect();
                f.write_str(&domains.join(", "))
            }
            Self::Url(url) => f.write_str(url.as_str()),
            Self::Smtp(url) => write!(f, "{url}"),
            Self::Inbox(url) => write!(f, "{url}"),
            Self::Mailbox(mailbox) => write!(f, "{mailbox}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Duration(duration, _) => f.write_str(&written(*duration)),
            Self::Reminder(reminder) => write!(f, "{reminder}"),
            Self::Limit(Some(limit)) => write!(f, "{limit}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Choice(word) => f.write_str(word),
        }
    }
}

/// A secret with everything hidden, but for databases: their address without the password.
fn masked(secret: &SecretString) -> String {
    let text = secret.expose_secret();
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Some(mut url) = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
    else {
        return HIDDEN.to_owned();
    };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    // libpq takes passwords behind the question mark too.
    if url
        .query()
        .is_some_and(|query| query.to_ascii_lowercase().contains("pass"))
    {
        url.set_query(Some(HIDDEN));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_its_password() {
        for (text, shown) in [
            ("sqlite:esecured.db", "sqlite:esecured.db"),
            ("postgres://u:s3cret@db/e", "postgres://u:***@db/e"),
            ("postgres://u@db/e?password=s3cret", "postgres://u@db/e?***"),
            (
                "postgres://u@db/e?host=/run/pg",
                "postgres://u@db/e?host=/run/pg",
            ),
            ("s3cret", "***"),
        ] {
            assert_eq!(Value::Secret(text.into()).to_string(), shown);
        }
    }

    #[test]
    fn only_a_value_with_a_password_holds_a_secret() {
        assert!(Value::Secret("postgres://u:s3cret@db/e".into()).holds_secret());
        assert!(!Value::Secret("sqlite:esecured.db".into()).holds_secret());
    }

    #[test]
    fn a_shown_value_can_be_pasted_into_the_file() {
        let networks = Value::Networks(vec!["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(networks.to_toml(), "[\"10.0.0.0/8\"]");
        assert_eq!(Value::Number(4).to_toml(), "4");
        assert_eq!(Value::Text("a\"b".into()).to_toml(), "'a\"b'");
    }
}
