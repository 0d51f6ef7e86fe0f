//! Rendering a message: from its row, through what it is about, to the bytes that are sent.
//!
//! No token rests in the database: links and reply addresses are signed anew at every rendering,
//! with the key that the row names, so that a second try has the same bytes.

use sqlx::AnyConnection;

use super::{
    about_message::{LogName, Subject},
    links::living_key,
};
use crate::{
    app::App,
    config::Config,
    domain::{
        address_state::AddressState,
        email_address::EmailAddress,
        message::{Message, MessageId},
        people::Administrator,
    },
    mail::compose::{self, AccountFacts, ComposeError, Composed, MailFacts},
    reply_token::{self, ReplyPurpose},
    signing::UnknownKey,
    store::{StoreError, known_as, outbox, people},
};

/// A mail ready to be sent.
pub struct Rendered {
    /// Envelope sender, with the token that bounces come back to; none for the null sender.
    pub envelope_from: Option<String>,
    /// Envelope recipient.
    pub to: EmailAddress,
    /// What is known of that address, where it is an administrator's.
    pub address_state: AddressState,
    /// The mail.
    pub mail: Composed,
    /// What it is about, for the log.
    pub about: LogName,
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
    let Some(draft) = Draft::of(conn, message).await? else {
        return Ok(Rendering::Obsolete("the recipient is gone"));
    };
    let obsolete = match &draft.subject {
        Subject::Request(about) => about.obsolete(conn, message).await?,
        Subject::Account(about) => about.obsolete(conn, message).await?,
        Subject::Digest(about) => about.obsolete(message),
        Subject::Invitation(about) => about.obsolete(conn, app.clock.now()).await?,
        // What happened to somebody's way in is told whatever came after it.
        Subject::SignIn(_) => None,
    };
    if let Some(reason) = obsolete {
        return Ok(Rendering::Obsolete(reason));
    }
    let rendered = draft.compose(app, conn, message).await?;
    Ok(Rendering::Ready(Box::new(rendered)))
}

/// Renders a message as it was sent, whatever happened since: what an answer to it may quote.
pub async fn as_sent(
    app: &App,
    conn: &mut AnyConnection,
    message: &Message,
) -> Result<Option<Composed>, RenderError> {
    match Draft::of(conn, message).await? {
        Some(draft) => Ok(Some(draft.compose(app, conn, message).await?.mail)),
        None => Ok(None),
    }
}

/// How many bytes a message has as it is sent; none where there is nothing left to say.
pub(super) async fn size(
    app: &App,
    conn: &mut AnyConnection,
    message: &Message,
) -> Result<usize, RenderError> {
    let mail = as_sent(app, conn, message).await?;
    Ok(mail.map_or(0, |mail| mail.bytes.len()))
}

/// What the log calls the subject of a message that was not rendered.
pub async fn log_name(conn: &mut AnyConnection, message: &Message) -> Result<LogName, StoreError> {
    let subject = Subject::of(conn, message).await?;
    Ok(subject.map_or(
        LogName {
            request: None,
            account: None,
            administrator: None,
            gathered: None,
        },
        |subject| subject.log_name(),
    ))
}

/// The Message-ID of a message, without angle brackets.
pub fn header_id(config: &Config, id: MessageId) -> String {
    format!("m.{id}@{}", config.mail.from.email.domain())
}

/// A message with everything it is made of.
struct Draft {
    subject: Subject,
    to: EmailAddress,
    administrator: Option<Administrator>,
}

impl Draft {
    async fn of(conn: &mut AnyConnection, message: &Message) -> Result<Option<Self>, StoreError> {
        let Some(subject) = Subject::of(conn, message).await? else {
            return Ok(None);
        };
        let Some(to) = people::address(conn, message.recipient).await? else {
            return Ok(None);
        };
        // By the name that the account knows; where none is meant, or several are, by its own.
        let administrator = match (message.administrator, subject.account()) {
            (Some(id), Some(account)) => known_as::find(conn, &account.number, id).await?,
            (Some(id), None) => people::find_administrator(conn, id).await?,
            (None, _) => None,
        };
        Ok(Some(Self {
            subject,
            to,
            administrator,
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
        let links = self.subject.links(app, &ring, key, message)?;
        let content = self.subject.content(app, message, &links)?;
        let request = match &self.subject {
            Subject::Request(about) => Some(about.facts()),
            Subject::Account(_)
            | Subject::Digest(_)
            | Subject::Invitation(_)
            | Subject::SignIn(_) => None,
        };
        let account = self.subject.account();

        let is_answer = message.answers.is_some() || content.is_answer();
        // Only what is about requests can be answered.
        let about_requests = matches!(self.subject, Subject::Request(_) | Subject::Digest(_));
        let answerable = about_requests && message.administrator.is_some();
        let reply_to = match &config.mail.reply_to {
            Some(mailbox) if answerable => {
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
            _ if is_answer => None,
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
            .map(|id| header_id(config, id));
        let in_reply_to = message.answers.as_deref().or(first.as_deref());
        let references: Vec<&str> = message
            .answers
            .iter()
            .filter_map(|_| first.as_deref())
            .collect();

        let facts = MailFacts {
            content,
            request,
            account: account.map(|account| AccountFacts {
                number: &account.number,
                name: &account.name,
            }),
            time_zone: self.subject.time_zone(),
            product_name: &config.portal.product_name,
            from: &config.mail.from,
            to: &self.to,
            to_name: self.administrator.as_ref().map_or("", |one| &one.name),
            language: self
                .administrator
                .as_ref()
                .map_or(self.subject.language(), |one| one.language),
            reply_to: reply_to.as_deref(),
            message_id: &header_id(config, message.id),
            is_answer,
            date: message.dated_at,
            in_reply_to,
            references: &references,
            boundary_seed: &message.id.to_string(),
            signed_by: config.mail.dkim.as_ref(),
        };
        Ok(Rendered {
            envelope_from,
            to: self.to.clone(),
            address_state: self
                .administrator
                .as_ref()
                .map_or(AddressState::Fine, |one| one.address_state),
            mail: compose::compose(&app.templates, &facts)?,
            about: self.subject.log_name(),
        })
    }
}
