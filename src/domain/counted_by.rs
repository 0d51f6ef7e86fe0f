//! What mails are counted by, so that a flood of requests, or of changes by one who may make them, does
//! not become a flood of mails.

use std::fmt;

use super::{
    account_number::AccountNumber,
    domain_name::DomainName,
    people::{AdministratorId, PersonId},
};

/// One of those that a limit counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountedBy {
    /// Requests for an account.
    Account(AccountNumber),
    /// Requests from a mail domain. The names below one that somebody registered count as that one:
    /// making up more of them costs nothing.
    Domain(DomainName),
    /// Requests of one address.
    Requester(PersonId),
    /// Mails to an administrator about the requests for an account: what one company's requests use up,
    /// another company's have left.
    Administrator(AdministratorId, AccountNumber),
    /// Mails to an administrator about requests for an account that expired. They take no room from those
    /// that ask.
    Expiries(AdministratorId, AccountNumber),
    /// Changes of an account of which others are mailed: who decides, and whether eSecure is on.
    ChangesOf(AccountNumber),
    /// The same by an administrator.
    ChangesBy(AdministratorId),
}

impl fmt::Display for CountedBy {
    /// As the table names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(number) => write!(f, "account {}", number.as_str()),
            Self::Domain(domain) => write!(f, "domain {}", domain.registrable()),
            Self::Requester(person) => write!(f, "requester {person}"),
            Self::Administrator(id, account) => {
                write!(f, "administrator {id} of {}", account.as_str())
            }
            Self::Expiries(id, account) => write!(f, "expiries {id} of {}", account.as_str()),
            Self::ChangesOf(number) => write!(f, "changes of {}", number.as_str()),
            Self::ChangesBy(id) => write!(f, "changes by {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_a_registered_domain_count_as_one() {
        let counted = |domain: &str| CountedBy::Domain(DomainName::parse(domain).unwrap());
        let whole = counted("elsewhere.example").to_string();
        assert_eq!(counted("a.b.elsewhere.example").to_string(), whole);
        assert_ne!(counted("elsewhere.test").to_string(), whole);
    }
}
