//! Mails fetched together. They are taken in as they come, except those about whose sender the name
//! servers have to be asked: these come last, and are asked about all at once, so that a name server
//! that does not answer holds up no other mail.

use anyhow::Context;
use futures_util::future::join_all;
use tracing::{error, warn};

use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::imap::Fetched,
    reading::Verdict,
    store::inbox::Cursor,
    workflow::read_mail::{self, Arrival, Effect, Opened, ReadMailError},
};

/// What [`crate::reading`] takes at most; larger ones are not even fetched.
pub(super) const MAIL_OCTETS_MAX: u32 = 10 * 1024 * 1024;

/// So much may wait in memory for the name servers.
const WAITING_OCTETS_MAX: usize = 16 * 1024 * 1024;

/// A batch on its way.
pub(super) struct Batch<'a> {
    app: &'a App,
    inbox: &'a Inbox,
    /// What the cursor of the mailbox is kept under.
    name: &'a str,
    uid_validity: u32,
    /// The last UID that came by.
    last_uid: u32,
    waiting: Vec<Waiting>,
    /// To be put away.
    pub(super) done: Vec<u32>,
    /// To be put aside.
    pub(super) aside: Vec<u32>,
}

/// A mail about whose sender the name servers are to be asked.
struct Waiting {
    uid: u32,
    raw: Vec<u8>,
    opened: Opened,
    domain: String,
}

impl<'a> Batch<'a> {
    pub(super) fn new(app: &'a App, inbox: &'a Inbox, name: &'a str, uid_validity: u32) -> Self {
        Self {
            app,
            inbox,
            name,
            uid_validity,
            last_uid: 0,
            waiting: Vec::new(),
            done: Vec::new(),
            aside: Vec::new(),
        }
    }

    /// Takes a mail in, or lets it wait.
    pub(super) async fn read(&mut self, mail: Fetched) -> anyhow::Result<()> {
        self.last_uid = mail.uid;
        if mail.processed {
            // Only moving it is left, where mails were flagged before and are moved now.
            if self.inbox.after != AfterReading::Flag {
                self.done.push(mail.uid);
            }
            return Ok(());
        }
        let Some(raw) = mail.raw else {
            warn!(
                event = "inbox.quarantined",
                size = mail.size,
                "A mail of {} octets was put aside: it is over the limit of {MAIL_OCTETS_MAX}",
                mail.size,
            );
            self.aside.push(mail.uid);
            return Ok(());
        };
        let opened = Opened::of(&raw);
        let domain = read_mail::domain_to_check(self.app, &opened)
            .await
            .context("reading a mail")?;
        let Some(domain) = domain else {
            return self
                .take_in(mail.uid, &raw, &opened, &Verdict::Absent)
                .await;
        };
        self.waiting.push(Waiting {
            uid: mail.uid,
            raw,
            opened,
            domain,
        });
        let octets: usize = self.waiting.iter().map(|mail| mail.raw.len()).sum();
        if octets > WAITING_OCTETS_MAX {
            self.take_in_waiting().await?;
        }
        Ok(())
    }

    /// Takes in those that wait.
    pub(super) async fn take_in_waiting(&mut self) -> anyhow::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let checks = waiting
            .iter()
            .map(|mail| self.app.own_check.dmarc(&mail.raw, &mail.domain));
        let verdicts = join_all(checks).await;
        for (mail, verdict) in waiting.iter().zip(&verdicts) {
            self.take_in(mail.uid, &mail.raw, &mail.opened, verdict)
                .await?;
        }
        Ok(())
    }

    async fn take_in(
        &mut self,
        uid: u32,
        raw: &[u8],
        opened: &Opened,
        checked: &Verdict,
    ) -> anyhow::Result<()> {
        let cursor = Cursor {
            uid_validity: self.uid_validity,
            last_uid: self.last_uid,
        };
        // While earlier mails wait, the mailbox is not read as far as this one.
        let cursor = self.waiting.is_empty().then_some((self.name, cursor));
        let arrival = Arrival { raw, cursor };
        let effect = match read_mail::take_in(self.app, &arrival, opened, checked, false).await {
            Ok(outcome) => outcome.effect,
            // It would come again for ever, and hold up all others.
            Err(ReadMailError::Store(refused)) if refused.is_about_the_values() => {
                error!(
                    event = "inbox.quarantined",
                    "A mail was put aside, the database cannot keep what it says or leads to: {refused}"
                );
                Effect::Quarantined
            }
            Err(error) => return Err(anyhow::Error::new(error).context("reading a mail")),
        };
        match effect {
            Effect::Quarantined => self.aside.push(uid),
            Effect::Rejected | Effect::Answered | Effect::Recorded | Effect::Ignored => {
                self.done.push(uid);
            }
        }
        Ok(())
    }
}
