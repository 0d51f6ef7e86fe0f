//! What follows from an attempt to tell an endpoint of an event: for the event, and for the endpoint.

use std::time::Duration;

use sqlx::AnyConnection;

use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        retry,
        timestamp::Timestamp,
        webhook::{DeliveryStatus, DisabledBecause, EndpointId},
    },
    store::{
        StoreError, audit, endpoints, retrying,
        webhook_queue::{self, LeasedDelivery, Settled},
    },
    webhook::Answer,
};

/// An event is given up that was tried for this long: longer than `webhooks.disable_after` usually is,
/// so that it waits with its endpoint.
const TRIED_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Or this often, which only happens where the daemon ends during each attempt.
pub const ATTEMPTS_MAX: i64 = 60;

/// What an attempt came to.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// The endpoint was called.
    Called(Answer),
    /// It could not be said in our name: the secret cannot be read.
    Unsigned,
    /// There is nothing to tell any more.
    Obsolete,
}

/// What followed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// For the event.
    pub settled: Settled,
    /// The endpoint was disabled.
    pub disabled: Option<DisabledBecause>,
}

/// Settles an attempt; none where the lease is somebody else's by now, and nothing is changed.
pub async fn settle(
    app: &App,
    leased: &LeasedDelivery,
    attempt: &Attempt,
) -> Result<Option<Outcome>, StoreError> {
    retrying(|| async {
        let now = app.clock.now();
        let settled = settled(leased, attempt, now);
        let mut tx = app.store.begin().await?;
        if !webhook_queue::settle(&mut tx, leased, &settled, now).await? {
            return Ok(None);
        }
        let disabled = mean(app, &mut tx, leased, attempt, now).await?;
        tx.commit().await?;
        Ok(Some(Outcome { settled, disabled }))
    })
    .await
}

fn settled(leased: &LeasedDelivery, attempt: &Attempt, now: Timestamp) -> Settled {
    let over = |status, http_status, reason: Option<&str>| Settled {
        status,
        due_at: None,
        http_status,
        reason: reason.map(str::to_owned),
    };
    match attempt {
        Attempt::Called(Answer::Taken(status)) => {
            over(DeliveryStatus::Delivered, Some(*status), None)
        }
        Attempt::Called(Answer::Gone) => {
            let reason = "it answered 410: it wants nothing any more";
            over(DeliveryStatus::Failed, Some(410), Some(reason))
        }
        Attempt::Called(Answer::Refused {
            status,
            retry_after,
        }) => {
            let reason = format!("it answered {status}");
            later(leased, Some(*status), *retry_after, reason, now)
        }
        Attempt::Called(Answer::None(reason)) => later(leased, None, None, reason.clone(), now),
        Attempt::Unsigned => {
            let reason = "its secret cannot be read".to_owned();
            later(leased, None, None, reason, now)
        }
        Attempt::Obsolete => {
            let reason = "the address that it was about was erased, or is none of theirs";
            over(DeliveryStatus::Dropped, None, Some(reason))
        }
    }
}

/// Another attempt, or the end of them.
fn later(
    leased: &LeasedDelivery,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    reason: String,
    now: Timestamp,
) -> Settled {
    let attempts = leased.delivery.attempts;
    if attempts >= ATTEMPTS_MAX || now.since(leased.begun_at) >= TRIED_FOR {
        return Settled {
            status: DeliveryStatus::Failed,
            due_at: None,
            http_status,
            reason: Some(format!(
                "given up after {attempts} attempts; the last: {reason}"
            )),
        };
    }
    let next = retry::next_attempt(now, attempts, crate::random::fraction());
    let not_before = now.plus(retry_after.unwrap_or_default());
    Settled {
        status: DeliveryStatus::Queued,
        due_at: Some(next.max(not_before)),
        http_status,
        reason: Some(reason),
    }
}

/// What it means for the endpoint; why it is disabled, where it is.
async fn mean(
    app: &App,
    conn: &mut AnyConnection,
    leased: &LeasedDelivery,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Option<DisabledBecause>, StoreError> {
    let id = leased.delivery.endpoint;
    let wants_peace = match attempt {
        Attempt::Called(Answer::Taken(_)) => {
            endpoints::succeeded(conn, id).await?;
            return Ok(None);
        }
        Attempt::Called(Answer::Gone) => {
            return disable(conn, id, DisabledBecause::Gone, now).await;
        }
        Attempt::Unsigned | Attempt::Obsolete => return Ok(None), // It did nothing.
        Attempt::Called(Answer::Refused { retry_after, .. }) => retry_after.unwrap_or_default(),
        Attempt::Called(Answer::None(_)) => Duration::ZERO,
    };
    let rests_until = retry::next_probe(now, leased.failures + 1, crate::random::fraction());
    let rests_until = rests_until.max(now.plus(wants_peace));
    let failing_since = endpoints::failed(conn, id, rests_until, now)
        .await?
        .and_then(|endpoint| endpoint.failing_since);
    match (failing_since, app.config.webhooks.disable_after) {
        (Some(since), Some(after)) if now.since(since) >= after => {
            disable(conn, id, DisabledBecause::Failing, now).await
        }
        _ => Ok(None),
    }
}

async fn disable(
    conn: &mut AnyConnection,
    id: EndpointId,
    because: DisabledBecause,
    now: Timestamp,
) -> Result<Option<DisabledBecause>, StoreError> {
    if !endpoints::disable(conn, id, because, now).await? {
        return Ok(None); // Somebody was faster.
    }
    let event = AuditEvent::of_system("webhook_endpoint.disabled", Actor::Daemon, now)
        .shown_by("endpoint", id.to_string())
        .shown_by("because", because.as_str());
    audit::append(conn, &event).await?;
    Ok(Some(because))
}
