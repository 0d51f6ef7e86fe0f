//! What people could type, and where in a mail it would stand.

use crate::{
    domain::email_address::EmailAddress,
    mail::compose::{Content, MailFacts, Membership},
};

const HOSTILE: [&str; 9] = [
    "x\r\nBcc: victim@example.org\r\n\r\n<h1>body</h1>",
    "</td></tr></table><script>alert(1)</script><a href=\"https://evil.example\">WEIGEREN</a>",
    "https://evil.example/login www.evil.example ftp://evil.example bob@evil.example",
    "\u{202e}moc.live//:sptth\u{2066}\u{200b}\u{feff}",
    "{{portal_url}} {{{html}}} {{> mail/layout/mail.html}} {{#if x}}",
    "=?utf-8?q?Bcc:_x=40y.example?= =0D=0A \u{0}\u{7}\u{1b}[2J",
    "<!--[if mso]><v:roundrect href='https://evil.example'><![endif]--> --=_aebagbafaydqr--",
    "weigeren\u{2028}reject\u{2029}goedkeuren\u{85}approve",
    "&'\"`=<>",
];

/// Somebody else who asks, of whom headers and links know nothing either.
pub(super) const ANOTHER: &str = "x.y+z@evil.example";

/// Each hostile text, 10 kB of all of them, and 10 kB of large characters.
pub fn hostile_texts() -> Vec<String> {
    let long =
        [HOSTILE.concat().as_str(), "🚚", "é", "&"].map(|text| text.repeat(10_240 / text.len()));
    HOSTILE
        .iter()
        .map(|text| (*text).to_owned())
        .chain(long)
        .collect()
}

/// Puts another requester in the place of the sample's.
pub(super) fn asked_by<'a>(facts: &mut MailFacts<'a>, email: &'a EmailAddress) {
    if let Some(request) = &mut facts.request {
        request.email = email;
    }
    if let Content::Digest { requests, .. } = &mut facts.content {
        for request in requests {
            request.facts.email = email;
        }
    }
}

/// Puts a text wherever a requester writes; `false` where it writes nowhere.
pub(super) fn asks_with<'a>(facts: &mut MailFacts<'a>, text: &'a str) -> bool {
    let gathered = match &mut facts.content {
        Content::Digest { requests, .. } => requests.as_mut_slice(),
        _ => &mut [],
    };
    let gathered = gathered.iter_mut().map(|one| &mut one.facts);
    let mut asked = false;
    for request in facts.request.iter_mut().chain(gathered) {
        request.requester_name = Some(text);
        request.reason = Some(text);
        asked = true;
    }
    asked
}

/// Puts a text wherever an administrator or the operator names somebody, or writes to somebody.
pub(super) fn name_everybody<'a>(facts: &mut MailFacts<'a>, text: &'a str) {
    facts.to_name = text;
    if let Some(account) = &mut facts.account {
        account.name = text;
    }
    let name = |membership: &mut Membership<'a>| {
        membership.name = text;
        membership.by = Some(text);
    };
    match &mut facts.content {
        Content::RejectionDone { decision, .. } | Content::HandledByColleague { decision, .. } => {
            decision.by = Some(text);
            decision.absent = Some(text);
        }
        Content::AdministratorAdded { membership, .. }
        | Content::AdministratorRemoved { membership, .. }
        | Content::AddressUnreachable { membership, .. }
        | Content::AliasChanged { membership, .. } => name(membership),
        Content::StandInNamed {
            membership,
            standing_in,
            ..
        }
        | Content::StandInEnded {
            membership,
            standing_in,
            ..
        } => {
            name(membership);
            standing_in.absent = text;
            for account in &mut standing_in.accounts {
                account.name = text;
            }
        }
        Content::Invitation { by, .. } | Content::EsecureSwitched { by, .. } => *by = Some(text),
        Content::Overturned { changes, .. } => {
            for change in changes {
                change.by = Some(text);
            }
        }
        Content::RequesterApproved { note } | Content::RequesterRejected { note, .. } => {
            if note.is_some() {
                *note = Some(text);
            }
        }
        Content::ApprovalRequest { .. }
        | Content::Digest { .. }
        | Content::Reminder { .. }
        | Content::DigestReply { .. }
        | Content::ApprovalNeedsSignIn { .. }
        | Content::ReplyNotUnderstood { .. }
        | Content::ReplyRefused { .. }
        | Content::Reopened { .. }
        | Content::Expired { .. }
        | Content::RequesterReceived
        | Content::RequesterExpired
        | Content::SignInChanged { .. }
        | Content::TestMail { .. } => {}
    }
}
