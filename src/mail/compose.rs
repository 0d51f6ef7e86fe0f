//! Composing a mail: facts in, bytes out.
//!
//! Nothing is looked up here and no clock is read: the same facts give the same bytes, so that a
//! second try of a delivery is the same mail (same Message-ID, Date and boundary).
//!
//! - `content` says which mail it is and holds what only that mail shows;
//! - `context` turns the facts into what a template may name, once for each language;
//! - `words` makes text of others fit to be shown;
//! - `mime` builds the message around the two rendered parts;
//! - [`preview`] has sample facts for every mail.
//!
//! What a requester wrote stands in the body only, never in a header, and in the mails to the
//! requester not at all: otherwise a request could send anybody a text of its own choice.

mod content;
mod context;
mod mime;
pub mod preview;
mod shown;
mod standing_in_words;
mod words;

use lettre::message::Mailbox;
use serde::Serialize;

use super::dkim::{Dkim, SignError};
use crate::domain::{
    account_number::AccountNumber, domain_name::DomainName, email_address::EmailAddress,
    language::Language, request_number::RequestNumber, timestamp::Timestamp,
};
use crate::templates::{RenderTemplateError, Templates};
pub use content::{
    ChangedAddress, Content, Decision, GatheredRequest, Membership, Outcome, ReplyRefusal,
    StandingIn, Undo,
};
use context::Context;
use words::Caps;
pub use words::{requesters_words, shown_name};

/// Everything a mail is made of.
#[derive(Clone, Debug)]
pub struct MailFacts<'a> {
    /// Which mail it is, with what only that mail shows.
    pub content: Content<'a>,
    /// The request it is about, where it is about one.
    pub request: Option<RequestFacts<'a>>,
    /// The account it is about, where it is about one.
    pub account: Option<AccountFacts<'a>>,
    /// Times are shown in this time zone, such as `Europe/Amsterdam`.
    pub time_zone: &'a str,
    /// What the product is called in the text.
    pub product_name: &'a str,
    /// `From`: the display name and address of the daemon.
    pub from: &'a Mailbox,
    /// `To`.
    pub to: &'a EmailAddress,
    /// What an administrator is called. The mails to a requester do not use it.
    pub to_name: &'a str,
    /// The recipient's language, which comes first.
    pub language: Language,
    /// `Reply-To`, already with its token: `local+TOKEN@domain`.
    pub reply_to: Option<&'a str>,
    /// `Message-ID`, with or without angle brackets.
    pub message_id: &'a str,
    /// Whether it answers a mail of the recipient (RFC 3834, section 5).
    pub is_answer: bool,
    /// `Date`.
    pub date: Timestamp,
    /// The Message-ID of the mail that this one follows or answers. It may come from outside: what
    /// is no Message-ID is left out.
    pub in_reply_to: Option<&'a str>,
    /// The Message-IDs of the thread so far, oldest first, likewise; [`MailFacts::in_reply_to`] is
    /// put behind them.
    pub references: &'a [&'a str],
    /// Names the boundary between the parts; the message's id will do.
    pub boundary_seed: &'a str,
    /// Whoever signs the mail, if anybody does.
    pub signed_by: Option<&'a Dkim>,
}

/// The request that a mail is about.
#[derive(Clone, Debug)]
pub struct RequestFacts<'a> {
    /// Its short number.
    pub number: &'a RequestNumber,
    /// Who asks.
    pub email: &'a EmailAddress,
    /// What the requester is called, as the requester wrote it.
    pub requester_name: Option<&'a str>,
    /// Why, as the requester wrote it.
    pub reason: Option<&'a str>,
    /// The known domain that the requester's looks like.
    pub looks_like: Option<&'a DomainName>,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// When silence becomes no access; none where it stays open.
    pub expires_at: Option<Timestamp>,
}

/// The account that a mail is about.
#[derive(Clone, Debug)]
pub struct AccountFacts<'a> {
    /// Its number.
    pub number: &'a AccountNumber,
    /// Whose number that is.
    pub name: &'a str,
}

/// A mail, ready to be handed to a mail server.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The whole message (RFC 5322): CRLF line ends, seven-bit characters, short lines.
    pub bytes: Vec<u8>,
    /// Its subject, decoded.
    pub subject: String,
    /// Its text part, decoded, with LF line ends.
    pub text: String,
    /// Its HTML part, likewise.
    pub html: String,
}

/// Why no mail came out.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// `To`, `From` or `Reply-To` is no address that can stand in a header without SMTPUTF8.
    #[error("the {header} address cannot be written in a mail header")]
    Address {
        /// The header's name.
        header: &'static str,
    },
    /// A template refused.
    #[error(transparent)]
    Template(#[from] RenderTemplateError),
    /// The message could not be built.
    #[error("the message could not be built: {0}")]
    Message(#[from] lettre::error::Error),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// No mail is larger as sent, so that none is cut short in an inbox.
pub const SIZE_MAX: usize = 15_000;

/// Renders and builds the mail. Both languages are in it, the recipient's first.
pub fn compose(templates: &Templates, facts: &MailFacts<'_>) -> Result<Composed, ComposeError> {
    let composed = compose_within(templates, facts, Caps::USUAL)?;
    if composed.bytes.len() <= SIZE_MAX {
        return Ok(composed);
    }
    compose_within(templates, facts, Caps::TIGHT)
}

fn compose_within(
    templates: &Templates,
    facts: &MailFacts<'_>,
    caps: Caps,
) -> Result<Composed, ComposeError> {
    let first = block(templates, facts, facts.language, caps)?;
    let second = block(templates, facts, facts.language.other(), caps)?;
    let subject = templates.text(
        "mail/layout/subject",
        facts.language,
        &SubjectContext {
            first: &first.subject,
            second: &second.subject,
            number: facts.request.as_ref().map(|one| one.number.as_str()),
        },
    )?;
    let subject = subject.trim().to_owned();

    let layout = LayoutContext {
        subject: &subject,
        product: facts.product_name,
        summary: first.summary.clone(),
        roomy: caps == Caps::USUAL,
        blocks: [&first, &second],
    };
    let html = templates.html("mail/layout/mail.html", facts.language, &layout)?;
    let text = templates.text("mail/layout/mail.txt", facts.language, &layout)?;
    let bytes = mime::build(facts, &subject, &text, &html)?;
    let bytes = match facts.signed_by {
        Some(dkim) => dkim.signed(&bytes, facts.date)?,
        None => bytes,
    };
    Ok(Composed {
        bytes,
        subject,
        text,
        html,
    })
}

#[derive(Serialize)]
struct SubjectContext<'a> {
    first: &'a str,
    second: &'a str,
    number: Option<&'a str>,
}

#[derive(Serialize)]
struct LayoutContext<'a> {
    subject: &'a str,
    product: &'a str,
    /// The line that inboxes show beside the subject.
    summary: String,
    /// Whether there is room for what only makes the mail look nicer.
    roomy: bool,
    blocks: [&'a Block<'a>; 2],
}

/// What the mail says in one language.
#[derive(Serialize)]
struct Block<'a> {
    lang: Language,
    product: &'a str,
    subject: String,
    /// One sentence: the heading of the block.
    summary: String,
    html: String,
    text: String,
}

fn block<'a>(
    templates: &Templates,
    facts: &MailFacts<'a>,
    language: Language,
    caps: Caps,
) -> Result<Block<'a>, RenderTemplateError> {
    let context = Context::new(templates, facts, language, caps);
    let folder = facts.content.kind().as_str();
    let text = |part: String| -> Result<String, RenderTemplateError> {
        let rendered = templates.text(&format!("mail/{folder}/{part}"), language, &context)?;
        Ok(rendered.trim().to_owned())
    };
    let html = format!("mail/{folder}/{language}.html");
    Ok(Block {
        lang: language,
        product: facts.product_name,
        subject: text("subject".to_owned())?,
        summary: text("summary".to_owned())?,
        html: templates.html(&html, language, &context)?.trim().to_owned(),
        text: text(format!("{language}.txt"))?,
    })
}
