//! One SMTP session: opening it and sending mails through it.
//!
//! The talk itself is lettre's. Ours are the stream below it (lettre's own
//! leaves Nagle's algorithm on, which costs 40 ms a mail), TLS on it, and a
//! time limit around every step, because lettre waits for ever.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::classify::{Cause, Step, Trouble, one_line};
use super::protection::protect;
use super::{Limits, SmtpUrl};
use crate::mail::access_token::AccessToken;

/// A mail in its envelope.
pub(super) struct Letter<'a> {
    /// `None` is the null sender.
    pub(super) sender: Option<Address>,
    pub(super) recipient: Address,
    pub(super) bytes: &'a [u8],
}

/// A session that is greeted, protected and signed in as the URL says.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    limits: Limits,
}

impl Connection {
    pub(super) async fn open(
        url: &SmtpUrl,
        tls: Option<&Arc<ClientConfig>>,
        token: Option<(&str, &AccessToken)>,
        limits: Limits,
    ) -> Result<Self, Trouble> {
        let hello_name = url.hello_name();
        let stream = within(limits.connect, Step::Connect, async {
            let stream = TcpStream::connect((url.host(), url.port())).await?;
            stream.set_nodelay(true)?;
            Ok::<_, io::Error>(stream)
        })
        .await?;
        let stream = protect(stream, url, tls, &hello_name, limits).await?;
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello_name);
        let mut smtp = within(limits.command, Step::Greeting, greeting).await?;
        if let Some((user, token)) = token {
            show_token(&mut smtp, user, token, limits.command).await?;
        } else if let Some((user, password)) = url.sign_in() {
            sign_in(&mut smtp, user, password, limits.command).await?;
        }
        Ok(Self { smtp, limits })
    }

    /// Names the sender. Nothing of the mail itself has been sent after it,
    /// so a failure here may be repeated on another connection.
    pub(super) async fn begin(&mut self, letter: &Letter<'_>) -> Result<(), Trouble> {
        let mut parameters = Vec::new();
        // Domains are A-labels already.
        let addresses = letter.sender.iter().chain([&letter.recipient]);
        if !addresses.map(Address::user).all(str::is_ascii) {
            let what = "SMTPUTF8, which this address needs";
            self.need(Extension::SmtpUtfEight, Step::Recipient, what)?;
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !letter.bytes.is_ascii() {
            let what = "8BITMIME, which this mail needs";
            self.need(Extension::EightBitMime, Step::Text, what)?;
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = self
            .smtp
            .command(Mail::new(letter.sender.clone(), parameters));
        expect_done(
            Step::Sender,
            within(self.limits.command, Step::Sender, mail).await?,
        )?;
        Ok(())
    }

    /// The rest of the delivery after [`begin`](Self::begin). Returns the
    /// server's last line.
    pub(super) async fn deliver(&mut self, letter: &Letter<'_>) -> Result<String, Trouble> {
        let recipient = self
            .smtp
            .command(Rcpt::new(letter.recipient.clone(), Vec::new()));
        let reply = within(self.limits.command, Step::Recipient, recipient).await?;
        expect_done(Step::Recipient, reply)?;

        let reply = within(self.limits.text, Step::Text, self.smtp.command(Data)).await?;
        if reply.code().severity != Severity::PositiveIntermediate {
            return Err(Trouble {
                step: Step::Text,
                cause: Cause::Unintelligible,
            });
        }
        let reply = expect_done(Step::Confirmation, self.hand_over(letter.bytes).await?)?;
        let text = reply.message().collect::<Vec<_>>().join(" ");
        Ok(one_line(&format!("{} {text}", reply.code())))
    }

    /// Makes the session ready for the next mail after one was refused.
    /// `false`: it is not to be used again.
    pub(super) async fn reset(&mut self) -> bool {
        let reset = self.smtp.command("RSET\r\n");
        within(self.limits.command, Step::Sender, reset)
            .await
            .is_ok()
    }

    /// Takes leave. Whether the server answers makes no difference.
    pub(super) async fn quit(mut self) {
        let _ = tokio::time::timeout(self.limits.command, self.smtp.quit()).await;
    }

    /// Sends the mail's text and waits for the last answer, knowing at any
    /// moment whether the final dot may already have reached the server.
    async fn hand_over(&mut self, bytes: &[u8]) -> Result<Response, Trouble> {
        // lettre puts a line break before the final dot.
        let text = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        // It asks for a further part when it has sent the text and is about
        // to send the dot.
        let (text_is_out, mut dot_follows) = oneshot::channel();
        let mut text_is_out = Some(text_is_out);
        let parts = std::iter::once(text).chain(std::iter::from_fn(move || {
            text_is_out
                .take()
                .and_then(|text_is_out| text_is_out.send(()).err());
            None
        }));
        let mut answer = pin!(self.smtp.message_iter(parts));
        let early = within(self.limits.text, Step::Text, async {
            tokio::select! {
                biased;
                answer = &mut answer => Ok::<_, Cause>(Some(answer)),
                _ = &mut dot_follows => Ok(None),
            }
        });
        match early.await? {
            None => within(self.limits.confirmation, Step::Confirmation, answer).await,
            Some(answer) => answer.map_err(|error| {
                let dot_was_next = dot_follows.try_recv().is_ok();
                let step = if dot_was_next {
                    Step::Confirmation
                } else {
                    Step::Text
                };
                Trouble {
                    step,
                    cause: error.into(),
                }
            }),
        }
    }

    fn need(&self, extension: Extension, step: Step, what: &'static str) -> Result<(), Trouble> {
        if self.smtp.server_info().supports_feature(extension) {
            return Ok(());
        }
        Err(Trouble {
            step,
            cause: Cause::Lacking(what),
        })
    }
}

async fn sign_in(
    smtp: &mut AsyncSmtpConnection,
    user: &str,
    password: &str,
    limit: Duration,
) -> Result<(), Trouble> {
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    if smtp.server_info().get_auth_mechanism(&mechanisms).is_none() {
        let cause = Cause::Lacking("a sign-in with a password (AUTH PLAIN or LOGIN)");
        return Err(Trouble {
            step: Step::SignIn,
            cause,
        });
    }
    let credentials = Credentials::new(user.to_owned(), password.to_owned());
    let reply = within(limit, Step::SignIn, smtp.auth(&mechanisms, &credentials)).await?;
    expect_done(Step::SignIn, reply)?;
    Ok(())
}

/// Signs in by XOAUTH2.
async fn show_token(
    smtp: &mut AsyncSmtpConnection,
    user: &str,
    token: &AccessToken,
    limit: Duration,
) -> Result<(), Trouble> {
    let server = smtp.server_info();
    if server.get_auth_mechanism(&[Mechanism::Xoauth2]).is_none() {
        let cause = Cause::Lacking("a sign-in with an access token (AUTH XOAUTH2)");
        return Err(Trouble {
            step: Step::SignIn,
            cause,
        });
    }
    let signing_in = async {
        let command = format!("AUTH XOAUTH2 {}\r\n", token.xoauth2(user));
        let reply = smtp.command(command).await?;
        if reply.code().severity != Severity::PositiveIntermediate {
            return Ok(reply);
        }
        // A refusal comes as a further question, with the reason in it; the refusal proper follows
        // when that is answered with an empty line.
        smtp.command("\r\n").await
    };
    let replied = within(limit, Step::SignIn, signing_in).await;
    let signed_in = replied.and_then(|reply| expect_done(Step::SignIn, reply));
    signed_in.map(drop).map_err(|trouble| Trouble {
        cause: trouble.cause.without(|text| token.hidden_in(text)),
        ..trouble
    })
}

pub(super) fn expect_done(step: Step, reply: Response) -> Result<Response, Trouble> {
    match reply.code().severity {
        Severity::PositiveCompletion => Ok(reply),
        Severity::PositiveIntermediate
        | Severity::TransientNegativeCompletion
        | Severity::PermanentNegativeCompletion => Err(Trouble {
            step,
            cause: reply.into(),
        }),
    }
}

pub(super) async fn within<T, E: Into<Cause>>(
    limit: Duration,
    step: Step,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Trouble {
            step,
            cause: error.into(),
        }),
        Err(_) => Err(Trouble {
            step,
            cause: Cause::Late(limit),
        }),
    }
}
