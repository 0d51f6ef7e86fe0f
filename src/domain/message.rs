//! A message: one mail to one person, as an intent that is rendered when it is sent.

use std::{fmt, str::FromStr};

use super::{
    account_number::AccountNumber,
    people::{AdministratorId, InvitationId, PersonId},
    request::RequestId,
    timestamp::Timestamp,
    words::words,
};

/// Which mail it is; also the name of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// To each administrator: somebody wants to use your account number.
    ApprovalRequest,
    /// To each administrator who was asked: nobody has answered yet.
    Reminder,
    /// To an administrator: several of these, gathered.
    Digest,
    /// Answer to a reply to that: it could mean any of the requests.
    DigestReply,
    /// Answer to a reply that asks to approve: that needs the portal.
    ApprovalNeedsSignIn,
    /// To the administrator who rejected by mail, with the way back.
    RejectionDone,
    /// To the other administrators: no need to act any more.
    HandledByColleague,
    /// To whoever was told so: it is to be decided after all.
    Reopened,
    /// Answer to a reply without a clear command.
    ReplyNotUnderstood,
    /// Answer to a reply that can have no effect any more, whatever it says.
    ReplyRefused,
    /// To each administrator: nobody answered in time.
    Expired,
    /// To the requester: we have asked.
    RequesterReceived,
    /// To the requester: yes.
    RequesterApproved,
    /// To the requester: no.
    RequesterRejected,
    /// To the requester: nobody answered.
    RequesterExpired,
    /// To a new administrator: set a password.
    Invitation,
    /// To the administrators of an account, the new one too: somebody may decide for it now.
    AdministratorAdded,
    /// Likewise: somebody may not any more.
    AdministratorRemoved,
    /// To the administrators of an account, and to whom it is about: somebody will stand in for one.
    StandInNamed,
    /// To the same: that is over before its time, or will not be.
    StandInEnded,
    /// To the other administrators of an account: mail does not reach one of them.
    AddressUnreachable,
    /// To the administrators of an account: eSecure was switched on or off.
    EsecureSwitched,
    /// To the administrators of an account: answers from one more address of one of them count, or from
    /// one address less.
    AliasChanged,
    /// To the other administrators of an account: one of them changed in the portal what stood for an
    /// address.
    Overturned,
    /// To an administrator: a way in which it signs in was added, changed, taken away or used up.
    SignInChanged,
    /// To whom the operator says: a mail of ours can arrive here. It never waits in the outbox.
    TestMail,
}

words! { MessageKind {
    ApprovalRequest = "approval_request", Reminder = "reminder", Digest = "digest", DigestReply = "digest_reply",
    ApprovalNeedsSignIn = "approval_needs_sign_in",
    RejectionDone = "rejection_done", HandledByColleague = "handled_by_colleague",
    Reopened = "reopened",
    ReplyNotUnderstood = "reply_not_understood", ReplyRefused = "reply_refused",
    Expired = "expired",
    RequesterReceived = "requester_received", RequesterApproved = "requester_approved",
    RequesterRejected = "requester_rejected", RequesterExpired = "requester_expired",
    Invitation = "invitation", AdministratorAdded = "administrator_added",
    AdministratorRemoved = "administrator_removed", StandInNamed = "stand_in_named",
    StandInEnded = "stand_in_ended",
    AddressUnreachable = "address_unreachable", EsecureSwitched = "esecure_switched",
    AliasChanged = "alias_changed", Overturned = "overturned",
    SignInChanged = "sign_in_changed", TestMail = "test_mail",
} }

impl MessageKind {
    /// Whether it answers a mail of the recipient (RFC 3834).
    pub fn is_answer(self) -> bool {
        matches!(
            self,
            Self::ApprovalNeedsSignIn
                | Self::ReplyNotUnderstood
                | Self::ReplyRefused
                | Self::DigestReply
        )
    }

    /// Whether it is about one request.
    pub fn is_about_a_request(self) -> bool {
        !matches!(
            self,
            Self::Digest
                | Self::DigestReply
                | Self::Invitation
                | Self::AdministratorAdded
                | Self::AdministratorRemoved
                | Self::StandInNamed
                | Self::StandInEnded
                | Self::AddressUnreachable
                | Self::EsecureSwitched
                | Self::AliasChanged
                | Self::Overturned
                | Self::SignInChanged
                | Self::TestMail
        )
    }

    /// Whether it is about an account, or about a request for its number.
    pub fn is_about_an_account(self) -> bool {
        !matches!(self, Self::SignInChanged | Self::TestMail)
    }

    /// Whether it is about several requests, which a digest gathered.
    pub fn is_about_a_digest(self) -> bool {
        matches!(self, Self::Digest | Self::DigestReply)
    }
}

/// Names a message: eight random bytes, written as 13 lower-case base 32 characters.
/// It stands in the Message-ID and, signed, in the addresses that answers and bounces come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId([u8; 8]);

impl MessageId {
    /// From random bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// For a token.
    pub const fn as_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = data_encoding::BASE32_NOPAD.encode(&self.0);
        f.write_str(&text.to_ascii_lowercase())
    }
}

/// The text names no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message id has 13 characters from a-z and 2-7, as `queue list` prints it")]
pub struct InvalidMessageId;

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        data_encoding::BASE32_NOPAD
            .decode(
                text.trim()
                    .trim_end_matches(['*', '!', '#']) // The marks of `queue list`.
                    .to_ascii_uppercase()
                    .as_bytes(),
            )
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(InvalidMessageId)
    }
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An access request.
    Request(RequestId),
    /// An invitation to the portal.
    Invitation(InvitationId),
    /// Something that changed about an account; the occasion says which of its audit events tells it.
    Account(AccountNumber),
    /// How the administrator who gets it signs in; the occasion says which event of the system's
    /// chain tells what changed.
    SignIn(AdministratorId),
    /// The requests that this digest carries.
    Digest(MessageId),
}

impl About {
    /// The request, where it is one.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Request(request) => Some(*request),
            Self::Invitation(_) | Self::Account(_) | Self::SignIn(_) | Self::Digest(_) => None,
        }
    }
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub struct Message {
    /// Names it.
    pub id: MessageId,
    /// Which mail.
    pub kind: MessageKind,
    /// About what.
    pub about: About,
    /// To whom.
    pub recipient: PersonId,
    /// The administrator it goes to; none for the requester.
    pub administrator: Option<AdministratorId>,
    /// Tells apart what may rightly come twice about one thing to one recipient: the moment of the
    /// decision it tells of, which reminder it is, the mail it answers, or the place of its audit
    /// event in its chain.
    pub occasion: String,
    /// The signing key of its link and reply address, so that a retry renders the same bytes.
    pub key_id: String,
    /// Its `Date`.
    pub dated_at: Timestamp,
    /// The Message-ID of the mail it answers.
    pub answers: Option<String>,
    /// Not before this.
    pub due_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_has_thirteen_characters_and_reads_back() {
        let id = MessageId::from_bytes([0, 1, 2, 3, 252, 253, 254, 255]);
        assert_eq!(id.to_string().len(), 13);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("abc".parse::<MessageId>().is_err());
    }
}
