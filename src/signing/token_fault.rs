//! Why a token was not accepted: one word for outside, the reason for the log.

/// A token that was not accepted. To the outside there is one kind only: whoever tries tokens
/// must not learn how close he came. The log may say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid token")]
pub struct BadToken(TokenFault);

impl BadToken {
    /// For the log only; never for a page, a mail or an answer.
    pub const fn fault(self) -> TokenFault {
        self.0
    }
}

impl From<TokenFault> for BadToken {
    fn from(fault: TokenFault) -> Self {
        Self(fault)
    }
}

/// What was wrong with a token; prints as a few words for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not a text that this version writes.
    #[error("malformed")]
    Malformed,
    /// Its key was revoked, was dropped by rotations, or never existed.
    #[error("unknown key")]
    UnknownKey,
    /// Made up, changed, or made by another deployment.
    #[error("bad signature")]
    BadSignature,
    /// Genuine, but its time is over.
    #[error("expired")]
    Expired,
    /// Genuine, but made for another door.
    #[error("wrong purpose")]
    WrongPurpose,
}
