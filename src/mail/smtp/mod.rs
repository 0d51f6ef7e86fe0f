//! Sending a mail: bytes in, what became of them out.
//!
//! Callers use [`Smtp::send`] and get a [`Delivery`]; nothing here is an
//! error, because a mail that could not be sent now is everyday business.
//! What follows from it (when to try again, whom to tell) is the outbox's.
//!
//! - [`SmtpUrl`] says where the mail server is and how to talk to it;
//! - `connection` speaks SMTP, each step under its own time limit;
//! - `protection` is the stream below, in clear text or under TLS;
//! - `classify` turns what went wrong into a [`Delivery`].
//!
//! Only the server's answer to one mail can fail that mail. Whatever else is
//! wrong (no connection, TLS, the sign-in, our own sender address) is for the
//! operator to repair, and the mail waits.

mod classify;
mod connection;
mod protection;
mod smtp_url;

use std::sync::Arc;
use std::time::{Duration, Instant};

use lettre::Address;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio::sync::{Mutex, Semaphore};

pub use classify::Delivery;
pub use smtp_url::{Encryption, InvalidSmtpUrl, SmtpUrl};

use super::access_token::{AccessToken, AccessTokens};
use crate::trust;
use classify::{Cause, Step, Trouble};
use connection::{Connection, Letter};

/// A kept connection that has been idle for longer than this is not used
/// again: servers end idle sessions after a few minutes (RFC 5321, section
/// 4.5.3.2.7), and then the next mail would find it out the slow way.
const KEEP_IDLE: Duration = Duration::from_secs(60);

/// How long each step of a delivery may take. RFC 5321, section 4.5.3.2,
/// allows more for most of them; a courier that has other mails to deliver
/// has less patience, except for the last answer, where giving up early
/// means a second copy.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Reaching the server, and the TLS handshake.
    pub connect: Duration,
    /// The answer to each command.
    pub command: Duration,
    /// `DATA` and handing over the text.
    pub text: Duration,
    /// The answer to the final dot.
    pub confirmation: Duration,
}

impl Limits {
    /// The usual limits, with connecting and commands held to `timeout`.
    pub fn within(timeout: Duration) -> Self {
        Self {
            connect: timeout.min(Duration::from_secs(10)),
            command: timeout.min(Duration::from_secs(60)),
            text: Duration::from_secs(120),
            confirmation: Duration::from_secs(600),
        }
    }
}

/// The way to one mail server, with connections that are kept and reused.
pub struct Smtp {
    url: SmtpUrl,
    limits: Limits,
    tls: Option<Arc<ClientConfig>>,
    tokens: Option<AccessTokens>,
    slots: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Smtp {
    /// A way to the server at `url` over at most `connections` at a time,
    /// none of which is opened before the first mail. `timeout` is
    /// `smtp.timeout`. With TLS, the system's certificate authorities are
    /// trusted, and `extra_roots` beside them.
    pub fn new(
        url: SmtpUrl,
        connections: usize,
        timeout: Duration,
        extra_roots: &[CertificateDer<'static>],
    ) -> Self {
        Self {
            tls: match url.encryption() {
                Encryption::None => None,
                Encryption::Opportunistic | Encryption::Required | Encryption::Implicit => {
                    Some(trust::trusting(extra_roots))
                }
            },
            url,
            limits: Limits::within(timeout),
            tokens: None,
            slots: Semaphore::new(connections.max(1)),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// The same, signing in with access tokens (XOAUTH2) in place of a password.
    #[must_use]
    pub fn with_tokens(mut self, tokens: AccessTokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The same with other limits, for tests that wait for one to pass.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Hands one mail to the server. Without `envelope_from` the sender is
    /// the null sender `<>` (RFC 5321, section 4.5.5), so that no bounce
    /// answers a bounce.
    ///
    /// Waits for a free connection first. Dropping the future ends the
    /// connection; the mail may then have been delivered.
    pub async fn send(
        &self,
        envelope_from: Option<&str>,
        recipient: &str,
        bytes: &[u8],
    ) -> Delivery {
        let Some(recipient) = envelope_address(recipient) else {
            return Delivery::Failed {
                reason: "the recipient's address is not one that mail can be sent to".to_owned(),
                recipient_refused: false,
            };
        };
        let sender = match envelope_from.map(envelope_address) {
            None => None,
            Some(Some(sender)) => Some(sender),
            Some(None) => {
                return Delivery::deferred(
                    "the sender is not a mail address; see mail.from and mail.bounce_to".to_owned(),
                );
            }
        };
        let letter = Letter {
            sender,
            recipient,
            bytes,
        };
        let _slot = self
            .slots
            .acquire()
            .await
            .expect("the semaphore is never closed");

        if let Some(mut connection) = self.take_idle().await
            && connection.begin(&letter).await.is_ok()
        {
            return self.finish(connection, &letter).await;
        }
        // There was no idle connection, or the server had had enough of it.
        // Nothing of the mail has been sent, so a fresh one may try.
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(trouble) => return Delivery::deferred(trouble.reason(self.url.server())),
        };
        match connection.begin(&letter).await {
            Ok(()) => self.finish(connection, &letter).await,
            Err(trouble) => self.settle(connection, trouble).await,
        }
    }

    /// Does all that comes before a mail (connecting, greeting, TLS, the
    /// sign-in) and takes leave. The error is a sentence for the operator.
    pub async fn check(&self) -> Result<(), String> {
        match self.connect().await {
            Ok(connection) => {
                connection.quit().await;
                Ok(())
            }
            Err(trouble) => Err(trouble.reason(self.url.server())),
        }
    }

    /// Connects and signs in. An access token that was used before and is refused is replaced, once.
    async fn connect(&self) -> Result<Connection, Trouble> {
        let open = |token| Connection::open(&self.url, self.tls.as_ref(), token, self.limits);
        let Some(tokens) = &self.tokens else {
            return open(None).await;
        };
        let user = tokens.user();
        let token = token(tokens).await?;
        match open(Some((user, &token))).await {
            Err(trouble) if trouble.refuses_the_sign_in() && tokens.refused(&token).await => {}
            opened => return opened,
        }
        let token = self::token(tokens).await?;
        open(Some((user, &token))).await
    }

    async fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().await;
        idle.retain(|idle| idle.since.elapsed() < KEEP_IDLE);
        idle.pop().map(|idle| idle.connection)
    }

    async fn keep(&self, connection: Connection) {
        self.idle.lock().await.push(Idle {
            connection,
            since: Instant::now(),
        });
    }

    async fn finish(&self, mut connection: Connection, letter: &Letter<'_>) -> Delivery {
        match connection.deliver(letter).await {
            Ok(reply) => {
                self.keep(connection).await;
                Delivery::Delivered { reply }
            }
            Err(trouble) => self.settle(connection, trouble).await,
        }
    }

    async fn settle(&self, mut connection: Connection, trouble: Trouble) -> Delivery {
        if trouble.leaves_a_session() && connection.reset().await {
            self.keep(connection).await;
        }
        trouble.into_delivery(self.url.server())
    }
}

async fn token(tokens: &AccessTokens) -> Result<AccessToken, Trouble> {
    tokens.current().await.map_err(|error| Trouble {
        step: Step::SignIn,
        cause: Cause::NoToken(error.to_string()),
    })
}

/// The address as it stands in the envelope: the domain as A-labels, so that
/// only a local part can ask for SMTPUTF8.
fn envelope_address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    if text.chars().any(char::is_control) {
        return None; // It would end the command.
    }
    if domain.starts_with('[') {
        return Address::new(local, domain).ok();
    }
    Address::new(local, idna::domain_to_ascii(domain).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_spoken_as_a_labels() {
        let address = envelope_address("anna@Bücher.example").expect("it is an address");
        assert_eq!(address.to_string(), "anna@xn--bcher-kva.example");
    }

    #[test]
    fn a_line_break_never_reaches_the_envelope() {
        assert_eq!(envelope_address("anna@example.com\r\nDATA"), None);
        assert_eq!(envelope_address("\"an\r\nna\"@example.com"), None);
        assert_eq!(envelope_address("anna"), None);
    }

    #[test]
    fn the_timeout_holds_connecting_and_commands_only() {
        let limits = Limits::within(Duration::from_secs(30));
        assert_eq!(limits.connect, Duration::from_secs(10));
        assert_eq!(limits.command, Duration::from_secs(30));
        assert_eq!(limits.confirmation, Duration::from_secs(600));
        assert_eq!(
            Limits::within(Duration::from_secs(5)).connect,
            Duration::from_secs(5)
        );
    }
}
