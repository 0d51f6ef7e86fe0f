//! What a message is about, of whichever kind: looked up from its row, with what a mail says of it.

use std::fmt;

use sqlx::AnyConnection;

use super::{
    about_account::AboutAccount, about_digest::AboutDigest, about_invitation::AboutInvitation,
    about_request::AboutRequest, about_sign_in::AboutSignIn, links::Links,
};
use crate::{
    app::App,
    domain::{
        account::Account,
        account_number::AccountNumber,
        language::Language,
        message::{About, Message},
        people::AdministratorId,
        request_number::RequestNumber,
    },
    mail::compose::Content,
    signing::{KeyId, KeyRing, UnknownKey},
    store::StoreError,
};

/// What a message is about, with everything that belongs to it.
pub(super) enum Subject {
    Request(Box<AboutRequest>),
    Account(Box<AboutAccount>),
    Digest(Box<AboutDigest>),
    Invitation(Box<AboutInvitation>),
    SignIn(Box<AboutSignIn>),
}

impl Subject {
    pub(super) async fn of(
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Option<Self>, StoreError> {
        Ok(match &message.about {
            About::Request(id) => AboutRequest::find(conn, *id, message.administrator)
                .await?
                .map(|about| Self::Request(Box::new(about))),
            About::Account(number) => AboutAccount::find(conn, number, message)
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

    pub(super) fn account(&self) -> Option<&Account> {
        match self {
            Self::Request(about) => Some(&about.account),
            Self::Account(about) => Some(&about.account),
            Self::Invitation(about) => Some(&about.account),
            // The requests of a digest may be for several.
            Self::Digest(_) | Self::SignIn(_) => None,
        }
    }

    pub(super) fn time_zone(&self) -> &str {
        match self {
            Self::Request(about) => &about.account.time_zone,
            Self::Account(about) => &about.account.time_zone,
            Self::Digest(about) => about.time_zone(),
            Self::Invitation(about) => &about.account.time_zone,
            Self::SignIn(about) => &about.time_zone,
        }
    }

    /// The language of a recipient who is no administrator.
    pub(super) fn language(&self) -> Language {
        match self {
            Self::Request(about) => about.request.language,
            Self::Account(about) => about.account.language,
            Self::Digest(about) => about.language(),
            Self::Invitation(about) => about.account.language,
            Self::SignIn(about) => about.administrator.language,
        }
    }

    pub(super) fn log_name(&self) -> LogName {
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

    pub(super) fn links(
        &self,
        app: &App,
        ring: &KeyRing,
        key: KeyId,
        message: &Message,
    ) -> Result<Links, UnknownKey> {
        let origin = app.config.server.origin();
        match self {
            Self::Request(about) => {
                Links::of_request(&origin, ring, key, message.administrator, about.linked())
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

    pub(super) fn content<'a>(
        &'a self,
        app: &App,
        message: &Message,
        links: &'a Links,
    ) -> Result<Content<'a>, StoreError> {
        let content = match self {
            Self::Request(about) => about.content(message, links, app),
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
