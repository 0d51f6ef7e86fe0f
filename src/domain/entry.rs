//! One account and one address in the Authorized User list.

use super::{request::RequestId, timestamp::Timestamp};

/// What stands for one address on one account.
///
/// A request keeps its one decision; what stands can change after it (revoked, added by name).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Waits for the administrators.
    Pending {
        /// The open request.
        request: RequestId,
    },
    /// An authorized user.
    Approved {
        /// The permission ends here; never, where nothing is said.
        until: Option<Timestamp>,
    },
    /// Rejected: asking again within the cool-down gets the same answer.
    Rejected {
        /// Since when.
        at: Timestamp,
        /// The request that was rejected; none where a standing permission was taken away.
        request: Option<RequestId>,
    },
    /// Nothing stands: expired, cancelled or removed.
    None,
}

impl Standing {
    /// Whether it is the rejection of this request, and nobody changed it since.
    pub fn is_rejection_of(&self, request: RequestId) -> bool {
        matches!(self, Self::Rejected { request: Some(behind), .. } if *behind == request)
    }

    /// Its word in the table.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::None => "none",
        }
    }
}
