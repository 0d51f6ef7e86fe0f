//! What a digest is made of: the requests that it carries, fixed when it was made. Those of accounts
//! that the recipient no longer decides for are not shown.

use sqlx::AnyConnection;

use super::{about_request::AboutRequest, links::Links};
use crate::{
    domain::{
        language::Language,
        message::{Message, MessageId, MessageKind},
        people::AdministratorId,
        request::{AccessRequest, Status},
    },
    mail::compose::{Content, GatheredRequest},
    store::{StoreError, gathering, link_generations::LinkGeneration, people},
};

/// One request of a digest.
struct Carried {
    about: AboutRequest,
    /// Whether the recipient was asked before.
    is_reminder: bool,
}

/// The requests of a digest, the oldest first.
pub(super) struct AboutDigest {
    first: Carried,
    others: Vec<Carried>,
}

impl AboutDigest {
    /// None where nothing is left that the recipient may see.
    pub(super) async fn find(
        conn: &mut AnyConnection,
        digest: MessageId,
        administrator: AdministratorId,
    ) -> Result<Option<Self>, StoreError> {
        let mut theirs = Vec::new();
        for carried in gathering::carried_by(conn, digest).await? {
            let Some(about) =
                AboutRequest::find(conn, carried.request, Some(administrator)).await?
            else {
                continue;
            };
            if people::decides_for(conn, &about.account.number, administrator).await? {
                theirs.push(Carried {
                    about,
                    is_reminder: carried.kind == MessageKind::Reminder,
                });
            }
        }
        let mut theirs = theirs.into_iter();
        Ok(theirs.next().map(|first| Self {
            first,
            others: theirs.collect(),
        }))
    }

    /// Of the account of its first request.
    pub(super) fn time_zone(&self) -> &str {
        &self.first.about.account.time_zone
    }

    /// Likewise.
    pub(super) fn language(&self) -> Language {
        self.first.about.account.language
    }

    /// How many requests it shows.
    pub(super) fn len(&self) -> usize {
        1 + self.others.len()
    }

    pub(super) fn requests(&self) -> impl Iterator<Item = (&AccessRequest, LinkGeneration)> {
        self.each().map(|carried| carried.about.linked())
    }

    fn each(&self) -> impl Iterator<Item = &Carried> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Why the message should not be sent any more.
    pub(super) fn obsolete(&self, message: &Message) -> Option<&'static str> {
        let all_closed = self
            .requests()
            .all(|(request, _)| request.state.status() != Status::Pending);
        if message.kind != MessageKind::Digest {
            return None;
        }
        let mut generations = self.requests().map(|(_, generation)| generation);
        if generations.all(|generation| generation.outlived(message.dated_at)) {
            return Some("its requests are asked about anew");
        }
        all_closed.then_some("all of its requests have moved on")
    }

    /// What only that mail shows; none for a mail that is about something else.
    pub(super) fn content<'a>(
        &'a self,
        kind: MessageKind,
        links: &'a Links,
    ) -> Option<Content<'a>> {
        let portal_url = links.portal.as_str();
        match kind {
            MessageKind::Digest => Some(Content::Digest {
                portal_url,
                requests: self
                    .each()
                    .zip(&links.of_each)
                    .map(|(carried, links)| GatheredRequest {
                        facts: carried.about.facts(),
                        is_reminder: carried.is_reminder,
                        account: &carried.about.account.number,
                        time_zone: &carried.about.account.time_zone,
                        portal_url: &links.portal,
                        reject_url: &links.reject,
                    })
                    .collect(),
            }),
            MessageKind::DigestReply => Some(Content::DigestReply { portal_url }),
            _ => None,
        }
    }
}
