//! `health`: asks the running daemon whether it is ready.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use clap::Args;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{
    arguments,
    exit::{self, Stop},
    invocation::Invocation,
    print,
};

/// How long one answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long between two questions.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// No answer of ours is longer.
const LONGEST: u64 = 64 * 1024;

/// How patient it is.
#[derive(Args)]
pub struct Arguments {
    /// Ask again for so long until it is ready, such as 30s.
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    wait: Option<Duration>,
}

/// What the daemon said.
#[derive(Debug, PartialEq, Eq)]
enum Health {
    Ready,
    NotReady(String),
    Unreachable(String),
}

impl Arguments {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let server = invocation.load()?.config.server;
        let listen = server.admin_listen.unwrap_or(server.listen);
        let address = reachable(listen);
        let end = Instant::now() + self.wait.unwrap_or_default();
        let health = loop {
            let health = ask(address).await;
            if health == Health::Ready || Instant::now() >= end {
                break health;
            }
            sleep(ASK_AGAIN).await;
        };
        let (code, status, words) = match health {
            Health::Ready => (0, "ok", String::new()),
            Health::NotReady(words) => (exit::TRY_LATER, "not-ready", words),
            Health::Unreachable(words) => (exit::UNAVAILABLE, "unreachable", words),
        };
        match (invocation.json, code) {
            (true, _) => print::json(&json!({ "status": status, "reason": words }))?,
            (false, 0) => print::line("ok")?,
            (false, _) => {}
        }
        match code {
            0 => Ok(()),
            exit::TRY_LATER => Err(Stop::with(code, format!("not ready: {words}")).into()),
            code => {
                Err(Stop::with(code, format!("no daemon answers on {address}: {words}")).into())
            }
        }
    }
}

/// Where a listener on every address of the machine can be asked.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> Health {
    match timeout(ANSWER_WITHIN, get_readyz(address)).await {
        Ok(Ok(answer)) => read(&answer),
        Ok(Err(error)) => Health::Unreachable(error.to_string()),
        Err(_) => Health::Unreachable(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
    }
}

/// The whole answer; the daemon closes the connection behind it (RFC 9112, section 9.6).
async fn get_readyz(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let question =
        format!("GET /readyz?verbose HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn read(answer: &str) -> Health {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    match status {
        Some("200") => Health::Ready,
        Some("503") => Health::NotReady(body.trim().to_owned()),
        Some(other) => Health::Unreachable(format!("it answers {other}, so it is no esecured")),
        None => Health::Unreachable("what answers does not speak HTTP".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_status() {
        assert_eq!(read("HTTP/1.1 200 OK\r\na: b\r\n\r\nok\n"), Health::Ready);
        assert_eq!(
            read("HTTP/1.1 503 Service Unavailable\r\n\r\nstopping\n"),
            Health::NotReady("stopping".to_owned())
        );
        assert!(matches!(read("SSH-2.0-OpenSSH"), Health::Unreachable(_)));
        assert!(matches!(
            read("HTTP/1.1 404 Not Found\r\n\r\n"),
            Health::Unreachable(_)
        ));
    }

    #[test]
    fn a_listener_on_every_address_is_asked_on_this_machine() {
        let at = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(at("0.0.0.0:8081"), "127.0.0.1:8081");
        assert_eq!(at("[::]:8081"), "[::1]:8081");
        assert_eq!(at("192.0.2.1:80"), "192.0.2.1:80");
    }
}
