//! A mail of ours that did not arrive: a report that came back to its envelope sender, or a mail
//! server that refused whom it goes to.
//!
//! A report counts for the one mail whose bounce token it carries, whoever wrote it. That an address
//! is no good it can only say of the one that the mail was sent to: where that one is sent on, the
//! mail may have come there.

use sqlx::AnyConnection;

use super::reach::{self, Findings, Told};
use crate::{
    app::App,
    domain::{
        address_state::AddressState,
        email_address::EmailAddress,
        message::{About, Message, MessageId, MessageKind},
        timestamp::Timestamp,
    },
    reading::{
        Bounce, Kind, Mail,
        bounce::{Fate, Severity},
    },
    reply_token::{self, ReplyPurpose},
    store::{
        StoreError, gathering, hearing,
        outbox::{self, Leased, Settlement},
        people,
    },
};

/// The mail that a report is about.
pub(super) struct Returned {
    pub(super) message: Message,
}

impl Returned {
    /// Looks for a bounce token of ours in the addresses that a report came to.
    pub(super) async fn find(
        app: &App,
        conn: &mut AnyConnection,
        mail: &Mail,
    ) -> Result<Option<Self>, StoreError> {
        if mail.kind != Kind::Bounce {
            return Ok(None);
        }
        let ring = app.keys.current();
        let tokens = mail.envelope.recipients.iter().filter_map(|address| {
            let (purpose, token) = reply_token::find_token(address)?;
            let is_bounce = purpose == ReplyPurpose::Bounce;
            is_bounce.then(|| reply_token::parse(&ring, token, purpose).ok())?
        });
        for token in tokens {
            let id = MessageId::from_bytes(token.row);
            if let Some(message) = outbox::find(conn, id).await? {
                return Ok(Some(Self { message }));
            }
        }
        Ok(None)
    }

    /// Notes what the report says; why, in words for the operator, and what was found out.
    pub(super) async fn note(
        &self,
        app: &App,
        conn: &mut AnyConnection,
        bounce: &Bounce,
        header_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, Findings), StoreError> {
        let message = &self.message;
        let code = bounce.status.as_deref().unwrap_or("no status");
        let state = match bounce.severity {
            Severity::Hard
                if !is_about_the_mail(bounce) && self.names_whom(conn, bounce).await? =>
            {
                AddressState::Unreachable
            }
            Severity::Hard | Severity::Soft => AddressState::Soft,
            Severity::None => {
                let reason = format!("it reports that our mail {} arrived", message.id);
                return Ok((reason, Findings::default()));
            }
        };
        let said = match bounce.fate {
            Fate::Returned if !hearing::set_bounced(conn, message.id, now).await? => {
                let reason = format!("our mail {} came back before ({code})", message.id);
                return Ok((reason, Findings::default()));
            }
            Fate::Returned => format!("our mail {} came back ({code})", message.id),
            Fate::Waiting => format!("our mail {} waits at a mail server ({code})", message.id),
        };
        let Some(administrator) = message.administrator else {
            return Ok((said, Findings::default()));
        };
        let mut evidence = vec![
            ("message", message.id.to_string()),
            ("status", code.to_owned()),
        ];
        evidence.extend(header_id.map(|id| ("messageId", id.to_owned())));
        let told = Told {
            state,
            request: message.about.request(),
            evidence,
        };
        let findings = reach::told(app, conn, administrator, &told, now).await?;
        let reason = format!("{said}: the address of its administrator is {state}");
        Ok((reason, findings))
    }

    /// Whether a report is about the address that the mail was sent to, or names nobody.
    async fn names_whom(
        &self,
        conn: &mut AnyConnection,
        bounce: &Bounce,
    ) -> Result<bool, StoreError> {
        let sent_to = people::address(conn, self.message.recipient).await?;
        let named = [&bounce.recipient, &bounce.original_recipient];
        let mut named = named.into_iter().flatten().peekable();
        Ok(named.peek().is_none() || named.any(|named| EmailAddress::parse(named).ok() == sent_to))
    }
}

/// 5.3 and 5.7 (RFC 3463, section 3): the system, or what it thinks of the mail and of who sends it.
fn is_about_the_mail(bounce: &Bounce) -> bool {
    let status = bounce.status.as_deref().unwrap_or_default();
    status.starts_with("5.3.") || status.starts_with("5.7.")
}

/// What follows from how a message was settled, in that transaction. `refused` says that the mail
/// server refused whom it goes to; `known` is what was known of that address before.
pub async fn settled(
    app: &App,
    conn: &mut AnyConnection,
    leased: &Leased,
    settlement: &Settlement,
    refused: bool,
    known: AddressState,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    let message = &leased.message;
    match (settlement, message.administrator) {
        (Settlement::Failed { .. }, Some(administrator)) if refused => {
            hearing::set_bounced(conn, message.id, now).await?;
            let told = Told {
                state: AddressState::Unreachable,
                request: message.about.request(),
                evidence: vec![("message", message.id.to_string())],
            };
            reach::told(app, conn, administrator, &told, now).await
        }
        (Settlement::Failed { .. }, Some(_)) => given_up(conn, message, now).await,
        (Settlement::Delivered, Some(administrator)) if known != AddressState::Fine => {
            if hearing::forget_bounce(conn, message.id).await? {
                reach::works(conn, administrator, "delivery", now).await
            } else {
                Ok(Findings::default())
            }
        }
        (Settlement::Delivered | Settlement::Deferred { .. } | Settlement::Dropped { .. }, _)
        | (Settlement::Failed { .. }, None) => Ok(Findings::default()),
    }
}

/// When the last approval mail of a request was given up, or the last reminder, nobody can answer it.
async fn given_up(
    conn: &mut AnyConnection,
    message: &Message,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    let requests = match (message.kind, &message.about) {
        (MessageKind::ApprovalRequest | MessageKind::Reminder, About::Request(request)) => {
            vec![*request]
        }
        (MessageKind::Digest, About::Digest(id)) => {
            let carried = gathering::carried_by(conn, *id).await?;
            carried.into_iter().map(|one| one.request).collect()
        }
        _ => Vec::new(),
    };
    let mut findings = Findings::default();
    for request in requests {
        findings.join(reach::note_if_unheard(conn, request, now).await?);
    }
    Ok(findings)
}
