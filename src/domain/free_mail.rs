//! Mail domains at which anybody can get an address: no rule can trust everybody there.

use std::{collections::HashSet, sync::LazyLock};

use super::domain_name::DomainName;

static DOMAINS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("free_mail_domains.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Whether anybody can get an address there.
pub fn is_free_mail(domain: &DomainName) -> bool {
    DOMAINS.contains(domain.as_str()) || DOMAINS.contains(domain.registrable())
}

/// The providers that most people mean. A name that is a slip of the finger away from a smaller one
/// may well be a company's own.
const LARGE: [&str; 17] = [
    "gmail.com",
    "googlemail.com",
    "hetnet.nl",
    "hotmail.com",
    "hotmail.nl",
    "icloud.com",
    "kpnmail.nl",
    "outlook.be",
    "outlook.com",
    "planet.nl",
    "proton.me",
    "protonmail.com",
    "telenet.be",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.fr",
    "ziggo.nl",
];

/// The large provider that was probably meant: one letter too many or too few, another one, or two
/// in the wrong order.
pub fn slip_of(domain: &DomainName) -> Option<&'static str> {
    let typed = domain.as_str();
    LARGE
        .into_iter()
        .filter(|_| !is_free_mail(domain))
        .find(|large| strsim::osa_distance(typed, large) == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_domain_names_in_their_order_each_once() {
        let text = include_str!("free_mail_domains.txt");
        let chapters = text.split("\n\n");
        for chapter in chapters {
            let names: Vec<&str> = chapter
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect();
            assert!(names.is_sorted(), "{names:?}");
            for name in names {
                assert_eq!(DomainName::parse(name).unwrap().as_str(), name);
            }
        }
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert_eq!(lines.count(), DOMAINS.len());
        assert!(DOMAINS.len() > 150);
    }

    #[test]
    fn a_slip_of_the_finger_is_seen_at_the_large_ones() {
        let slip = |name| slip_of(&DomainName::parse(name).unwrap());
        for (typed, meant) in [
            ("gmial.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("hotmai.com", "hotmail.com"),
            ("outlokk.com", "outlook.com"),
            ("zigo.nl", "ziggo.nl"),
        ] {
            assert_eq!(slip(typed), Some(meant), "{typed}");
        }
        for other in ["gmail.com", "gmx.com", "tulips.example", "mail.gmial.com"] {
            assert_eq!(slip(other), None, "{other}");
        }
        for large in LARGE {
            assert!(DOMAINS.contains(large), "{large}");
        }
    }

    #[test]
    fn a_provider_is_known_with_its_sub_domains_and_a_company_is_not() {
        let is_free = |name| is_free_mail(&DomainName::parse(name).unwrap());
        for name in [
            "gmail.com",
            "ziggo.nl",
            "telenet.be",
            "mail.ziggo.nl",
            "passmail.net",
            "privaterelay.appleid.com",
            "anna.anonaddy.com",
            "mozmail.com",
            "onsbrabantnet.nl",
        ] {
            assert!(is_free(name), "{name}");
        }
        for name in ["tulips.example", "gmail.example", "mygmail.com", "kpn.com"] {
            assert!(!is_free(name), "{name}");
        }
    }
}
