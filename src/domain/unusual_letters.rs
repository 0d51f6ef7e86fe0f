//! Letters in an address that are no plain ASCII ones, and may be taken for those.
//!
//! `bаnkieren.nl` with a Cyrillic а is another domain than the one it is read as. It need not look
//! like a name that the account knows to deceive, so that every such letter is named.

use super::{domain_name::DomainName, email_address::EmailAddress};

/// What in an address is not written with plain ASCII letters; empty for nearly every address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusualLetters<'a> {
    /// The domain as A-labels, where it has one that stands for other letters.
    pub domain: Option<&'a str>,
    /// Such characters of the local part, each once, with commas between them.
    pub local_part: Option<String>,
}

impl<'a> UnusualLetters<'a> {
    /// Of one address.
    pub fn of(email: &'a EmailAddress) -> Self {
        let mut letters: Vec<char> = Vec::new();
        // The domain of a key is ASCII.
        for c in email.key().chars().filter(|c| !c.is_ascii()) {
            if !letters.contains(&c) {
                letters.push(c);
            }
        }
        let letters: Vec<String> = letters.iter().map(char::to_string).collect();
        Self {
            domain: Some(email.domain()).filter(|domain| has_encoded_label(domain)),
            local_part: Some(letters.join(", ")).filter(|letters| !letters.is_empty()),
        }
    }

    /// All of it in one line, the shorter part first; none where there is nothing to say.
    pub fn in_short(self) -> Option<String> {
        let parts: Vec<String> = self
            .local_part
            .into_iter()
            .chain(self.domain.map(str::to_owned))
            .collect();
        Some(parts.join(", ")).filter(|line| !line.is_empty())
    }
}

/// Whether a domain is written with other letters than plain ones.
pub fn in_domain(domain: &DomainName) -> bool {
    has_encoded_label(domain.as_str())
}

/// Labels with other letters are encoded as `xn--` and Punycode (RFC 5890, section 2.3.2.1).
fn has_encoded_label(domain: &str) -> bool {
    domain.split('.').any(|label| label.starts_with("xn--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_short(address: &str) -> Option<String> {
        UnusualLetters::of(&EmailAddress::parse(address).unwrap()).in_short()
    }

    #[test]
    fn plain_letters_are_not_worth_a_word() {
        for plain in [
            "joris@smit-logistiek.example",
            "J.O'Hara+test_1@MAIL.example.co.uk",
            "xn--joris@axn--b.example",
        ] {
            assert_eq!(in_short(plain), None, "{plain}");
        }
    }

    #[test]
    fn other_letters_are_named_wherever_they_stand() {
        for (address, said) in [
            ("who@köln.de", "xn--kln-sna.de"),
            ("who@XN--KLN-SNA.de", "xn--kln-sna.de"),
            ("who@köln.mail.example", "xn--kln-sna.mail.example"),
            ("l\u{456}am@example.org", "\u{456}"),
            ("\u{456}l\u{456}\u{3b1}m@example.org", "\u{456}, \u{3b1}"),
            ("ü@köln.de", "ü, xn--kln-sna.de"),
        ] {
            assert_eq!(in_short(address).as_deref(), Some(said), "{address}");
        }
        let mixed = EmailAddress::parse("who@b\u{430}nkieren.nl").unwrap();
        let found = UnusualLetters::of(&mixed);
        assert!(found.domain.unwrap().starts_with("xn--"));
        assert_eq!(found.local_part, None);
        assert!(in_domain(&DomainName::of(&mixed)));
        assert!(!in_domain(&DomainName::parse("bankieren.nl").unwrap()));
    }
}
