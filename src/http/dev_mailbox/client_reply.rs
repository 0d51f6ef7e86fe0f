//! A person's answer to a mail, as different mail programs write it.

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::{
    opened_mail::{OpenedMail, Party},
    quoting,
};
use crate::{
    domain::{language::Language, timestamp::Timestamp},
    random,
};

/// The program that somebody answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// None in particular: text alone, and nothing quoted.
    Plain,
    /// Outlook.
    Outlook,
    /// Gmail.
    Gmail,
    /// Apple Mail.
    Apple,
}

impl Client {
    /// By the word of the form.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "plain" => Some(Self::Plain),
            "outlook" => Some(Self::Outlook),
            "gmail" => Some(Self::Gmail),
            "apple" => Some(Self::Apple),
            _ => None,
        }
    }

    fn subject_prefix(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Plain, Language::Nl) => "Antw: ",
            (Self::Outlook, _) => "RE: ",
            (Self::Plain | Self::Gmail | Self::Apple, _) => "Re: ",
        }
    }
}

/// Why a mail cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    /// An address in it is none.
    #[error("a mail in the mailbox has an address that is none: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The answer could not be put together.
    #[error("an answer could not be written: {0}")]
    Message(#[from] lettre::error::Error),
}

/// The recipient's answer, to the address that takes answers. `at` is when it is sent.
pub(super) fn reply(
    original: &OpenedMail,
    client: Client,
    language: Language,
    written: &str,
    at: Timestamp,
) -> Result<Vec<u8>, AnswerError> {
    // A form sends CRLF; a mail gets it back below.
    let written = written.replace("\r\n", "\n");
    let written = written.trim_end();
    let subject = prefixed(client.subject_prefix(language), &original.subject);
    let mut message = answer_to(original, &subject, at)?;
    let bodies = match client {
        Client::Plain => {
            let text = SinglePart::plain(format!("{written}\n"));
            return Ok(message.singlepart(text)?.formatted());
        }
        Client::Outlook => {
            let tag = match language {
                Language::Nl => "nl-NL",
                Language::En => "en-GB",
            };
            message = message
                .raw_header(header("Thread-Topic", &original.subject))
                .raw_header(header("Accept-Language", &format!("{tag}, en-US")))
                .raw_header(header("Content-Language", tag))
                // Exchange puts this on what people write as well.
                .raw_header(header("X-Auto-Response-Suppress", "DR, OOF, AutoReply"));
            quoting::outlook(written, original, language)
        }
        Client::Gmail => quoting::gmail(written, original, language),
        Client::Apple => {
            message = message.raw_header(header("X-Mailer", "Apple Mail (2.3826.700.81)"));
            quoting::apple(written, original, language)
        }
    };
    // Exchange sends UTF-8 as base 64, the others as quoted-printable.
    let encoding = match client {
        Client::Outlook => ContentTransferEncoding::Base64,
        Client::Plain | Client::Gmail | Client::Apple => ContentTransferEncoding::QuotedPrintable,
    };
    let part = |kind, body| {
        SinglePart::builder()
            .header(kind)
            .header(encoding)
            .body(body)
    };
    let bodies = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, bodies.text))
        .singlepart(part(ContentType::TEXT_HTML, bodies.html));
    Ok(message.multipart(bodies)?.formatted())
}

/// The headers that every answer has: from the recipient, to Reply-To, in the thread.
pub(super) fn answer_to(
    original: &OpenedMail,
    subject: &str,
    at: Timestamp,
) -> Result<MessageBuilder, AnswerError> {
    let answered = format!("<{}>", original.message_id);
    let mut thread = original.references.clone();
    thread.push(answered.clone());
    let seconds = u64::try_from(at.as_seconds()).unwrap_or(0);
    let id = data_encoding::HEXLOWER.encode(&random::bytes::<16>());
    Ok(Message::builder()
        .from(mailbox(&original.to)?)
        .to(mailbox(
            original.reply_to.as_ref().unwrap_or(&original.from),
        )?)
        .subject(subject)
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{id}@{}>", original.to.domain())))
        .in_reply_to(answered)
        .references(thread.join(" ")))
}

/// A header that lettre has no type for.
pub(super) fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn mailbox(party: &Party) -> Result<Mailbox, AnswerError> {
    let address: Address = party.address.parse()?;
    let name = Some(party.name.clone()).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address))
}

/// Programs do not put their mark before a subject that has it.
fn prefixed(prefix: &str, subject: &str) -> String {
    let has_it = subject
        .get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if has_it {
        subject.to_owned()
    } else {
        format!("{prefix}{subject}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;
    use crate::{
        mail::dev_mailbox::DevMail,
        reading::{self, Decision, Kind, Original},
    };

    const CLIENTS: [Client; 4] = [Client::Plain, Client::Outlook, Client::Gmail, Client::Apple];
    const NOON: Timestamp = Timestamp::from_seconds(1_778_580_000);

    /// What people write, and what it says.
    const ANSWERS: [(&str, Decision); 6] = [
        ("weigeren", Decision::Reject),
        ("Reject", Decision::Reject),
        (
            "Nee, die kennen wij niet.\n\nGraag weigeren & blokkeren!",
            Decision::Reject,
        ),
        ("goedkeuren", Decision::ApproveAsked),
        ("Ik ben donderdag weer op kantoor.", Decision::None),
        ("Niet weigeren", Decision::Ambiguous),
    ];

    fn opened() -> OpenedMail {
        OpenedMail::of(&samples::approval_request())
    }

    /// Every answer by every program in every language, the mail and what was typed into it.
    fn replies() -> impl Iterator<Item = (String, Vec<u8>, &'static str, Decision)> {
        let original = opened();
        let mut all = Vec::new();
        for client in CLIENTS {
            for language in Language::ALL {
                for (written, decision) in ANSWERS {
                    let raw = reply(&original, client, language, written, NOON).unwrap();
                    all.push((
                        format!("{client:?} {language} {written:?}"),
                        raw,
                        written,
                        decision,
                    ));
                }
            }
        }
        all.into_iter()
    }

    #[test]
    fn each_program_s_reply_is_read_back_as_typed() {
        let sent = opened();
        let ours = Original {
            text: sent.text,
            html: sent.html,
        };
        for (what, raw, written, decision) in replies() {
            for original in [Some(&ours), None] {
                let read = reading::read(&raw, original).unwrap();
                assert_eq!(read.kind, Kind::Reply, "{what}: {}", read.why);
                assert_eq!(read.decision, decision, "{what}");
                assert_eq!(read.reply_text, written, "{what}");
            }
        }
    }

    #[test]
    fn the_html_of_a_reply_says_the_same_by_itself() {
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        for (what, raw, written, decision) in replies() {
            let mail = DevMail {
                bytes: raw,
                ..samples::approval_request()
            };
            let Some(html) = OpenedMail::of(&mail).html else {
                continue;
            };
            let alone = format!(
                "From: a@b.example\r\nSubject: Re: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}"
            );
            let read = reading::read(alone.as_bytes(), None).unwrap();
            assert_eq!(read.decision, decision, "{what}");
            assert_eq!(lines(&read.reply_text), lines(written), "{what}");
        }
    }

    #[test]
    fn a_reply_goes_from_the_recipient_to_the_address_with_the_token() {
        let original = opened();
        for (what, raw, ..) in replies() {
            let envelope = reading::open(&raw).unwrap().envelope;
            assert_eq!(
                envelope.from.address(),
                Some("anna@bakkerij-jansen.example"),
                "{what}"
            );
            assert!(
                envelope
                    .recipients
                    .contains(&original.reply_to.as_ref().unwrap().address),
                "{what}"
            );
            assert_eq!(
                envelope.in_reply_to,
                [format!("<{}>", original.message_id)],
                "{what}"
            );
            assert_eq!(envelope.references, envelope.in_reply_to, "{what}");
            assert!(envelope.subject.ends_with(&original.subject), "{what}");
        }
    }

    #[test]
    fn two_replies_are_two_mails() {
        let write = || reply(&opened(), Client::Gmail, Language::Nl, "weigeren", NOON).unwrap();
        let ids = [write(), write()].map(|raw| reading::open(&raw).unwrap().envelope.message_id);
        assert!(ids[0].is_some());
        assert_ne!(ids[0], ids[1]);
    }
}
