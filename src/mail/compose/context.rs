//! What the template of a mail may name, in one language. What a mail has not is `null`.

use serde::Serialize;

use super::{
    Content, MailFacts, Outcome,
    shown::shown,
    standing_in_words::StandingInWords,
    words::{Caps, one_line, requesters_words},
};
use crate::domain::{
    email_address::EmailAddress, language::Language, request::Door, timestamp::Timestamp,
    unusual_letters::UnusualLetters,
};
use crate::templates::Templates;

/// A longer address stands in the table only, not in the heading.
const SHORT_EMAIL: usize = 64;

#[derive(Serialize)]
pub(super) struct Context<'a> {
    /// Whether there is room for what only makes the mail look nicer.
    roomy: bool,
    to_name: Option<String>,
    /// The domain of the address, where it looks like another.
    domain: Option<String>,
    /// That other, known one.
    looks_like: Option<String>,
    /// The domain of the address, where it is not written with plain letters.
    unusual_domain: Option<String>,
    /// Letters before the `@` that are not plain ones.
    unusual_letters: Option<String>,
    /// Number and name of the account, where the mail is about one.
    account: Option<String>,
    account_number: Option<&'a str>,
    account_name: Option<String>,
    account_last4: Option<&'a str>,
    // The request, where the mail is about one.
    number: Option<&'a str>,
    email: Option<&'a str>,
    short_email: Option<&'a str>,
    requester_name: Option<String>,
    reason: Option<String>,
    requested_at: Option<String>,
    expires_at: Option<String>,
    // The links.
    portal_url: Option<&'a str>,
    reject_url: Option<&'a str>,
    undo_url: Option<&'a str>,
    undo_until: Option<String>,
    /// What a digest gathered, how many that is, and whether this is the block that shows it.
    gathered: Option<Vec<Gathered<'a>>>,
    count: Option<usize>,
    /// Whether no other reminder follows.
    last: Option<bool>,
    several: Option<bool>,
    leads: bool,
    invite_url: Option<&'a str>,
    invite_until: Option<String>,
    /// For whom somebody stands in, when and where; in an invitation: whether the reader does.
    standing_in: Option<StandingInWords>,
    // What was decided or done, by whom, when and how.
    approved: Option<bool>,
    revoked: Option<bool>,
    cancelled: Option<bool>,
    reappointed: Option<bool>,
    again: Option<bool>,
    /// What the administrator wrote to the requester.
    note: Option<String>,
    door: Option<&'a str>,
    /// Whether it was decided by link or reply.
    by_mail: Option<bool>,
    on: Option<bool>,
    /// The addresses that may use the account by now or not any more, and how many others there are.
    changes: Option<Vec<Changed<'a>>>,
    more: Option<usize>,
    /// What changed about how the reader signs in.
    change: Option<&'a str>,
    /// The administrator who was added, removed or not reached, and whether it is the reader.
    member_name: Option<String>,
    member_email: Option<&'a str>,
    alias: Option<&'a str>,
    you: Option<bool>,
    by: Option<String>,
    at: Option<String>,
}

/// One request of a digest.
#[derive(Serialize)]
struct Gathered<'a> {
    email: &'a str,
    account_number: &'a str,
    number: &'a str,
    requested_at: String,
    is_reminder: bool,
    looks_like: Option<String>,
    unusual_letters: Option<String>,
    portal_url: &'a str,
    reject_url: &'a str,
}

/// One address of a mail about several.
#[derive(Serialize)]
struct Changed<'a> {
    email: &'a str,
    unusual_letters: Option<String>,
    allowed: bool,
    by: String,
    at: String,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        templates: &'a Templates,
        facts: &MailFacts<'a>,
        language: Language,
        caps: Caps,
    ) -> Context<'a> {
        let request = facts.request.as_ref();
        let account = facts.account.as_ref();
        let shown = shown(&facts.content);
        let label = |key: &str| templates.labels().get(key, language).unwrap_or_default();
        let time = |at: Timestamp| templates.local_time(at, facts.time_zone, language);
        let for_administrator = !facts.content.is_for_requester();
        let by_requester = |text: Option<&str>, cap| {
            text.filter(|_| for_administrator)
                .map(|text| requesters_words(text, cap))
                .filter(|words| !words.is_empty())
        };
        // Who stands for a name where no administrator did it.
        let nobody = match shown.decision {
            Some(decision) if decision.door == Door::Policy => "policy",
            _ => "operator",
        };
        let email = request.map(|request| request.email.as_typed());
        let unusual = request.map(|request| UnusualLetters::of(request.email));
        let absent = shown
            .decision
            .and_then(|decision| decision.absent)
            .map(|name| one_line(name, caps.name));
        let account_name = account.map(|account| one_line(account.name, caps.name));
        let gathered = gathered(templates, &facts.content, language, caps);
        let count = gathered.as_ref().map(Vec::len);
        let (changes, more) = changed(templates, facts, language, caps).unzip();

        Context {
            roomy: caps == Caps::USUAL,
            to_name: for_administrator.then(|| one_line(facts.to_name, caps.name)),
            domain: request
                .filter(|request| request.looks_like.is_some())
                .map(|request| one_line(request.email.domain(), caps.domain)),
            looks_like: request
                .and_then(|request| request.looks_like)
                .map(|known| one_line(known.as_str(), caps.domain)),
            unusual_domain: unusual
                .as_ref()
                .and_then(|unusual| unusual.domain)
                .map(|domain| one_line(domain, caps.domain)),
            unusual_letters: unusual
                .and_then(|unusual| unusual.local_part)
                .map(|letters| one_line(&letters, caps.domain)),
            account: account
                .zip(account_name.as_ref())
                .map(|(account, name)| format!("{} ({name})", account.number.as_str())),
            account_number: account.map(|account| account.number.as_str()),
            account_name,
            account_last4: account.map(|account| account.number.last4()),
            number: request.map(|request| request.number.as_str()),
            email,
            short_email: email.filter(|email| email.len() <= SHORT_EMAIL),
            requester_name: request
                .and_then(|request| by_requester(request.requester_name, caps.name)),
            reason: request.map(|request| {
                by_requester(request.reason, caps.reason).map_or_else(
                    || label("no_reason").to_owned(),
                    |words| format!("“{words}”"),
                )
            }),
            requested_at: request.map(|request| time(request.requested_at)),
            expires_at: request.and_then(|request| request.expires_at).map(time),
            portal_url: shown.portal_url,
            reject_url: shown.reject_url,
            undo_url: shown.undo.map(|undo| undo.url),
            undo_until: shown.undo.map(|undo| time(undo.until)),
            gathered,
            count,
            last: shown.last,
            several: count.map(|count| count > 1),
            leads: language == facts.language,
            invite_url: shown.invitation.map(|(url, _)| url),
            invite_until: shown.invitation.map(|(_, until)| time(until)),
            standing_in: StandingInWords::of(templates, &facts.content, language, caps),
            approved: shown
                .decision
                .map(|decision| decision.outcome == Outcome::Approved),
            revoked: shown.revoked,
            cancelled: shown.cancelled,
            reappointed: shown.reappointed,
            again: shown.again,
            note: shown.note.map(|note| requesters_words(note, caps.note)),
            door: shown
                .decision
                .map(|decision| label(&format!("door_{}", decision.door))),
            by_mail: shown
                .decision
                .map(|decision| matches!(decision.door, Door::Link | Door::Reply)),
            on: shown.on,
            changes,
            more,
            change: shown
                .change
                .map(|change| label(&format!("sign_in_{change}"))),
            member_name: shown.membership.map(|one| one_line(one.name, caps.name)),
            member_email: shown.membership.map(|one| one.email.as_typed()),
            alias: shown.alias.map(EmailAddress::as_typed),
            you: shown.membership.map(|one| one.is_recipient),
            by: shown.by.map(|name| {
                let by = one_line(name.unwrap_or(label(nobody)), caps.name);
                match absent {
                    Some(absent) => format!("{by} {} {absent}", label("stands_in_for")),
                    None => by,
                }
            }),
            at: shown.at.map(time),
        }
    }
}

fn changed<'a>(
    templates: &Templates,
    facts: &MailFacts<'a>,
    language: Language,
    caps: Caps,
) -> Option<(Vec<Changed<'a>>, usize)> {
    let Content::Overturned { changes, more, .. } = &facts.content else {
        return None;
    };
    let operator = templates.labels().get("operator", language);
    let each = changes.iter().map(|change| Changed {
        email: change.email.as_typed(),
        unusual_letters: UnusualLetters::of(change.email)
            .in_short()
            .map(|letters| one_line(&letters, caps.domain)),
        allowed: change.allowed,
        by: one_line(change.by.or(operator).unwrap_or_default(), caps.name),
        at: templates.local_time(change.at, facts.time_zone, language),
    });
    Some((each.collect(), *more))
}

/// Its addresses and links say the same in every language: it is shown once, in the recipient's.
fn gathered<'a>(
    templates: &Templates,
    content: &Content<'a>,
    language: Language,
    caps: Caps,
) -> Option<Vec<Gathered<'a>>> {
    let Content::Digest { requests, .. } = content else {
        return None;
    };
    let each = requests.iter().map(|request| {
        let facts = &request.facts;
        Gathered {
            email: facts.email.as_typed(),
            account_number: request.account.as_str(),
            number: facts.number.as_str(),
            requested_at: templates.local_time(facts.requested_at, request.time_zone, language),
            is_reminder: request.is_reminder,
            looks_like: facts
                .looks_like
                .map(|known| one_line(known.as_str(), caps.domain)),
            unusual_letters: UnusualLetters::of(facts.email)
                .in_short()
                .map(|letters| one_line(&letters, caps.domain)),
            portal_url: request.portal_url,
            reject_url: request.reject_url,
        }
    });
    Some(each.collect())
}
