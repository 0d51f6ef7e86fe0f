//! `inbox.url`: where the mailbox is and how to sign in.
//!
//! The form follows RFC 5092 and adds the password:
//! `imaps://user:pass@host/INBOX`, or `imap://…` on this machine, or
//! `imap://…?tls=required` for STARTTLS. Signs that mean something in a URL
//! are percent-encoded.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::Url;

/// A mailbox on a server, and the sign-in for it, which is left out where one
/// signs in with access tokens. Printing it hides both user name and password.
#[derive(Clone)]
pub struct ImapUrl {
    host: String,
    server: String,
    port: u16,
    protection: Protection,
    sign_in: Option<(String, SecretString)>,
    folder: String,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Clear text, which never leaves this machine.
    None,
    /// STARTTLS (RFC 3501, section 6.2.1), or no sign-in.
    StartTls,
    /// TLS from the first byte (RFC 8314, section 3.2).
    Implicit,
}

/// Why a text is no [`ImapUrl`]. The messages follow the name of the setting
/// and never repeat the text, which may hold a password.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidImapUrl {
    /// It is no URL at all.
    #[error("is not a URL such as imaps://user:password@mail.example.com/INBOX ({0})")]
    NotAUrl(url::ParseError),
    /// The scheme is another one.
    #[error("has the scheme {0:?}, expected imaps or imap")]
    Scheme(String),
    /// There is no host in it.
    #[error("names no host, expected for example imaps://user:password@mail.example.com/INBOX")]
    NoHost,
    /// A user name without a password, or the other way round.
    #[error(
        "has half a sign-in, expected user:password before the @ (a @ in the user name as %40)"
    )]
    HalfASignIn,
    /// RFC 5092 lets a `;` choose a sign-in method, or a message; we do not.
    #[error("has a parameter after a ; which is not supported (a ; in the folder's name as %3B)")]
    Semicolon,
    /// Percent-encoding that is no UTF-8, or holds a control character.
    #[error("has a part that is not percent-encoded text")]
    Encoding,
    /// Something else than `tls=required` after the `?`.
    #[error("has something else than tls=required after the ? (a ? in a password as %3F)")]
    Parameter,
    /// Signs like `#` that were not percent-encoded.
    #[error("has a # in it (a # in a password as %23)")]
    Fragment,
    /// A password that everybody on the way could read.
    #[error("would send the password in clear text; use imaps:// or add ?tls=required")]
    PasswordInClear,
}

impl ImapUrl {
    /// Reads `inbox.url`, with or without a sign-in. Without a port it is 993 for `imaps` and 143 for
    /// `imap`, without a folder it is INBOX. Clear text is for this machine
    /// only.
    pub fn parse(text: &str) -> Result<Self, InvalidImapUrl> {
        let url = Url::parse(text.trim()).map_err(InvalidImapUrl::NotAUrl)?;
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_ascii_lowercase();
        if url.fragment().is_some() {
            return Err(InvalidImapUrl::Fragment);
        }
        let protection = protection(&url)?;
        if host.is_empty() {
            return Err(InvalidImapUrl::NoHost);
        }
        if protection == Protection::None && !is_this_machine(&host) {
            return Err(InvalidImapUrl::PasswordInClear);
        }
        let user = decoded(url.username())?;
        if user.to_ascii_lowercase().contains(";auth=") || url.path().contains(';') {
            return Err(InvalidImapUrl::Semicolon);
        }
        let password = decoded(url.password().unwrap_or_default())?;
        let sign_in = match (user.is_empty(), password.is_empty()) {
            (true, true) => None,
            (false, false) => Some((user, password.into())),
            (true, false) | (false, true) => return Err(InvalidImapUrl::HalfASignIn),
        };
        let folder = decoded(url.path().trim_start_matches('/'))?;
        let port = url.port().unwrap_or(match protection {
            Protection::None | Protection::StartTls => 143,
            Protection::Implicit => 993,
        });
        Ok(Self {
            server: if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            },
            host,
            port,
            protection,
            sign_in,
            folder: if folder.is_empty() {
                "INBOX".to_owned()
            } else {
                folder
            },
        })
    }

    /// Host and port, as a person writes them.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The folder that is read.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn protection(&self) -> Protection {
        self.protection
    }

    /// Whether the connection is encrypted, rather than one within this machine.
    pub fn is_encrypted(&self) -> bool {
        self.protection != Protection::None
    }

    /// Whether the URL holds user name and password.
    pub fn has_sign_in(&self) -> bool {
        self.sign_in.is_some()
    }

    /// Who signs in, where that stands in it.
    pub fn user(&self) -> Option<&str> {
        self.sign_in().map(|(user, _)| user)
    }

    pub(super) fn sign_in(&self) -> Option<(&str, &str)> {
        let (user, password) = self.sign_in.as_ref()?;
        Some((user, password.expose_secret()))
    }
}

impl fmt::Display for ImapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, tls) = match self.protection {
            Protection::None => ("imap", ""),
            Protection::StartTls => ("imap", "?tls=required"),
            Protection::Implicit => ("imaps", ""),
        };
        let sign_in = if self.sign_in.is_some() {
            "***:***@"
        } else {
            ""
        };
        write!(
            f,
            "{scheme}://{sign_in}{}/{}{tls}",
            self.server, self.folder
        )
    }
}

impl fmt::Debug for ImapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn protection(url: &Url) -> Result<Protection, InvalidImapUrl> {
    let mut protection = match url.scheme() {
        "imap" => Protection::None,
        "imaps" => Protection::Implicit,
        other => return Err(InvalidImapUrl::Scheme(other.to_owned())),
    };
    for (key, value) in url.query_pairs() {
        match (&*key, &*value, protection) {
            ("tls", "required", Protection::None) => protection = Protection::StartTls,
            // Said twice, it is still true.
            ("tls", "required", Protection::StartTls | Protection::Implicit) => {}
            _ => return Err(InvalidImapUrl::Parameter),
        }
    }
    Ok(protection)
}

fn decoded(text: &str) -> Result<String, InvalidImapUrl> {
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| InvalidImapUrl::Encoding)?;
    if text.chars().any(char::is_control) {
        return Err(InvalidImapUrl::Encoding);
    }
    Ok(text.into_owned())
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
    fn a_url_names_server_sign_in_and_folder() {
        let url = ImapUrl::parse("imaps://esecure%40example.com:p%2Fw%3A%C3%AB@mail.example.com")
            .expect("a usual URL");
        assert_eq!(url.server(), "mail.example.com:993");
        assert_eq!(url.sign_in(), Some(("esecure@example.com", "p/w:ë")));
        assert_eq!(url.folder(), "INBOX");
        assert_eq!(url.protection(), Protection::Implicit);

        let url = ImapUrl::parse("imap://u:p@[::1]:10143/eSecure/Antwoorden%20nieuw")
            .expect("clear text on this machine");
        assert_eq!(url.server(), "[::1]:10143");
        assert_eq!(url.host(), "::1");
        assert_eq!(url.folder(), "eSecure/Antwoorden nieuw");
        assert_eq!(url.protection(), Protection::None);
    }

    #[test]
    fn clear_text_never_leaves_this_machine() {
        for near in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert!(ImapUrl::parse(&format!("imap://u:p@{near}/")).is_ok());
        }
        assert_eq!(
            ImapUrl::parse("imap://u:p@localhost.example.com/").expect_err("clear text"),
            InvalidImapUrl::PasswordInClear
        );
        let url = ImapUrl::parse("imap://u:p@mail.example.com/INBOX?tls=required")
            .expect("STARTTLS is protection");
        assert_eq!(url.protection(), Protection::StartTls);
        assert_eq!(url.server(), "mail.example.com:143");
    }

    #[test]
    fn each_fault_has_its_own_words() {
        let faults = [
            ("imap.example.com", "is not a URL"),
            ("https://u:p@mail.example.com/", "scheme \"https\""),
            ("imaps:///INBOX", "names no host"),
            ("imaps://u@mail.example.com/INBOX", "half a sign-in"),
            ("imaps://:p@mail.example.com/INBOX", "half a sign-in"),
            ("imaps://u;AUTH=PLAIN:p@mail.example.com/", "after a ;"),
            ("imaps://u:%FF@mail.example.com/", "not percent-encoded"),
            (
                "imaps://u:a%0D%0Ab@mail.example.com/",
                "not percent-encoded",
            ),
            (
                "imaps://u:p@mail.example.com/?tls=maybe",
                "else than tls=required",
            ),
            ("imaps://u:p@mail.example.com/#x", "has a #"),
        ];
        for (text, words) in faults {
            let fault = ImapUrl::parse(text).expect_err(text).to_string();
            assert!(fault.contains(words), "{text}: {fault}");
        }
    }

    #[test]
    fn printing_it_shows_no_sign_in() {
        let url = ImapUrl::parse("imaps://anna:geheim@mail.example.com/INBOX").expect("a URL");
        assert_eq!(
            format!("{url:?}"),
            "imaps://***:***@mail.example.com:993/INBOX"
        );
        assert_eq!(format!("{url}"), format!("{url:?}"));
    }
}
