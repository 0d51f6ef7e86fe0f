//! The octets to and from the server: TCP, TLS, and a bound on what the
//! server may make us keep in memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::{ImapError, ImapUrl, MailboxOptions};
use crate::trust::{self, HandshakeFault};

/// The longest line, and the longest literal that was not asked for.
const USUAL_BOUND: u64 = 1024 * 1024;

/// A connection. Writes are gathered, so that a command is one packet.
pub(super) type Wire = Bounded<BufWriter<Either<TcpStream, Box<TlsStream<TcpStream>>>>>;

/// Opens the TCP connection.
pub(super) async fn connect(url: &ImapUrl, within: Duration) -> Result<TcpStream, ImapError> {
    let unreachable = |reason: String| ImapError::Unreachable {
        server: url.server().to_owned(),
        reason,
    };
    let stream = timeout(within, TcpStream::connect((url.host(), url.port())))
        .await
        .map_err(|_| unreachable(format!("no connection within {within:?}")))?
        .map_err(|error| unreachable(error.to_string()))?;
    // Commands are short and each waits for its answer.
    stream
        .set_nodelay(true)
        .map_err(|error| unreachable(error.to_string()))?;
    Ok(stream)
}

/// The connection as it is, in clear text.
pub(super) fn in_clear(stream: TcpStream) -> Wire {
    Bounded::new(BufWriter::new(Either::Left(stream)))
}

/// The TCP connection below a [`Wire`] that is not encrypted yet.
pub(super) fn tcp_below(wire: Wire) -> Option<TcpStream> {
    match wire.inner.into_inner() {
        Either::Left(stream) => Some(stream),
        Either::Right(_) => None,
    }
}

/// Encrypts the connection and makes sure that the server is the one named
/// in the URL.
pub(super) async fn encrypted(
    stream: TcpStream,
    url: &ImapUrl,
    options: &MailboxOptions,
) -> Result<Wire, ImapError> {
    let insecure = |reason: String| ImapError::Tls {
        server: url.server().to_owned(),
        reason,
    };
    let name = ServerName::try_from(url.host().to_owned())
        .map_err(|_| insecure("the host is no name that a certificate can have".to_owned()))?;
    let config = trust::trusting(&options.extra_roots);
    let handshake = TlsConnector::from(config).connect(name, stream);
    match timeout(options.connect_within, handshake).await {
        Ok(Ok(stream)) => Ok(Bounded::new(BufWriter::new(Either::Right(Box::new(
            stream,
        ))))),
        Ok(Err(error)) => Err(handshake_error(url, &error)),
        Err(_) => Err(ImapError::Unreachable {
            server: url.server().to_owned(),
            reason: format!("no TLS handshake within {:?}", options.connect_within),
        }),
    }
}

fn handshake_error(url: &ImapUrl, error: &io::Error) -> ImapError {
    let server = url.server().to_owned();
    let reason = match trust::handshake_fault(error) {
        HandshakeFault::Broken => {
            return ImapError::Unreachable {
                server,
                reason: format!("the TLS handshake broke off: {error}"),
            };
        }
        HandshakeFault::NotTls => "it does not answer in TLS; imaps:// is usually port 993, \
                                   imap://…?tls=required port 143"
            .to_owned(),
        HandshakeFault::Certificate(fault) => format!(
            "its certificate is not acceptable: {fault}; the host in inbox.url must be the one in \
             it, and its authority one that this machine or inbox.ca_file knows"
        ),
        HandshakeFault::Other(fault) => fault,
    };
    ImapError::Tls { server, reason }
}

/// A stream on which no line and no literal (RFC 3501, section 4.3) can be
/// longer than is wanted.
///
/// The parser above reserves what a literal announces, up to 512 MiB, before
/// the first octet of it has come.
#[derive(Debug)]
pub(super) struct Bounded<S> {
    inner: S,
    longest_literal: u64,
    line_length: u64,
    announcement: Announcement,
    literal_left: u64,
}

/// How much of `{123}` and the line end has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announcement {
    Nothing,
    Digits(u64),
    Closed(u64),
}

impl<S> Bounded<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            longest_literal: USUAL_BOUND,
            line_length: 0,
            announcement: Announcement::Nothing,
            literal_left: 0,
        }
    }

    /// Makes room for literals of this many octets that are about to be
    /// asked for.
    pub(super) fn expect_literals_of(&mut self, octets: u64) {
        self.longest_literal = octets.max(USUAL_BOUND);
    }

    fn check(&mut self, mut octets: &[u8]) -> io::Result<()> {
        while let Some((&octet, rest)) = octets.split_first() {
            if self.literal_left > 0 {
                let skipped = octets.len().min(usize_of(self.literal_left));
                self.literal_left -= skipped as u64;
                octets = octets.get(skipped..).unwrap_or_default();
                continue;
            }
            octets = rest;
            self.line_length += 1;
            self.announcement = match (self.announcement, octet) {
                (_, b'{') => Announcement::Digits(0),
                (Announcement::Digits(size), b'0'..=b'9') => Announcement::Digits(
                    size.saturating_mul(10)
                        .saturating_add(u64::from(octet - b'0')),
                ),
                (Announcement::Digits(size), b'}') => Announcement::Closed(size),
                (Announcement::Closed(size), b'\r') => Announcement::Closed(size),
                (Announcement::Closed(size), b'\n') => {
                    self.literal_left = size;
                    Announcement::Nothing
                }
                _ => Announcement::Nothing,
            };
            if octet == b'\n' {
                self.line_length = 0;
            }
            if self.literal_left > self.longest_literal || self.line_length > USUAL_BOUND {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
        }
        Ok(())
    }
}

fn usize_of(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let new = buf.filled().get(before..).unwrap_or_default();
        Poll::Ready(this.check(new))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces_of(length: usize, text: &[u8]) -> io::Result<()> {
        let mut bounded = Bounded::new(());
        text.chunks(length)
            .try_for_each(|piece| bounded.check(piece))
    }

    #[test]
    fn an_oversize_literal_is_refused_when_it_is_announced() {
        let text = b"* 1 FETCH (UID 7 BODY[] {1048577}\r\n";
        for length in 1..text.len() {
            assert!(in_pieces_of(length, text).is_err(), "pieces of {length}");
        }
        assert!(in_pieces_of(5, b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n").is_err());
    }

    #[test]
    fn what_stands_inside_a_literal_announces_nothing() {
        let text = b"* 1 FETCH (BODY[] {12}\r\n{9999999999}\r\n)\r\nA1 OK {x} {12\r\n";
        for length in 1..text.len() {
            assert!(in_pieces_of(length, text).is_ok(), "pieces of {length}");
        }
    }

    #[test]
    fn a_literal_that_was_asked_for_may_be_longer() {
        let mut bounded = Bounded::new(());
        bounded.expect_literals_of(2 * USUAL_BOUND);
        assert!(bounded.check(b"* 1 FETCH (BODY[] {2097152}\r\n").is_ok());
        assert!(bounded.check(&vec![b'\n'; 2_097_152]).is_ok());
        assert!(bounded.check(b")\r\nx {2097153}\r\n").is_err());
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        assert!(in_pieces_of(4_096, &vec![b'x'; 1_000_000]).is_ok());
        assert!(in_pieces_of(4_096, &vec![b'x'; 1_100_000]).is_err());
    }
}
