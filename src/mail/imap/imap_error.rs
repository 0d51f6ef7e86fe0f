//! What can go wrong with a mailbox, by what can be done about it.

use thiserror::Error;

/// How much of the server's own words is repeated.
const LONGEST_REASON: usize = 200;

/// What a refusal begins with where the folder has to be made first (RFC 3501, section 7.1).
pub(super) const FOLDER_IS_GONE: &str = "[TRYCREATE] ";

/// Why a mailbox could not be opened or used. After any of them the mailbox
/// is to be dropped.
///
/// The messages name the server and, where there is one, the remedy. They
/// never hold the password, an address or a part of a mail.
#[derive(Debug, Error)]
pub enum ImapError {
    /// The server is away, silent or busy, or the connection broke. Trying
    /// again later is all that is needed.
    #[error("the IMAP server {server} is unreachable: {reason}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What was noticed.
        reason: String,
    },

    /// No trustworthy encrypted connection. Somebody has to look at
    /// certificates, at the host name or at the port.
    #[error("no secure connection to the IMAP server {server}: {reason}")]
    Tls {
        /// Host and port.
        server: String,
        /// What was noticed, and the remedy.
        reason: String,
    },

    /// The server does not accept the sign-in.
    #[error("the IMAP server {server} refused the sign-in: {reason}; check {remedy}")]
    LoginRefused {
        /// Host and port.
        server: String,
        /// The server's own words.
        reason: String,
        /// Where it is mended.
        remedy: &'static str,
    },

    /// There is no access token to sign in with.
    #[error("no access token for the IMAP server {server}: {reason}")]
    NoToken {
        /// Host and port.
        server: String,
        /// Why.
        reason: String,
    },

    /// The server answered NO or BAD to something that it should be able to
    /// do.
    #[error("the IMAP server {server} refused to {attempt}: {reason}")]
    Refused {
        /// Host and port.
        server: String,
        /// What it was asked for, such as `open the folder INBOX`.
        attempt: String,
        /// The server's own words.
        reason: String,
    },

    /// The server lists this message but does not hand it out. All messages
    /// before it have been handed out; whoever moves it away, or goes on
    /// after its UID, gets the ones behind it.
    #[error("the IMAP server {server} does not hand out the message with UID {uid}: {reason}")]
    Unreadable {
        /// Host and port.
        server: String,
        /// The message.
        uid: u32,
        /// The server's own words.
        reason: String,
    },

    /// What came is not IMAP, or not an answer to what was asked.
    #[error("{server} does not speak IMAP as expected: {reason}")]
    Protocol {
        /// Host and port.
        server: String,
        /// What was noticed.
        reason: String,
    },
}

impl ImapError {
    /// The server does not do this for now, such as where a quota is full; but the connection is
    /// good, and opening the mailbox anew would change nothing, as it would for a folder that is
    /// gone.
    pub fn is_refusal_to_live_with(&self) -> bool {
        matches!(self, Self::Refused { reason, .. } if !reason.starts_with(FOLDER_IS_GONE))
    }

    /// Trying again later may help without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoToken { .. } => true,
            Self::Tls { .. }
            | Self::LoginRefused { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. }
            | Self::Protocol { .. } => false,
        }
    }
}

/// The server's words as they may stand in a log: printable, short, and with
/// every word that could be an address replaced.
pub(super) fn printable(words: &str) -> String {
    let mut text = String::new();
    for word in words.split_whitespace() {
        if text.len() >= LONGEST_REASON {
            text.push_str(" …");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        if word.contains('@') {
            text.push_str("***");
        } else {
            let visible = word.chars().filter(|letter| !letter.is_control());
            text.extend(visible.take(LONGEST_REASON));
        }
    }
    if text.is_empty() {
        text.push_str("it gave no reason");
    }
    text
}

/// A refusal whose response code (RFC 5530, section 3) says that it will
/// pass.
pub(super) fn is_passing(reason: &str) -> bool {
    ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]"]
        .iter()
        .any(|code| reason.starts_with(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_is_told_from_a_wrong_password() {
        assert!(is_passing("[UNAVAILABLE] Temporary authentication failure"));
        assert!(!is_passing("[AUTHENTICATIONFAILED] Authentication failed."));
    }

    #[test]
    fn the_servers_words_are_repeated_without_addresses() {
        assert_eq!(
            printable("Mailbox of anna@example.com is\r\nlocked\u{7}"),
            "Mailbox of *** is locked"
        );
        assert_eq!(printable("  "), "it gave no reason");
        assert!(printable(&"x".repeat(5_000)).len() < 300);
        assert!(printable(&"ab ".repeat(5_000)).len() < 300);
    }

    #[test]
    fn only_an_absent_server_is_worth_waiting_for() {
        let server = "mail.example.com:993".to_owned();
        let reason = "connection refused".to_owned();
        assert!(
            ImapError::Unreachable {
                server: server.clone(),
                reason: reason.clone()
            }
            .is_transient()
        );
        let remedy = "the password";
        let refused = ImapError::LoginRefused {
            server,
            reason,
            remedy,
        };
        assert!(!refused.is_transient());
    }
}
