//! Addresses as an operator writes them: web pages, servers, databases and mailboxes.

use std::net::IpAddr;

use lettre::Address;
use lettre::message::{Mailbox, Mailboxes};
use secrecy::SecretString;
use url::Url;

use crate::mail::smtp::{InvalidSmtpUrl, SmtpUrl};

/// The longest local part of a mailbox that takes `+token`: with `+b.` and the 40 characters
/// of a token it reaches the 64 octets of RFC 5321, section 4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64 - "+b.".len() - 40;

pub(super) fn public_url(text: &str) -> Result<Url, String> {
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

pub(super) fn web_url(text: &str) -> Result<Url, String> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| "expected a web address such as https://login.example.com".into())
}

/// OpenID Connect Discovery 1.0, section 3: https, and nothing behind the path.
pub(super) fn issuer(text: &str) -> Result<(), String> {
    let url = web_url(text)?;
    if url.scheme() == "http" && !is_loopback(url.host_str().unwrap_or_default()) {
        return Err(
            "expected https://, because http:// is for this machine alone (localhost, 127.0.0.1)"
                .into(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("expected scheme, host and path alone: no user, no question mark, no #".into());
    }
    Ok(())
}

pub(super) fn database_url(text: &str) -> Result<SecretString, String> {
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

pub(super) fn smtp_url(text: &str) -> Result<SmtpUrl, String> {
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
pub fn is_loopback(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
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

pub(super) fn token_address(text: &str) -> Result<Address, String> {
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

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::super::kind::tests::{accepts, refusal};

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
            (Kind::InboxUrl, "imaps://s3cret@mx", "half a sign-in"),
        ] {
            let refused = refusal(kind, text);
            assert!(refused.contains(expected), "{refused}");
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }
}
