//! The mail reader: takes mails out of the mailbox, has each read, and puts it out of the way.
//!
//! A mail is put out of the way only after its effect is on disk; should the daemon end in between,
//! the mail comes again and is known by its fingerprint. Any error drops the connection, and the
//! next one begins at the start of the folder: what lies there was not put away. What the server
//! cannot hand out is passed over ([`super::withheld`]).

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    inbox_batch::{self, MAIL_OCTETS_MAX},
    one_reader::Candidate,
    put_away::Round,
    withheld::Withheld,
};
use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::{
        access_token::AccessTokens,
        imap::{ImapError, Mailbox, MailboxOptions, Woken},
    },
    store::{
        StoreError,
        inbox::{self, Cursor},
        retrying,
    },
};

/// Mails fetched at once, and put away by one command.
const BATCH: usize = 100;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// A mail is put aside when the server has refused so often to hand it out.
const REFUSALS: u32 = 3;

/// Runs until told to stop, connecting again whenever the connection breaks. Of several daemons one
/// reads at a time; `owner` says which.
pub async fn run(
    app: App,
    inbox: Inbox,
    owner: String,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let options = options(&inbox);
    run_with(app, inbox, owner, options, stop).await
}

/// The same with a mailbox opened otherwise, for tests that wait for a limit to pass.
pub async fn run_with(
    app: App,
    inbox: Inbox,
    owner: String,
    options: MailboxOptions,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let name = name_of(&inbox);
    let mut candidate = Candidate::new(&app, &name, &owner);
    let mut reader = Reader {
        app: &app,
        inbox: &inbox,
        name: &name,
        options: &options,
        stop: &stop,
        wait: FIRST_WAIT,
        withheld: Withheld::default(),
    };
    while let Some(turn) = candidate.turn(&stop).await? {
        let ended = tokio::select! {
            ended = reader.read_until_broken() => ended,
            // Whatever is half done is done again by whoever reads now.
            () = turn.hold() => {
                warn!(event = "inbox.lease_lost", "Another daemon has begun to read the mailbox");
                continue;
            }
        };
        // Another daemon may get further while this one waits.
        let given_back = turn.give_back().await;
        match ended {
            Ok(()) => return given_back.context("giving the mailbox's lease back"),
            Err(Broken::Imap(error)) => reader.put_off(&error).await,
            Err(Broken::Other(error)) => {
                app.inbox_watch
                    .fails(app.clock.now(), "the database does not answer".to_owned());
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Why reading ended.
enum Broken {
    /// The connection, and a new one may help.
    Imap(ImapError),
    /// The database.
    Other(anyhow::Error),
}

impl From<ImapError> for Broken {
    fn from(error: ImapError) -> Self {
        Self::Imap(error)
    }
}

impl From<anyhow::Error> for Broken {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

struct Reader<'a> {
    app: &'a App,
    inbox: &'a Inbox,
    /// What the cursor of the mailbox is kept under.
    name: &'a str,
    options: &'a MailboxOptions,
    stop: &'a CancellationToken,
    /// How long it waits when the connection breaks.
    wait: Duration,
    withheld: Withheld,
}

impl Reader<'_> {
    async fn read_until_broken(&mut self) -> Result<(), Broken> {
        let opening = Mailbox::open(&self.inbox.url, self.options);
        let Some(opened) = self.stop.run_until_cancelled(opening).await else {
            return Ok(());
        };
        let mut mailbox = opened?;
        info!(
            event = "inbox.connected",
            waiting = mailbox.exists(),
            "Reading the mailbox, {} mail(s) are in it",
            mailbox.exists(),
        );
        while !self.stop.is_cancelled() {
            self.read_new(&mut mailbox).await?;
            self.app.inbox_watch.was_read(self.app.clock.now());
            self.wait = FIRST_WAIT;
            let renew = self.inbox.idle_renew.unwrap_or(self.inbox.poll);
            if mailbox.wait(renew, self.stop).await? == Woken::Stopped {
                break;
            }
        }
        mailbox.close().await;
        Ok(())
    }

    /// Waits, longer each time.
    async fn put_off(&mut self, error: &ImapError) {
        let watch = &self.app.inbox_watch;
        watch.fails(self.app.clock.now(), error.to_string());
        let read_at = watch.noticed().read_at;
        warn!(
            event = "inbox.unreachable",
            retry_s = self.wait.as_secs(),
            read_at = read_at.map(|at| at.to_string()),
            "The mailbox cannot be read, again in {} s: {error}",
            self.wait.as_secs(),
        );
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(self.wait) => {}
        }
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    /// Reads everything new.
    async fn read_new(&mut self, mailbox: &mut Mailbox) -> Result<(), Broken> {
        let begun_at = self.app.clock.now();
        let mut after = self.first_unread(mailbox).await?;
        let uid_validity = mailbox.uid_validity();
        mailbox.take_care(self.withheld.caution(uid_validity, after, begun_at));
        let mut round = Round::new(self.app, self.inbox);
        while !self.stop.is_cancelled() {
            let fetching = mailbox.fetch_after(after, BATCH, MAIL_OCTETS_MAX);
            let mails = match self.stop.run_until_cancelled(fetching).await {
                Some(Err(ImapError::Unreadable { uid, reason, .. })) => {
                    self.pass_over(mailbox, uid, &reason).await?;
                    after = uid;
                    continue;
                }
                Some(Err(error)) => {
                    if let Some(asked) = mailbox.interrupted() {
                        let now = self.app.clock.now();
                        self.withheld.ended(asked, &error.to_string(), now);
                    }
                    return Err(error.into());
                }
                Some(Ok(mails)) => mails,
                None => return Ok(()),
            };
            let Some(last) = mails.last() else { break };
            after = last.uid;
            let sorted = inbox_batch::take_in(self.app, self.inbox, mails).await?;
            self.remember(uid_validity, after).await?;
            round.put_away(mailbox, &sorted).await?;
            // It gets on: the next break is a new one.
            self.wait = FIRST_WAIT;
        }
        self.withheld.looked(begun_at);
        round.end();
        Ok(())
    }

    /// Leaves a mail to a later look, or puts it aside where the server keeps to its refusal.
    async fn pass_over(
        &mut self,
        mailbox: &mut Mailbox,
        uid: u32,
        reason: &str,
    ) -> Result<(), ImapError> {
        let now = self.app.clock.now();
        if self.withheld.refused(uid, reason, now) < REFUSALS {
            return Ok(());
        }
        match mailbox.move_to(&[uid], &self.inbox.quarantine).await {
            // It stays where it is, and is asked for again, ever more seldom.
            Err(ImapError::Refused { .. }) => return Ok(()),
            moved => moved?,
        }
        self.withheld.is_aside(uid);
        self.app.metrics.mail_unread();
        warn!(
            event = "inbox.quarantined",
            uid, reason, "A mail was put aside: the server does not hand it out: {reason}",
        );
        Ok(())
    }

    /// The UID behind which mails are unread. Where they are moved or deleted, whatever still lies in
    /// the folder is unread; where they stay, the cursor says it, unless it is of another UIDVALIDITY.
    async fn first_unread(&self, mailbox: &Mailbox) -> anyhow::Result<u32> {
        if self.inbox.after != AfterReading::Flag {
            return Ok(0);
        }
        let mut conn = self.app.store.read().await?;
        let cursor = inbox::cursor(&mut conn, self.name)
            .await
            .context("reading the mailbox cursor")?;
        Ok(cursor
            .filter(|cursor| cursor.uid_validity == mailbox.uid_validity())
            .map_or(0, |cursor| cursor.last_uid))
    }

    /// Moves the cursor, once all before it is on disk, but not past what is withheld.
    async fn remember(&self, uid_validity: u32, last_uid: u32) -> anyhow::Result<()> {
        if self.inbox.after != AfterReading::Flag {
            return Ok(());
        }
        let cursor = Cursor {
            uid_validity,
            last_uid: self.withheld.whole_up_to(last_uid),
        };
        retrying(|| async {
            let mut tx = self.app.store.begin().await?;
            inbox::set_cursor(&mut tx, self.name, cursor).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(())
        })
        .await
        .context("moving the mailbox cursor")
    }
}

/// Opens the mailbox, making the folders that mails are moved to.
pub async fn open(inbox: &Inbox) -> Result<Mailbox, ImapError> {
    Mailbox::open(&inbox.url, &options(inbox)).await
}

/// How the mailbox is opened: the folders that mails are moved to are made.
pub fn options(inbox: &Inbox) -> MailboxOptions {
    let folders = match inbox.after {
        AfterReading::Move => vec![inbox.processed.clone(), inbox.quarantine.clone()],
        AfterReading::Flag | AfterReading::Delete => vec![inbox.quarantine.clone()],
    };
    MailboxOptions {
        folders,
        poll: inbox.poll,
        extra_roots: inbox.authorities.clone(),
        tokens: inbox
            .oauth
            .as_ref()
            .map(|oauth| Arc::new(AccessTokens::new(oauth.clone(), &inbox.authorities))),
        ..MailboxOptions::default()
    }
}

/// What lease and cursor of a mailbox are kept under: whose it is and where, without the password.
fn name_of(inbox: &Inbox) -> String {
    let user = inbox.oauth.as_ref().map(|oauth| oauth.user.as_str());
    let user = user.or(inbox.url.user()).unwrap_or_default();
    format!("{user} {}/{}", inbox.url.server(), inbox.url.folder())
}
