//! Waiting for a change of one access request.
//!
//! Whoever changes a request in this process rings; what other processes change (another daemon on
//! the same database, a command) the change watcher finds within half a second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, futures::OwnedNotified};
use tokio_util::sync::CancellationToken;

use crate::domain::request::RequestId;

/// Who waits for which request. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct RequestChanges {
    waiting: Arc<Mutex<HashMap<RequestId, Bell>>>,
    any: Arc<Notify>,
    closed: CancellationToken,
}

#[derive(Debug, Default)]
struct Bell {
    notify: Arc<Notify>,
    listeners: usize,
}

/// Somebody who waits for one request. Dropping it ends the waiting.
#[derive(Debug)]
pub struct Listener {
    changes: RequestChanges,
    id: RequestId,
    notify: Arc<Notify>,
}

impl RequestChanges {
    /// Says that a request was changed, after the commit.
    pub fn ring(&self, id: RequestId) {
        self.any.notify_one();
        if let Some(bell) = self.lock().get(&id) {
            bell.notify.notify_waiters();
        }
    }

    /// The next change of any request, or one that nobody has heard of yet; for one listener.
    pub async fn next_of_any(&self) {
        self.any.notified().await;
    }

    /// Begins to wait for a request.
    pub fn listen(&self, id: RequestId) -> Listener {
        let mut waiting = self.lock();
        let bell = waiting.entry(id).or_default();
        bell.listeners += 1;
        Listener {
            changes: self.clone(),
            id,
            notify: Arc::clone(&bell.notify),
        }
    }

    /// Whether anybody waits.
    pub fn is_awaited(&self) -> bool {
        !self.lock().is_empty()
    }

    /// How many wait.
    pub fn listeners(&self) -> usize {
        self.lock().values().map(|bell| bell.listeners).sum()
    }

    /// Lets everybody go, now and later: the daemon stops.
    pub fn close(&self) {
        self.closed.cancel();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RequestId, Bell>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// The next change from now on. To miss none, take this before looking at the request.
    pub fn next_change(&self) -> OwnedNotified {
        Arc::clone(&self.notify).notified_owned()
    }

    /// Ends when the daemon stops.
    pub async fn closed(&self) {
        self.changes.closed.cancelled().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut waiting = self.changes.lock();
        let Some(bell) = waiting.get_mut(&self.id) else {
            return;
        };
        bell.listeners -= 1;
        if bell.listeners == 0 {
            waiting.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_between_looking_and_waiting_is_not_missed() {
        let changes = RequestChanges::default();
        let id = RequestId::new();
        let listener = changes.listen(id);
        let change = listener.next_change();
        changes.ring(id);
        changes.ring(RequestId::new());
        change.await;
    }

    #[tokio::test]
    async fn everybody_who_waits_hears_it_and_nobody_else() {
        let changes = RequestChanges::default();
        let id = RequestId::new();
        let listeners = [changes.listen(id), changes.listen(id)];
        let other = changes.listen(RequestId::new());
        let heard: Vec<_> = listeners.iter().map(Listener::next_change).collect();
        let not_theirs = other.next_change();
        changes.ring(id);
        for one in heard {
            one.await;
        }
        tokio::select! {
            biased;
            () = not_theirs => panic!("rung for another request"),
            () = std::future::ready(()) => {}
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_for_whoever_has_gone() {
        let changes = RequestChanges::default();
        let id = RequestId::new();
        let (one, two) = (changes.listen(id), changes.listen(id));
        assert_eq!(changes.listeners(), 2);
        drop(one);
        assert!(changes.is_awaited());
        drop(two);
        assert!(!changes.is_awaited());
        assert_eq!(changes.listeners(), 0);
        let stopped = changes.listen(id);
        changes.close();
        stopped.closed().await;
    }
}
