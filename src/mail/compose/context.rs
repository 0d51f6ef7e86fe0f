//! What the template of a mail may name, in one language. What a mail has not is `null`.

use serde::Serialize;

use super::{
    Content, Decision, MailFacts, Outcome, Undo,
    words::{one_line, requesters_words},
};
use crate::domain::{language::Language, note::Note, timestamp::Timestamp};
use crate::templates::Templates;

/// How much remains of what others typed, in characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Caps {
    reason: usize,
    note: usize,
    name: usize,
}

impl Caps {
    /// For nearly every mail.
    pub(super) const USUAL: Self = Self {
        reason: 200,
        note: Note::LONGEST,
        name: 80,
    };
    /// For a mail that grew too large with everything that people had typed.
    pub(super) const TIGHT: Self = Self {
        reason: 30,
        note: 60,
        name: 12,
    };
}

/// A longer address stands in the table only, not in the heading.
const SHORT_EMAIL: usize = 64;

#[derive(Serialize)]
pub(super) struct Context<'a> {
    /// Whether there is room for what only makes the mail look nicer.
    roomy: bool,
    number: &'a str,
    to_name: Option<String>,
    email: &'a str,
    short_email: Option<&'a str>,
    requester_name: Option<String>,
    reason: String,
    /// Number and name of the account.
    account: String,
    account_number: &'a str,
    account_name: String,
    account_last4: &'a str,
    requested_at: String,
    expires_at: String,
    portal_url: Option<&'a str>,
    reject_url: Option<&'a str>,
    undo_url: Option<&'a str>,
    undo_until: Option<String>,
    approved: Option<bool>,
    revoked: Option<bool>,
    /// What the administrator wrote to the requester.
    note: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<String>,
    door: Option<&'a str>,
}

/// The parts of [`Content`] that templates show.
#[derive(Default)]
struct Shown<'a> {
    portal_url: Option<&'a str>,
    reject_url: Option<&'a str>,
    undo: Option<Undo<'a>>,
    decision: Option<Decision<'a>>,
    revoked: Option<bool>,
    note: Option<&'a str>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        templates: &'a Templates,
        facts: &MailFacts<'a>,
        language: Language,
        caps: Caps,
    ) -> Context<'a> {
        let request = &facts.request;
        let shown = shown(&facts.content);
        let label = |key: &str| templates.labels().get(key, language).unwrap_or_default();
        let time = |at: Timestamp| templates.local_time(at, request.time_zone, language);
        let for_administrator = !facts.content.is_for_requester();
        let by_requester = |text: Option<&str>, cap| {
            text.filter(|_| for_administrator)
                .map(|text| requesters_words(text, cap))
                .filter(|words| !words.is_empty())
        };
        let email = request.email.as_typed();
        let account_name = one_line(request.account_name, caps.name);
        let reason = by_requester(request.reason, caps.reason);

        Context {
            roomy: caps == Caps::USUAL,
            number: request.number.as_str(),
            to_name: for_administrator.then(|| one_line(facts.to_name, caps.name)),
            email,
            short_email: Some(email).filter(|email| email.len() <= SHORT_EMAIL),
            requester_name: by_requester(request.requester_name, caps.name),
            reason: reason.map_or_else(
                || label("no_reason").to_owned(),
                |words| format!("“{words}”"),
            ),
            account: format!("{} ({account_name})", request.account_number.as_str()),
            account_number: request.account_number.as_str(),
            account_name,
            account_last4: request.account_number.last4(),
            requested_at: time(request.requested_at),
            expires_at: time(request.expires_at),
            portal_url: shown.portal_url,
            reject_url: shown.reject_url,
            undo_url: shown.undo.map(|undo| undo.url),
            undo_until: shown.undo.map(|undo| time(undo.until)),
            approved: shown
                .decision
                .map(|decision| decision.outcome == Outcome::Approved),
            revoked: shown.revoked,
            note: shown.note.map(|note| requesters_words(note, caps.note)),
            decided_by: shown.decision.map(|decision| {
                let name = decision.by.unwrap_or(label("operator"));
                one_line(name, caps.name)
            }),
            decided_at: shown.decision.map(|decision| time(decision.at)),
            door: shown
                .decision
                .map(|decision| label(&format!("door_{}", decision.door))),
        }
    }
}

fn shown<'a>(content: &Content<'a>) -> Shown<'a> {
    match *content {
        Content::ApprovalRequest {
            portal_url,
            reject_url,
        }
        | Content::ReplyNotUnderstood {
            portal_url,
            reject_url,
        } => Shown {
            portal_url: Some(portal_url),
            reject_url: Some(reject_url),
            ..Shown::default()
        },
        Content::ApprovalNeedsSignIn { portal_url } | Content::Expired { portal_url } => Shown {
            portal_url: Some(portal_url),
            ..Shown::default()
        },
        Content::RejectionDone {
            decision,
            undo,
            portal_url,
        } => Shown {
            portal_url: Some(portal_url),
            undo,
            decision: Some(decision),
            ..Shown::default()
        },
        Content::HandledByColleague {
            decision,
            portal_url,
        } => Shown {
            portal_url: Some(portal_url),
            decision: Some(decision),
            ..Shown::default()
        },
        Content::RequesterReceived | Content::RequesterExpired => Shown::default(),
        Content::RequesterApproved { note } => Shown {
            note,
            ..Shown::default()
        },
        Content::RequesterRejected { revoked, note } => Shown {
            revoked: Some(revoked),
            note,
            ..Shown::default()
        },
    }
}
