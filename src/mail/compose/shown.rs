//! What only one kind of mail shows, as the templates are given it.

use super::{Content, Decision, Membership, ReplyRefusal, Undo};
use crate::domain::{
    email_address::EmailAddress, sign_in_change::SignInChange, timestamp::Timestamp,
};

/// The parts of [`Content`] that templates show.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) portal_url: Option<&'a str>,
    pub(super) reject_url: Option<&'a str>,
    pub(super) undo: Option<Undo<'a>>,
    pub(super) invitation: Option<(&'a str, Timestamp)>,
    pub(super) decision: Option<Decision<'a>>,
    pub(super) membership: Option<Membership<'a>>,
    pub(super) alias: Option<&'a EmailAddress>,
    pub(super) revoked: Option<bool>,
    pub(super) cancelled: Option<bool>,
    pub(super) reappointed: Option<bool>,
    pub(super) again: Option<bool>,
    pub(super) last: Option<bool>,
    pub(super) note: Option<&'a str>,
    pub(super) on: Option<bool>,
    pub(super) change: Option<SignInChange>,
    /// Who did it: an administrator by name, or the operator.
    pub(super) by: Option<Option<&'a str>>,
    pub(super) at: Option<Timestamp>,
}

/// What the templates show of it.
pub(super) fn shown<'a>(content: &Content<'a>) -> Shown<'a> {
    match *content {
        Content::ApprovalRequest {
            portal_url,
            reject_url,
        }
        | Content::Reopened {
            portal_url,
            reject_url,
        }
        | Content::ReplyNotUnderstood {
            portal_url,
            reject_url,
        } => Shown {
            portal_url: Some(portal_url),
            reject_url: Some(reject_url),
            ..Shown::default()
        },
        Content::Reminder {
            portal_url,
            reject_url,
            last,
        } => Shown {
            portal_url: Some(portal_url),
            reject_url: Some(reject_url),
            last: Some(last),
            ..Shown::default()
        },
        Content::ApprovalNeedsSignIn { portal_url }
        | Content::Expired { portal_url }
        | Content::Digest { portal_url, .. }
        | Content::Overturned { portal_url, .. }
        | Content::DigestReply { portal_url } => Shown {
            portal_url: Some(portal_url),
            ..Shown::default()
        },
        Content::ReplyRefused { because } => Shown {
            cancelled: Some(matches!(because, ReplyRefusal::Cancelled)),
            reappointed: Some(matches!(because, ReplyRefusal::Reappointed)),
            portal_url: match because {
                ReplyRefusal::MayUse { portal_url } => Some(portal_url),
                ReplyRefusal::Cancelled | ReplyRefusal::Reappointed | ReplyRefusal::Dismissed => {
                    None
                }
            },
            ..Shown::default()
        },
        Content::RejectionDone {
            again,
            decision,
            undo,
            portal_url,
        } => Shown {
            again: Some(again),
            undo,
            ..Shown::of_decision(decision, portal_url)
        },
        Content::HandledByColleague {
            decision,
            portal_url,
        } => Shown::of_decision(decision, portal_url),
        Content::Invitation {
            invite_url,
            until,
            by,
            ..
        } => Shown {
            invitation: Some((invite_url, until)),
            by: Some(by),
            ..Shown::default()
        },
        Content::AdministratorAdded {
            membership,
            portal_url,
        }
        | Content::AdministratorRemoved {
            membership,
            portal_url,
        }
        | Content::AddressUnreachable {
            membership,
            portal_url,
        }
        | Content::StandInNamed {
            membership,
            portal_url,
            ..
        }
        | Content::StandInEnded {
            membership,
            portal_url,
            ..
        } => Shown {
            portal_url: Some(portal_url),
            membership: Some(membership),
            by: Some(membership.by),
            at: Some(membership.at),
            ..Shown::default()
        },
        Content::AliasChanged {
            on,
            membership,
            alias,
            portal_url,
        } => Shown {
            portal_url: Some(portal_url),
            on: Some(on),
            membership: Some(membership),
            alias: Some(alias),
            // Nobody the recipient knows where it was done for another account.
            by: membership.by.map(Some),
            at: Some(membership.at),
            ..Shown::default()
        },
        Content::EsecureSwitched {
            on,
            by,
            at,
            portal_url,
        } => Shown {
            portal_url: Some(portal_url),
            on: Some(on),
            by: Some(by),
            at: Some(at),
            ..Shown::default()
        },
        Content::SignInChanged {
            change,
            by_operator,
            at,
            portal_url,
        } => Shown {
            portal_url: Some(portal_url),
            change: Some(change),
            by: by_operator.then_some(None),
            at: Some(at),
            ..Shown::default()
        },
        Content::TestMail { at, portal_url } => Shown {
            portal_url: Some(portal_url),
            at: Some(at),
            ..Shown::default()
        },
        Content::RequesterReceived | Content::RequesterExpired => Shown::default(),
        Content::RequesterApproved { note } => Shown {
            note,
            ..Shown::default()
        },
        Content::RequesterRejected { revoked, note } => Shown {
            revoked: Some(revoked),
            note,
            ..Shown::default()
        },
    }
}

impl<'a> Shown<'a> {
    fn of_decision(decision: Decision<'a>, portal_url: &'a str) -> Self {
        Self {
            portal_url: Some(portal_url),
            decision: Some(decision),
            by: Some(decision.by),
            at: Some(decision.at),
            ..Self::default()
        }
    }
}
