//! Submitting an access request: the rules answer at once, or the administrators are asked.
//!
//! The answer is given only after the commit, so a request that was acknowledged is on disk.

use tracing::info;

use super::{
    decide,
    judge::{self, Judged, Question},
    look,
    messages::Messages,
    once::{Answered, Once, OnceError},
    open_request::{actor, asking_door, open},
    policy::{self, Heard, Saying},
    reach,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::AuditEvent,
        language::Language,
        people::{Client, ClientId},
        request::RequestId,
        rules::{Rule, Verdict},
        timestamp::Timestamp,
    },
    store::{
        StoreError, Tx, accounts, audit, clients, entries, may_retry, people, requests, retrying,
    },
};

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Which account.
    pub account: AccountNumber,
    /// Who wants to use it.
    pub email: EmailAddress,
    /// Whether the shipping system says that the address belongs to whoever asks.
    pub email_verified: bool,
    /// What the requester is called.
    pub name: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What the shipping system calls it.
    pub reference: Option<String>,
    /// What the requester is spoken to in; the account's language where nothing is said.
    pub language: Option<Language>,
}

impl Submission {
    pub(super) fn question(&self) -> Question<'_> {
        Question {
            account: &self.account,
            email: &self.email,
            verified: self.email_verified,
        }
    }
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// A rule allows it; there is no request.
    Allowed(Rule),
    /// A new request, and the administrators are asked, should there be any who hear of it.
    Opened(look::Shown),
    /// A rule of the account decided it at once.
    Decided(look::Shown),
    /// It joined the open request.
    Joined(look::Shown),
    /// It was rejected not long ago: the rule that says so now, and that request.
    Standing(Rule, look::Shown),
    /// A standing permission was taken away not long ago, and there is no request to show.
    Denied(Rule),
}

/// Why it was refused.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// No such account, or not in the client's scope.
    #[error("there is no such account")]
    UnknownAccount,
    /// The Idempotency-Key was used with another body.
    #[error("this Idempotency-Key was used with another body")]
    KeyUsedOtherwise,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(SubmitError);

impl From<OnceError> for SubmitError {
    fn from(error: OnceError) -> Self {
        match error {
            OnceError::KeyUsedOtherwise => Self::KeyUsedOtherwise,
            OnceError::Store(error) => Self::Store(error),
        }
    }
}

/// Submits for a shipping system.
pub async fn submit(
    app: &App,
    client: &Client,
    submission: &Submission,
    once: Option<&Once<'_, Submitted>>,
) -> Result<Answered<Box<Submitted>>, SubmitError> {
    let answered = retrying(|| submit_once(app, Some(client), submission, once)).await?;
    report(app, &answered);
    Ok(answered)
}

/// Submits for the operator.
pub async fn submit_by_operator(
    app: &App,
    submission: &Submission,
) -> Result<Submitted, SubmitError> {
    let answered = retrying(|| submit_once(app, None, submission, None)).await?;
    report(app, &answered);
    match answered {
        Answered::Now(submitted) => Ok(*submitted),
        Answered::Before(_) => unreachable!("without a key there is no earlier answer"),
    }
}

async fn submit_once(
    app: &App,
    client: Option<&Client>,
    submission: &Submission,
    once: Option<&Once<'_, Submitted>>,
) -> Result<Answered<Box<Submitted>>, SubmitError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if let (Some(client), Some(once)) = (client, once)
        && let Some(earlier) = once.earlier(&mut tx, client.id).await?
    {
        return Ok(Answered::Before(earlier));
    }
    if let Some(client) = client
        && !clients::may_use(&mut tx, client, &submission.account).await?
    {
        return Err(SubmitError::UnknownAccount);
    }
    let submitted = apply(
        app,
        &mut tx,
        client.map(|client| client.id),
        submission,
        now,
    )
    .await?;
    if let (Some(client), Some(once)) = (client, once) {
        once.keep(&mut tx, client.id, &submitted, |body| body, now)
            .await?;
    }
    tx.commit().await?;
    Ok(Answered::Now(Box::new(submitted)))
}

async fn apply(
    app: &App,
    tx: &mut Tx,
    client: Option<ClientId>,
    submission: &Submission,
    now: Timestamp,
) -> Result<Submitted, SubmitError> {
    let question = submission.question();
    let judged = judge::judge(app, tx, &question, now)
        .await?
        .ok_or(SubmitError::UnknownAccount)?;
    match judged.verdict {
        Verdict::Allow(rule) => {
            entries::count_use(tx, &submission.account, &submission.email, now).await?;
            Ok(Submitted::Allowed(rule))
        }
        Verdict::Deny(rule, Some(request)) => {
            let shown = repeat(tx, client, request, now).await?;
            Ok(Submitted::Standing(rule, shown))
        }
        Verdict::Deny(rule, None) => {
            repeat_without_request(tx, client, submission, now).await?;
            Ok(Submitted::Denied(rule))
        }
        Verdict::Ask(Some(request)) => {
            Ok(Submitted::Joined(repeat(tx, client, request, now).await?))
        }
        Verdict::Ask(None) => {
            let (account, request) = open(app, tx, client, submission, judged, now).await?;
            let asked = Messages::about(app, &request, now)
                .of_opening(tx, &account)
                .await?;
            if !asked.iter().any(|one| one.address_state.is_reachable()) {
                reach::note_if_unheard(tx, request.id, now).await?;
            }
            Ok(Submitted::Opened(look::of(tx, request).await?))
        }
        Verdict::Approve(by, request) => {
            let saying = Saying::Approve(by);
            let asked = Asked {
                client,
                submission,
                judged,
            };
            decide_at_once(app, tx, asked, saying, request, now).await
        }
        Verdict::Reject(request) => {
            let asked = Asked {
                client,
                submission,
                judged,
            };
            decide_at_once(app, tx, asked, Saying::Reject, request, now).await
        }
    }
}

/// What was asked, by whom, and what the rules said.
struct Asked<'a> {
    client: Option<ClientId>,
    submission: &'a Submission,
    judged: Judged,
}

/// A rule decides: the open request where the address has asked before, else a new one.
async fn decide_at_once(
    app: &App,
    tx: &mut Tx,
    asked: Asked<'_>,
    saying: Saying,
    open_request: Option<RequestId>,
    now: Timestamp,
) -> Result<Submitted, SubmitError> {
    let (account, request, heard) = match open_request {
        Some(id) => {
            let account = accounts::find(tx, &asked.submission.account)
                .await?
                .ok_or(SubmitError::UnknownAccount)?;
            let request = requests::find(tx, id).await?.ok_or(StoreError::Moved)?;
            (account, request, Heard::Administrators)
        }
        None => {
            let Asked {
                client,
                submission,
                judged,
            } = asked;
            let (account, request) = open(app, tx, client, submission, judged, now).await?;
            (account, request, Heard::Nobody)
        }
    };
    let request = policy::decide(app, tx, &account, request, (saying, heard), now).await?;
    Ok(Submitted::Decided(look::of(tx, request).await?))
}

async fn repeat(
    tx: &mut Tx,
    client: Option<ClientId>,
    id: RequestId,
    now: Timestamp,
) -> Result<look::Shown, SubmitError> {
    requests::count_repeat(tx, id, now).await?;
    let shown = look::find(tx, id).await?.ok_or(StoreError::Corrupt {
        table: "entry",
        id: id.to_string(),
        what: "request_id",
    })?;
    let event = repeated(&shown.request.account, client, now)
        .about(Some(id), shown.request.requester)
        .shown_by("number", shown.request.number.as_str());
    audit::append(tx, &event).await?;
    Ok(shown)
}

/// Counts that somebody asked again whose permission was taken away: no request counts it.
async fn repeat_without_request(
    tx: &mut Tx,
    client: Option<ClientId>,
    submission: &Submission,
    now: Timestamp,
) -> Result<(), SubmitError> {
    entries::count_repeat(tx, &submission.account, &submission.email).await?;
    let person = people::person(tx, &submission.email, now).await?;
    let event = repeated(&submission.account, client, now).about(None, person);
    audit::append(tx, &event).await?;
    Ok(())
}

/// Somebody asked again, through a shipping system or the operator.
fn repeated(account: &AccountNumber, client: Option<ClientId>, now: Timestamp) -> AuditEvent {
    let name = "access_request.repeated";
    AuditEvent::of_account(account, name, actor(client), now).through(Some(asking_door(client)))
}

/// One line for the operator, and a ring for the courier.
fn report(app: &App, answered: &Answered<Box<Submitted>>) {
    let submitted = match answered {
        Answered::Now(submitted) => submitted.as_ref(),
        Answered::Before(_) => {
            tracing::debug!(
                event = "access_request.replayed",
                "Gave an earlier answer again"
            );
            return;
        }
    };
    match submitted {
        Submitted::Opened(shown) => {
            report_opening(app, shown);
            app.outbox_changed.notify_one();
        }
        Submitted::Decided(shown) => report_policy(app, shown),
        Submitted::Joined(shown) | Submitted::Standing(_, shown) => {
            app.metrics.request_repeated();
            info!(
                event = "access_request.repeated",
                request.number = %shown.request.number,
                account.last4 = shown.request.account.last4(),
                status = %shown.request.state.status(),
                repeats = shown.request.repeats,
                "Request {} was asked again, it is {}",
                shown.request.number, shown.request.state.status(),
            );
            app.request_changes.ring(shown.request.id);
        }
        Submitted::Allowed(rule) => {
            app.metrics.answered_by_rule("allowed", *rule);
            tracing::debug!(event = "access_request.allowed", %rule, "Allowed by the rule {rule}");
        }
        Submitted::Denied(rule) => {
            app.metrics.answered_by_rule("denied", *rule);
            tracing::debug!(event = "access_request.denied", %rule, "Denied by the rule {rule}");
        }
    }
}

/// The log knows a request from its beginning: one that was decided in the same moment began here.
fn report_policy(app: &App, shown: &look::Shown) {
    let request = &shown.request;
    if Some(request.created_at) == request.state.closed_at() {
        app.metrics.request_created(request);
        info!(
            event = "access_request.created",
            request.number = %request.number,
            account.last4 = request.account.last4(),
            requester = %request.email,
            rule = %request.rule,
            "{} asks to use account {}: request {}, the rule {} decides",
            request.email, request.account, request.number, request.rule,
        );
    }
    decide::report(app, request);
}

fn report_opening(app: &App, shown: &look::Shown) {
    let request = &shown.request;
    app.metrics.request_created(request);
    let administrators = shown.notifications.len();
    let gathered = shown
        .notifications
        .iter()
        .filter(|one| one.state == "gathered")
        .count();
    info!(
        event = "access_request.created",
        request.number = %request.number,
        account.last4 = request.account.last4(),
        requester = %request.email,
        administrators,
        gathered,
        "{} asks to use account {}: request {}, {administrators} administrator(s) are asked, {gathered} of them in a digest",
        request.email, request.account, request.number,
    );
    if !shown.reachable {
        reach::say_unheard(&request.number, &request.account);
    }
}
