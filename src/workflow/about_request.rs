//! What a mail about an access request is made of, and when it is over.

use sqlx::AnyConnection;

use super::{links::Links, remind};
use crate::{
    app::App,
    domain::{
        account::Account,
        message::{Message, MessageKind},
        note::Note,
        people::{Administrator, AdministratorId},
        reminder::Silence,
        request::{AccessRequest, RequestId, RequestState, Status},
        timestamp::Timestamp,
    },
    mail::compose::{Content, Decision, Outcome, ReplyRefusal, RequestFacts, Undo},
    store::{
        StoreError, accounts, entries, known_as,
        link_generations::{self, LinkGeneration},
        notifications, people, requests, standings,
    },
};

/// A request with its account and who decided.
pub(super) struct AboutRequest {
    pub(super) request: AccessRequest,
    pub(super) account: Account,
    decided_by: Option<Administrator>,
    decided_for: Option<Administrator>,
    generation: LinkGeneration,
    /// The recipient decides for the account.
    decides: bool,
    /// Again, after it once ceased to.
    reappointed: bool,
}

impl AboutRequest {
    pub(super) async fn find(
        conn: &mut AnyConnection,
        id: RequestId,
        recipient: Option<AdministratorId>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(request) = requests::find(conn, id).await? else {
            return Ok(None);
        };
        let Some(account) = accounts::find(conn, &request.account).await? else {
            return Ok(None);
        };
        let decided_by =
            known_as::find_any(conn, &account.number, request.state.decided_by()).await?;
        let decided_for =
            known_as::find_any(conn, &account.number, request.state.decided_for()).await?;
        let mut generation = LinkGeneration::default();
        let mut decides = false;
        if let Some(recipient) = recipient {
            generation = link_generations::current(conn, &account.number, recipient).await?;
            decides = people::decides_for(conn, &account.number, recipient).await?;
        }
        let reappointed = decides && generation.since.is_some();
        Ok(Some(Self {
            request,
            account,
            decided_by,
            decided_for,
            generation,
            decides,
            reappointed,
        }))
    }

    /// The request with the generation of the recipient's links to it.
    pub(super) fn linked(&self) -> (&AccessRequest, LinkGeneration) {
        (&self.request, self.generation)
    }

    pub(super) fn facts(&self) -> RequestFacts<'_> {
        RequestFacts {
            number: &self.request.number,
            email: &self.request.email,
            requester_name: self.request.name.as_deref(),
            reason: self.request.reason.as_deref(),
            looks_like: self.request.looks_like.as_ref().map(|one| &one.known),
            requested_at: self.request.created_at,
            expires_at: self.request.expires(),
        }
    }

    /// Why the message should not be sent any more.
    pub(super) async fn obsolete(
        &self,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Option<&'static str>, StoreError> {
        if message.kind == MessageKind::ReplyRefused {
            return Ok(None);
        }
        if let Some(administrator) = message.administrator
            && !people::decides_for(conn, &self.request.account, administrator).await?
        {
            return Ok(Some(
                "the recipient is no longer an administrator of the account",
            ));
        }
        if self.generation.outlived(message.dated_at) {
            return Ok(Some(
                "it is from before the recipient was removed from the account and added again",
            ));
        }
        if self.is_about_the_entry(message) {
            let stands = self.entry_is_as_told(conn, message).await?;
            return Ok((!stands).then_some("what stands for the address was changed again"));
        }
        let status = self.request.state.status();
        let wanted = match message.kind {
            MessageKind::ApprovalRequest
            | MessageKind::Reminder
            | MessageKind::Reopened
            | MessageKind::RequesterReceived => Some(Status::Pending),
            MessageKind::RejectionDone | MessageKind::RequesterRejected => Some(Status::Rejected),
            MessageKind::RequesterApproved => Some(Status::Approved),
            MessageKind::Expired | MessageKind::RequesterExpired => Some(Status::Expired),
            MessageKind::HandledByColleague => match status {
                Status::Approved | Status::Rejected => Some(status),
                Status::Pending | Status::Expired | Status::Cancelled => Some(Status::Rejected),
            },
            MessageKind::ApprovalNeedsSignIn
            | MessageKind::ReplyNotUnderstood
            | MessageKind::ReplyRefused
            | MessageKind::Digest
            | MessageKind::DigestReply
            | MessageKind::Invitation
            | MessageKind::AdministratorAdded
            | MessageKind::AdministratorRemoved
            | MessageKind::StandInNamed
            | MessageKind::StandInEnded
            | MessageKind::AddressUnreachable
            | MessageKind::EsecureSwitched
            | MessageKind::AliasChanged
            | MessageKind::Overturned
            | MessageKind::SignInChanged
            | MessageKind::TestMail => None,
        };
        if wanted.is_some_and(|wanted| wanted != status) {
            return Ok(Some("the request has moved on"));
        }
        let closed_at = self.request.state.closed_at().map(Timestamp::as_micros);
        let of_this_closing = closed_at.is_some_and(|at| at.to_string() == message.occasion);
        let is_outcome = !matches!(
            message.kind,
            MessageKind::ApprovalRequest
                | MessageKind::Reminder
                | MessageKind::Reopened
                | MessageKind::RequesterReceived
                | MessageKind::ApprovalNeedsSignIn
                | MessageKind::ReplyNotUnderstood
        );
        // An answer says what stands when it is sent.
        let is_answer = message.answers.is_some();
        if is_outcome && !is_answer && !of_this_closing {
            return Ok(Some("the request was decided anew since"));
        }
        if message.kind == MessageKind::RequesterRejected
            && !standings::is_rejected(conn, &self.request.account, &self.request.email).await?
        {
            return Ok(Some("the address was approved in the portal since"));
        }
        if message.kind == MessageKind::RequesterRejected
            && let Some(closed_at) = self.request.state.closed_at()
        {
            let person = self.request.requester;
            let entry = entries::find(conn, &self.account.number, person).await?;
            if entry.is_some_and(|entry| entry.changed_at > closed_at) {
                return Ok(Some("what stands for the address was changed since"));
            }
        }
        let follows_the_first_mail = matches!(
            message.kind,
            MessageKind::HandledByColleague | MessageKind::Expired
        );
        if follows_the_first_mail
            && !is_answer
            && !notifications::was_asked(conn, self.request.id, message.recipient).await?
        {
            return Ok(Some("the recipient never heard of the request"));
        }
        Ok(None)
    }

    /// Whether it tells of a change in the portal after the decision of the request.
    fn is_about_the_entry(&self, message: &Message) -> bool {
        let closed_at = self.request.state.closed_at().map(Timestamp::as_micros);
        let is_outcome = matches!(
            message.kind,
            MessageKind::RequesterApproved | MessageKind::RequesterRejected
        );
        is_outcome && closed_at.is_none_or(|at| at.to_string() != message.occasion)
    }

    /// What the administrator lets the requester read about this decision.
    fn note_in(&self, message: &Message) -> Option<&str> {
        let note = self.request.note.as_ref().and_then(Note::shown);
        note.filter(|_| !self.is_about_the_entry(message))
    }

    /// Whether what stands for the address is the change that the message tells of.
    async fn entry_is_as_told(
        &self,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<bool, StoreError> {
        let wanted = match message.kind {
            MessageKind::RequesterApproved => Status::Approved,
            _ => Status::Rejected,
        };
        let entry = entries::find(conn, &self.account.number, self.request.requester).await?;
        Ok(entry.is_some_and(|entry| {
            entry.status == wanted.as_str()
                && entry.changed_at.as_micros().to_string() == message.occasion
        }))
    }

    /// Whether no other reminder follows this one, as far as can be told when it is written.
    fn is_last_reminder(&self, message: &Message, app: &App) -> bool {
        let silence = Silence {
            since: message.dated_at,
            reminders: message.occasion.parse().unwrap_or_default(),
            remind_at: None,
        };
        remind::next_of(app, &silence, self.request.expires_at, &self.account).is_none()
    }

    fn decision(&self) -> Option<Decision<'_>> {
        let (outcome, at, door) = match self.request.state {
            RequestState::Approved { at, door, .. } => (Outcome::Approved, at, door),
            RequestState::Rejected { at, door, .. } => (Outcome::Rejected, at, door),
            RequestState::Pending
            | RequestState::Expired { .. }
            | RequestState::Cancelled { .. } => return None,
        };
        Some(Decision {
            outcome,
            by: self.decided_by.as_ref().map(|one| one.name.as_str()),
            absent: self.decided_for.as_ref().map(|one| one.name.as_str()),
            at,
            door,
        })
    }

    /// Until when the rejection can be taken back, where it still could when the message was written.
    fn undo_until(&self, message: &Message, app: &App) -> Option<Timestamp> {
        let window = app.config.requests.undo?;
        let state = self.request.state;
        state.undo(message.dated_at, window).ok()?;
        Some(state.closed_at()?.plus(window))
    }

    /// What only that mail shows; none for a mail that is about something else.
    pub(super) fn content<'a>(
        &'a self,
        message: &Message,
        links: &'a Links,
        app: &App,
    ) -> Option<Content<'a>> {
        let portal_url = links.portal.as_str();
        let reject_url = links.reject.as_str();
        Some(match (message.kind, self.decision()) {
            (MessageKind::ApprovalRequest, _) => Content::ApprovalRequest {
                portal_url,
                reject_url,
            },
            (MessageKind::Reminder, _) => Content::Reminder {
                portal_url,
                reject_url,
                last: self.is_last_reminder(message, app),
            },
            (MessageKind::ApprovalNeedsSignIn, _) => Content::ApprovalNeedsSignIn { portal_url },
            (MessageKind::ReplyRefused, _) => Content::ReplyRefused {
                because: if self.request.state.status() == Status::Cancelled {
                    ReplyRefusal::Cancelled
                } else if self.reappointed {
                    ReplyRefusal::Reappointed
                } else if self.decides {
                    ReplyRefusal::MayUse { portal_url }
                } else {
                    ReplyRefusal::Dismissed
                },
            },
            (MessageKind::RejectionDone, Some(decision)) => Content::RejectionDone {
                again: message.occasion != decision.at.as_micros().to_string(),
                decision,
                undo: self.undo_until(message, app).map(|until| Undo {
                    url: &links.undo,
                    until,
                }),
                portal_url,
            },
            (MessageKind::HandledByColleague, Some(decision)) => Content::HandledByColleague {
                decision,
                portal_url,
            },
            (MessageKind::Reopened, _) => Content::Reopened {
                portal_url,
                reject_url,
            },
            (MessageKind::Expired, _) => Content::Expired { portal_url },
            (MessageKind::RequesterReceived, _) => Content::RequesterReceived,
            (MessageKind::RequesterApproved, _) => Content::RequesterApproved {
                note: self.note_in(message),
            },
            (MessageKind::RequesterRejected, _) => Content::RequesterRejected {
                revoked: self.is_about_the_entry(message),
                note: self.note_in(message),
            },
            (MessageKind::RequesterExpired, _) => Content::RequesterExpired,
            // Only an answer that quotes an outcome since undone is rendered without a decision.
            (
                MessageKind::ReplyNotUnderstood
                | MessageKind::RejectionDone
                | MessageKind::HandledByColleague,
                _,
            ) => Content::ReplyNotUnderstood {
                portal_url,
                reject_url,
            },
            (
                MessageKind::Digest
                | MessageKind::DigestReply
                | MessageKind::Invitation
                | MessageKind::AdministratorAdded
                | MessageKind::AdministratorRemoved
                | MessageKind::StandInNamed
                | MessageKind::StandInEnded
                | MessageKind::AddressUnreachable
                | MessageKind::EsecureSwitched
                | MessageKind::Overturned
                | MessageKind::AliasChanged
                | MessageKind::SignInChanged
                | MessageKind::TestMail,
                _,
            ) => return None,
        })
    }
}
