//! The mail reader: takes mails out of the mailbox, has each read, and puts it out of the way.
//!
//! A mail is put out of the way only after its effect is on disk; should the daemon end in between,
//! the mail comes again and is known by its fingerprint. Any error drops the connection, and the
//! next one begins at the start of the folder: what lies there was not put away.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::inbox_batch::{Batch, MAIL_OCTETS_MAX};
use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::{
        access_token::AccessTokens,
        imap::{ImapError, Mailbox, MailboxOptions, Woken},
    },
    store::inbox,
};

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
        extra_roots: inbox.authorities.clone(),
        tokens: inbox
            .oauth
            .as_ref()
            .map(|oauth| Arc::new(AccessTokens::new(oauth.clone(), &inbox.authorities))),
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
        let name = name_of(inbox);
        let mut batch = Batch::new(app, inbox, &name, mailbox.uid_validity());
        for mail in mails {
            batch.read(mail).await?;
        }
        batch.take_in_waiting().await?;
        let (done, aside) = (batch.done, batch.aside);
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

/// What the cursor of a mailbox is kept under: no password in it.
fn name_of(inbox: &Inbox) -> String {
    format!("{}/{}", inbox.url.server(), inbox.url.folder())
}
