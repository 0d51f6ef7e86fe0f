//! Every mail with sample facts, for `mail preview`.

use std::time::Duration;

use lettre::message::Mailbox;

use super::{
    AccountFacts, ChangedAddress, ComposeError, Composed, Content, Decision, GatheredRequest,
    MailFacts, Membership, Outcome, ReplyRefusal, RequestFacts, StandingIn, Undo, compose,
};
use crate::domain::{
    account_number::AccountNumber, calendar_day::CalendarDay, domain_name::DomainName,
    email_address::EmailAddress, language::Language, message::MessageKind, request::Door,
    request_number::RequestNumber, sign_in_change::SignInChange, timestamp::Timestamp,
};
use crate::templates::Templates;

/// Tuesday 12 May 2026, 07:14 UTC.
const ASKED_AT: Timestamp = Timestamp::from_seconds(1_778_570_040);
const PORTAL_URL: &str =
    "https://esecure.example.net/requests/019e1b2c-7c4e-7b11-8d2e-0a1b2c3d4e5f";
const REJECT_URL: &str = "https://esecure.example.net/r/AQEAAWsampletokensampletokensampletokensampletokensampletokensampletoken01";
const UNDO_URL: &str = "https://esecure.example.net/u/AQEABWsampletokensampletokensampletokensampletokensampletokensampletoken02";
const INVITE_URL: &str =
    "https://esecure.example.net/invite/AQEAsampletokensampletokensampletokensampletok03";
const ADMINISTRATORS_URL: &str = "https://esecure.example.net/customer-administrators";
const SETTINGS_URL: &str = "https://esecure.example.net/settings";
const OPEN_REQUESTS_URL: &str = "https://esecure.example.net/authorized-users";
const FIRST_MAIL: &str = "m.aebagbafaydqq@esecure.example.net";

/// Composes the mail of that kind as a sample administrator or requester gets it.
pub fn preview(
    templates: &Templates,
    kind: MessageKind,
    language: Language,
) -> Result<Composed, ComposeError> {
    let sample = Sample::new();
    compose(templates, &sample.facts(kind, language))
}

/// The values that sample facts point to.
pub struct Sample {
    from: Mailbox,
    number: RequestNumber,
    requester: EmailAddress,
    administrator: EmailAddress,
    newcomer: EmailAddress,
    alias: EmailAddress,
    second_number: RequestNumber,
    second_requester: EmailAddress,
    third_number: RequestNumber,
    third_requester: EmailAddress,
    known: DomainName,
    account_number: AccountNumber,
    second_account_number: AccountNumber,
}

impl Default for Sample {
    fn default() -> Self {
        Self::new()
    }
}

impl Sample {
    /// One request of one requester, to one administrator.
    pub fn new() -> Self {
        let address = |text| EmailAddress::parse(text).expect("the sample is an address");
        let number = |text: &str| text.parse().expect("the sample is a request number");
        let account = |text| AccountNumber::parse(text).expect("the sample is an account number");
        Self {
            from: "eSecure <esecure@esecure.example.net>"
                .parse()
                .expect("the sample is a mailbox"),
            number: number("R-7Q4K9"),
            second_number: number("R-8M2XT"),
            third_number: number("R-5W0JC"),
            second_requester: address("mila@tulpenhandel-de-wit.example"),
            third_requester: address("inkoop@smit-1ogistiek.example"),
            known: DomainName::parse("smit-logistiek.example").expect("the sample is a domain"),
            requester: address("joris.smit@smit-logistiek.example"),
            administrator: address("anna@bakkerij-jansen.example"),
            newcomer: address("carla@bakkerij-jansen.example"),
            alias: address("carla.post@bakkerij-jansen.example"),
            account_number: account("112233445"),
            second_account_number: account("223344556"),
        }
    }

    /// The facts of that mail.
    pub fn facts(&self, kind: MessageKind, language: Language) -> MailFacts<'_> {
        let content = self.content(kind);
        let to = if content.is_for_requester() {
            &self.requester
        } else {
            &self.administrator
        };
        let replyable = matches!(
            kind,
            MessageKind::ApprovalRequest
                | MessageKind::Reminder
                | MessageKind::Reopened
                | MessageKind::ReplyNotUnderstood
                | MessageKind::Digest
                | MessageKind::DigestReply
        );
        let starts_the_thread = !kind.is_about_a_request() && kind != MessageKind::DigestReply
            || matches!(
                kind,
                MessageKind::ApprovalRequest | MessageKind::RequesterReceived
            );
        MailFacts {
            is_answer: content.is_answer(),
            content,
            request: kind.is_about_a_request().then(|| RequestFacts {
                number: &self.number,
                email: &self.requester,
                requester_name: Some("Joris Smit"),
                reason: Some("Ik verstuur de beursstand van Bakkerij Jansen naar Milaan."),
                looks_like: None,
                requested_at: ASKED_AT,
                expires_at: Some(ASKED_AT.plus(Duration::from_secs(14 * 86_400))),
            }),
            account: kind.is_about_an_account().then_some(AccountFacts {
                number: &self.account_number,
                name: "Bakkerij Jansen",
            }),
            time_zone: "Europe/Amsterdam",
            product_name: "eSecure",
            from: &self.from,
            to,
            to_name: "Anna Jansen",
            language,
            reply_to: replyable
                .then_some("esecure+aebagbafaydqqsampletokensampletoken@esecure.example.net"),
            message_id: "m.aebagbafaydqr@esecure.example.net",
            date: ASKED_AT.plus(Duration::from_secs(2)),
            in_reply_to: (!starts_the_thread).then_some(FIRST_MAIL),
            references: &[],
            boundary_seed: "aebagbafaydqr",
            signed_by: None,
        }
    }

    /// Three requests, of which the last looks like a domain that is known.
    fn gathered(&self) -> Vec<GatheredRequest<'_>> {
        let facts = [
            (&self.number, &self.requester, None),
            (&self.second_number, &self.second_requester, None),
            (&self.third_number, &self.third_requester, Some(&self.known)),
        ];
        let each = facts.into_iter().zip([0, 47, 125]);
        each.map(|((number, email, looks_like), minutes)| {
            let requested_at = ASKED_AT.plus(Duration::from_secs(minutes * 60));
            GatheredRequest {
                facts: RequestFacts {
                    number,
                    email,
                    requester_name: None,
                    reason: None,
                    looks_like,
                    requested_at,
                    expires_at: Some(requested_at.plus(Duration::from_secs(14 * 86_400))),
                },
                is_reminder: minutes == 0,
                account: &self.account_number,
                time_zone: "Europe/Amsterdam",
                portal_url: PORTAL_URL,
                reject_url: REJECT_URL,
            }
        })
        .collect()
    }

    /// For two accounts of Bram.
    fn standing_in(&self) -> StandingIn<'_> {
        let day = |text| CalendarDay::parse(text).expect("the sample is a day");
        let account = |number, name| AccountFacts { number, name };
        StandingIn {
            absent: "Bram de Boer",
            is_recipient: false,
            first: day("2026-07-13"),
            last: day("2026-07-31"),
            accounts: vec![
                account(&self.account_number, "Bakkerij Jansen"),
                account(&self.second_account_number, "Bakkerij Jansen Webwinkel"),
            ],
        }
    }

    fn content(&self, kind: MessageKind) -> Content<'_> {
        let portal_url = PORTAL_URL;
        let reject_url = REJECT_URL;
        let decided_at = ASKED_AT.plus(Duration::from_secs(3_600));
        let decision = |outcome, door| Decision {
            outcome,
            by: Some("Bram de Boer"),
            absent: None,
            at: decided_at,
            door,
        };
        let membership = Membership {
            name: "Carla Bakker",
            email: &self.newcomer,
            is_recipient: false,
            by: Some("Bram de Boer"),
            at: decided_at,
        };
        match kind {
            MessageKind::ApprovalRequest => Content::ApprovalRequest {
                portal_url,
                reject_url,
            },
            MessageKind::Reminder => Content::Reminder {
                portal_url,
                reject_url,
                last: false,
            },
            MessageKind::Digest => Content::Digest {
                portal_url: OPEN_REQUESTS_URL,
                requests: self.gathered(),
            },
            MessageKind::DigestReply => Content::DigestReply {
                portal_url: OPEN_REQUESTS_URL,
            },
            MessageKind::ApprovalNeedsSignIn => Content::ApprovalNeedsSignIn { portal_url },
            MessageKind::ReplyNotUnderstood => Content::ReplyNotUnderstood {
                portal_url,
                reject_url,
            },
            MessageKind::ReplyRefused => Content::ReplyRefused {
                because: ReplyRefusal::Dismissed,
            },
            MessageKind::RejectionDone => Content::RejectionDone {
                again: false,
                decision: decision(Outcome::Rejected, Door::Reply),
                undo: Some(Undo {
                    url: UNDO_URL,
                    until: decided_at.plus(Duration::from_secs(900)),
                }),
                portal_url,
            },
            MessageKind::HandledByColleague => Content::HandledByColleague {
                decision: decision(Outcome::Approved, Door::Portal),
                portal_url,
            },
            MessageKind::Reopened => Content::Reopened {
                portal_url,
                reject_url,
            },
            MessageKind::Expired => Content::Expired { portal_url },
            MessageKind::RequesterReceived => Content::RequesterReceived,
            MessageKind::RequesterApproved => Content::RequesterApproved {
                note: Some("Gebruik dit nummer alleen voor zendingen naar Milaan."),
            },
            MessageKind::RequesterRejected => Content::RequesterRejected {
                revoked: false,
                note: None,
            },
            MessageKind::RequesterExpired => Content::RequesterExpired,
            MessageKind::Invitation => Content::Invitation {
                invite_url: INVITE_URL,
                until: ASKED_AT.plus(Duration::from_secs(72 * 3_600)),
                by: Some("Bram de Boer"),
                stands_in: None,
            },
            MessageKind::AdministratorAdded => Content::AdministratorAdded {
                membership,
                portal_url: ADMINISTRATORS_URL,
            },
            MessageKind::AdministratorRemoved => Content::AdministratorRemoved {
                membership,
                portal_url: ADMINISTRATORS_URL,
            },
            MessageKind::StandInNamed => Content::StandInNamed {
                membership,
                standing_in: self.standing_in(),
                portal_url: OPEN_REQUESTS_URL,
            },
            MessageKind::StandInEnded => Content::StandInEnded {
                membership,
                standing_in: self.standing_in(),
                portal_url: OPEN_REQUESTS_URL,
            },
            MessageKind::AddressUnreachable => Content::AddressUnreachable {
                membership,
                portal_url: ADMINISTRATORS_URL,
            },
            MessageKind::EsecureSwitched => Content::EsecureSwitched {
                on: false,
                by: Some("Bram de Boer"),
                at: decided_at,
                portal_url: ADMINISTRATORS_URL,
            },
            MessageKind::AliasChanged => Content::AliasChanged {
                on: true,
                membership,
                alias: &self.alias,
                portal_url: ADMINISTRATORS_URL,
            },
            MessageKind::Overturned => Content::Overturned {
                changes: [(&self.alias, true), (&self.requester, false)]
                    .map(|(email, allowed)| ChangedAddress {
                        email,
                        allowed,
                        by: Some("Bram de Boer"),
                        at: decided_at,
                    })
                    .to_vec(),
                more: 3,
                portal_url: OPEN_REQUESTS_URL,
            },
            MessageKind::SignInChanged => Content::SignInChanged {
                change: SignInChange::PasskeyAdded,
                by_operator: false,
                at: decided_at,
                portal_url: SETTINGS_URL,
            },
            MessageKind::TestMail => Content::TestMail {
                at: decided_at,
                portal_url: OPEN_REQUESTS_URL,
            },
        }
    }
}
