//! Commands and their answers, one at a time.
//!
//! async-imap frames and parses what the server sends; asking and judging the
//! answer is done here, because its own commands take NO and BAD for an empty
//! answer, wait without end, and take a closed connection for an end of mail.

use std::io;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, Status};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::ImapError;
use super::imap_error::{FOLDER_IS_GONE, is_passing, printable};
use super::wire::Wire;

/// How long LOGOUT may take: nobody needs its answer.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// A connection on which commands are asked and answered.
///
/// A command that was cut short, by an error, a deadline or because its
/// future was dropped, leaves half an answer on the way. From then on every
/// command fails at once.
#[derive(Debug)]
pub(super) struct Conversation {
    client: Client<Wire>,
    server: String,
    answer_within: Duration,
    tags: u64,
    sound: bool,
    /// The tag of an IDLE that has not been ended yet.
    idling: Option<String>,
    /// The server spoke of messages (EXISTS) since this was last set to
    /// false.
    pub(super) arrived: bool,
}

/// A command, and what is known about answering it. It may hold the password,
/// so it cannot be printed.
#[derive(Clone, Copy)]
pub(super) struct Command<'a> {
    text: &'a str,
    attempt: &'a str,
    continuations: &'a [&'a str],
    longer: Duration,
}

/// How the server ended its answer.
#[derive(Debug)]
pub(super) enum Answer {
    Ok,
    No(String),
    Bad(String),
}

impl<'a> Command<'a> {
    /// A command without its tag; `attempt` says in plain words what it is
    /// for, after "refused to".
    pub(super) fn new(text: &'a str, attempt: &'a str) -> Self {
        Self {
            text,
            attempt,
            continuations: &[],
            longer: Duration::ZERO,
        }
    }

    /// What to send each time the server asks to go on.
    pub(super) fn continued_with(self, lines: &'a [&'a str]) -> Self {
        Self {
            continuations: lines,
            ..self
        }
    }

    /// Gives the server more time than usual.
    pub(super) fn taking_longer(self, by: Duration) -> Self {
        Self { longer: by, ..self }
    }
}

impl Conversation {
    pub(super) fn new(wire: Wire, server: &str, answer_within: Duration) -> Self {
        Self {
            client: Client::new(wire),
            server: server.to_owned(),
            answer_within,
            tags: 0,
            sound: true,
            idling: None,
            // There may be mail: nobody has looked yet.
            arrived: true,
        }
    }

    /// The connection below, for STARTTLS. What the server had sent ahead is
    /// dropped: nothing that came in clear text may count afterwards.
    pub(super) fn into_wire(self) -> Wire {
        self.client.into_inner()
    }

    /// Makes room for literals of this many octets.
    pub(super) fn expect_literals_of(&mut self, octets: u64) {
        self.client.get_mut().expect_literals_of(octets);
    }

    /// Reads the greeting and shows it to `each`.
    pub(super) async fn hear_greeting(
        &mut self,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        self.sound = false;
        let within = self.answer_within;
        let Ok(heard) = timeout(within, self.hear(&mut each)).await else {
            return Err(self.silent("greet", within));
        };
        heard?;
        self.sound = true;
        Ok(())
    }

    /// Asks, shows everything the server says to `each`, and returns how it
    /// ended.
    pub(super) async fn ask(
        &mut self,
        command: Command<'_>,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<Answer, ImapError> {
        self.end_idle().await?;
        self.begin(&command)?;
        let within = self.answer_within + command.longer;
        let exchange = async {
            let tag = self.send(command.text).await?;
            self.hear_out(&tag, command.continuations, &mut each).await
        };
        let Ok(answer) = timeout(within, exchange).await else {
            return Err(self.silent(command.attempt, within));
        };
        let answer = answer?;
        self.sound = true;
        Ok(answer)
    }

    /// Asks for something that has to be granted.
    pub(super) async fn demand(
        &mut self,
        command: Command<'_>,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        match self.ask(command, each).await? {
            Answer::Ok => Ok(()),
            Answer::No(reason) | Answer::Bad(reason) => Err(self.refused(command.attempt, &reason)),
        }
    }

    /// Lets the server announce what happens (RFC 2177), until
    /// [`Conversation::end_idle`]. False where it does not want to.
    pub(super) async fn begin_idle(&mut self) -> Result<bool, ImapError> {
        self.end_idle().await?;
        let command = Command::new("IDLE", "wait for mail");
        self.begin(&command)?;
        let within = self.answer_within;
        let opening = async {
            let tag = self.send(command.text).await?;
            let mut begun = None;
            while begun.is_none() {
                self.hear(&mut |response| match response {
                    Response::Continue(_) => begun = Some(true),
                    Response::Done { .. } => begun = Some(false),
                    _ => {}
                })
                .await?;
            }
            Ok((tag, begun == Some(true)))
        };
        let Ok(opened) = timeout(within, opening).await else {
            return Err(self.silent(command.attempt, within));
        };
        let (tag, begun) = opened?;
        self.idling = begun.then_some(tag);
        self.sound = true;
        Ok(begun)
    }

    /// Waits for the next thing that the server says. May be dropped at any
    /// time.
    pub(super) async fn overhear(&mut self) -> Result<(), ImapError> {
        let heard = self.hear(&mut |_| {}).await;
        self.sound &= heard.is_ok();
        heard
    }

    /// Ends the IDLE, if there is one.
    pub(super) async fn end_idle(&mut self) -> Result<(), ImapError> {
        let Some(tag) = self.idling.take() else {
            return Ok(());
        };
        let command = Command::new("DONE", "stop announcing mail");
        self.begin(&command)?;
        let within = self.answer_within;
        let ending = async {
            self.write(&[command.text]).await?;
            self.hear_out(&tag, &[], &mut |_| {}).await
        };
        let Ok(answer) = timeout(within, ending).await else {
            return Err(self.silent(command.attempt, within));
        };
        match answer? {
            Answer::Ok => self.sound = true,
            Answer::No(reason) | Answer::Bad(reason) => {
                return Err(self.refused(command.attempt, &reason));
            }
        }
        Ok(())
    }

    /// LOGOUT, as far as the server is interested.
    pub(super) async fn say_goodbye(&mut self) {
        self.answer_within = self.answer_within.min(GOODBYE_WITHIN);
        // The BYE that belongs to it ends the reading as an error, and so
        // does everything else that could still go wrong.
        let _ = self
            .ask(Command::new("LOGOUT", "say goodbye"), |_| {})
            .await;
    }

    pub(super) fn unreachable(&self, reason: &str) -> ImapError {
        ImapError::Unreachable {
            server: self.server.clone(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn refused(&self, attempt: &str, reason: &str) -> ImapError {
        if is_passing(reason) {
            return self.unreachable(reason);
        }
        ImapError::Refused {
            server: self.server.clone(),
            attempt: attempt.to_owned(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn protocol(&self, reason: &str) -> ImapError {
        ImapError::Protocol {
            server: self.server.clone(),
            reason: reason.to_owned(),
        }
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn answer_within(&self) -> Duration {
        self.answer_within
    }

    fn silent(&self, attempt: &str, within: Duration) -> ImapError {
        self.unreachable(&format!(
            "it was asked to {attempt} and did not answer within {within:?}"
        ))
    }

    fn begin(&mut self, command: &Command<'_>) -> Result<(), ImapError> {
        if !self.sound {
            return Err(self.unreachable(&format!(
                "the connection broke before it could be asked to {}",
                command.attempt
            )));
        }
        self.sound = false;
        Ok(())
    }

    /// Sends a command and returns its tag.
    async fn send(&mut self, text: &str) -> Result<String, ImapError> {
        self.tags += 1;
        let tag = format!("E{}", self.tags);
        self.write(&[&tag, " ", text]).await?;
        Ok(tag)
    }

    async fn write(&mut self, line: &[&str]) -> Result<(), ImapError> {
        let wire = self.client.get_mut();
        let written = async {
            for part in line {
                wire.write_all(part.as_bytes()).await?;
            }
            wire.write_all(b"\r\n").await?;
            wire.flush().await
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.unreachable(&format!("the connection broke: {error}"))),
        }
    }

    /// Hears everything up to the answer with this tag.
    async fn hear_out(
        &mut self,
        tag: &str,
        continuations: &[&str],
        each: &mut impl FnMut(&Response<'_>),
    ) -> Result<Answer, ImapError> {
        let mut continuations = continuations.iter();
        loop {
            let mut answer = None;
            let mut go_on = false;
            self.hear(&mut |response| {
                each(response);
                match response {
                    Response::Done {
                        tag: answered,
                        status,
                        outcome,
                    } if answered.0 == tag => {
                        let mut words =
                            printable(outcome.information.as_deref().unwrap_or_default());
                        // The parser takes the codes out of the words that it knows.
                        if matches!(outcome.code, Some(ResponseCode::TryCreate)) {
                            words.insert_str(0, FOLDER_IS_GONE);
                        }
                        answer = Some(match status {
                            Status::Ok => Answer::Ok,
                            Status::No => Answer::No(words),
                            Status::Bad | Status::PreAuth | Status::Bye => Answer::Bad(words),
                        });
                    }
                    Response::Continue(_) => go_on = true,
                    _ => {}
                }
            })
            .await?;
            if let Some(answer) = answer {
                return Ok(answer);
            }
            if go_on {
                let Some(line) = continuations.next() else {
                    return Err(self.protocol("it asks to go on where there is nothing to add"));
                };
                self.write(&[line]).await?;
            }
        }
    }

    /// Hears one response. A BYE, an end of the connection and whatever is
    /// not IMAP are errors.
    async fn hear(&mut self, each: &mut impl FnMut(&Response<'_>)) -> Result<(), ImapError> {
        let response = match self.client.read_response().await {
            Ok(Some(response)) => response,
            Ok(None) => return Err(self.unreachable("it closed the connection")),
            Err(error) => return Err(self.unheard(&error)),
        };
        match response.parsed() {
            Response::Data {
                status: Status::Bye,
                outcome,
            } => {
                let words = printable(outcome.information.as_deref().unwrap_or_default());
                return Err(self.unreachable(&format!("it ended the connection: {words}")));
            }
            Response::MailboxData(MailboxDatum::Exists(_)) => self.arrived = true,
            _ => {}
        }
        each(response.parsed());
        Ok(())
    }

    fn unheard(&self, error: &io::Error) -> ImapError {
        match error.kind() {
            io::ErrorKind::FileTooLarge => {
                self.protocol("it sends more at once than it was asked for")
            }
            // The parser's own words are left out: they quote the mail.
            io::ErrorKind::Other => self.protocol("it sent something that is not IMAP"),
            io::ErrorKind::UnexpectedEof => {
                self.unreachable("it closed the connection in the middle of an answer")
            }
            _ => self.unreachable(&format!("the connection broke: {error}")),
        }
    }
}
