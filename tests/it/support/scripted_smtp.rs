//! A small SMTP server that misbehaves as it is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;

/// Where the server is in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    /// After the answer of the client to a question about its sign-in.
    AuthAnswered,
    Mail,
    Rcpt,
    Data,
    /// After the answer to `DATA`, before the text is read.
    Text,
    /// After the final dot: the server has the mail.
    FinalDot,
}

/// What it does there instead of its work.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Reply(&'static str),
    Drop,
    Hang,
    /// Its work, but only after this time.
    Late(Duration),
    Garbage,
}

/// A mail that arrived up to its final dot, whatever was answered then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedMail {
    pub mail_command: String,
    pub rcpt_command: String,
    pub text: String,
}

/// A running server. Dropping it ends it with its sessions.
pub struct ScriptedSmtp {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    faults: Vec<(Moment, Fault, Repeat)>,
    offers: Vec<&'static str>,
    connections: usize,
    commands: Vec<String>,
    arrived: Vec<ArrivedMail>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Always,
    Once,
}

impl ScriptedSmtp {
    pub async fn start() -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Where a client may have looked for it before.
    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let server = tokio::spawn(serve(listener, script.clone()));
        Self {
            address,
            script,
            server,
        }
    }

    pub fn always(&self, moment: Moment, fault: Fault) {
        self.script
            .lock()
            .unwrap()
            .faults
            .push((moment, fault, Repeat::Always));
    }

    pub fn once(&self, moment: Moment, fault: Fault) {
        self.script
            .lock()
            .unwrap()
            .faults
            .push((moment, fault, Repeat::Once));
    }

    /// Adds a line to the answer to `EHLO`.
    pub fn offers(&self, extension: &'static str) {
        self.script.lock().unwrap().offers.push(extension);
    }

    pub fn arrived(&self) -> Vec<ArrivedMail> {
        self.script.lock().unwrap().arrived.clone()
    }

    /// How many connections were ever opened.
    pub fn connections(&self) -> usize {
        self.script.lock().unwrap().connections
    }

    /// Every command so far.
    pub fn commands(&self) -> Vec<String> {
        self.script.lock().unwrap().commands.clone()
    }
}

impl Drop for ScriptedSmtp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    let mut sessions = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        script.lock().unwrap().connections += 1;
        let (reader, writer) = stream.into_split();
        let lines = BufReader::new(reader).lines();
        let mut session = Session {
            lines,
            writer,
            script: script.clone(),
        };
        // A client that goes away is not the server's trouble.
        sessions.spawn(async move { session.talk().await.unwrap_or_default() });
    }
}

struct Session {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    script: Arc<Mutex<Script>>,
}

/// Whether the session goes on. `None` also when the client has gone.
type GoOn = Option<()>;

impl Session {
    async fn talk(&mut self) -> GoOn {
        let (mut mail_command, mut rcpt_command) = (String::new(), String::new());
        self.answer(Moment::Greeting, "220 scripted ESMTP").await?;
        while let Ok(Some(command)) = self.lines.next_line().await {
            self.script.lock().unwrap().commands.push(command.clone());
            match command.split(' ').next().unwrap_or_default() {
                "EHLO" => {
                    let greeting = self.extensions();
                    self.answer(Moment::Ehlo, &greeting).await?;
                }
                "STARTTLS" => self.answer(Moment::StartTls, "220 go ahead").await?,
                // What a client says when XOAUTH2 is refused with a question.
                "" => {
                    let refused = "535 5.7.8 not accepted";
                    self.answer(Moment::AuthAnswered, refused).await?;
                }
                "AUTH" => self.answer(Moment::Auth, "235 2.7.0 welcome").await?,
                "MAIL" => {
                    mail_command = command;
                    self.answer(Moment::Mail, "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    rcpt_command = command;
                    self.answer(Moment::Rcpt, "250 2.1.5 ok").await?;
                }
                "DATA" => {
                    if self.is_refused(Moment::Data) {
                        self.answer(Moment::Data, "").await?;
                        continue;
                    }
                    self.say("354 go ahead").await?;
                    if self.is_refused(Moment::Text) {
                        self.answer(Moment::Text, "").await?;
                    }
                    let text = self.read_text().await?;
                    let mail = ArrivedMail {
                        mail_command: mail_command.clone(),
                        rcpt_command: rcpt_command.clone(),
                        text,
                    };
                    self.script.lock().unwrap().arrived.push(mail);
                    self.answer(Moment::FinalDot, "250 2.0.0 queued as 4711")
                        .await?;
                }
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 ok").await?,
            }
        }
        None
    }

    fn extensions(&self) -> String {
        let script = self.script.lock().unwrap();
        let lines = script.offers.iter().map(|line| format!("250-{line}\r\n"));
        format!(
            "250-scripted\r\n{}250 ENHANCEDSTATUSCODES",
            lines.collect::<String>()
        )
    }

    fn is_refused(&self, moment: Moment) -> bool {
        self.script
            .lock()
            .unwrap()
            .faults
            .iter()
            .any(|fault| fault.0 == moment)
    }

    async fn answer(&mut self, moment: Moment, usual: &str) -> GoOn {
        let fault = {
            let mut script = self.script.lock().unwrap();
            let next = script.faults.iter().position(|fault| fault.0 == moment);
            next.map(|next| match script.faults[next] {
                (_, fault, Repeat::Always) => fault,
                (_, fault, Repeat::Once) => {
                    script.faults.remove(next);
                    fault
                }
            })
        };
        match fault {
            None => self.say(usual).await,
            Some(Fault::Reply(reply)) => self.say(reply).await,
            Some(Fault::Drop) => None,
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Late(wait)) => {
                tokio::time::sleep(wait).await;
                self.say(usual).await
            }
            Some(Fault::Garbage) => self.say("<html>\u{1}nonsense").await,
        }
    }

    async fn say(&mut self, reply: &str) -> GoOn {
        self.writer
            .write_all(format!("{reply}\r\n").as_bytes())
            .await
            .ok()
    }

    async fn read_text(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let line = self.lines.next_line().await.ok()??;
            if line == "." {
                return Some(text);
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push_str("\r\n");
        }
    }
}
