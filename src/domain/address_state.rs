//! Whether mail reaches an administrator, as far as mail servers tell.

use super::words::words;

/// What is known of an address. Mail is tried whatever it says: it may work again.
///
/// It is a fact of the address, not of an account: whoever decides for several accounts, perhaps of
/// several companies, has one state, and each of them sees it whichever mail it was learnt by. That is
/// accepted. Any mail to the address shows the same to whoever sends one, and a company that did not
/// see it would go on relying on somebody whom nothing reaches. Which mail it was, and what it was
/// about, no account is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// Nothing speaks against it.
    Fine,
    /// Mail is delayed, or came back for a reason that passes.
    Soft,
    /// A mail server said that the address is no good.
    Unreachable,
}

words! { AddressState { Fine = "fine", Soft = "soft", Unreachable = "unreachable" } }

impl AddressState {
    /// Whether somebody at this address counts as reachable.
    pub fn is_reachable(self) -> bool {
        match self {
            Self::Fine | Self::Soft => true,
            Self::Unreachable => false,
        }
    }

    /// What is known after a mail server told this: a delay says nothing better of an address than
    /// a refusal before it.
    pub fn after(self, told: Self) -> Self {
        match (self, told) {
            (Self::Unreachable, _) | (_, Self::Unreachable) => Self::Unreachable,
            (Self::Soft, _) | (_, Self::Soft) => Self::Soft,
            (Self::Fine, Self::Fine) => Self::Fine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AddressState::{Fine, Soft, Unreachable};

    #[test]
    fn what_a_mail_server_tells_never_makes_an_address_better() {
        for (known, told, after) in [
            (Fine, Soft, Soft),
            (Fine, Unreachable, Unreachable),
            (Soft, Unreachable, Unreachable),
            (Soft, Fine, Soft),
            (Unreachable, Soft, Unreachable),
            (Unreachable, Fine, Unreachable),
        ] {
            assert_eq!(known.after(told), after, "{known} {told}");
        }
    }
}
