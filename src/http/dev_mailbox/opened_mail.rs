//! A mail of the mailbox, taken apart.

use std::fmt;

use mail_parser::{Addr, Address, HeaderName, Message, MessageParser};

use crate::{
    domain::{language::Language, timestamp::Timestamp},
    mail::dev_mailbox::DevMail,
};

/// What a mail program shows of a mail. What a mail lacks is empty: this reads our own mails.
pub(super) struct OpenedMail {
    /// Subject.
    pub(super) subject: String,
    /// The first From.
    pub(super) from: Party,
    /// The first To; the envelope recipient where there is none.
    pub(super) to: Party,
    /// Reply-To.
    pub(super) reply_to: Option<Party>,
    /// Message-ID, without its angle brackets.
    pub(super) message_id: String,
    /// References, each in its angle brackets.
    pub(super) references: Vec<String>,
    /// Date; when it was handed over where there is none.
    pub(super) sent_at: Timestamp,
    /// The reader's language: the first of Content-Language.
    pub(super) language: Language,
    /// The text part.
    pub(super) text: String,
    /// The HTML part.
    pub(super) html: Option<String>,
}

/// Somebody in a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Party {
    /// What they are called; may be empty.
    pub(super) name: String,
    /// Their address.
    pub(super) address: String,
}

impl OpenedMail {
    /// Opens it.
    pub(super) fn of(mail: &DevMail) -> Self {
        let message = MessageParser::default()
            .parse(&mail.bytes)
            .unwrap_or_default();
        let envelope_recipient = || Party {
            name: String::new(),
            address: mail.to.clone(),
        };
        Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            from: first(message.from()).unwrap_or_default(),
            to: first(message.to()).unwrap_or_else(envelope_recipient),
            reply_to: first(message.reply_to()),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            references: words(&message, HeaderName::References),
            sent_at: message
                .date()
                .map_or(mail.at, |date| Timestamp::from_seconds(date.to_timestamp())),
            language: words(&message, HeaderName::ContentLanguage)
                .first()
                .and_then(|tag| Language::parse(tag.trim_end_matches(',')))
                .unwrap_or(Language::En),
            text: message
                .body_text(0)
                .unwrap_or_default()
                .replace("\r\n", "\n"),
            html: message
                .parts
                .iter()
                .find(|part| part.is_text_html())
                .and_then(|part| part.text_contents())
                .map(|html| html.replace("\r\n", "\n")),
        }
    }
}

fn first(addresses: Option<&Address<'_>>) -> Option<Party> {
    addresses?.first().and_then(Party::of)
}

/// The words of a header that is a list.
fn words(message: &Message<'_>, header: HeaderName<'_>) -> Vec<String> {
    let name = header.as_str().to_owned();
    let raw = message
        .headers_raw()
        .find(|(found, _)| found.eq_ignore_ascii_case(&name));
    raw.map(|(_, value)| value.split_ascii_whitespace().map(str::to_owned).collect())
        .unwrap_or_default()
}

impl Party {
    fn of(addr: &Addr<'_>) -> Option<Self> {
        Some(Self {
            name: addr.name().unwrap_or_default().to_owned(),
            address: addr.address()?.to_owned(),
        })
    }

    /// The part behind the @.
    pub(super) fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Party {
    /// As mail programs show it: `Anna Jansen <anna@example.com>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(&self.address)
        } else {
            write!(f, "{} <{}>", self.name, self.address)
        }
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;

    /// The approval request as it is sent, to a reader of Dutch.
    pub(in super::super) fn approval_request() -> DevMail {
        let eml = include_str!("../../../tests/golden/mail/approval_request.nl.eml");
        let eml = eml.replace("\r\n", "\n").replace('\n', "\r\n");
        let token = "abcdefghijklmnopqrstuvwxyz234567abcdefgh";
        DevMail {
            id: 7,
            at: Timestamp::from_seconds(1_778_570_042),
            from: Some(format!("esecure+b.{token}@esecure.example.net")),
            to: "anna@bakkerij-jansen.example".to_owned(),
            bytes: eml.into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_of_ours_is_taken_apart() {
        let opened = OpenedMail::of(&samples::approval_request());
        assert!(opened.subject.contains("R-7Q4K9"));
        assert_eq!(
            opened.from.to_string(),
            "eSecure <esecure@esecure.example.net>"
        );
        assert_eq!(
            opened.to.to_string(),
            "Anna Jansen <anna@bakkerij-jansen.example>"
        );
        assert!(opened.reply_to.unwrap().address.starts_with("esecure+"));
        assert!(opened.message_id.starts_with("m."));
        assert_eq!(opened.language, Language::Nl);
        assert!(
            opened
                .text
                .contains("klantnummer van Bakkerij Jansen gebruiken?")
        );
        assert!(opened.html.unwrap().contains("<h1"));
        assert_eq!(opened.sent_at.to_string(), "2026-05-12T07:14:02.000Z");
    }
}
