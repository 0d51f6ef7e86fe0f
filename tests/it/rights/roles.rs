//! Who asks, about whose account, and what is theirs.

use super::table::Call;

/// Whose account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    Tulips,
    Roses,
}

/// Both accounts.
pub const ACCOUNTS: [Account; 2] = [Account::Tulips, Account::Roses];

/// Who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nobody signed in.
    Nobody,
    /// Was administrator of both accounts when she signed in, and is no more.
    Dismissed,
    /// Administrator of Tulips.
    Anna,
    /// Administrator of Roses.
    Carla,
    /// Administrator of both.
    Dora,
    /// Decides for Tulips while Bram is away, and for nothing else.
    StandIn,
    /// Did so until a moment ago.
    PastStandIn,
}

/// Everybody.
pub const ROLES: [Role; 7] = [
    Role::Nobody,
    Role::Dismissed,
    Role::Anna,
    Role::Carla,
    Role::Dora,
    Role::StandIn,
    Role::PastStandIn,
];

impl Role {
    /// Whether their browser has a session that lives.
    pub fn signs_in(self) -> bool {
        !matches!(self, Self::Nobody | Self::Dismissed)
    }

    /// Whether they decide about the requests for the account, be it for somebody else.
    pub fn decides_for(self, account: Account) -> bool {
        self == Self::StandIn && account == Account::Tulips || self.is_administrator_of(account)
    }

    /// Whether they are administrator of the account.
    pub fn is_administrator_of(self, account: Account) -> bool {
        match self {
            Self::Nobody | Self::Dismissed | Self::StandIn | Self::PastStandIn => false,
            Self::Anna => account == Account::Tulips,
            Self::Carla => account == Account::Roses,
            Self::Dora => true,
        }
    }

    /// Whether a call about the account is theirs to make.
    pub fn may(self, call: &Call, account: Account) -> bool {
        match call.is_for_administrators_alone() {
            true => self.is_administrator_of(account),
            false => self.decides_for(account),
        }
    }
}
