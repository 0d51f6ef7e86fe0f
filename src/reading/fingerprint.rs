//! One number for one mail, however often and by whichever way it is delivered.

use sha2::{Digest, Sha256};

use super::mime::{line_length, with_line_feeds};

/// SHA-256 of the mail without the trace headers at its top, with one kind of
/// line end: a second delivery or another copy of the mailbox changes those.
#[must_use]
pub fn fingerprint(raw: &[u8]) -> [u8; 32] {
    Sha256::digest(with_line_feeds(without_trace(raw), b'\n')).into()
}

fn without_trace(raw: &[u8]) -> &[u8] {
    let mut rest = raw;
    let mut in_trace = true;
    loop {
        let line = rest.get(..line_length(rest)).unwrap_or_default();
        let continued = line.starts_with(b" ") || line.starts_with(b"\t");
        if !continued {
            in_trace = is_trace(line);
        }
        if line.is_empty() || !in_trace {
            return rest;
        }
        rest = rest.get(line.len()..).unwrap_or_default();
    }
}

/// Headers that a server adds on top when it takes a mail in.
fn is_trace(line: &[u8]) -> bool {
    let name = line
        .split(|&b| b == b':')
        .next()
        .unwrap_or_default()
        .trim_ascii_end();
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_slice(),
        b"return-path"
            | b"received"
            | b"received-spf"
            | b"delivered-to"
            | b"x-original-to"
            | b"envelope-to"
            | b"x-envelope-to"
            | b"delivery-date"
            | b"authentication-results"
            | b"x-received"
    ) || name.starts_with(b"arc-")
        || name.starts_with(b"x-spam")
        || name.starts_with(b"from ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_delivery_is_the_same_mail() {
        let first = b"Return-Path: <a@b.example>\r\nReceived: from x\r\n\tby y; Mon\r\nFrom: a\r\nReceived: kept\r\n\r\nhi\r\n";
        let second = b"Delivered-To: c\nReceived: from z\nX-Spam-Status: No\nFrom: a\nReceived: kept\n\nhi\n";
        let other = b"From: a\r\nReceived: kept\r\n\r\nhi!\r\n";
        assert_eq!(fingerprint(first), fingerprint(second));
        assert_ne!(fingerprint(first), fingerprint(other));
        assert_ne!(fingerprint(b""), fingerprint(other));
    }

    #[test]
    fn all_kinds_of_line_ends_are_one() {
        for length in [1, 10_000] {
            let mail = |end: &str| format!("From: a{end}{end}{}{end}x{end}", "y".repeat(length));
            let plain = fingerprint(mail("\n").as_bytes());
            assert_eq!(fingerprint(mail("\r\n").as_bytes()), plain);
            assert_eq!(fingerprint(mail("\r").as_bytes()), plain);
            let ends = |end: &str| fingerprint(format!("x: y\n{}", end.repeat(length)).as_bytes());
            assert_eq!(ends("\r"), ends("\n"));
        }
    }
}
