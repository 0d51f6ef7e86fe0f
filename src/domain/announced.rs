//! The changes that shipping systems hear of, by the event feed.

use super::{people::id, words::words};

id! {
    /// Names an event of the feed, for ever: whoever gets it twice knows it by this.
    FeedEventId
}

/// What happened. Each has the name of its audit event, so that no door can forget to announce it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// A request was opened.
    RequestCreated,
    /// A request was approved.
    RequestApproved,
    /// A request was rejected.
    RequestRejected,
    /// A rejection was undone: the request is open again.
    RequestReopened,
    /// Nobody decided in time.
    RequestExpired,
    /// A request was taken back.
    RequestCancelled,
    /// No administrator hears of an open request.
    RequestUnreachable,
    /// An address may use an account from now on.
    UserAdded,
    /// An address may not any more.
    UserRevoked,
}

words! { Announced {
    RequestCreated = "access_request.created",
    RequestApproved = "access_request.approved",
    RequestRejected = "access_request.rejected",
    RequestReopened = "access_request.reopened",
    RequestExpired = "access_request.expired",
    RequestCancelled = "access_request.cancelled",
    RequestUnreachable = "access_request.unreachable",
    UserAdded = "authorized_user.added",
    UserRevoked = "authorized_user.revoked",
} }

/// What an announced change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// An access request.
    Request,
    /// What stands for an address on an account.
    AuthorizedUser,
}

impl Announced {
    /// What it is about.
    pub fn noun(self) -> Noun {
        match self {
            Self::RequestCreated
            | Self::RequestApproved
            | Self::RequestRejected
            | Self::RequestReopened
            | Self::RequestExpired
            | Self::RequestCancelled
            | Self::RequestUnreachable => Noun::Request,
            Self::UserAdded | Self::UserRevoked => Noun::AuthorizedUser,
        }
    }
}
