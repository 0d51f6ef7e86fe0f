//! The answers that hyper gives by itself, to what it cannot read as a request (400, 414, 431): no
//! handler ever hears of these, so the headers of every answer are put in where it is written.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::security_headers::ALWAYS;

/// A connection on which such an answer gets the headers that every answer carries.
pub(super) struct WithHeaders<T> {
    connection: T,
    /// What is still to be written of one.
    waiting: Vec<u8>,
}

impl<T: Write + Unpin> WithHeaders<T> {
    pub(super) fn over(connection: T) -> Self {
        Self {
            connection,
            waiting: Vec::new(),
        }
    }

    fn write_waiting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let written = ready!(Pin::new(&mut self.connection).poll_write(cx, &self.waiting))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.waiting.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Read + Unpin> Read for WithHeaders<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for WithHeaders<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.write_waiting(cx))?;
        let Some(whole) = with_headers(buf) else {
            return Pin::new(&mut self.connection).poll_write(cx, buf);
        };
        self.waiting = whole;
        match self.write_waiting(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What is left goes out with the next call: hyper flushes behind each answer.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(buf.len())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [one] = bufs {
            return self.poll_write(cx, one);
        }
        ready!(self.write_waiting(cx))?;
        Pin::new(&mut self.connection).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_waiting(cx))?;
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.write_waiting(cx))?;
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

/// The same answer with the headers; none for what is none of hyper's own: ours have them.
fn with_headers(answer: &[u8]) -> Option<Vec<u8>> {
    let (ours, _) = ALWAYS[0];
    let head = answer.strip_suffix(b"\r\n")?;
    let is_refusal = head.starts_with(b"HTTP/1.1 4") || head.starts_with(b"HTTP/1.0 4");
    let has_them = head.windows(ours.len()).any(|word| word == ours.as_bytes());
    if !is_refusal || has_them || !head.ends_with(b"\r\n") {
        return None;
    }
    let mut whole = head.to_vec();
    for (name, value) in ALWAYS {
        whole.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    whole.extend_from_slice(b"\r\n");
    Some(whole)
}
