//! A small IMAP server with an empty inbox that misbehaves as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What the server does when a command comes.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Sends this, with the command's tag for `{tag}`.
    Say(Vec<u8>),
    /// Sends this and closes the connection.
    SayAndClose(Vec<u8>),
    /// Sends this and says nothing more, whatever comes.
    SayAndHang(Vec<u8>),
}

/// A running server. Dropping it ends it with its connections.
pub struct ScriptedImap {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    turns: VecDeque<(String, Turn)>,
    heard: Vec<String>,
    connections: usize,
    capabilities: String,
}

impl ScriptedImap {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script {
            capabilities: "IMAP4rev1 IDLE MOVE UIDPLUS".to_owned(),
            ..Script::default()
        }));
        let server = tokio::spawn(serve(listener, script.clone()));
        Self {
            address,
            script,
            server,
        }
    }

    pub fn url(&self) -> String {
        format!("imap://esecure:geheim@{}/INBOX", self.address)
    }

    pub fn can_only(&self, capabilities: &str) {
        self.script.lock().unwrap().capabilities = capabilities.to_owned();
    }

    /// The next command that begins so, `GREETING` and `DONE` among them, is
    /// answered like this. All others are answered as usual.
    pub fn on(&self, command: &str, turn: Turn) {
        let mut script = self.script.lock().unwrap();
        script.turns.push_back((command.to_owned(), turn));
    }

    /// [`Turn::Say`] with lines in place of octets.
    pub fn say(&self, command: &str, lines: &[&str]) {
        self.on(command, Turn::Say(lines_of(lines)));
    }

    /// The commands so far, without their tags, of all connections.
    pub fn heard(&self) -> Vec<String> {
        self.script.lock().unwrap().heard.clone()
    }

    pub fn connections(&self) -> usize {
        self.script.lock().unwrap().connections
    }
}

impl Drop for ScriptedImap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The octets of some lines.
pub fn lines_of(lines: &[&str]) -> Vec<u8> {
    let mut octets = Vec::new();
    for line in lines {
        octets.extend_from_slice(line.as_bytes());
        octets.extend_from_slice(b"\r\n");
    }
    octets
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        script.lock().unwrap().connections += 1;
        let script = script.clone();
        // A client that went away is nothing to report.
        conversations.spawn(async move {
            let _ = converse(stream, &script).await;
        });
    }
}

async fn converse(stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut idle_tag = String::new();
    let mut tag = "*".to_owned();
    let mut command = "GREETING".to_owned();
    loop {
        match turn_for(script, &command) {
            Turn::Say(octets) => send(&mut stream, &octets, &tag).await?,
            Turn::SayAndClose(octets) => return send(&mut stream, &octets, &tag).await,
            Turn::SayAndHang(octets) => {
                send(&mut stream, &octets, &tag).await?;
                return std::future::pending().await;
            }
        }
        if command == "IDLE" {
            idle_tag.clone_from(&tag);
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        (tag, command) = match line.trim_end().split_once(' ') {
            Some((tag, command)) => (tag.to_owned(), command.to_owned()),
            // DONE ends the IDLE and bears its tag; anything else without a
            // space continues AUTHENTICATE.
            None if line.trim_end() == "DONE" => (idle_tag.clone(), "DONE".to_owned()),
            None => (tag, "CONTINUATION".to_owned()),
        };
        script.lock().unwrap().heard.push(command.clone());
    }
}

fn turn_for(script: &Mutex<Script>, command: &str) -> Turn {
    let mut script = script.lock().unwrap();
    let scripted = script
        .turns
        .iter()
        .position(|(beginning, _)| command.starts_with(beginning.as_str()));
    match scripted.and_then(|position| script.turns.remove(position)) {
        Some((_, turn)) => turn,
        None => usual(command, &script.capabilities),
    }
}

fn usual(command: &str, capabilities: &str) -> Turn {
    let verb = command.split(' ').next().unwrap_or_default();
    let said = match verb {
        "GREETING" => vec!["* OK ready".to_owned()],
        "CAPABILITY" => vec![
            format!("* CAPABILITY {capabilities}"),
            "{tag} OK done".to_owned(),
        ],
        "SELECT" => [
            "* FLAGS (\\Seen \\Deleted)",
            "* 0 EXISTS",
            "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] kept",
            "* OK [UIDVALIDITY 7] valid",
            "* OK [UIDNEXT 1] next",
            "{tag} OK [READ-WRITE] selected",
        ]
        .map(str::to_owned)
        .to_vec(),
        "LIST" => vec![
            "* LIST () \"/\" \"Processed\"".to_owned(),
            "{tag} OK done".to_owned(),
        ],
        "IDLE" => vec!["+ idling".to_owned()],
        "AUTHENTICATE" => vec!["+ ".to_owned()],
        "LOGOUT" => vec!["* BYE".to_owned(), "{tag} OK done".to_owned()],
        _ => vec!["{tag} OK done".to_owned()],
    };
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    Turn::Say(lines_of(&said))
}

async fn send(stream: &mut BufReader<TcpStream>, octets: &[u8], tag: &str) -> std::io::Result<()> {
    // Latin-1 keeps every octet as it is.
    let text: String = octets.iter().copied().map(char::from).collect();
    let text = text.replace("{tag}", tag);
    let octets: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    stream.write_all(&octets).await
}
