//! One daemon at a time reads a mailbox. A lease says which; the others stand by, and the next one
//! takes over as soon as it is given back, or has run out because its holder is gone.
//!
//! What a mail does is safe without that (it is recorded with its effect): the lease only keeps
//! readers from getting into each other's way.

use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    app::App,
    store::{
        StoreError,
        mailbox_leases::{self, MailboxLease},
        retrying,
    },
};

/// How long a turn lasts that is not renewed.
const LEASE: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Somebody who would like to read the mailbox.
pub(super) struct Candidate<'a> {
    pub(super) app: &'a App,
    pub(super) mailbox: &'a str,
    pub(super) owner: &'a str,
    /// The log says once that it stands by, until it had its turn.
    said: bool,
}

/// The right to read it.
pub(super) struct Turn<'a> {
    app: &'a App,
    lease: MailboxLease,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(app: &'a App, mailbox: &'a str, owner: &'a str) -> Self {
        Self {
            app,
            mailbox,
            owner,
            said: false,
        }
    }

    /// Waits until nobody else reads; none when told to stop.
    pub(super) async fn turn(
        &mut self,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<Turn<'a>>> {
        while !stop.is_cancelled() {
            let taken = self.take().await.context("taking the mailbox's lease")?;
            if let Some(lease) = taken {
                self.said = false;
                return Ok(Some(Turn {
                    app: self.app,
                    lease,
                }));
            }
            self.app.inbox_watch.stands_by();
            if !self.said {
                self.said = true;
                info!(
                    event = "inbox.standby",
                    "Another daemon reads the mailbox; this one stands by"
                );
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
        Ok(None)
    }

    async fn take(&self) -> Result<Option<MailboxLease>, StoreError> {
        let now = self.app.clock.now();
        let (mailbox, owner) = (self.mailbox, self.owner);
        retrying(|| async {
            let mut tx = self.app.store.begin().await?;
            let lease = mailbox_leases::take(&mut tx, mailbox, owner, now, now.plus(LEASE)).await?;
            tx.commit().await?;
            Ok(lease)
        })
        .await
    }
}

impl Turn<'_> {
    /// Renews it again and again; ends when it is lost.
    pub(super) async fn hold(&self) {
        let mut held_until = self.app.clock.now().plus(LEASE);
        loop {
            tokio::time::sleep(RENEW).await;
            let until = self.app.clock.now().plus(LEASE);
            match self.renew(until).await {
                Ok(true) => held_until = until,
                Ok(false) => return,
                Err(error) if self.app.clock.now() < held_until => warn!(
                    event = "database.failed",
                    "The mailbox's lease could not be renewed, again in {} s: {error}",
                    RENEW.as_secs(),
                ),
                Err(_) => return,
            }
        }
    }

    /// Lets another daemon read, at once.
    pub(super) async fn give_back(self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        retrying(|| async {
            let mut tx = self.app.store.begin().await?;
            mailbox_leases::give_back(&mut tx, &self.lease, now).await?;
            tx.commit().await
        })
        .await
    }

    async fn renew(&self, until: crate::domain::timestamp::Timestamp) -> Result<bool, StoreError> {
        retrying(|| async {
            let mut tx = self.app.store.begin().await?;
            let held = mailbox_leases::renew(&mut tx, &self.lease, until).await?;
            tx.commit().await?;
            Ok(held)
        })
        .await
    }
}
