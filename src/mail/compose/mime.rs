//! The message around the two parts (RFC 5322, RFC 2045): headers that say what kind of mail this
//! is, and bodies that survive every mail server.

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, MultiPartKind, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::{ComposeError, MailFacts, words::one_line};

pub(super) fn build(
    facts: &MailFacts<'_>,
    subject: &str,
    text: &str,
    html: &str,
) -> Result<Vec<u8>, ComposeError> {
    let recipient = format!(
        "{}@{}",
        facts
            .to
            .as_typed()
            .rsplit_once('@')
            .map_or("", |(local, _)| local),
        facts.to.domain()
    );
    let to_name = if facts.content.is_for_requester() {
        None
    } else {
        Some(one_line(facts.to_name, 80)).filter(|name| !name.is_empty())
    };
    let mut message = Message::builder()
        .date(system_time(facts))
        .from(seven_bit(facts.from.clone(), "From")?)
        .to(mailbox(to_name, &recipient, "To")?)
        .subject(subject)
        .message_id(Some(bracketed(facts.message_id)));
    if let Some(address) = facts.reply_to {
        message = message.reply_to(mailbox(None, address, "Reply-To")?);
    }

    let answered = facts.in_reply_to.and_then(message_id);
    let mut thread: Vec<String> = facts
        .references
        .iter()
        .filter_map(|id| message_id(id))
        .collect();
    if let Some(id) = answered {
        message = message.in_reply_to(id.clone());
        thread.retain(|earlier| *earlier != id);
        thread.push(id);
    }
    if !thread.is_empty() {
        message = message.references(thread.join(" "));
    }

    // RFC 3834: programs that answer by themselves leave such a mail alone. Exchange wants it told
    // in its own words.
    let auto_submitted = if facts.is_answer {
        "auto-replied"
    } else {
        "auto-generated"
    };
    let languages = format!("{}, {}", facts.language, facts.language.other());
    let message = message
        .raw_header(header("Auto-Submitted", auto_submitted))
        .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"))
        .raw_header(header("Content-Language", &languages))
        .multipart(
            MultiPart::builder()
                .kind(MultiPartKind::Alternative)
                .boundary(boundary(facts.boundary_seed))
                .singlepart(part(ContentType::TEXT_PLAIN, text))
                .singlepart(part(ContentType::TEXT_HTML, html)),
        )?;
    Ok(folded(&message.formatted()))
}

/// Moves the address behind a long display name to a line of its own: lettre folds between words
/// but not there, and a line with an encoded word has at most 76 characters (RFC 2047, section 2).
fn folded(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 8);
    let mut in_headers = true;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        in_headers &= line != b"\r\n";
        let address = line.windows(2).rposition(|pair| pair == b" <");
        match address.filter(|_| in_headers && line.len() > 76 + 2) {
            Some(at) if at > 0 => {
                out.extend_from_slice(&line[..at]);
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(&line[at..]);
            }
            Some(_) | None => out.extend_from_slice(line),
        }
    }
    out
}

/// Quoted-printable, which people can read in the source of a mail; base 64 where that is shorter,
/// as it is for a text that is mostly not ASCII.
fn part(content_type: ContentType, content: &str) -> SinglePart {
    let encoded = |encoding| {
        // Both of these can encode everything: the error is for seven-bit text that is not.
        Body::new_with_encoding(content.to_owned(), encoding)
            .unwrap_or_else(|_| Body::new(content.to_owned()))
    };
    let readable = encoded(ContentTransferEncoding::QuotedPrintable);
    let compact = encoded(ContentTransferEncoding::Base64);
    SinglePart::builder()
        .header(content_type)
        .body(if compact.len() < readable.len() {
            compact
        } else {
            readable
        })
}

fn system_time(facts: &MailFacts<'_>) -> SystemTime {
    let seconds = u64::try_from(facts.date.as_seconds()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn mailbox(
    name: Option<String>,
    address: &str,
    header: &'static str,
) -> Result<Mailbox, ComposeError> {
    let email: Address = address
        .parse()
        .map_err(|_| ComposeError::Address { header })?;
    seven_bit(Mailbox::new(name, email), header)
}

/// Without SMTPUTF8 (RFC 6531) an address is ASCII; its display name may be anything.
fn seven_bit(mailbox: Mailbox, header: &'static str) -> Result<Mailbox, ComposeError> {
    if mailbox.email.to_string().is_ascii() {
        Ok(mailbox)
    } else {
        Err(ComposeError::Address { header })
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn bracketed(id: &str) -> String {
    format!("<{}>", id.trim_matches(['<', '>']))
}

/// A Message-ID (RFC 5322, section 3.6.4), in brackets. Other people's programs make these, so what
/// is not one is left out rather than repaired.
fn message_id(id: &str) -> Option<String> {
    let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
    let is_one = bare.len() <= 250
        && bare.contains('@')
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>()[]\\\",;:".contains(&byte));
    is_one.then(|| bracketed(bare))
}

/// `=_` cannot occur in quoted-printable or base 64 (RFC 2045, section 6.7).
fn boundary(seed: &str) -> String {
    let name: String = seed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(60)
        .collect();
    format!("=_{name}")
}
