//! The outcome of handing a mail over, in words of the trade.

/// What became of an attempt to hand a mail to the mail server.
///
/// Texts are one line, without addresses, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server answers for it from now on.
    Delivered {
        /// The server's own line; it often names the mail in its queue.
        reply: String,
    },
    /// Not now; another attempt may succeed.
    Deferred {
        /// Why.
        reason: String,
        /// The mail was handed over completely but no answer came: the next
        /// attempt may be a second copy.
        possibly_delivered: bool,
    },
    /// The server will never take this mail.
    Failed {
        /// Why.
        reason: String,
        /// Whether it is because of whom the mail goes to.
        recipient_refused: bool,
    },
}

impl Delivery {
    /// What the server said, or why it was not asked.
    pub fn reason(&self) -> &str {
        match self {
            Self::Delivered { reply } => reply,
            Self::Deferred { reason, .. } | Self::Failed { reason, .. } => reason,
        }
    }

    pub(super) fn deferred(reason: String) -> Self {
        Self::Deferred {
            reason,
            possibly_delivered: false,
        }
    }
}
