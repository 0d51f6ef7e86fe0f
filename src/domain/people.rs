//! Who is who.

use std::fmt;

use super::{
    address_state::AddressState, email_address::EmailAddress, language::Language, words::words,
};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new one, ordered by time (RFC 9562, version 7).
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}
pub(crate) use id;

id! {
    /// Names an e-mail address without saying it; what the audit trail keeps.
    PersonId
}
id! {
    /// Names an administrator.
    AdministratorId
}
id! {
    /// Names an invitation to the portal.
    InvitationId
}
id! {
    /// Names the time in which somebody stands in for an administrator.
    StandInId
}
id! {
    /// Names a shipping system.
    ClientId
}

/// By what right somebody decides for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// It is an administrator of the account.
    Own,
    /// It stands in for one who is away.
    StandInFor(AdministratorId),
}

impl Capacity {
    /// The administrator who is away.
    pub fn absent(self) -> Option<AdministratorId> {
        match self {
            Self::Own => None,
            Self::StandInFor(absent) => Some(absent),
        }
    }
}

/// Somebody who may decide for accounts.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Names it.
    pub id: AdministratorId,
    /// The address it reads mail at.
    pub person: PersonId,
    /// That address.
    pub email: EmailAddress,
    /// What people call it.
    pub name: String,
    /// What it is spoken to in.
    pub language: Language,
    /// Whether mail reaches it.
    pub address_state: AddressState,
}

/// A shipping system with an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Names it.
    pub id: ClientId,
    /// What the operator calls it.
    pub name: String,
    /// Whether every account is in its scope.
    pub all_accounts: bool,
}

/// A shipping system with an API key for tests. What it asks for is data of its own, and nothing that
/// takes a [`Client`] takes this: a test allows nobody anything, and sees nothing that is live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestClient {
    /// Names it.
    pub id: ClientId,
    /// What the operator calls it.
    pub name: String,
}

/// What an API key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To ask for access.
    Live,
    /// To try how that goes.
    Test,
}

words! { Mode { Live = "live", Test = "test" } }

/// Whoever calls with an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHolder {
    /// With one to ask for access.
    Live(Client),
    /// With one for tests.
    Test(TestClient),
}

impl KeyHolder {
    /// Names it.
    pub fn id(&self) -> ClientId {
        match self {
            Self::Live(client) => client.id,
            Self::Test(client) => client.id,
        }
    }

    /// What the operator calls it.
    pub fn name(&self) -> &str {
        match self {
            Self::Live(client) => &client.name,
            Self::Test(client) => &client.name,
        }
    }

    /// What its key is for.
    pub fn mode(&self) -> Mode {
        match self {
            Self::Live(_) => Mode::Live,
            Self::Test(_) => Mode::Test,
        }
    }
}

/// A live portal session of an administrator: the only thing that can approve.
///
/// Only the session check of the portal makes one (`http/session_cookie.rs`), and the deciding
/// transaction looks again whether the session still lives and the administrator is still one of
/// the account. It cannot be made outside this crate, neither from its parts
///
/// ```compile_fail,E0451
/// use esecured::domain::people::{AdministratorId, SessionId, SignedIn};
/// let session = SessionId(String::new());
/// let administrator = AdministratorId::new();
/// let nobody = SignedIn { session, administrator };
/// ```
///
/// nor by its constructor:
///
/// ```compile_fail,E0624
/// use esecured::domain::people::{AdministratorId, SessionId, SignedIn};
/// let session = SessionId(String::new());
/// let administrator = AdministratorId::new();
/// let nobody = SignedIn::by_session(session, administrator);
/// ```
///
/// Everything else in these examples compiles, so that nothing but that can fail in them:
///
/// ```
/// use esecured::domain::people::{AdministratorId, SessionId, SignedIn};
/// let session = SessionId(String::new());
/// let administrator = AdministratorId::new();
/// let by: Option<SignedIn> = None;
/// ```
#[derive(Clone, Debug)]
pub struct SignedIn {
    session: SessionId,
    administrator: AdministratorId,
}

impl SignedIn {
    /// For the session check alone.
    pub(crate) fn by_session(session: SessionId, administrator: AdministratorId) -> Self {
        Self {
            session,
            administrator,
        }
    }

    /// The session that proves it.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// Who signed in.
    pub fn administrator(&self) -> AdministratorId {
        self.administrator
    }
}

/// The hash of a session cookie: what the table keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(pub String);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(…)")
    }
}
