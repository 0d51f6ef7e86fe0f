//! Putting mails away that were read. A folder that takes none, because a quota is full, holds up
//! nobody: its mails stay in the inbox, marked as done, and are tried again in the next round.

use tracing::{info, warn};

use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::imap::{ImapError, Mailbox},
};

use super::inbox_batch::Sorted;

/// One look through the mailbox.
pub(super) struct Round<'a> {
    app: &'a App,
    inbox: &'a Inbox,
    /// The server's words, once it has refused something in this round: then it is not asked again.
    refusal: Option<String>,
}

impl<'a> Round<'a> {
    pub(super) fn new(app: &'a App, inbox: &'a Inbox) -> Self {
        Self {
            app,
            inbox,
            refusal: None,
        }
    }

    /// Puts away what was read.
    pub(super) async fn put_away(
        &mut self,
        mailbox: &mut Mailbox,
        sorted: &Sorted,
    ) -> Result<(), ImapError> {
        if self.refusal.is_none() {
            match self.file(mailbox, sorted).await {
                Err(refused) if refused.is_refusal_to_live_with() => {
                    self.refusal = Some(refused.to_string());
                }
                filed => return filed,
            }
        }
        // What is marked is not read again. Without the mark it is known by its content.
        match mailbox.flag(&sorted.newly_done).await {
            Err(ImapError::Refused { .. }) => Ok(()),
            marked => marked,
        }
    }

    async fn file(&self, mailbox: &mut Mailbox, sorted: &Sorted) -> Result<(), ImapError> {
        mailbox
            .move_to(&sorted.aside, &self.inbox.quarantine)
            .await?;
        match self.inbox.after {
            AfterReading::Move => mailbox.move_to(&sorted.done, &self.inbox.processed).await,
            AfterReading::Flag => mailbox.flag(&sorted.done).await,
            AfterReading::Delete => mailbox.delete(&sorted.done).await,
        }
    }

    /// Everything was looked at. The log says when it begins, and when it is over.
    pub(super) fn end(self) {
        let is_new = self.app.inbox_watch.is_in_the_way(self.refusal.as_deref());
        match &self.refusal {
            Some(reason) if is_new => warn!(
                event = "inbox.not_filed",
                reason,
                "Mails that were read stay in the inbox, the server does not take them away: {reason}",
            ),
            None if is_new => info!(
                event = "inbox.filed",
                "Mails that were read are out of the inbox again"
            ),
            Some(_) | None => {}
        }
    }
}
