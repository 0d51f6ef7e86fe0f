//! The courier: leases messages that are due, renders and sends them, and settles each once.
//!
//! A lease lasts 30 seconds and is renewed while a mail is being sent. Whoever was frozen longer
//! finds that somebody else holds the lease, and its settlement changes nothing.

use std::{collections::VecDeque, time::Duration};

use anyhow::Context;
use sqlx::AnyConnection;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

pub use super::lease::LEASE;
use super::lease::holding;
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber, address_state::AddressState, request_number::RequestNumber,
        retry, timestamp::Timestamp,
    },
    mail::{
        compose::ComposeError,
        smtp::{Delivery, Permit},
        transport::Outgoing,
    },
    store::{
        StoreError,
        outbox::{self, Leased, Settlement},
        retrying,
    },
    workflow::{
        about_message::LogName,
        reach::Findings,
        render::{self, RenderError, Rendered, Rendering},
        returned_mail,
    },
};

const POLL: Duration = Duration::from_secs(1);
/// Messages leased at once; those not begun at a stop are given back.
const BATCH: i64 = 64;

/// Runs until told to stop; then finishes what is being sent. A slow recipient takes one of the
/// `smtp.connections`, and the others go on.
pub async fn run(app: App, owner: String, stop: CancellationToken) -> anyhow::Result<()> {
    let looking = app.clone();
    tokio::spawn(async move { looking.transport.look(looking.clock.now()).await });
    let mut waiting = VecDeque::new();
    // Tasks, because each must go on while this one waits for the database: it may be one of them
    // that has its turn there.
    let mut sending = JoinSet::new();
    let mut failed = None;
    loop {
        let going_on = !stop.is_cancelled() && failed.is_none();
        if !going_on || is_away(&app) {
            give_back(&app, waiting.drain(..)).await?;
        }
        if going_on && waiting.is_empty() && sending.len() < at_once(&app) {
            let permit = app.transport.claim(app.clock.now());
            match lease(&app, &owner, permit).await {
                Ok(leased) => waiting.extend(leased),
                Err(error) => failed = Some(error),
            }
        }
        while sending.len() < at_once(&app)
            && let Some(leased) = waiting.pop_front()
        {
            sending.spawn(deliver(app.clone(), leased));
        }
        if !going_on && sending.is_empty() {
            return failed.map_or(Ok(()), Err);
        }
        let free = going_on && sending.len() < at_once(&app);
        tokio::select! {
            Some(done) = sending.join_next() => {
                failed = failed.or(ended(done).err());
            }
            () = stop.cancelled(), if going_on => {}
            () = app.outbox_changed.notified(), if free => {}
            () = tokio::time::sleep(POLL), if free => {}
        }
    }
}

/// Sends what is due now, up to one batch; how many messages there were.
pub async fn deliver_due(app: &App, owner: &str) -> anyhow::Result<usize> {
    let permit = app.transport.claim(app.clock.now());
    let mut leased = lease(app, owner, permit).await?.into_iter();
    let count = leased.len();
    let mut sending = JoinSet::new();
    loop {
        if permit == Permit::All && is_away(app) {
            give_back(app, leased.by_ref()).await?;
        }
        while sending.len() < at_once(app)
            && let Some(leased) = leased.next()
        {
            sending.spawn(deliver(app.clone(), leased));
        }
        match sending.join_next().await {
            Some(done) => ended(done)?,
            None => return Ok(count),
        }
    }
}

fn ended(sent: Result<anyhow::Result<()>, JoinError>) -> anyhow::Result<()> {
    sent.context("sending a message")?
}

fn at_once(app: &App) -> usize {
    app.config.smtp.as_ref().map_or(4, |smtp| smtp.connections)
}

/// Whether the mail server is left alone for now.
fn is_away(app: &App) -> bool {
    app.transport.permit(app.clock.now()) != Permit::All
}

/// Leases what is due; no more than may be handed over.
async fn lease(app: &App, owner: &str, permit: Permit) -> anyhow::Result<Vec<Leased>> {
    let most = match permit {
        Permit::All => BATCH,
        Permit::One => 1,
        Permit::None => return Ok(Vec::new()),
    };
    let now = app.clock.now();
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        let leased = outbox::lease(&mut tx, owner, now, now.plus(LEASE), most).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(leased)
    })
    .await
    .context("leasing messages")
}

async fn give_back(app: &App, waiting: impl Iterator<Item = Leased>) -> anyhow::Result<()> {
    for leased in waiting {
        let mut tx = app.store.begin().await?;
        outbox::release(&mut tx, &leased).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Renders, sends and settles one message, holding its lease meanwhile.
async fn deliver(app: App, leased: Leased) -> anyhow::Result<()> {
    let (app, leased) = (&app, &leased);
    // Also a message late in the batch gets its full lease, and one whose turn was taken is left.
    if !renew(app, leased).await? {
        return Ok(());
    }
    let lost = || {
        warn!(
            event = "outbox.lease_lost",
            message.id = %leased.message.id,
            "The lease of message {} could not be renewed",
            leased.message.id,
        );
    };
    let attempted = holding(attempt(app, leased), || renew(app, leased), lost).await;
    let now = app.clock.now();
    let settled = retrying(|| async {
        let mut tx = app.store.begin().await?;
        if !outbox::settle(&mut tx, leased, &attempted.settlement, now).await? {
            return Ok(None);
        }
        let findings = attempted.mean(app, &mut tx, leased, now).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(Some(findings))
    })
    .await
    .context("settling a message")?;
    if let Some(findings) = settled {
        let about = match &attempted.rendered {
            Some(rendered) => rendered.about.clone(),
            None => render::log_name(&mut *app.store.read().await?, &leased.message).await?,
        };
        report(app, leased, &attempted, &about);
        findings.report(app);
    }
    Ok(())
}

async fn renew(app: &App, leased: &Leased) -> Result<bool, StoreError> {
    let until = app.clock.now().plus(LEASE);
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        let held = outbox::renew(&mut tx, leased, until).await?;
        tx.commit().await?;
        Ok(held)
    })
    .await
}

/// What an attempt came to, with what the log says of it.
struct Attempted {
    settlement: Settlement,
    rendered: Option<Box<Rendered>>,
    possibly_delivered: bool,
    /// Whether it failed because of whom the mail goes to.
    recipient_refused: bool,
    /// Whether it only showed that the mail server is still away.
    found_nobody: bool,
}

impl Attempted {
    /// Nothing was sent.
    fn unsent(settlement: Settlement) -> Self {
        Self {
            settlement,
            rendered: None,
            possibly_delivered: false,
            recipient_refused: false,
            found_nobody: false,
        }
    }

    /// What it means for who can be reached.
    async fn mean(
        &self,
        app: &App,
        conn: &mut AnyConnection,
        leased: &Leased,
        now: Timestamp,
    ) -> Result<Findings, StoreError> {
        let rendered = self.rendered.as_ref();
        let known = rendered.map_or(AddressState::Fine, |rendered| rendered.address_state);
        let refused = self.recipient_refused;
        returned_mail::settled(app, conn, leased, &self.settlement, refused, known, now).await
    }
}

async fn attempt(app: &App, leased: &Leased) -> Attempted {
    if leased.attempt > retry::ATTEMPTS_MAX {
        let reason = "given up: the daemon ended during each of the last attempts".to_owned();
        return Attempted {
            possibly_delivered: true,
            ..Attempted::unsent(Settlement::Failed { reason })
        };
    }
    let rendering = async {
        let mut conn = app.store.read().await?;
        render::render(app, &mut conn, &leased.message).await
    }
    .await;
    let rendered = match rendering {
        Ok(Rendering::Ready(rendered)) => rendered,
        Ok(Rendering::Obsolete(reason)) => {
            let reason = reason.to_owned();
            return Attempted::unsent(Settlement::Dropped { reason });
        }
        Err(error) => {
            let reason = format!("cannot be rendered: {error}");
            let settlement = match error {
                // No later attempt can write it either.
                RenderError::Compose(ComposeError::Address { .. }) => Settlement::Failed { reason },
                _ => later(app, leased, reason),
            };
            return Attempted::unsent(settlement);
        }
    };
    let outgoing = Outgoing {
        id: leased.message.id,
        from: rendered.envelope_from.as_deref(),
        to: rendered.to.as_typed(),
        bytes: &rendered.mail.bytes,
    };
    let was_away = is_away(app);
    let delivery = app.transport.send(&outgoing, app.clock.now()).await;
    let mut attempted = Attempted {
        rendered: Some(rendered),
        found_nobody: was_away && is_away(app),
        ..Attempted::unsent(Settlement::Delivered)
    };
    match delivery {
        Delivery::Delivered { .. } => {}
        Delivery::Failed {
            reason,
            recipient_refused,
        } => {
            attempted.settlement = Settlement::Failed { reason };
            attempted.recipient_refused = recipient_refused;
        }
        Delivery::Deferred {
            reason,
            possibly_delivered,
        } => {
            attempted.settlement = later(app, leased, reason);
            attempted.possibly_delivered = possibly_delivered;
        }
    }
    attempted
}

/// Another attempt, or the end of them.
fn later(app: &App, leased: &Leased, reason: String) -> Settlement {
    if leased.attempt >= retry::ATTEMPTS_MAX {
        return Settlement::Failed {
            reason: format!(
                "given up after {} attempts; the last: {reason}",
                leased.attempt
            ),
        };
    }
    Settlement::Deferred {
        due_at: retry::next_attempt(app.clock.now(), leased.attempt, crate::random::fraction()),
        reason,
    }
}

fn report(app: &App, leased: &Leased, attempted: &Attempted, about: &LogName) {
    let number = about.request.as_ref().map(RequestNumber::as_str);
    let last4 = about.account.as_ref().map(AccountNumber::last4);
    let id = leased.message.id;
    let kind = leased.message.kind.as_str();
    let attempt = leased.attempt;
    let recipient = match &attempted.rendered {
        Some(rendered) => rendered.to.to_string(),
        None => "-".to_owned(),
    };
    let mails = &app.metrics.counted.outbox_mails;
    mails
        .with_label_values(&[attempted.settlement.as_str()])
        .inc();
    match &attempted.settlement {
        Settlement::Delivered => info!(
            event = "outbox.delivered",
            request.number = number,
            account.last4 = last4,
            message.id = %id, kind, recipient, attempt,
            "Sent {kind} {about} to {recipient}",
        ),
        // That the server is away was said when it went.
        Settlement::Deferred { due_at, reason } if attempted.found_nobody => debug!(
            event = "outbox.deferred",
            request.number = number,
            message.id = %id, kind, attempt, reason, next_try = %due_at,
            "Could not send {kind} {about}, the mail server is still away: {reason}",
        ),
        Settlement::Deferred { due_at, reason } => warn!(
            event = "outbox.deferred",
            request.number = number,
            account.last4 = last4,
            message.id = %id, kind, recipient, attempt, reason,
            next_try = %due_at,
            possible_duplicate = attempted.possibly_delivered,
            "Could not send {kind} {about} to {recipient}, again at {due_at}: {reason}",
        ),
        Settlement::Failed { reason } => error!(
            event = "outbox.failed",
            request.number = number,
            account.last4 = last4,
            message.id = %id, kind, recipient, attempt, reason,
            "Gave up {kind} {about} to {recipient}: {reason}; `esecured queue retry {id}` tries again",
        ),
        Settlement::Dropped { reason } => info!(
            event = "outbox.dropped",
            request.number = number,
            account.last4 = last4,
            message.id = %id, kind, reason,
            "Did not send {kind} {about}: {reason}",
        ),
    }
}
