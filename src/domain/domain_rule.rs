//! A rule of an account about mail domains.

use super::{
    account_number::AccountNumber, domain_name::DomainName, timestamp::Timestamp, words::words,
};

/// What a domain means to an account. Exactly this domain: each sub-domain is one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DomainKind {
    /// My Domain: with at least one of them, requests from all other domains are rejected.
    My,
    /// Authorized Domain: requests with a verified address of it are approved.
    Authorized,
}

words! { DomainKind { My = "my", Authorized = "authorized" } }

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRule {
    /// Of which account.
    pub account: AccountNumber,
    /// What it means.
    pub kind: DomainKind,
    /// Which domain.
    pub domain: DomainName,
    /// Since when.
    pub added_at: Timestamp,
}

/// Whether a rule among all of its account's can never have effect: an Authorized Domain that is not
/// among the My Domains, where there are any. Its requests are rejected before it is looked at.
pub fn is_idle(rule: &DomainRule, all: &[DomainRule]) -> bool {
    let mut my_domains = all
        .iter()
        .filter(|other| other.account == rule.account && other.kind == DomainKind::My)
        .peekable();
    rule.kind == DomainKind::Authorized
        && my_domains.peek().is_some()
        && my_domains.all(|my| my.domain != rule.domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorized_domain_outside_my_domain_is_idle() {
        let rule = |account, kind, domain| DomainRule {
            account: AccountNumber::parse(account).unwrap(),
            kind,
            domain: DomainName::parse(domain).unwrap(),
            added_at: Timestamp::from_micros(0),
        };
        let trusted = |account| rule(account, DomainKind::Authorized, "partner.example");
        let (mine, theirs) = (trusted("112233445"), trusted("998877665"));
        let mut all = vec![mine.clone(), theirs.clone()];
        assert!(!is_idle(&mine, &all));
        all.push(rule("112233445", DomainKind::My, "tulips.example"));
        assert!(is_idle(&mine, &all));
        assert!(
            !is_idle(&theirs, &all),
            "another account's rule counts there"
        );
        assert!(!is_idle(&all[2], &all));
        all.push(rule("112233445", DomainKind::My, "partner.example"));
        assert!(!is_idle(&mine, &all));
        let below = rule("112233445", DomainKind::Authorized, "nl.tulips.example");
        assert!(is_idle(&below, &all), "a sub-domain is one of its own");
    }
}
