//! The mail reader: takes mails out of the mailbox, has each read, and puts it out of the way.
//!
//! A mail is put out of the way only after its effect is on disk; should the daemon end in between,
//! the mail comes again and is known by its fingerprint. Any error drops the connection, and the
//! next one begins at the start of the folder: what lies there was not put away.

use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::imap::{Fetched, ImapError, Mailbox, MailboxOptions, Woken},
    store::inbox::{self, Cursor},
    workflow::read_mail::{self, Arrival, Effect, ReadMailError},
};

/// What [`crate::reading`] takes at most; larger ones are not even fetched.
const MAIL_OCTETS_MAX: u32 = 10 * 1024 * 1024;
/// Mails fetched at once, and put away by one command.
const BATCH: usize = 100;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Runs until told to stop, connecting again whenever the connection breaks.
pub async fn run(app: App, inbox: Inbox, stop: CancellationToken) -> anyhow::Result<()> {
    let options = options(&inbox);
    run_with(app, inbox, options, stop).await
}

/// The same with a mailbox opened otherwise, for tests that wait for a limit to pass.
pub async fn run_with(
    app: App,
    inbox: Inbox,
    options: MailboxOptions,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut wait = FIRST_WAIT;
    while !stop.is_cancelled() {
        match read_until_broken(&app, &inbox, &options, &stop, &mut wait).await {
            Ok(()) => return Ok(()),
            Err(Broken::Imap(error)) => warn!(
                event = "inbox.unreachable",
                retry_s = wait.as_secs(),
                "The mailbox cannot be read, again in {} s: {error}",
                wait.as_secs(),
            ),
            Err(Broken::Other(error)) => return Err(error),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
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

async fn read_until_broken(
    app: &App,
    inbox: &Inbox,
    options: &MailboxOptions,
    stop: &CancellationToken,
    wait: &mut Duration,
) -> Result<(), Broken> {
    let opening = Mailbox::open(&inbox.url, options);
    let Some(opened) = stop.run_until_cancelled(opening).await else {
        return Ok(());
    };
    let mut mailbox = opened?;
    info!(
        event = "inbox.connected",
        waiting = mailbox.exists(),
        "Reading the mailbox, {} mail(s) are in it",
        mailbox.exists(),
    );
    while !stop.is_cancelled() {
        read_new(app, inbox, &mut mailbox, stop).await?;
        // Not earlier: a server that refuses to move mails would be asked every second for ever.
        *wait = FIRST_WAIT;
        let renew = inbox.idle_renew.unwrap_or(inbox.poll);
        if mailbox.wait(renew, stop).await? == Woken::Stopped {
            break;
        }
    }
    mailbox.close().await;
    Ok(())
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
        ..MailboxOptions::default()
    }
}

/// Reads everything new; how many mails there were.
async fn read_new(
    app: &App,
    inbox: &Inbox,
    mailbox: &mut Mailbox,
    stop: &CancellationToken,
) -> Result<usize, Broken> {
    let mut after = first_unread(app, inbox, mailbox).await?;
    let mut count = 0;
    while !stop.is_cancelled() {
        let fetching = mailbox.fetch_after(after, BATCH, MAIL_OCTETS_MAX);
        let mails = match stop.run_until_cancelled(fetching).await {
            Some(Err(ImapError::Unreadable { uid, reason, .. })) => {
                pass_over(inbox, mailbox, uid, &reason).await?;
                after = uid;
                continue;
            }
            Some(fetched) => fetched?,
            None => break,
        };
        let Some(last) = mails.last() else { break };
        after = last.uid;
        count += mails.len();
        let mut done = Vec::new();
        let mut aside = Vec::new();
        for mail in mails {
            let uid = mail.uid;
            if mail.processed {
                // Only moving it is left, where mails were flagged before and are moved now.
                if inbox.after != AfterReading::Flag {
                    done.push(uid);
                }
                continue;
            }
            match read_one(app, inbox, mailbox.uid_validity(), mail).await? {
                Effect::Quarantined => aside.push(uid),
                Effect::Rejected | Effect::Answered | Effect::Recorded | Effect::Ignored => {
                    done.push(uid);
                }
            }
        }
        mailbox.move_to(&aside, &inbox.quarantine).await?;
        match inbox.after {
            AfterReading::Move => mailbox.move_to(&done, &inbox.processed).await?,
            AfterReading::Flag => mailbox.flag(&done).await?,
            AfterReading::Delete => mailbox.delete(&done).await?,
        }
    }
    Ok(count)
}

/// Puts a mail aside that the server does not hand out, so that those behind it are read.
async fn pass_over(
    inbox: &Inbox,
    mailbox: &mut Mailbox,
    uid: u32,
    reason: &str,
) -> Result<(), ImapError> {
    warn!(
        event = "inbox.quarantined",
        uid, reason, "A mail was put aside: the server does not hand it out: {reason}",
    );
    match mailbox.move_to(&[uid], &inbox.quarantine).await {
        // It stays where it is, and is passed over again the next time.
        Err(ImapError::Refused { .. }) => Ok(()),
        moved => moved,
    }
}

/// The UID behind which mails are unread. Where they are moved or deleted, whatever still lies in
/// the folder is unread; where they stay, the cursor says it, unless it is of another UIDVALIDITY.
async fn first_unread(app: &App, inbox: &Inbox, mailbox: &Mailbox) -> anyhow::Result<u32> {
    if inbox.after != AfterReading::Flag {
        return Ok(0);
    }
    let mut conn = app.store.read().await?;
    let cursor = inbox::cursor(&mut conn, &name_of(inbox))
        .await
        .context("reading the mailbox cursor")?;
    Ok(cursor
        .filter(|cursor| cursor.uid_validity == mailbox.uid_validity())
        .map_or(0, |cursor| cursor.last_uid))
}

async fn read_one(
    app: &App,
    inbox: &Inbox,
    uid_validity: u32,
    mail: Fetched,
) -> anyhow::Result<Effect> {
    let Some(raw) = mail.raw else {
        warn!(
            event = "inbox.quarantined",
            size = mail.size,
            "A mail of {} octets was put aside: it is over the limit of {MAIL_OCTETS_MAX}",
            mail.size,
        );
        return Ok(Effect::Quarantined);
    };
    let name = name_of(inbox);
    let cursor = Cursor {
        uid_validity,
        last_uid: mail.uid,
    };
    let arrival = Arrival {
        raw: &raw,
        cursor: Some((&name, cursor)),
    };
    match read_mail::read_mail(app, &arrival, false).await {
        Ok(outcome) => Ok(outcome.effect),
        // It would come again for ever, and hold up all others.
        Err(ReadMailError::Store(refused)) if refused.is_about_the_values() => {
            error!(
                event = "inbox.quarantined",
                "A mail was put aside, the database cannot keep what it says or leads to: {refused}"
            );
            Ok(Effect::Quarantined)
        }
        Err(error) => Err(anyhow::Error::new(error).context("reading a mail")),
    }
}

/// What the cursor of a mailbox is kept under: no password in it.
fn name_of(inbox: &Inbox) -> String {
    format!("{}/{}", inbox.url.server(), inbox.url.folder())
}
