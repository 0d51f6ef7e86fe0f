//! The structure of a mail: its parts as ranges of its bytes (RFC 2045, 2046).
//!
//! Lenient about form (CRLF, LF or CR, a leading mbox line, boundaries that
//! never close) and strict about quantity. One pass over the lines, so that
//! the time depends on the size alone.

use std::ops::Range;

use thiserror::Error;

use super::charset;
use super::headers::{Headers, Parameters};

const MAX_BYTES: usize = 10 * 1024 * 1024;
const MAX_DEPTH: usize = 20;
const MAX_PARTS: usize = 200;

/// Parses headers and parts.
pub(super) fn parse(raw: &[u8]) -> Result<Message, Refused> {
    if raw.len() > MAX_BYTES {
        return Err(Refused::TooLarge);
    }
    // A bare CR ends a line only where the mail has no LF at all: otherwise a CR smuggled into one
    // header would make two of it.
    let bare = if raw.contains(&b'\n') { b'\r' } else { b'\n' };
    let bytes = with_line_feeds(raw, bare);
    let mut reader = Reader {
        bytes: &bytes,
        at: start_of_headers(&bytes),
        boundaries: Vec::new(),
        parts: 0,
    };
    let (root, _) = reader.part()?;
    Ok(Message { bytes, root })
}

/// A mail above a limit. It is kept aside for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// More bytes than a reply can sensibly have.
    #[error("the mail is larger than 10 MiB")]
    TooLarge,
    /// More header fields than any honest mail has.
    #[error("the mail has more than 1,000 header fields")]
    TooManyHeaders,
    /// One header field, unfolded, is too long.
    #[error("a header field of the mail is longer than 64 KiB")]
    HeaderTooLong,
    /// Parts within parts within parts.
    #[error("the parts of the mail are nested more than 20 deep")]
    TooDeep,
    /// Too many parts.
    #[error("the mail has more than 200 parts")]
    TooManyParts,
}

/// A mail: its bytes with line feeds only, and where its parts stand.
pub(super) struct Message {
    bytes: Vec<u8>,
    pub(super) root: Part,
}

/// One part, or the whole mail.
pub(super) struct Part {
    pub(super) headers: Headers,
    /// Lower-case media type, `text/plain` where none is given.
    pub(super) media_type: String,
    pub(super) parameters: Parameters,
    body: Range<usize>,
    pub(super) parts: Vec<Part>,
}

impl Part {
    /// Whether it is offered as a file rather than shown.
    pub(super) fn is_attachment(&self) -> bool {
        let disposition = self
            .headers
            .first("content-disposition")
            .unwrap_or_default();
        let word = disposition.split(';').next().unwrap_or_default().trim();
        word.eq_ignore_ascii_case("attachment")
            || (!word.eq_ignore_ascii_case("inline") && self.parameters.get("name").is_some())
    }

    /// This part and all below it, but nothing inside an attached mail.
    pub(super) fn walk(&self) -> Vec<&Part> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(part) = found.get(next).copied() {
            found.extend(&part.parts);
            next += 1;
        }
        found
    }
}

impl Message {
    /// The text of a part, its transfer encoding and charset undone. At most
    /// `room` bytes of it are looked at.
    pub(super) fn text(&self, part: &Part, room: usize) -> Excerpt {
        let body = self.bytes.get(part.body.clone()).unwrap_or_default();
        let cut = body.len() > room;
        let body = body.get(..room).unwrap_or(body);
        let encoding = part
            .headers
            .first("content-transfer-encoding")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let decoded = match encoding.as_str() {
            "base64" => charset::base64(body),
            "quoted-printable" => charset::quoted_printable(body),
            _ => body.to_vec(),
        };
        let text = charset::decode(&decoded, part.parameters.get("charset"));
        Excerpt {
            // What was encoded kept its line ends from `with_line_feeds`.
            text: text.replace("\r\n", "\n"),
            looked_at: body.len(),
            cut,
        }
    }
}

/// The text of a part as far as it was looked at.
pub(super) struct Excerpt {
    pub(super) text: String,
    /// So many bytes of the mail it was made of.
    pub(super) looked_at: usize,
    /// The part goes on behind them.
    pub(super) cut: bool,
}

/// CRLF becomes LF, and a CR without LF becomes `bare`. One step for each byte, whatever stands
/// there: a mail of nothing but line ends takes no longer than any other.
pub(super) fn with_line_feeds(raw: &[u8], bare: u8) -> Vec<u8> {
    let mut bytes = raw.to_vec();
    let followers = raw.iter().skip(1).chain([&0]);
    let mut kept = 0;
    for (&byte, &next) in raw.iter().zip(followers) {
        if let Some(place) = bytes.get_mut(kept) {
            *place = if byte == b'\r' { bare } else { byte };
        }
        kept += usize::from(byte != b'\r' || next != b'\n');
    }
    bytes.truncate(kept);
    bytes
}

/// Skips empty lines and the line that an mbox file puts before a mail.
fn start_of_headers(bytes: &[u8]) -> usize {
    let mut at = bytes.iter().take_while(|&&b| b == b'\n').count();
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
        at += line_length(rest);
    }
    at
}

/// The bytes up to and with the line feed.
pub(super) fn line_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |at| at + 1)
}

/// What ended a part.
#[derive(Clone, Copy)]
enum End {
    /// The boundary of the enclosing multipart at this depth; whether it closes it.
    Boundary {
        depth: usize,
        closes: bool,
    },
    Mail,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    boundaries: Vec<Vec<u8>>,
    parts: usize,
}

impl Reader<'_> {
    fn part(&mut self) -> Result<(Part, End), Refused> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(Refused::TooManyParts);
        }
        let (headers, length) = Headers::parse(self.bytes.get(self.at..).unwrap_or_default())?;
        self.at += length;
        let (media_type, parameters) =
            Parameters::parse(headers.first("content-type").unwrap_or("text/plain"));
        let start = self.at;
        let boundary = parameters
            .get("boundary")
            .filter(|boundary| media_type.starts_with("multipart/") && !boundary.is_empty())
            .map(|boundary| boundary.trim_end().as_bytes().to_vec());

        let mut parts = Vec::new();
        let (body, end) = match boundary {
            Some(boundary) => {
                let end = self.multipart(boundary, &mut parts)?;
                (start..self.at, end)
            }
            None => {
                let (until, end) = self.until_boundary();
                (start..until, end)
            }
        };
        let part = Part {
            headers,
            media_type,
            parameters,
            body,
            parts,
        };
        Ok((part, end))
    }

    fn multipart(&mut self, boundary: Vec<u8>, parts: &mut Vec<Part>) -> Result<End, Refused> {
        if self.boundaries.len() >= MAX_DEPTH {
            return Err(Refused::TooDeep);
        }
        self.boundaries.push(boundary);
        let own = self.boundaries.len() - 1;
        let (_, mut end) = self.until_boundary();
        while let End::Boundary {
            depth,
            closes: false,
        } = end
        {
            if depth != own {
                break;
            }
            let (part, ended_by) = self.part()?;
            parts.push(part);
            end = ended_by;
        }
        self.boundaries.pop();
        if let End::Boundary {
            depth,
            closes: true,
        } = end
            && depth == own
        {
            // What follows the closing boundary is not part of anything.
            (_, end) = self.until_boundary();
        }
        Ok(end)
    }

    /// Moves behind the next boundary line of any enclosing multipart.
    fn until_boundary(&mut self) -> (usize, End) {
        if self.boundaries.is_empty() {
            self.at = self.bytes.len();
            return (self.at, End::Mail);
        }
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return (self.at, End::Mail);
            }
            let start = self.at;
            if let Some(line) = rest.strip_prefix(b"--") {
                let line = line.get(..line_length(line)).unwrap_or_default();
                if let Some(end) = self.boundary(line) {
                    self.at += b"--".len() + line.len();
                    return (start, end);
                }
            }
            let next = rest.windows(3).position(|three| three == b"\n--");
            self.at += next.map_or(rest.len(), |at| at + 1);
        }
    }

    fn boundary(&self, line: &[u8]) -> Option<End> {
        let line = line.trim_ascii_end();
        // The innermost first: an outer boundary may be the beginning of an inner one.
        self.boundaries
            .iter()
            .enumerate()
            .rev()
            .find_map(
                |(depth, boundary)| match line.strip_prefix(boundary.as_slice())? {
                    b"" => Some(End::Boundary {
                        depth,
                        closes: false,
                    }),
                    b"--" => Some(End::Boundary {
                        depth,
                        closes: true,
                    }),
                    _ => None,
                },
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Vec<u8> {
        let mut mail = String::from("From: a@example.org\n");
        for level in 0..depth {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n");
        }
        mail.into_bytes()
    }

    #[test]
    fn parts_are_found_whatever_the_line_ends() {
        let mail = "A: b\nContent-Type: multipart/mixed; boundary=\"x y\"\n\npreamble\n--x y\n\none\n--x y\nContent-Type: text/html\n\ntwo\n--x y--\nepilogue\n";
        for ends in ["\n", "\r\n", "\r"] {
            let message = parse(mail.replace('\n', ends).as_bytes()).unwrap();
            let texts: Vec<_> = message
                .root
                .parts
                .iter()
                .map(|part| message.text(part, MAX_BYTES).text)
                .collect();
            assert_eq!(texts, ["one\n", "two\n"], "{ends:?}");
        }
    }

    #[test]
    fn an_outer_boundary_ends_an_inner_multipart_that_never_closes() {
        let mail = b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\ninner\n--o\n\nouter\n--o--\n";
        let message = parse(mail).unwrap();
        assert_eq!(message.root.parts.len(), 2);
        assert_eq!(
            message
                .text(message.root.parts.last().unwrap(), MAX_BYTES)
                .text,
            "outer\n"
        );
    }

    #[test]
    fn what_exceeds_a_limit_is_refused() {
        assert!(parse(&nested(20)).is_ok());
        assert_eq!(parse(&nested(21)).err(), Some(Refused::TooDeep));
        assert_eq!(
            parse(&vec![b'a'; MAX_BYTES + 1]).err(),
            Some(Refused::TooLarge)
        );
        assert_eq!(
            parse("A: b\n".repeat(1001).as_bytes()).err(),
            Some(Refused::TooManyHeaders)
        );
        let long = format!("A: {}\n\n", "b".repeat(70_000));
        assert_eq!(parse(long.as_bytes()).err(), Some(Refused::HeaderTooLong));
        let many = format!(
            "Content-Type: multipart/mixed; boundary=x\n\n{}",
            "--x\n\n".repeat(201)
        );
        assert_eq!(parse(many.as_bytes()).err(), Some(Refused::TooManyParts));
    }

    #[test]
    fn a_leading_mbox_line_is_no_header() {
        let message =
            parse(b"From joris@example.org Mon May 11 09:14:00 2026\nSubject: x\n\nbody").unwrap();
        assert_eq!(message.root.headers.first("subject"), Some("x"));
    }
}
