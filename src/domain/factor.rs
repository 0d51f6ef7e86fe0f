//! What somebody proves with that it is them.

/// A way to sign in, or to confirm it later on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// A password alone.
    Password,
    /// A password and then a one-time code.
    PasswordAndTotp,
    /// A password and then a recovery code.
    PasswordAndRecoveryCode,
    /// A one-time code alone, by somebody who is signed in.
    Totp,
    /// A recovery code alone, likewise.
    RecoveryCode,
    /// A passkey, which verifies its user itself: two factors in one.
    Passkey,
    /// The word of an identity provider.
    Identity,
}

impl Factor {
    /// As the audit trail says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndTotp => "password+totp",
            Self::PasswordAndRecoveryCode => "password+recovery_code",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::Identity => "identity",
        }
    }
}
