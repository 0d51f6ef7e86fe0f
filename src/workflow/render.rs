//! Rendering a message: from its row, through what it is about, to the bytes that are sent.
//!
//! No token rests in the database: links and reply addresses are signed anew at every rendering,
//! with the key that the row names, so that a second try has the same bytes.

use std::fmt;

use sqlx::AnyConnection;

use super::{
    about_account::AboutAccount,
    about_digest::AboutDigest,
    about_invitation::AboutInvitation,
    about_request::AboutRequest,
    about_sign_in::AboutSignIn,
    links::{Links, living_key},
};
use crate::{
    app::App,
    domain::{
        account::Account,
        account_number::AccountNumber,
        address_state::AddressState,
        email_address::EmailAddress,
        language::Language,
        message::{About, Message, MessageId},
        people::{Administrator, AdministratorId},
        request_number::RequestNumber,
    },
    mail::compose::{self, AccountFacts, ComposeError, Composed, Content, MailFacts},
    reply_token::{self, ReplyPurpose},
    signing::{KeyId, KeyRing, UnknownKey},
    store::{StoreError, outbox, people},
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

/// How the log names what a message is about.
#[derive(Clone, Debug)]
pub struct LogName {
    /// The number of the request, where it is one.
    pub request: Option<RequestNumber>,
    /// The account, where it is about one that is still there.
    pub account: Option<AccountNumber>,
    /// The administrator, where it is about how one signs in.
    pub administrator: Option<AdministratorId>,
    /// How many requests, where it is a digest.
    pub gathered: Option<usize>,
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(gathered) = self.gathered {
            return write!(f, "of {gathered} request(s)");
        }
        match (&self.request, &self.account, &self.administrator) {
            (Some(request), _, _) => write!(f, "of request {request}"),
            (None, Some(account), _) => write!(f, "about account {account}"),
            (None, None, Some(administrator)) => write!(f, "of administrator {administrator}"),
            (None, None, None) => f.write_str("about something that is gone"),
        }
    }
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
pub fn header_id(app: &App, id: MessageId) -> String {
    format!("m.{id}@{}", app.config.mail.from.email.domain())
}

/// What a message is about, with everything that belongs to it.
enum Subject {
    Request(Box<AboutRequest>),
    Account(Box<AboutAccount>),
    Digest(Box<AboutDigest>),
    Invitation(Box<AboutInvitation>),
    SignIn(Box<AboutSignIn>),
}

impl Subject {
    async fn of(conn: &mut AnyConnection, message: &Message) -> Result<Option<Self>, StoreError> {
        Ok(match &message.about {
            About::Request(id) => AboutRequest::find(conn, *id)
                .await?
                .map(|about| Self::Request(Box::new(about))),
            About::Account(number) => AboutAccount::find(conn, number, &message.occasion)
                .await?
                .map(|about| Self::Account(Box::new(about))),
            About::Digest(id) => match message.administrator {
                Some(administrator) => AboutDigest::find(conn, *id, administrator)
                    .await?
                    .map(|about| Self::Digest(Box::new(about))),
                None => None,
            },
            About::Invitation(id) => AboutInvitation::find(conn, *id)
                .await?
                .map(|about| Self::Invitation(Box::new(about))),
            About::SignIn(id) => AboutSignIn::find(conn, *id, &message.occasion)
                .await?
                .map(|about| Self::SignIn(Box::new(about))),
        })
    }

    fn account(&self) -> Option<&Account> {
        match self {
            Self::Request(about) => Some(&about.account),
            Self::Account(about) => Some(&about.account),
            Self::Invitation(about) => Some(&about.account),
            // The requests of a digest may be for several.
            Self::Digest(_) | Self::SignIn(_) => None,
        }
    }

    fn time_zone(&self) -> &str {
        match self {
            Self::Request(about) => &about.account.time_zone,
            Self::Account(about) => &about.account.time_zone,
            Self::Digest(about) => about.time_zone(),
            Self::Invitation(about) => &about.account.time_zone,
            Self::SignIn(about) => &about.time_zone,
        }
    }

    /// The language of a recipient who is no administrator.
    fn language(&self) -> Language {
        match self {
            Self::Request(about) => about.request.language,
            Self::Account(about) => about.account.language,
            Self::Digest(about) => about.language(),
            Self::Invitation(about) => about.account.language,
            Self::SignIn(about) => about.administrator.language,
        }
    }

    fn log_name(&self) -> LogName {
        LogName {
            request: match self {
                Self::Request(about) => Some(about.request.number.clone()),
                Self::Account(_) | Self::Digest(_) | Self::Invitation(_) | Self::SignIn(_) => None,
            },
            account: self.account().map(|account| account.number.clone()),
            administrator: match self {
                Self::SignIn(about) => Some(about.administrator.id),
                Self::Request(_) | Self::Account(_) | Self::Digest(_) | Self::Invitation(_) => None,
            },
            gathered: match self {
                Self::Digest(about) => Some(about.len()),
                Self::Request(_) | Self::Account(_) | Self::Invitation(_) | Self::SignIn(_) => None,
            },
        }
    }

    fn links(
        &self,
        app: &App,
        ring: &KeyRing,
        key: KeyId,
        message: &Message,
    ) -> Result<Links, UnknownKey> {
        let origin = app.config.server.origin();
        match self {
            Self::Request(about) => {
                Links::of_request(&origin, ring, key, message.administrator, &about.request)
            }
            Self::Account(_) => Ok(Links::of_account(&origin)),
            Self::SignIn(_) => Ok(Links::of_settings(&origin)),
            Self::Digest(about) => {
                Links::of_digest(&origin, ring, key, message.administrator, about.requests())
            }
            Self::Invitation(about) => {
                Links::of_invitation(&origin, ring, key, about.invitation.id)
            }
        }
    }

    fn content<'a>(
        &'a self,
        app: &App,
        message: &Message,
        links: &'a Links,
    ) -> Result<Content<'a>, StoreError> {
        let content = match self {
            Self::Request(about) => about.content(message, links, app.config.requests.undo),
            Self::Account(about) => about.content(message, links),
            Self::Digest(about) => about.content(message.kind, links),
            Self::Invitation(about) => about.content(message.kind, links),
            Self::SignIn(about) => about.content(message.kind, links),
        };
        content.ok_or_else(|| StoreError::Corrupt {
            table: "message",
            id: message.id.to_string(),
            what: "kind",
        })
    }
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
        let administrator = match message.administrator {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
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

        let answers = message.answers.is_some();
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
            message_id: &header_id(app, message.id),
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
