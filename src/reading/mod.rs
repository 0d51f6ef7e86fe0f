//! Reading a mail: its bytes in, what it says out.
//!
//! The order matters. [`open`] looks at headers and structure only and tells
//! what kind of mail this is and to which sub-addresses it came. The caller
//! then decides whether the sender may act at all, and only after that does
//! [`Mail::read`] look for what the person wrote and which command it is.
//!
//! Nothing in here does I/O, reads a clock or logs, and no input panics: a
//! mail is the one thing that anybody in the world can hand to the daemon.

#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod address;
mod armour;
mod attribution;
pub mod authentication;
mod automatic_subject;
mod automation;
mod banner;
pub mod bounce;
mod charge;
mod charset;
mod clause;
mod command;
mod company;
mod courtesy;
mod device_line;
mod disapproval;
mod fingerprint;
mod grant;
mod header_block;
mod headers;
mod history;
mod html;
mod html_mark;
mod jest;
mod kind;
mod known_names;
mod line;
mod meaning;
mod mime;
mod order;
mod own_account;
mod own_text;
mod phrases;
mod preamble;
mod reaction;
mod reason;
mod runon;
mod sign_off;
mod signature;
mod splitter;
mod status_code;
mod style;
mod style_block;
mod subject;
mod tie;
mod told_to_us;
mod verb;
mod verdict;
mod visible_reply;
mod vocabulary;
mod yes_or_no;

pub use address::Sender;
pub use authentication::Verdict;
pub use bounce::Bounce;
pub use fingerprint::fingerprint;
pub use mime::Refused;

use known_names::KnownNames;
use own_text::OwnText;
use visible_reply::{Body, VisibleReply};

/// Opens a mail as far as its headers and structure tell, without looking for
/// a command.
///
/// # Errors
/// A mail above one of the limits on size, headers, depth or parts.
pub fn open(raw: &[u8]) -> Result<Mail, Refused> {
    let message = mime::parse(raw)?;
    let envelope = Envelope::of(&message);
    let told = kind::by_headers(&message, &envelope);
    let body = match told {
        None | Some((Kind::Forward, _)) => Body::of(&message),
        Some(_) => Body::default(),
    };
    let (kind, why) = told.unwrap_or_else(|| kind::by_body(&body));
    Ok(Mail {
        message,
        body,
        envelope,
        kind,
        why,
    })
}

/// Opens and reads a mail in one go, for callers that need not ask in between
/// who wrote it.
///
/// # Errors
/// As for [`open`].
pub fn read(raw: &[u8], original: Option<&Original>) -> Result<Reading, Refused> {
    Ok(open(raw)?.read(original))
}

/// A mail whose kind is known and whose text was not looked at yet.
pub struct Mail {
    message: mime::Message,
    body: Body,
    /// Who wrote to whom, by the headers.
    pub envelope: Envelope,
    /// What kind of mail it is.
    pub kind: Kind,
    /// The sign that told the kind.
    pub why: &'static str,
}

impl Mail {
    /// Reads what the person wrote and which command it is. `original` is the
    /// mail that was answered; its own lines are taken out of the answer.
    ///
    /// Only a reply has a decision, and only a reply or a forward has a text.
    #[must_use]
    pub fn read(&self, original: Option<&Original>) -> Reading {
        self.read_beside(&OwnText::of(original), &KnownNames::of(original))
    }

    /// Reads it without the mail that was answered; none where that mail could make a difference.
    #[must_use]
    pub fn read_alone(&self) -> Option<Reading> {
        let (own, names) = (OwnText::of(None), KnownNames::of(None));
        let reading = self.read_beside(&own, &names);
        (!own.was_missed() && !names.was_missed()).then_some(reading)
    }

    fn read_beside(&self, own: &OwnText, names: &KnownNames) -> Reading {
        let written_by_hand = matches!(self.kind, Kind::Reply | Kind::Forward);
        let reply = if written_by_hand {
            visible_reply::of(&self.body, &self.envelope.from, own)
        } else {
            VisibleReply::default()
        };
        let (decision, because) = if self.kind == Kind::Reply {
            command::decide(&reply, names)
        } else {
            (Decision::None, "only a reply has a command")
        };
        let bounce = (self.kind == Kind::Bounce).then(|| bounce::read(&self.message));
        Reading {
            envelope: self.envelope.clone(),
            kind: self.kind,
            why: self.why,
            reply_text: reply.text,
            decision,
            because,
            bounce,
        }
    }

    /// Whether it has a DKIM signature, good or bad (RFC 6376).
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.message.root.headers.first("dkim-signature").is_some()
    }

    /// Whether a forwarder sealed it, whoever that was (RFC 8617).
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.message.root.headers.first("arc-seal").is_some()
    }

    /// What the receiving mail server says about the sender's domain; see
    /// [`authentication::dmarc`].
    #[must_use]
    pub fn dmarc(&self, authserv_id: &str, from_domain: &str) -> Verdict {
        authentication::dmarc(&self.message.root.headers, authserv_id, from_domain)
    }
}

/// What one mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Who wrote to whom, by the headers.
    pub envelope: Envelope,
    /// What kind of mail it is.
    pub kind: Kind,
    /// The sign that told the kind.
    pub why: &'static str,
    /// What the person wrote, without quotes, signature and disclaimer.
    pub reply_text: String,
    /// The command in it.
    pub decision: Decision,
    /// Why it was read so.
    pub because: &'static str,
    /// What a bounce says; absent for every other kind.
    pub bounce: Option<Bounce>,
}

/// The mail that was answered, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: Option<String>,
}

/// Who wrote to whom, by the headers alone. Nothing in here is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The Message-ID with its angle brackets.
    pub message_id: Option<String>,
    /// The Message-IDs in In-Reply-To.
    pub in_reply_to: Vec<String>,
    /// The Message-IDs in References.
    pub references: Vec<String>,
    /// The one address that wrote it, if there is exactly one.
    pub from: Sender,
    /// Every address the mail was sent or delivered to: To, Cc, Delivered-To,
    /// X-Original-To, Envelope-To, and the `for` of the Received headers.
    pub recipients: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
}

impl Envelope {
    fn of(message: &mime::Message) -> Self {
        let headers = &message.root.headers;
        Self {
            message_id: address::message_ids(headers, "message-id")
                .into_iter()
                .next(),
            in_reply_to: address::message_ids(headers, "in-reply-to"),
            references: address::message_ids(headers, "references"),
            from: address::sender(headers),
            recipients: address::recipients(headers),
            subject: charset::encoded_words(headers.first("subject").unwrap_or_default()),
        }
    }
}

/// What kind of mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person wrote it, to us.
    Reply,
    /// A program answered in the person's place.
    AutoReply,
    /// A report about a delivery.
    Bounce,
    /// A report that a mail was read or deleted (RFC 8098).
    Mdn,
    /// A person sent our mail on to somebody else.
    Forward,
    /// Everything else: calendar, list, reaction, our own mail come back.
    Other,
}

impl Kind {
    /// The word for it in listings and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::AutoReply => "auto-reply",
            Self::Bounce => "bounce",
            Self::Mdn => "mdn",
            Self::Forward => "forward",
            Self::Other => "other",
        }
    }
}

/// The command a person wrote. Only `Reject` may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// A clear rejection.
    Reject,
    /// A wish to approve, which a mail cannot do.
    ApproveAsked,
    /// No command.
    None,
    /// A command that may not be meant: negated, asked, conditional, two.
    Ambiguous,
}

impl Decision {
    /// The word for it in listings and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::ApproveAsked => "approve-asked",
            Self::None => "none",
            Self::Ambiguous => "ambiguous",
        }
    }
}
