//! Which mail it is, with what only that mail shows.

use super::{AccountFacts, RequestFacts};
use crate::domain::{
    account_number::AccountNumber, calendar_day::CalendarDay, email_address::EmailAddress,
    message::MessageKind, request::Door, sign_in_change::SignInChange, timestamp::Timestamp,
};

/// Why a reply can have no effect any more.
#[derive(Clone, Copy, Debug)]
pub enum ReplyRefusal<'a> {
    /// The request was cancelled.
    Cancelled,
    /// Its writer ceased to decide, and decides again: it answered a mail from before.
    Reappointed,
    /// Its writer is no administrator any more.
    Dismissed,
    /// The address may use the number by now, which no mail takes away.
    MayUse {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
    },
}

/// One mail of each [`MessageKind`].
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// To each administrator: may this address use your number?
    ApprovalRequest {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
        /// `PUBLIC_URL/r/TOKEN`.
        reject_url: &'a str,
    },
    /// To each administrator who was asked: nobody has answered yet.
    Reminder {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
        /// `PUBLIC_URL/r/TOKEN`.
        reject_url: &'a str,
        /// Whether no other follows.
        last: bool,
    },
    /// To an administrator: may these addresses use your numbers?
    Digest {
        /// The open requests in the portal, through the sign-in.
        portal_url: &'a str,
        /// What was gathered, the oldest first.
        requests: Vec<GatheredRequest<'a>>,
    },
    /// Answer to a reply to that.
    DigestReply {
        /// The open requests in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// Answer to a reply that asks to approve.
    ApprovalNeedsSignIn {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// Answer to a reply without a clear command.
    ReplyNotUnderstood {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
        /// `PUBLIC_URL/r/TOKEN`.
        reject_url: &'a str,
    },
    /// Answer to a reply that can have no effect any more.
    ReplyRefused {
        /// Why.
        because: ReplyRefusal<'a>,
    },
    /// To the administrator who rejected by mail.
    RejectionDone {
        /// It was done before, and the recipient wrote again.
        again: bool,
        /// Who, when and how.
        decision: Decision<'a>,
        /// The way back, as long as there is one.
        undo: Option<Undo<'a>>,
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the other administrators.
    HandledByColleague {
        /// Who, when and how.
        decision: Decision<'a>,
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To whoever was told so: it is to be decided after all.
    Reopened {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
        /// `PUBLIC_URL/r/TOKEN`.
        reject_url: &'a str,
    },
    /// To each administrator: nobody answered in time.
    Expired {
        /// The request in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the requester: we have asked.
    RequesterReceived,
    /// To the requester: yes.
    RequesterApproved {
        /// What the administrator wrote to the requester.
        note: Option<&'a str>,
    },
    /// To the requester: no.
    RequesterRejected {
        /// It was approved before; that is over.
        revoked: bool,
        /// What the administrator wrote to the requester.
        note: Option<&'a str>,
    },
    /// To the requester: nobody answered.
    RequesterExpired,
    /// To a new administrator.
    Invitation {
        /// `PUBLIC_URL/invite/TOKEN`.
        invite_url: &'a str,
        /// Until when it works.
        until: Timestamp,
        /// The name of the administrator who invited; none where it was the operator.
        by: Option<&'a str>,
        /// For whom it is to stand in, where it is no administrator.
        stands_in: Option<StandingIn<'a>>,
    },
    /// To the administrators of an account, the new one too.
    AdministratorAdded {
        /// Whom it is about.
        membership: Membership<'a>,
        /// The administrators in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To those who stay, and to the one who does not.
    AdministratorRemoved {
        /// Whom it is about.
        membership: Membership<'a>,
        /// The administrators in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrators of an account, and to whom it is about.
    StandInNamed {
        /// Whom it is about.
        membership: Membership<'a>,
        /// For whom, when and where.
        standing_in: StandingIn<'a>,
        /// The list of requests in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrators of an account, and to whom it is about.
    StandInEnded {
        /// Whom it is about, and who ended it.
        membership: Membership<'a>,
        /// For whom, when and where it was to be.
        standing_in: StandingIn<'a>,
        /// The list of requests in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the other administrators of an account.
    AddressUnreachable {
        /// Whom it is about, and when it turned out.
        membership: Membership<'a>,
        /// The administrators in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrators of an account.
    AliasChanged {
        /// Whether answers from the address count now.
        on: bool,
        /// Whose it is, who did it and when; nobody did where it was done for another account.
        membership: Membership<'a>,
        /// The address.
        alias: &'a EmailAddress,
        /// The administrators in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrators of an account.
    EsecureSwitched {
        /// Whether it is on now.
        on: bool,
        /// The name of the administrator who did it; none where it was the operator.
        by: Option<&'a str>,
        /// When.
        at: Timestamp,
        /// The administrators in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrators of an account.
    Overturned {
        /// For which addresses, the newest first.
        changes: Vec<ChangedAddress<'a>>,
        /// How many others there are.
        more: usize,
        /// The list of requests in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To the administrator whose sign-in it is.
    SignInChanged {
        /// What changed.
        change: SignInChange,
        /// Whether the operator did it; otherwise it was whoever could sign in.
        by_operator: bool,
        /// When.
        at: Timestamp,
        /// Its settings in the portal, through the sign-in.
        portal_url: &'a str,
    },
    /// To whom the operator says.
    TestMail {
        /// When.
        at: Timestamp,
        /// The portal.
        portal_url: &'a str,
    },
}

/// One of the requests of a digest.
#[derive(Clone, Debug)]
pub struct GatheredRequest<'a> {
    /// What was asked, by whom and when.
    pub facts: RequestFacts<'a>,
    /// Whether the recipient was asked before.
    pub is_reminder: bool,
    /// The account number that is asked for.
    pub account: &'a AccountNumber,
    /// Times are shown in it.
    pub time_zone: &'a str,
    /// The request in the portal, through the sign-in.
    pub portal_url: &'a str,
    /// `PUBLIC_URL/r/TOKEN`.
    pub reject_url: &'a str,
}

/// Who came to decide for an account, will, does not any more, or cannot be reached.
#[derive(Clone, Copy, Debug)]
pub struct Membership<'a> {
    /// What people call it.
    pub name: &'a str,
    /// Its address.
    pub email: &'a EmailAddress,
    /// Whether it is the one who gets the mail.
    pub is_recipient: bool,
    /// The name of the administrator who did it; none where it was the operator.
    pub by: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

/// An address for which an administrator changed in the portal what stood.
#[derive(Clone, Copy, Debug)]
pub struct ChangedAddress<'a> {
    /// Whose it is.
    pub email: &'a EmailAddress,
    /// Whether it may use the account now.
    pub allowed: bool,
    /// The name of the administrator who did it; none where it was the operator.
    pub by: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

/// For whom somebody stands in, when and where.
#[derive(Clone, Debug)]
pub struct StandingIn<'a> {
    /// The name of the administrator who is away.
    pub absent: &'a str,
    /// Whether that is the one who gets the mail.
    pub is_recipient: bool,
    /// The first day.
    pub first: CalendarDay,
    /// The last day.
    pub last: CalendarDay,
    /// For which accounts, as far as they are any business of the one who gets the mail.
    pub accounts: Vec<AccountFacts<'a>>,
}

/// A decision, as others are told about it.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Which way it went.
    pub outcome: Outcome,
    /// The name of the administrator; none where the operator decided.
    pub by: Option<&'a str>,
    /// The name of the administrator for whom that was, where a stand-in decided.
    pub absent: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// How it came.
    pub door: Door,
}

/// Which way a decision went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The address may use the number.
    Approved,
    /// The address may not.
    Rejected,
}

/// How a rejection can be taken back.
#[derive(Clone, Copy, Debug)]
pub struct Undo<'a> {
    /// `PUBLIC_URL/u/TOKEN`.
    pub url: &'a str,
    /// Until when it works.
    pub until: Timestamp,
}

impl Content<'_> {
    /// Which mail it is.
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::ApprovalRequest { .. } => MessageKind::ApprovalRequest,
            Self::Reminder { .. } => MessageKind::Reminder,
            Self::Digest { .. } => MessageKind::Digest,
            Self::DigestReply { .. } => MessageKind::DigestReply,
            Self::ApprovalNeedsSignIn { .. } => MessageKind::ApprovalNeedsSignIn,
            Self::ReplyNotUnderstood { .. } => MessageKind::ReplyNotUnderstood,
            Self::ReplyRefused { .. } => MessageKind::ReplyRefused,
            Self::RejectionDone { .. } => MessageKind::RejectionDone,
            Self::HandledByColleague { .. } => MessageKind::HandledByColleague,
            Self::Reopened { .. } => MessageKind::Reopened,
            Self::Expired { .. } => MessageKind::Expired,
            Self::RequesterReceived => MessageKind::RequesterReceived,
            Self::RequesterApproved { .. } => MessageKind::RequesterApproved,
            Self::RequesterRejected { .. } => MessageKind::RequesterRejected,
            Self::RequesterExpired => MessageKind::RequesterExpired,
            Self::Invitation { .. } => MessageKind::Invitation,
            Self::AdministratorAdded { .. } => MessageKind::AdministratorAdded,
            Self::AdministratorRemoved { .. } => MessageKind::AdministratorRemoved,
            Self::StandInNamed { .. } => MessageKind::StandInNamed,
            Self::StandInEnded { .. } => MessageKind::StandInEnded,
            Self::AddressUnreachable { .. } => MessageKind::AddressUnreachable,
            Self::EsecureSwitched { .. } => MessageKind::EsecureSwitched,
            Self::AliasChanged { .. } => MessageKind::AliasChanged,
            Self::Overturned { .. } => MessageKind::Overturned,
            Self::SignInChanged { .. } => MessageKind::SignInChanged,
            Self::TestMail { .. } => MessageKind::TestMail,
        }
    }

    /// Whether it goes to the requester, who may be anybody.
    pub fn is_for_requester(&self) -> bool {
        match self {
            Self::RequesterReceived
            | Self::RequesterApproved { .. }
            | Self::RequesterRejected { .. }
            | Self::RequesterExpired => true,
            Self::ApprovalRequest { .. }
            | Self::Reminder { .. }
            | Self::Digest { .. }
            | Self::DigestReply { .. }
            | Self::ApprovalNeedsSignIn { .. }
            | Self::ReplyNotUnderstood { .. }
            | Self::ReplyRefused { .. }
            | Self::RejectionDone { .. }
            | Self::HandledByColleague { .. }
            | Self::Reopened { .. }
            | Self::Expired { .. }
            | Self::Invitation { .. }
            | Self::AdministratorAdded { .. }
            | Self::AdministratorRemoved { .. }
            | Self::StandInNamed { .. }
            | Self::StandInEnded { .. }
            | Self::AddressUnreachable { .. }
            | Self::EsecureSwitched { .. }
            | Self::AliasChanged { .. }
            | Self::Overturned { .. }
            | Self::SignInChanged { .. }
            | Self::TestMail { .. } => false,
        }
    }

    /// Whether it says nothing but what answers a mail of the recipient.
    pub fn is_answer(&self) -> bool {
        let rejected_by_reply = matches!(
            self,
            Self::RejectionDone { decision, .. } if decision.door == Door::Reply
        );
        rejected_by_reply || self.kind().is_answer()
    }
}
