//! The domain of an e-mail address, compared by its A-labels (RFC 5890).

use std::fmt;

use super::email_address::EmailAddress;

/// A domain name such as `example.com`, in A-labels and lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

/// What was typed is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a domain name such as example.com")]
pub struct InvalidDomainName;

impl DomainName {
    /// Reads a domain name; blanks around it and an `@` before it are taken off.
    pub fn parse(text: &str) -> Result<Self, InvalidDomainName> {
        let text = text.trim();
        a_labels(text.strip_prefix('@').unwrap_or(text)).map(Self)
    }

    /// The domain of an address.
    pub fn of(email: &EmailAddress) -> Self {
        Self(email.domain().to_owned())
    }

    /// Its A-labels, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part that somebody registered: everything below it has the same owner.
    ///
    /// Told by a rule of thumb instead of the long list of public suffixes: two labels, or three
    /// where the second-last is one under which a country sells names (`example.co.uk`).
    pub fn registrable(&self) -> &str {
        const SOLD_UNDER: [&str; 16] = [
            "ac", "co", "com", "edu", "firm", "gen", "gob", "gov", "ind", "ltd", "me", "net",
            "nom", "or", "org", "plc",
        ];
        let labels: Vec<&str> = self.0.split('.').collect();
        let kept = match labels.as_slice() {
            [.., second, top] if top.len() == 2 && SOLD_UNDER.contains(second) => 3,
            _ => 2,
        };
        let dropped = labels.len().saturating_sub(kept);
        let at: usize = labels
            .iter()
            .take(dropped)
            .map(|label| label.len() + 1)
            .sum();
        self.0.get(at..).unwrap_or(&self.0)
    }
}

impl DomainName {
    /// Whether it is one of those under which countries sell names, such as `co.uk`: nobody's own.
    ///
    /// Told by a rule of thumb as well; the Dutch `ind.nl` is an office, not such a name.
    pub fn is_sold_under(&self) -> bool {
        const COUNTRIES: [&str; 24] = [
            "ar", "au", "br", "cn", "cy", "eg", "hk", "id", "il", "in", "jp", "ke", "kr", "mx",
            "my", "nz", "pl", "sg", "th", "tr", "tw", "ua", "uk", "za",
        ];
        const SECOND: [&str; 14] = [
            "ac", "co", "com", "edu", "gob", "gov", "ltd", "me", "net", "nhs", "or", "org", "plc",
            "sch",
        ];
        self.0
            .split_once('.')
            .is_some_and(|(second, top)| COUNTRIES.contains(&top) && SECOND.contains(&second))
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The A-labels of a domain name, in lower case.
pub(super) fn a_labels(domain: &str) -> Result<String, InvalidDomainName> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidDomainName)?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let labels_fit = labels.iter().all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    let top_is_a_name = labels
        .last()
        .is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()));
    if labels.len() >= 2 && labels_fit && top_is_a_name && ascii.len() <= 253 {
        Ok(ascii)
    } else {
        Err(InvalidDomainName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_with_or_without_what_stands_around_it() {
        for typed in [
            "Bücher.Example",
            " @bücher.example ",
            "xn--bcher-kva.EXAMPLE",
        ] {
            let domain = DomainName::parse(typed).unwrap();
            assert_eq!(domain.as_str(), "xn--bcher-kva.example");
        }
        for wrong in [
            "",
            "@",
            "example",
            "a@b.nl",
            "1.2.3.4",
            "a..nl",
            "https://a.nl",
        ] {
            assert!(DomainName::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_stands_below_a_registered_name_belongs_to_it() {
        for (domain, registered) in [
            ("tulips.nl", "tulips.nl"),
            ("mail.eu.tulips.nl", "tulips.nl"),
            ("mail.tulips.co.uk", "tulips.co.uk"),
            ("co.uk", "co.uk"),
            ("mail.co.nl", "mail.co.nl"),
            ("tulips.com.example", "com.example"),
        ] {
            assert_eq!(DomainName::parse(domain).unwrap().registrable(), registered);
        }
    }
    #[test]
    fn what_a_country_sells_names_under_is_nobodys_own() {
        let is_sold_under = |name| DomainName::parse(name).unwrap().is_sold_under();
        for name in ["co.uk", "org.uk", "com.au", "co.za"] {
            assert!(is_sold_under(name), "{name}");
        }
        for name in ["tulips.co.uk", "ind.nl", "co.nl", "tulips.example"] {
            assert!(!is_sold_under(name), "{name}");
        }
    }
}
