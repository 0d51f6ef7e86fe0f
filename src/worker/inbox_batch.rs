//! Mails fetched together. They are taken in side by side, so that one commit serves many, except
//! those about whose sender the name servers have to be asked: these come last, and are asked about
//! all at once, so that a name server that does not answer holds up no other mail.

use std::collections::HashMap;

use anyhow::Context;
use futures_util::{StreamExt, future::join_all, stream};
use tracing::{error, warn};

use crate::{
    app::App,
    config::{AfterReading, Inbox},
    mail::{imap::Fetched, own_check::Checked},
    store::Dialect,
    workflow::read_mail::{self, Effect, Opened, ReadMailError},
};

/// What [`crate::reading`] takes at most; larger ones are not even fetched.
pub(super) const MAIL_OCTETS_MAX: u32 = 10 * 1024 * 1024;

/// So many transactions are begun at once where each has a connection of its own: others need some
/// too. SQLite has one for all, and one commit for all.
const AT_ONCE: usize = 8;

/// Where the mails of a batch belong.
#[derive(Default)]
pub(super) struct Sorted {
    /// To be put away.
    pub(super) done: Vec<u32>,
    /// Those of them that were not marked as done before.
    pub(super) newly_done: Vec<u32>,
    /// To be put aside.
    pub(super) aside: Vec<u32>,
}

/// A mail that is understood as far as it can be without the database.
struct Ready {
    uid: u32,
    opened: Opened,
    checked: Checked,
}

/// A mail about whose sender the name servers are to be asked.
struct Unproven {
    uid: u32,
    raw: Vec<u8>,
    opened: Opened,
    domain: String,
}

/// Takes all of them in; what they do is on disk when this returns.
pub(super) async fn take_in(
    app: &App,
    inbox: &Inbox,
    mails: Vec<Fetched>,
) -> anyhow::Result<Sorted> {
    let mut sorted = Sorted::default();
    let (mut ready, mut unproven) = (Vec::new(), Vec::new());
    for mail in mails {
        let Fetched { uid, size, .. } = mail;
        if mail.processed {
            // Only moving it is left, where it could not be moved or was only to be marked before.
            if inbox.after != AfterReading::Flag {
                sorted.done.push(uid);
            }
            continue;
        }
        let Some(raw) = mail.raw else {
            app.metrics.mail_unread();
            warn!(
                event = "inbox.quarantined",
                size,
                "A mail of {size} octets was put aside: it is over the limit of {MAIL_OCTETS_MAX}",
            );
            sorted.aside.push(uid);
            continue;
        };
        let opened = Opened::of(&raw);
        let domain = read_mail::domain_to_check(app, &opened).await;
        match domain.context("reading a mail")? {
            None => ready.push(Ready {
                uid,
                opened,
                checked: Checked::NOTHING,
            }),
            Some(domain) => unproven.push(Unproven {
                uid,
                raw,
                opened,
                domain,
            }),
        }
    }
    sorted.take_in(app, ready).await?;
    sorted.take_in(app, checked(app, unproven).await).await?;
    Ok(sorted)
}

/// Asks about all of them at once.
async fn checked(app: &App, unproven: Vec<Unproven>) -> Vec<Ready> {
    let checks = unproven
        .iter()
        .map(|mail| read_mail::check(app, &mail.raw, &mail.domain));
    let verdicts = join_all(checks).await;
    let ready = unproven.into_iter().zip(verdicts);
    ready
        .map(|(mail, checked)| Ready {
            uid: mail.uid,
            opened: mail.opened,
            checked,
        })
        .collect()
}

impl Sorted {
    async fn take_in(&mut self, app: &App, mails: Vec<Ready>) -> anyhow::Result<()> {
        let at_once = match app.store.dialect() {
            Dialect::Sqlite => mails.len().max(1),
            Dialect::Postgres => AT_ONCE,
        };
        let lines: Vec<_> = lines(mails)
            .into_iter()
            .map(|line| take_in_line(app, line))
            .collect();
        // All are heard out: what is done is done, whatever became of another one.
        let lines: Vec<_> = stream::iter(lines)
            .buffer_unordered(at_once)
            .collect()
            .await;
        for line in lines {
            for (uid, effect) in line? {
                match effect {
                    Effect::Quarantined => self.aside.push(uid),
                    Effect::Rejected | Effect::Answered | Effect::Recorded | Effect::Ignored => {
                        self.done.push(uid);
                        self.newly_done.push(uid);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Mails that came to the same token stand in one line, in the order in which they came.
fn lines(mails: Vec<Ready>) -> Vec<Vec<Ready>> {
    let mut lines: Vec<Vec<Ready>> = Vec::new();
    let mut line_of: HashMap<String, usize> = HashMap::new();
    for mail in mails {
        let token = mail.opened.token().map(str::to_owned);
        let line = match token {
            Some(token) => *line_of.entry(token).or_insert(lines.len()),
            None => lines.len(),
        };
        match lines.get_mut(line) {
            Some(line) => line.push(mail),
            None => lines.push(vec![mail]),
        }
    }
    lines
}

async fn take_in_line(app: &App, line: Vec<Ready>) -> anyhow::Result<Vec<(u32, Effect)>> {
    let mut effects = Vec::with_capacity(line.len());
    for Ready {
        uid,
        opened,
        checked,
    } in line
    {
        let effect = match read_mail::take_in(app, &opened, &checked, false).await {
            Ok(outcome) => outcome.effect,
            // It would come again for ever, and hold up all others.
            Err(ReadMailError::Store(refused)) if refused.is_about_the_values() => {
                app.metrics.mail_unread();
                error!(
                    event = "inbox.quarantined",
                    "A mail was put aside, the database cannot keep what it says or leads to: {refused}"
                );
                Effect::Quarantined
            }
            Err(error) => return Err(anyhow::Error::new(error).context("reading a mail")),
        };
        effects.push((uid, effect));
    }
    Ok(effects)
}
