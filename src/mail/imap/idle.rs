//! Waiting for mail.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::conversation::Command;
use super::{ImapError, Mailbox};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The server spoke of messages since the last look.
    NewMail,
    /// The time is over and the connection is alive. Worth a look: not every
    /// server announces everything.
    Renewed,
    /// The caller asked to stop.
    Stopped,
}

impl Mailbox {
    /// Waits until there may be something new, at most for `renew`, or until
    /// told to stop.
    ///
    /// Uses IDLE (RFC 2177) where the server has it, and asks from time to
    /// time ([`MailboxOptions::poll`](super::MailboxOptions::poll)) whether it
    /// has or not: a connection that is dead without a word does not answer
    /// then. May be dropped at any time; the next command then ends the IDLE.
    pub async fn wait(
        &mut self,
        renew: Duration,
        stop: &CancellationToken,
    ) -> Result<Woken, ImapError> {
        let until = Instant::now() + renew;
        let mut stopped = stop.is_cancelled();
        while !stopped && !self.conversation.arrived && Instant::now() < until {
            let next_look = until.min(Instant::now() + self.poll);
            stopped = if self.abilities.idle {
                self.idle(next_look, stop).await?
            } else {
                pause(next_look, stop).await
            };
            if !stopped {
                // Also proves that the connection is alive, and makes
                // servers speak that announce nothing by themselves.
                self.look().await?;
            }
        }
        Ok(if stopped {
            Woken::Stopped
        } else if self.conversation.arrived {
            Woken::NewMail
        } else {
            Woken::Renewed
        })
    }

    /// Has the server look for new mail and announce it.
    pub(super) async fn look(&mut self) -> Result<(), ImapError> {
        let command = Command::new("NOOP", "look for mail");
        self.conversation.demand(command, |_| {}).await
    }

    /// Listens until mail is announced. True when told to stop.
    async fn idle(&mut self, until: Instant, stop: &CancellationToken) -> Result<bool, ImapError> {
        if !self.conversation.begin_idle().await? {
            // It offers IDLE and refuses it: then we ask.
            self.abilities.idle = false;
            return Ok(false);
        }
        let mut stopped = false;
        while !stopped && !self.conversation.arrived {
            // The deadline is fixed: keep-alives of the server must not move
            // it.
            tokio::select! {
                biased;
                () = stop.cancelled() => stopped = true,
                heard = timeout_at(until, self.conversation.overhear()) => match heard {
                    Ok(heard) => heard?,
                    Err(_) => break,
                },
            }
        }
        self.conversation.end_idle().await?;
        Ok(stopped)
    }
}

/// Sleeps until then. True when told to stop.
async fn pause(until: Instant, stop: &CancellationToken) -> bool {
    tokio::select! {
        biased;
        () = stop.cancelled() => true,
        () = sleep_until(until) => false,
    }
}
