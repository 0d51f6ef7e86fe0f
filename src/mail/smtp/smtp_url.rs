//! `smtp.url`: where the mail server is and how to talk to it.
//!
//! The form is the one that lettre reads: `smtp://host:25`,
//! `smtp://user:pass@host:587?tls=required`, `smtps://user:pass@host`; a path
//! is the name to greet the server with.

use std::fmt;
use std::net::IpAddr;

use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::Url;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Clear text: for a server on this machine or in its own network.
    None,
    /// STARTTLS (RFC 3207) where the server offers it.
    Opportunistic,
    /// STARTTLS, or no mail.
    Required,
    /// TLS from the first byte (RFC 8314, section 3.3).
    Implicit,
}

/// A mail server, the way to it and the sign-in. Printing it hides the
/// password.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    server: String,
    encryption: Encryption,
    sign_in: Option<(String, SecretString)>,
    hello_name: Option<String>,
}

/// Why a text is no [`SmtpUrl`]. The messages never repeat the text, which
/// may hold a password.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidSmtpUrl {
    /// It is no URL at all.
    #[error("not a URL such as smtp://mail.example.com:25 ({0})")]
    NotAUrl(url::ParseError),
    /// The scheme is another one.
    #[error("has the scheme {0:?}, expected smtp or smtps")]
    Scheme(String),
    /// There is no host in it.
    #[error("names no host, expected for example smtp://mail.example.com:25")]
    NoHost,
    /// A parameter after the `?` that does not exist.
    #[error("has the unknown parameter {0:?}, expected tls=required or tls=opportunistic")]
    Parameter(String),
    /// A value of `tls` that does not exist, or one beside `smtps`.
    #[error("has tls={0:?}, expected required or opportunistic, and neither with smtps")]
    Tls(String),
    /// A user name without a password, or the other way round.
    #[error("has half a sign-in, expected user:password before the @")]
    HalfASignIn,
    /// Percent-encoding that is no UTF-8.
    #[error("has a user name or password that is not percent-encoded UTF-8")]
    Encoding,
    /// A password that everybody on the way could read.
    #[error("would send the password in clear text; add ?tls=required or use smtps")]
    PasswordInClear,
}

impl SmtpUrl {
    /// Reads `smtp.url`. Ports default to 25, 587 with STARTTLS, 465 for
    /// `smtps`. A password needs TLS, except on this machine.
    pub fn parse(text: &str) -> Result<Self, InvalidSmtpUrl> {
        let url = Url::parse(text.trim()).map_err(InvalidSmtpUrl::NotAUrl)?;
        let encryption = encryption(&url)?;
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_owned();
        if host.is_empty() {
            return Err(InvalidSmtpUrl::NoHost);
        }
        let port = url.port().unwrap_or(match encryption {
            Encryption::None => 25,
            Encryption::Opportunistic | Encryption::Required => 587,
            Encryption::Implicit => 465,
        });
        let sign_in = sign_in(&url)?;
        if sign_in.is_some() && !is_private(encryption, &host) {
            return Err(InvalidSmtpUrl::PasswordInClear);
        }
        let name = url.path().trim_matches('/');
        Ok(Self {
            server: if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            },
            host,
            port,
            encryption,
            sign_in,
            hello_name: (!name.is_empty()).then(|| name.to_owned()),
        })
    }

    /// How the connection is protected.
    pub fn encryption(&self) -> Encryption {
        self.encryption
    }

    /// Host and port, as a person writes them.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whether what is said cannot be read on the way: it never goes out in clear text, or does not
    /// leave this machine.
    pub fn is_private(&self) -> bool {
        is_private(self.encryption, &self.host)
    }

    /// Whether the URL holds user name and password.
    pub fn has_sign_in(&self) -> bool {
        self.sign_in.is_some()
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn sign_in(&self) -> Option<(&str, &str)> {
        let (user, password) = self.sign_in.as_ref()?;
        Some((user, password.expose_secret()))
    }

    /// The name in `EHLO`: the URL's path, else this machine's name.
    pub(super) fn hello_name(&self) -> ClientId {
        self.hello_name
            .clone()
            .map_or_else(ClientId::default, ClientId::Domain)
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, tls) = match self.encryption {
            Encryption::None => ("smtp", ""),
            Encryption::Opportunistic => ("smtp", "?tls=opportunistic"),
            Encryption::Required => ("smtp", "?tls=required"),
            Encryption::Implicit => ("smtps", ""),
        };
        let sign_in = if self.sign_in.is_some() {
            "***:***@"
        } else {
            ""
        };
        write!(f, "{scheme}://{sign_in}{}{tls}", self.server)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn encryption(url: &Url) -> Result<Encryption, InvalidSmtpUrl> {
    let mut encryption = match url.scheme() {
        "smtp" => Encryption::None,
        "smtps" => Encryption::Implicit,
        other => return Err(InvalidSmtpUrl::Scheme(other.to_owned())),
    };
    for (key, value) in url.query_pairs() {
        encryption = match (&*key, &*value, encryption) {
            ("tls", "required", Encryption::None) => Encryption::Required,
            ("tls", "opportunistic", Encryption::None) => Encryption::Opportunistic,
            ("tls", other, _) => return Err(InvalidSmtpUrl::Tls(other.to_owned())),
            (other, _, _) => return Err(InvalidSmtpUrl::Parameter(other.to_owned())),
        };
    }
    Ok(encryption)
}

fn sign_in(url: &Url) -> Result<Option<(String, SecretString)>, InvalidSmtpUrl> {
    let decoded = |text| match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(InvalidSmtpUrl::Encoding),
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(InvalidSmtpUrl::HalfASignIn),
        (user, Some(password)) => Ok(Some((decoded(user)?, decoded(password)?.into()))),
    }
}

fn is_private(encryption: Encryption, host: &str) -> bool {
    match encryption {
        Encryption::Required | Encryption::Implicit => true,
        Encryption::None | Encryption::Opportunistic => is_this_machine(host),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        for (text, server, encryption) in [
            ("smtp://mail", "mail:25", Encryption::None),
            ("smtp://127.0.0.1:2525", "127.0.0.1:2525", Encryption::None),
            ("smtp://mail?tls=required", "mail:587", Encryption::Required),
            (
                "smtp://mail?tls=opportunistic",
                "mail:587",
                Encryption::Opportunistic,
            ),
            ("smtps://mail", "mail:465", Encryption::Implicit),
            ("smtps://[::1]:10465", "[::1]:10465", Encryption::Implicit),
        ] {
            let url = SmtpUrl::parse(text).unwrap();
            assert_eq!((url.server(), url.encryption()), (server, encryption));
        }
    }

    #[test]
    fn a_sign_in_is_decoded_and_never_printed() {
        let url = SmtpUrl::parse("smtps://anna%40example.com:p%40ss%3Aword@mail").unwrap();
        assert_eq!(url.sign_in(), Some(("anna@example.com", "p@ss:word")));
        for printed in [url.to_string(), format!("{url:?}")] {
            assert_eq!(printed, "smtps://***:***@mail:465");
        }
    }

    #[test]
    fn the_path_is_the_name_we_greet_with() {
        let url = SmtpUrl::parse("smtp://mail/esecure.example.com").unwrap();
        assert_eq!(url.hello_name().to_string(), "esecure.example.com");
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("http://mail", InvalidSmtpUrl::Scheme("http".to_owned())),
            ("smtp:", InvalidSmtpUrl::NoHost),
            (
                "smtp://mail?tsl=required",
                InvalidSmtpUrl::Parameter("tsl".to_owned()),
            ),
            ("smtp://mail?tls=yes", InvalidSmtpUrl::Tls("yes".to_owned())),
            (
                "smtps://mail?tls=required",
                InvalidSmtpUrl::Tls("required".to_owned()),
            ),
            ("smtps://anna@mail", InvalidSmtpUrl::HalfASignIn),
            ("smtps://anna:%FF@mail", InvalidSmtpUrl::Encoding),
            ("smtp://anna:secret@mail", InvalidSmtpUrl::PasswordInClear),
            (
                "smtp://anna:secret@mail?tls=opportunistic",
                InvalidSmtpUrl::PasswordInClear,
            ),
        ] {
            assert_eq!(SmtpUrl::parse(text).unwrap_err(), fault, "{text}");
        }
        assert!(SmtpUrl::parse("smtp://anna:secret@localhost:1025").is_ok());
    }
}
