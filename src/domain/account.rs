//! What is protected, and for whom.

use super::{account_number::AccountNumber, language::Language};

/// A carrier account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub number: AccountNumber,
    /// What its owner is called.
    pub name: String,
    /// What people of this account are spoken to in when they have no language of their own.
    pub language: Language,
    /// IANA name such as `Europe/Amsterdam`.
    pub time_zone: String,
    /// With eSecure active nobody may use the number unless allowed; otherwise everybody may.
    pub esecure: Esecure,
    /// Whether requesters of this account are sent mails.
    pub requester_mails: bool,
}

/// Whether an account is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Esecure {
    /// Default deny.
    Active,
    /// Everybody may use the number.
    Inactive,
}
