//! The development mailbox: where mails go that nobody should get.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::timestamp::Timestamp;

/// The oldest mails are forgotten beyond this many.
const MAILS_MAX: usize = 500;

/// A mail as it was handed over.
#[derive(Debug)]
pub struct DevMail {
    /// Names it, counting from 1.
    pub id: u64,
    /// When it was handed over.
    pub at: Timestamp,
    /// Envelope sender; none for the null sender.
    pub from: Option<String>,
    /// Envelope recipient.
    pub to: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Mails in memory, the newest first.
#[derive(Default)]
pub struct DevMailbox {
    mails: Mutex<(u64, VecDeque<Arc<DevMail>>)>,
}

impl DevMailbox {
    /// Takes a mail.
    pub fn put(&self, at: Timestamp, from: Option<&str>, to: &str, bytes: &[u8]) {
        let mut mails = self.lock();
        mails.0 += 1;
        let mail = DevMail {
            id: mails.0,
            at,
            from: from.map(str::to_owned),
            to: to.to_owned(),
            bytes: bytes.to_vec(),
        };
        mails.1.push_front(Arc::new(mail));
        mails.1.truncate(MAILS_MAX);
    }

    /// All mails, the newest first.
    pub fn all(&self) -> Vec<Arc<DevMail>> {
        self.lock().1.iter().map(Arc::clone).collect()
    }

    /// One mail.
    pub fn find(&self, id: u64) -> Option<Arc<DevMail>> {
        self.lock()
            .1
            .iter()
            .find(|mail| mail.id == id)
            .map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Arc<DevMail>>)> {
        // Nobody can leave the list half-changed, so a poisoned lock is as good as any.
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
