//! Sending a mail: bytes in, what became of them out.
//!
//! Callers use [`Smtp::send`] and get a [`Delivery`]; nothing here is an
//! error, because a mail that could not be sent now is everyday business.
//! What follows from it (when to try again, whom to tell) is the outbox's.
//!
//! - [`SmtpUrl`] says where the mail server is and how to talk to it;
//! - `connection` speaks SMTP, each step under its own time limit;
//! - `protection` is the stream below, in clear text or under TLS;
//! - `classify` turns what went wrong into a [`Delivery`];
//! - `breaker` knows whether the server is worth another attempt.
//!
//! Only the server's answer to one mail can fail that mail. Whatever else is
//! wrong (no connection, TLS, the sign-in, our own sender address) is for the
//! operator to repair, and the mail waits.

mod breaker;
mod classify;
mod connection;
mod delivery;
mod protection;
mod smtp_url;

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use lettre::Address;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio::sync::{Mutex, Semaphore};

pub use breaker::{Change, Permit, Standing};
pub use delivery::Delivery;
pub use smtp_url::{Encryption, InvalidSmtpUrl, SmtpUrl};

use super::access_token::{AccessToken, AccessTokens};
use crate::domain::timestamp::Timestamp;
use crate::trust;
use breaker::Breaker;
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
    breaker: std::sync::Mutex<Breaker>,
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
            breaker: std::sync::Mutex::default(),
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

    /// How many mails may be handed over at this time.
    pub fn permit(&self, now: Timestamp) -> Permit {
        self.breaker().permit(now)
    }

    /// The same for whoever holds to it: [`Permit::One`] is given to one alone, until the next one
    /// may try.
    pub fn claim(&self, now: Timestamp) -> Permit {
        self.breaker().claim(now)
    }

    /// When it last took a mail, as [`took`](Self::took) heard.
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.breaker().taken_at
    }

    /// Takes note that it took a mail.
    pub fn took(&self, now: Timestamp) {
        self.breaker().taken_at = Some(now);
    }

    /// Takes note of what an attempt showed.
    pub fn note(&self, standing: Standing, now: Timestamp) -> Option<Change> {
        self.breaker().note(standing, now)
    }

    /// Takes note that the server is away, as a [`check`](Self::check) found.
    pub fn trip(&self, now: Timestamp) -> Option<Change> {
        self.breaker().trip(now)
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        // Whoever panicked with it left it whole: nothing in it waits or calls.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.hand_over(envelope_from, recipient, bytes).await.0
    }

    /// The same, and what it showed of the server.
    pub async fn hand_over(
        &self,
        envelope_from: Option<&str>,
        recipient: &str,
        bytes: &[u8],
    ) -> (Delivery, Standing) {
        let Some(recipient) = envelope_address(recipient) else {
            let failed = Delivery::Failed {
                reason: "the recipient's address is not one that mail can be sent to".to_owned(),
                recipient_refused: false,
            };
            return (failed, Standing::Unsaid);
        };
        let sender = match envelope_from.map(envelope_address) {
            None => None,
            Some(Some(sender)) => Some(sender),
            Some(None) => {
                let deferred = Delivery::deferred(
                    "the sender is not a mail address; see mail.from and mail.bounce_to".to_owned(),
                );
                return (deferred, Standing::Unsaid);
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
            Err(trouble) => return self.outcome(trouble),
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

    async fn finish(
        &self,
        mut connection: Connection,
        letter: &Letter<'_>,
    ) -> (Delivery, Standing) {
        match connection.deliver(letter).await {
            Ok(reply) => {
                self.keep(connection).await;
                (Delivery::Delivered { reply }, Standing::Serves)
            }
            Err(trouble) => self.settle(connection, trouble).await,
        }
    }

    async fn settle(&self, mut connection: Connection, trouble: Trouble) -> (Delivery, Standing) {
        if trouble.leaves_a_session() && connection.reset().await {
            self.keep(connection).await;
        }
        self.outcome(trouble)
    }

    fn outcome(&self, trouble: Trouble) -> (Delivery, Standing) {
        let standing = trouble.standing();
        (trouble.into_delivery(self.url.server()), standing)
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
