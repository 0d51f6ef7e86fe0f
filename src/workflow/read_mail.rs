//! Reading one mail that came in: whose it is, whether it may act, what it says, what is done.
//!
//! The mail reader, `mail ingest` and the development mailbox share these steps. The one thing a
//! mail can do is reject, or tell that one of ours did not arrive. Effect and record are one transaction, so that a mail has its effect at
//! most once however often it arrives.

use sqlx::AnyConnection;
use tracing::warn;

use super::{
    act_on_mail::{Done, Heard},
    decide::DecideError,
    inbox_log,
    lead::Lead,
    reach::{self, Findings},
    render::{self, RenderError},
    sender::{self, Refusal},
};
use crate::{
    app::App,
    domain::{
        message::{Message, MessageId},
        request::{AccessRequest, RequestId},
        timestamp::Timestamp,
    },
    mail::own_check::Checked,
    reading::{self, Decision, Mail, Original, Reading, Refused},
    reply_token,
    store::{StoreError, inbox, may_retry, requests, retrying},
};

/// How a mail was read and what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `reply`, `auto-reply`, `bounce`, `mdn`, `forward` or `other`.
    pub kind: &'static str,
    /// `reject`, `approve-asked`, `none` or `ambiguous`: what was read, whoever wrote it.
    pub decision: &'static str,
    /// What the person wrote.
    pub reply_text: String,
    /// The request its token names.
    pub request: Option<RequestId>,
    /// What was done.
    pub effect: Effect,
    /// Why.
    pub reason: String,
    /// What it lacked, where it is a reply that could not act.
    pub refusal: Option<Refusal>,
}

/// What was done with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It rejected its request.
    Rejected,
    /// Its sender gets an answer.
    Answered,
    /// It was noted, and changes nothing.
    Recorded,
    /// It is not for us, or may not act.
    Ignored,
    /// It exceeds a limit and was put aside.
    Quarantined,
}

impl Effect {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Answered => "answered",
            Self::Recorded => "recorded",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}

/// The mail could not be dealt with now; it comes again.
#[derive(Debug, thiserror::Error)]
pub enum ReadMailError {
    /// The request of a message is gone, or the rejection failed for a reason that passes.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ReadMailError);

/// Reads a mail and does what it says. With `dry_run` it says what would be done.
pub async fn read_mail(app: &App, raw: &[u8], dry_run: bool) -> Result<Outcome, ReadMailError> {
    let opened = Opened::of(raw);
    let checked = match domain_to_check(app, &opened).await? {
        Some(domain) => check(app, raw, &domain).await,
        None => Checked::NOTHING,
    };
    take_in(app, &opened, &checked, dry_run).await
}

/// The domain for which [`crate::mail::own_check`] has to say whether the mail comes from there,
/// before it is taken in; none for most mails. Name servers are asked about no other domains than
/// those of administrators and of forwarders that are trusted.
pub async fn domain_to_check(app: &App, opened: &Opened) -> Result<Option<String>, ReadMailError> {
    let Ok(mail) = &opened.mail else {
        return Ok(None);
    };
    if !sender::may_need_check(app, mail) {
        return Ok(None);
    }
    let mut conn = app.store.read().await?;
    Ok(sender::domain_to_check(app, &mut conn, mail).await?)
}

/// Our own check of a mail that may come from this domain.
pub async fn check(app: &App, raw: &[u8], domain: &str) -> Checked {
    let sealers = &app.config.replies.arc_sealers;
    app.own_check.check(raw, domain, sealers).await
}

/// Does what an opened mail says. `checked` is what our own check found, if there was one.
pub async fn take_in(
    app: &App,
    opened: &Opened,
    checked: &Checked,
    dry_run: bool,
) -> Result<Outcome, ReadMailError> {
    let step = retrying(|| async {
        let mut tx = app.store.begin().await?;
        let reader = Reader::new(app, checked);
        let step = reader.read(&mut tx, opened).await?;
        if !dry_run {
            tx.commit().await?;
        }
        Ok::<_, ReadMailError>(step)
    })
    .await?;
    if !dry_run {
        inbox_log::report(app, &step.outcome, step.request.as_ref());
        step.findings.report(app);
    }
    Ok(step.outcome)
}

/// A mail as far as it is understood without the database. A long one takes a while to open: it is
/// done before anybody who wants to write has to wait.
pub struct Opened {
    fingerprint: String,
    mail: Result<Mail, Refused>,
}

impl Opened {
    /// Opens it.
    #[must_use]
    pub fn of(raw: &[u8]) -> Self {
        Self {
            fingerprint: data_encoding::HEXLOWER.encode(&reading::fingerprint(raw)),
            mail: reading::open(raw),
        }
    }

    /// The token that it came to, whether that is good or not: mails that came to different ones
    /// have nothing to do with each other.
    pub fn token(&self) -> Option<&str> {
        let recipients = &self.mail.as_ref().ok()?.envelope.recipients;
        let mut tokens = recipients
            .iter()
            .filter_map(|address| reply_token::find_token(address));
        tokens.next().map(|(_, token)| token)
    }
}

/// The outcome and what the log says of it.
struct Step {
    outcome: Outcome,
    request: Option<AccessRequest>,
    findings: Findings,
}

struct Reader<'a> {
    app: &'a App,
    now: Timestamp,
    checked: &'a Checked,
}

impl<'a> Reader<'a> {
    fn new(app: &'a App, checked: &'a Checked) -> Self {
        Self {
            app,
            now: app.clock.now(),
            checked,
        }
    }

    async fn read(&self, conn: &mut AnyConnection, opened: &Opened) -> Result<Step, ReadMailError> {
        let fingerprint = opened.fingerprint.as_str();
        let mail = match &opened.mail {
            Ok(mail) => mail,
            Err(refused) => {
                let outcome = outcome("other", Effect::Quarantined, refused.to_string());
                self.record(conn, fingerprint, None, None, &outcome).await?;
                return Ok(Step {
                    outcome,
                    request: None,
                    findings: Findings::default(),
                });
            }
        };
        let lead = Lead::find(self.app, conn, mail).await?;
        let read = self.understand(conn, mail, &lead).await?;
        let mut result = Outcome {
            kind: read.kind.as_str(),
            decision: read.decision.as_str(),
            reply_text: read.reply_text.clone(),
            request: lead.request(),
            effect: Effect::Ignored,
            reason: String::new(),
            refusal: None,
        };
        let header_id = mail.envelope.message_id.as_deref();
        let message_id = lead.message().map(|message| message.id);
        let before = inbox::earlier_effect(conn, fingerprint, header_id, message_id).await?;
        let (done, findings) = match &before {
            Some(effect) => {
                let reason = format!("this mail was read before, and {effect} then");
                let done = Done::because(Effect::Ignored, reason);
                (done, Findings::default())
            }
            None => self.act(conn, mail, &lead, &read).await?,
        };
        (result.effect, result.refusal) = (done.effect, done.refusal);
        result.reason = format!("{}; {}", done.reason, inbox_log::explained(&read));
        let recorded = self
            .record(conn, fingerprint, Some(mail), message_id, &result)
            .await?;
        if before.is_none() && !recorded {
            // Another reader had the same mail in its hands: looked at again, it was read before.
            return Err(StoreError::Moved.into());
        }
        let request = match result.request {
            Some(id) => requests::find(conn, id).await?,
            None => None,
        };
        Ok(Step {
            outcome: result,
            request,
            findings,
        })
    }

    async fn act(
        &self,
        conn: &mut AnyConnection,
        mail: &Mail,
        lead: &Lead,
        read: &Reading,
    ) -> Result<(Done, Findings), ReadMailError> {
        match (lead, &read.bounce) {
            (Lead::Report(returned), Some(bounce)) => {
                let header_id = mail.envelope.message_id.as_deref();
                let (reason, findings) = returned
                    .note(self.app, conn, bounce, header_id, self.now)
                    .await?;
                Ok((Done::because(Effect::Recorded, reason), findings))
            }
            (Lead::Answer(bound), _) => {
                let heard = Heard {
                    app: self.app,
                    now: self.now,
                    mail,
                    bound,
                    checked: self.checked,
                };
                let done = heard.act(conn, read.decision).await?;
                let findings = match done.effect {
                    // Whoever answers there reads mail there.
                    Effect::Rejected | Effect::Answered => {
                        reach::works(conn, bound.administrator.id, "reply", self.now).await?
                    }
                    Effect::Recorded | Effect::Ignored | Effect::Quarantined => Findings::default(),
                };
                Ok((done, findings))
            }
            (Lead::Nowhere, _) | (Lead::Report(_), None) => {
                let done = Done::because(Effect::Ignored, "it carries no reply token of ours");
                Ok((done, Findings::default()))
            }
        }
    }

    /// Reads it, beside the mail that it answers where that could make a difference.
    async fn understand(
        &self,
        conn: &mut AnyConnection,
        mail: &Mail,
        lead: &Lead,
    ) -> Result<Reading, StoreError> {
        if let Some(read) = mail.read_alone() {
            return Ok(read);
        }
        let original = match lead {
            Lead::Answer(bound) => self.original(conn, &bound.message).await?,
            Lead::Report(_) | Lead::Nowhere => None,
        };
        Ok(mail.read(original.as_ref()))
    }

    /// The mail that was answered. Where it cannot be rendered any more, the answer is read without.
    async fn original(
        &self,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Option<Original>, StoreError> {
        match render::as_sent(self.app, conn, message).await {
            Ok(sent) => Ok(sent.map(|sent| Original {
                text: sent.text,
                html: Some(sent.html),
            })),
            Err(RenderError::Store(error)) => Err(error),
            Err(error) => {
                warn!(event = "inbox.original_missing", message.id = %message.id, "Reading an answer without the mail it answers: {error}");
                Ok(None)
            }
        }
    }

    async fn record(
        &self,
        conn: &mut AnyConnection,
        fingerprint: &str,
        mail: Option<&Mail>,
        message: Option<MessageId>,
        outcome: &Outcome,
    ) -> Result<bool, StoreError> {
        inbox::record(
            conn,
            &inbox::Inbound {
                fingerprint,
                header_id: mail.and_then(|mail| mail.envelope.message_id.as_deref()),
                received_at: self.now,
                kind: outcome.kind,
                decision: outcome.decision,
                effect: outcome.effect.as_str(),
                reason: &outcome.reason,
                message,
                request: outcome.request,
            },
        )
        .await
    }
}

fn outcome(kind: &'static str, effect: Effect, reason: String) -> Outcome {
    Outcome {
        kind,
        decision: Decision::None.as_str(),
        reply_text: String::new(),
        request: None,
        effect,
        reason,
        refusal: None,
    }
}
