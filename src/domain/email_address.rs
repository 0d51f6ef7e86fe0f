//! An e-mail address, stored as typed and compared without mercy.
//!
//! Two different addresses are never one grant: the local part is compared exactly (ASCII letters
//! folded, nothing else), the domain by its A-label form (RFC 5890). `mike@` and `mıke@` differ.

use std::fmt;

use super::domain_name;

/// One e-mail address (RFC 5321, section 4.1.2, dot-atom form; RFC 6531 letters allowed).
///
/// It prints masked (`j***@example.com`); [`EmailAddress::as_typed`] is the whole of it.
#[derive(Clone)]
pub struct EmailAddress {
    typed: String,
    key: String,
}

impl EmailAddress {
    /// Reads one bare address; blanks around it are taken off.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let typed = text.trim();
        if typed.len() > 254 {
            return Err(InvalidEmailAddress::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(InvalidEmailAddress::NoAt)?;
        check_local_part(local)?;
        let domain = domain_name::a_labels(domain).map_err(|_| InvalidEmailAddress::Domain)?;
        Ok(Self {
            typed: typed.to_owned(),
            key: format!("{}@{domain}", local.to_ascii_lowercase()),
        })
    }

    /// As it was written.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// What is compared: local part with ASCII letters folded, `@`, domain as A-labels.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The domain as A-labels, in lower case.
    pub fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether mail reaches it without SMTPUTF8 (RFC 6531), which many servers on the way lack.
    pub fn is_mailable(&self) -> bool {
        self.key.is_ascii()
    }

    /// The first character and the domain: what logs may show.
    pub fn masked(&self) -> String {
        let first = self.key.chars().next().unwrap_or('*');
        format!("{first}***@{}", self.domain())
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Why a text is no address that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmailAddress {
    /// No `@` in it.
    #[error("an e-mail address has an @ between name and domain")]
    NoAt,
    /// More than 254 bytes (RFC 5321, section 4.5.3.1.3).
    #[error("an e-mail address is at most 254 bytes long")]
    TooLong,
    /// What stands before the `@` cannot be there.
    #[error(
        "what stands before the @ is empty, too long, or holds a character that cannot be there"
    )]
    LocalPart,
    /// What stands behind the `@` is no domain.
    #[error("what stands behind the @ is not a domain name such as example.com")]
    Domain,
}

fn check_local_part(local: &str) -> Result<(), InvalidEmailAddress> {
    let atoms_are_filled = local.split('.').all(|atom| !atom.is_empty());
    if local.len() <= 64 && atoms_are_filled && local.chars().all(may_stand_in_local_part) {
        Ok(())
    } else {
        Err(InvalidEmailAddress::LocalPart)
    }
}

/// `atext` and the dot (RFC 5322, section 3.2.3), and letters and digits beyond ASCII (RFC 6532).
/// Invisible, combining-only and direction-changing characters are not among them, nor is the slash:
/// mail programs make a link of `evil.example/x@example.org`, and a requester must not place one.
fn may_stand_in_local_part(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-=?^_`{|}~.".contains(c)
        || (!c.is_ascii() && c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mike_with_and_without_a_dot_are_two_people() {
        let mike = EmailAddress::parse("mike@example.org").unwrap();
        let dotless = EmailAddress::parse("mıke@example.org").unwrap();
        assert_ne!(mike, dotless);
    }

    #[test]
    fn it_is_kept_as_typed_and_compared_folded() {
        let typed = EmailAddress::parse(" J.Jansen@BÜCHER.example ").unwrap();
        assert_eq!(typed.as_typed(), "J.Jansen@BÜCHER.example");
        assert_eq!(typed.key(), "j.jansen@xn--bcher-kva.example");
        assert_eq!(typed.to_string(), "j***@xn--bcher-kva.example");
        assert_eq!(format!("{typed:?}"), "j***@xn--bcher-kva.example");
    }

    #[test]
    fn the_kelvin_sign_in_a_local_part_is_not_a_k() {
        let kelvin = EmailAddress::parse("\u{212a}arel@example.org").unwrap();
        assert_ne!(kelvin, EmailAddress::parse("karel@example.org").unwrap());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "a@",
            "@b.nl",
            "a@b",
            "a..b@c.nl",
            ".a@c.nl",
            "a b@c.nl",
            "a@b.nl,c@d.nl",
            "a@b.nl\r\nBcc: x@y.nl",
            "Jan <a@b.nl>",
            "a@[127.0.0.1]",
            "a@1.2.3.4",
            "www.evil.example/login@h.example",
            "\"a b\"@c.nl",
            "a\u{200b}@b.nl",
            "a\u{202e}@b.nl",
            "a@b..nl",
            "a@-b.nl",
            "a@b.nl.",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
