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
    fn a_provider_is_known_with_its_sub_domains_and_a_company_is_not() {
        let is_free = |name| is_free_mail(&DomainName::parse(name).unwrap());
        for name in ["gmail.com", "ziggo.nl", "telenet.be", "mail.ziggo.nl"] {
            assert!(is_free(name), "{name}");
        }
        for name in ["tulips.example", "gmail.example", "mygmail.com", "kpn.com"] {
            assert!(!is_free(name), "{name}");
        }
    }
}
