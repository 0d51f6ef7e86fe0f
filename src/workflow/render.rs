//! Rendering a message: from its row, through what it is about, to the bytes that are sent.
//!
//! No token rests in the database: links and reply addresses are signed anew at every rendering,
//! with the key that the row names, so that a second try has the same bytes.

use sqlx::AnyConnection;

use super::links::{Links, living_key};
use crate::{
    app::App,
    domain::{
        account::Account,
        email_address::EmailAddress,
        message::{Message, MessageId, MessageKind},
        note::Note,
        people::Administrator,
        request::{AccessRequest, RequestState, Status},
        timestamp::Timestamp,
    },
    mail::compose::{
        self, ComposeError, Composed, Content, Decision, MailFacts, Outcome, RequestFacts, Undo,
    },
    reply_token::{self, ReplyPurpose},
    signing::UnknownKey,
    store::{StoreError, accounts, entries, outbox, people, requests, standings},
};

/// A mail ready to be sent.
pub struct Rendered {
    /// Envelope sender, with the token that bounces come back to; none for the null sender.
    pub envelope_from: Option<String>,
    /// Envelope recipient.
    pub to: EmailAddress,
    /// The mail.
    pub mail: Composed,
    /// The request it is about, for the log.
    pub request: AccessRequest,
}

/// What came of rendering.
pub enum Rendering {
    /// A mail to send.
    Ready(Box<Rendered>),
    /// It is no longer true, or there is nobody left to send it to.
    Obsolete(&'static str),
}

/// Why a message could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The mail could not be composed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The mailbox cannot carry a token.
    #[error("mail.reply_to: {0}")]
    NoAddress(#[from] reply_token::NoAddress),
    /// A key that was just looked up is gone.
    #[error("the signing key {} is not in use any more", .0.0)]
    Key(UnknownKey),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<UnknownKey> for RenderError {
    fn from(error: UnknownKey) -> Self {
        Self::Key(error)
    }
}

/// Renders a message, unless what it says is over.
pub async fn render(
    app: &App,
    conn: &mut AnyConnection,
    message: &Message,
) -> Result<Rendering, RenderError> {
    let Some(about) = About::of(conn, message).await? else {
        return Ok(Rendering::Obsolete("the recipient is gone"));
    };
    if let Some(reason) = about.obsolete(conn, message).await? {
        return Ok(Rendering::Obsolete(reason));
    }
    let rendered = about.compose(app, conn, message).await?;
    Ok(Rendering::Ready(Box::new(rendered)))
}

/// Renders a message as it was sent, whatever happened since: what an answer to it may quote.
pub async fn as_sent(
    app: &App,
    conn: &mut AnyConnection,
    message: &Message,
) -> Result<Option<Composed>, RenderError> {
    match About::of(conn, message).await? {
        Some(about) => Ok(Some(about.compose(app, conn, message).await?.mail)),
        None => Ok(None),
    }
}

/// The Message-ID of a message, without angle brackets.
pub fn header_id(app: &App, id: MessageId) -> String {
    format!("m.{id}@{}", app.config.mail.from.email.domain())
}

/// Everything a message is about.
struct About {
    request: AccessRequest,
    account: Account,
    to: EmailAddress,
    administrator: Option<Administrator>,
}

impl About {
    async fn of(conn: &mut AnyConnection, message: &Message) -> Result<Option<Self>, StoreError> {
        let Some(request) = requests::find(conn, message.request).await? else {
            return Ok(None);
        };
        let Some(account) = accounts::find(conn, &request.account).await? else {
            return Ok(None);
        };
        let Some(to) = people::address(conn, message.recipient).await? else {
            return Ok(None);
        };
        let administrator = match message.administrator {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
        };
        Ok(Some(Self {
            request,
            account,
            to,
            administrator,
        }))
    }

    /// Why the message should not be sent any more.
    async fn obsolete(
        &self,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Option<&'static str>, StoreError> {
        if let Some(administrator) = message.administrator
            && !people::decides_for(conn, &self.request.account, administrator).await?
        {
            return Ok(Some(
                "the recipient is no longer an administrator of the account",
            ));
        }
        if self.is_about_the_entry(message) {
            let stands = self.entry_is_as_told(conn, message).await?;
            return Ok((!stands).then_some("what stands for the address was changed again"));
        }
        let status = self.request.state.status();
        let wanted = match message.kind {
            MessageKind::ApprovalRequest => Some(Status::Pending),
            MessageKind::RequesterReceived => Some(Status::Pending),
            MessageKind::RejectionDone | MessageKind::RequesterRejected => Some(Status::Rejected),
            MessageKind::RequesterApproved => Some(Status::Approved),
            MessageKind::Expired | MessageKind::RequesterExpired => Some(Status::Expired),
            MessageKind::HandledByColleague => match status {
                Status::Approved | Status::Rejected => Some(status),
                Status::Pending | Status::Expired | Status::Cancelled => Some(Status::Rejected),
            },
            MessageKind::ApprovalNeedsSignIn | MessageKind::ReplyNotUnderstood => None,
        };
        if wanted.is_some_and(|wanted| wanted != status) {
            return Ok(Some("the request has moved on"));
        }
        let closed_at = self.request.state.closed_at().map(Timestamp::as_micros);
        let of_this_closing = closed_at.is_some_and(|at| at.to_string() == message.occasion);
        let is_outcome = !matches!(
            message.kind,
            MessageKind::ApprovalRequest
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
        let follows_the_first_mail = matches!(
            message.kind,
            MessageKind::HandledByColleague | MessageKind::Expired
        );
        if follows_the_first_mail
            && !is_answer
            && !outbox::was_asked(conn, message.request, message.recipient).await?
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

    async fn compose(
        &self,
        app: &App,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Rendered, RenderError> {
        let config = &app.config;
        let ring = app.keys.current();
        let key = living_key(&ring, &message.key_id);
        let decided_by = match self.request.state.decided_by() {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
        };
        let decision = self.decision(decided_by.as_ref());
        let links = Links::sign(app, &ring, key, message, &self.request)?;
        let content = self.content(message, decision, &links, app);

        let answers = message.answers.is_some();
        let reply_to = match (&message.administrator, &config.mail.reply_to) {
            (Some(_), Some(mailbox)) => {
                let token =
                    reply_token::encode(&ring, key, ReplyPurpose::Reply, message.id.as_bytes())?;
                Some(reply_token::address(
                    mailbox.as_ref(),
                    ReplyPurpose::Reply,
                    &token,
                )?)
            }
            _ => None,
        };
        let envelope_from = match &config.mail.bounce_to {
            // An answer to a reply has the null sender, so that nothing answers it (RFC 3834).
            _ if answers => None,
            Some(mailbox) => {
                let token =
                    reply_token::encode(&ring, key, ReplyPurpose::Bounce, message.id.as_bytes())?;
                Some(reply_token::address(
                    mailbox.as_ref(),
                    ReplyPurpose::Bounce,
                    &token,
                )?)
            }
            None => Some(config.mail.from.email.to_string()),
        };
        let first = outbox::first_in_thread(conn, message)
            .await?
            .map(|id| header_id(app, id));
        let in_reply_to = message.answers.as_deref().or(first.as_deref());
        let references: Vec<&str> = message
            .answers
            .iter()
            .filter_map(|_| first.as_deref())
            .collect();

        let facts = MailFacts {
            content,
            request: RequestFacts {
                number: &self.request.number,
                email: &self.request.email,
                requester_name: self.request.name.as_deref(),
                reason: self.request.reason.as_deref(),
                account_number: &self.account.number,
                account_name: &self.account.name,
                time_zone: &self.account.time_zone,
                requested_at: self.request.created_at,
                expires_at: self.request.expires_at,
            },
            product_name: &config.portal.product_name,
            from: &config.mail.from,
            to: &self.to,
            to_name: self.administrator.as_ref().map_or("", |one| &one.name),
            language: self
                .administrator
                .as_ref()
                .map_or(self.request.language, |one| one.language),
            reply_to: reply_to.as_deref(),
            message_id: &header_id(app, message.id),
            date: message.dated_at,
            in_reply_to,
            references: &references,
            boundary_seed: &message.id.to_string(),
        };
        Ok(Rendered {
            envelope_from,
            to: self.to.clone(),
            mail: compose::compose(&app.templates, &facts)?,
            request: self.request.clone(),
        })
    }

    fn decision<'a>(&self, decided_by: Option<&'a Administrator>) -> Option<Decision<'a>> {
        let (outcome, at, door) = match self.request.state {
            RequestState::Approved { at, door, .. } => (Outcome::Approved, at, door),
            RequestState::Rejected { at, door, .. } => (Outcome::Rejected, at, door),
            RequestState::Pending
            | RequestState::Expired { .. }
            | RequestState::Cancelled { .. } => return None,
        };
        Some(Decision {
            outcome,
            by: decided_by.map(|one| one.name.as_str()),
            at,
            door,
        })
    }

    fn content<'a>(
        &'a self,
        message: &Message,
        decision: Option<Decision<'a>>,
        links: &'a Links,
        app: &App,
    ) -> Content<'a> {
        let portal_url = links.portal.as_str();
        let reject_url = links.reject.as_str();
        match (message.kind, decision) {
            (MessageKind::ApprovalRequest, _) => Content::ApprovalRequest {
                portal_url,
                reject_url,
            },
            (MessageKind::ApprovalNeedsSignIn, _) => Content::ApprovalNeedsSignIn { portal_url },
            (MessageKind::RejectionDone, Some(decision)) => Content::RejectionDone {
                decision,
                undo: app.config.requests.undo.map(|window| Undo {
                    url: &links.undo,
                    until: decision.at.plus(window),
                }),
                portal_url,
            },
            (MessageKind::HandledByColleague, Some(decision)) => Content::HandledByColleague {
                decision,
                portal_url,
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
        }
    }
}
