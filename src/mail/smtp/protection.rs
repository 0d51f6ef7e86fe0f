//! The stream below a session: TCP in clear text, or TLS on it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::classify::{Cause, Step, Trouble};
use super::connection::{expect_done, within};
use super::{Encryption, Limits, SmtpUrl};
use crate::trust::{self, HandshakeFault};

/// The longest reply that is read before TLS begins, in bytes.
const LONGEST_REPLY: usize = 8 * 1024;

/// What lettre speaks over. A session that began before lettre came to it
/// (STARTTLS) starts with a greeting of our own, because lettre waits for one.
#[derive(Debug)]
pub(super) struct Stream {
    greeting: &'static [u8],
    line: Line,
}

#[derive(Debug)]
enum Line {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Brings the connection to the point where the greeting is next, under TLS
/// where the URL asks for it.
pub(super) async fn protect(
    mut stream: TcpStream,
    url: &SmtpUrl,
    tls: Option<&Arc<ClientConfig>>,
    hello_name: &ClientId,
    limits: Limits,
) -> Result<Stream, Trouble> {
    let Some(tls) = tls else {
        return Ok(Stream {
            greeting: b"",
            line: Line::Clear(stream),
        });
    };
    let mut greeting: &'static [u8] = b"";
    if url.encryption() != Encryption::Implicit {
        greeting = b"220 greeted before\r\n";
        if !starttls(&mut stream, hello_name, limits.command).await? {
            if url.encryption() == Encryption::Opportunistic {
                return Ok(Stream {
                    greeting,
                    line: Line::Clear(stream),
                });
            }
            let cause = Cause::Lacking("STARTTLS, which smtp.url requires");
            return Err(Trouble {
                step: Step::StartTls,
                cause,
            });
        }
    }
    let handshake = async {
        let name = ServerName::try_from(url.host().to_owned()).map_err(io::Error::other)?;
        let connecting = TlsConnector::from(tls.clone()).connect(name, stream);
        connecting
            .await
            .map_err(|error| match trust::handshake_fault(&error) {
                HandshakeFault::Certificate(fault) => Cause::Untrusted(fault),
                HandshakeFault::NotTls => Cause::Lost("it does not answer in TLS".to_owned()),
                HandshakeFault::Broken | HandshakeFault::Other(_) => error.into(),
            })
    };
    let stream = within(limits.connect, Step::Handshake, handshake).await?;
    Ok(Stream {
        greeting,
        line: Line::Tls(Box::new(stream)),
    })
}

/// The clear-text part of a session with STARTTLS (RFC 3207, section 4).
/// `false`: the server does not offer it.
///
/// Not left to lettre, which would take text that somebody on the way put
/// behind the server's last clear answer for the first one under TLS. Here
/// nothing is read ahead, so that such text ends the handshake.
async fn starttls(
    stream: &mut TcpStream,
    hello_name: &ClientId,
    limit: Duration,
) -> Result<bool, Trouble> {
    let greeting = within(limit, Step::Greeting, read_reply(stream)).await?;
    expect_done(Step::Greeting, greeting)?;

    let hello = Ehlo::new(hello_name.clone()).to_string();
    let reply = within(limit, Step::Greeting, ask(stream, &hello)).await?;
    let reply = expect_done(Step::Greeting, reply)?;
    let offers = ServerInfo::from_response(&reply)
        .is_ok_and(|server| server.supports_feature(Extension::StartTls));
    if offers {
        let reply = within(limit, Step::StartTls, ask(stream, &Starttls.to_string())).await?;
        expect_done(Step::StartTls, reply)?;
    }
    Ok(offers)
}

async fn ask(stream: &mut TcpStream, command: &str) -> Result<Response, Cause> {
    stream.write_all(command.as_bytes()).await?;
    read_reply(stream).await
}

/// Reads one reply, byte by byte and not one too many.
async fn read_reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<Response, Cause> {
    let mut reply = Vec::new();
    let mut line_start = 0;
    while reply.len() < LONGEST_REPLY {
        reply.push(stream.read_u8().await?);
        if reply.ends_with(b"\r\n") {
            if reply.get(line_start + 3) != Some(&b'-') {
                let text = String::from_utf8_lossy(&reply);
                return text.parse().map_err(|_| Cause::Unintelligible);
            }
            line_start = reply.len();
        }
    }
    Err(Cause::Unintelligible)
}

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.line {
            Line::Clear(stream) => stream.peer_addr(),
            Line::Tls(stream) => stream.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let (now, later) = self
                .greeting
                .split_at(self.greeting.len().min(buffer.remaining()));
            buffer.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        match &mut self.line {
            Line::Clear(stream) => Pin::new(stream).poll_read(context, buffer),
            Line::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.line {
            Line::Clear(stream) => Pin::new(stream).poll_write(context, bytes),
            Line::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.line {
            Line::Clear(stream) => Pin::new(stream).poll_flush(context),
            Line::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.line {
            Line::Clear(stream) => Pin::new(stream).poll_shutdown(context),
            Line::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_behind_a_reply_is_read_with_it() {
        let mut stream = &b"250-mail.example\r\n250 STARTTLS\r\n250 slipped in\r\n"[..];
        let reply = read_reply(&mut stream).await.unwrap();
        assert_eq!(
            reply.message().collect::<Vec<_>>(),
            ["mail.example", "STARTTLS"]
        );
        assert_eq!(stream, b"250 slipped in\r\n");
    }

    #[tokio::test]
    async fn an_endless_reply_is_given_up() {
        let mut stream = tokio::io::repeat(b'2');
        let reply = read_reply(&mut stream).await;
        assert!(matches!(reply, Err(Cause::Unintelligible)));
    }
}
