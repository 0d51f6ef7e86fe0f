//! How the mailbox fares: what the mail reader notices, for whoever asks the daemon.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::timestamp::Timestamp;

/// What is known. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct InboxWatch(Arc<Mutex<Noticed>>);

/// How it fares at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// What the reader does.
    pub standing: Standing,
    /// When everything in the mailbox had been read the last time.
    pub read_at: Option<Timestamp>,
    /// Why mails that were read lie in the inbox still, where they should not.
    pub in_the_way: Option<String>,
}

/// What the reader of the mailbox does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It begins.
    #[default]
    Begins,
    /// It reads what comes.
    Reads,
    /// Another daemon reads.
    StandsBy,
    /// It cannot read.
    Fails {
        /// Since when.
        since: Timestamp,
        /// Why, without an address or a secret.
        reason: String,
    },
}

impl InboxWatch {
    /// How it fares now.
    pub fn noticed(&self) -> Noticed {
        self.lock().clone()
    }

    /// All that was in it is read.
    pub fn was_read(&self, now: Timestamp) {
        let mut noticed = self.lock();
        noticed.standing = Standing::Reads;
        noticed.read_at = Some(now);
    }

    /// Another daemon reads.
    pub fn stands_by(&self) {
        self.lock().standing = Standing::StandsBy;
    }

    /// It cannot be read.
    pub fn fails(&self, now: Timestamp, reason: String) {
        let mut noticed = self.lock();
        let since = match noticed.standing {
            Standing::Fails { since, .. } => since,
            Standing::Begins | Standing::Reads | Standing::StandsBy => now,
        };
        noticed.standing = Standing::Fails { since, reason };
    }

    /// Mails that were read cannot be put away for this reason, or can (none). Whether that is new.
    pub fn is_in_the_way(&self, reason: Option<&str>) -> bool {
        let mut noticed = self.lock();
        let is_new = noticed.in_the_way.is_some() != reason.is_some();
        noticed.in_the_way = reason.map(str::to_owned);
        is_new
    }

    fn lock(&self) -> MutexGuard<'_, Noticed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Noticed {
    /// One line: in a word whether all is well, and when it last was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.standing {
            Standing::Begins => f.write_str("ok, beginning")?,
            Standing::Reads => f.write_str("ok")?,
            Standing::StandsBy => f.write_str("ok, another daemon reads it")?,
            Standing::Fails { since, reason } => write!(f, "failing since {since}: {reason}")?,
        }
        if let Some(at) = self.read_at {
            write!(f, "; last read at {at}")?;
        }
        if let Some(reason) = &self.in_the_way {
            write!(f, "; read mails stay in it: {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_how_it_fares_since_when_and_when_it_last_was_well() {
        let at = Timestamp::from_seconds;
        let watch = InboxWatch::default();
        let says = || watch.noticed().to_string();
        assert_eq!(says(), "ok, beginning");
        watch.was_read(at(0));
        assert_eq!(says(), "ok; last read at 1970-01-01T00:00:00.000Z");
        watch.fails(at(60), "it is away".to_owned());
        watch.fails(at(90), "it is silent".to_owned());
        assert_eq!(
            says(),
            "failing since 1970-01-01T00:01:00.000Z: it is silent; last read at \
             1970-01-01T00:00:00.000Z"
        );
        watch.stands_by();
        assert!(says().starts_with("ok, another daemon reads it; last read"));
        assert!(watch.is_in_the_way(Some("full")) && !watch.is_in_the_way(Some("still full")));
        assert!(says().ends_with("; read mails stay in it: still full"));
        assert!(watch.is_in_the_way(None) && !watch.is_in_the_way(None));
    }
}
