//! What somebody proves with that it is them.

/// A way to sign in, or to confirm it later on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// A password alone.
    Password,
}

impl Factor {
    /// As the audit trail says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
        }
    }
}
