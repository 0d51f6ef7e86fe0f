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
