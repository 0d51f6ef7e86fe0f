//! The messenger: tells the endpoints of shipping systems what happened, each event until it is taken
//! or given up.
//!
//! It looks at the event feed itself, so that whoever waits for a decision hears it at once, and not
//! when the sweeper comes by.

use anyhow::Context;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use super::lease::{LEASE, holding};
use crate::{
    app::App,
    domain::{
        timestamp::Timestamp,
        webhook::{DeliveryStatus, SentKind},
        webhook_secret::WebhookSecret,
    },
    shapes::{EventShape, TestEventShape},
    store::{
        StoreError, retrying,
        webhook_queue::{self, LeasedDelivery, Settled},
    },
    webhook::Answer,
    workflow::{
        look_back, manage_webhooks, place_events,
        settle_webhook::{self, Attempt, Outcome},
    },
};

const POLL: Duration = Duration::from_millis(500);
/// Calls under way at once.
const AT_ONCE: usize = 128;
/// Events looked at in one transaction.
const EVENTS_AT_ONCE: i64 = 250;

/// Runs until told to stop; then finishes the calls that are under way.
pub async fn run(app: App, owner: String, stop: CancellationToken) -> anyhow::Result<()> {
    // Tasks, because each must go on while this one waits for the database.
    let mut calls = JoinSet::new();
    let mut failed = None;
    loop {
        let going_on = !stop.is_cancelled() && failed.is_none();
        let mut more = false;
        if going_on {
            match begin(&app, &owner, &mut calls).await {
                Ok(found) => more = found > 0 && calls.len() < AT_ONCE,
                Err(error) => failed = Some(error),
            }
        }
        if !going_on && calls.is_empty() {
            return failed.map_or(Ok(()), Err);
        }
        let changed = app.request_changes.next_of_any();
        tokio::select! {
            Some(done) = calls.join_next() => failed = failed.or(ended(done).err()),
            () = stop.cancelled(), if going_on => {}
            () = changed, if going_on => {}
            () = app.webhooks_changed.notified(), if going_on => {}
            () = tokio::time::sleep(if more { Duration::ZERO } else { POLL }), if going_on => {}
        }
    }
}

/// Sends what is due now, until nothing is; how many attempts it were.
pub async fn deliver_due(app: &App, owner: &str) -> anyhow::Result<usize> {
    let mut calls = JoinSet::new();
    let mut begun = 0;
    loop {
        begun += begin(app, owner, &mut calls).await?;
        match calls.join_next().await {
            Some(done) => ended(done)?,
            None => return Ok(begun),
        }
    }
}

fn ended(call: Result<anyhow::Result<()>, JoinError>) -> anyhow::Result<()> {
    call.context("telling an endpoint")?
}

/// Queues what is new, and begins as many calls as may be; how many it were.
async fn begin(
    app: &App,
    owner: &str,
    calls: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<usize> {
    place_events::place_events(app, EVENTS_AT_ONCE)
        .await
        .context("placing events in the feed")?;
    let now = app.clock.now();
    let free = i64::try_from(AT_ONCE.saturating_sub(calls.len())).unwrap_or(0);
    if free == 0 {
        return Ok(0);
    }
    let leased = retrying(|| async {
        let mut tx = app.store.begin().await?;
        webhook_queue::fill(&mut tx, now, EVENTS_AT_ONCE).await?;
        let leased = webhook_queue::lease(&mut tx, owner, now, now.plus(LEASE), free).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(leased)
    })
    .await
    .context("leasing webhook deliveries")?;
    let begun = leased.len();
    for leased in leased {
        calls.spawn(deliver(app.clone(), leased));
    }
    Ok(begun)
}

/// Calls and settles, holding the lease meanwhile.
async fn deliver(app: App, leased: LeasedDelivery) -> anyhow::Result<()> {
    let (app, leased) = (&app, &leased);
    let lost = || {
        warn!(
            event = "webhook.lease_lost",
            delivery.id = %leased.delivery.id,
            "The lease of webhook delivery {} could not be renewed", leased.delivery.id,
        );
    };
    let attempt = holding(attempt(app, leased), || renew(app, leased), lost).await?;
    let outcome = settle_webhook::settle(app, leased, &attempt)
        .await
        .context("settling a webhook delivery")?;
    if let Some(outcome) = outcome {
        report(app, leased, &outcome);
    }
    Ok(())
}

async fn renew(app: &App, leased: &LeasedDelivery) -> Result<bool, StoreError> {
    let until = app.clock.now().plus(LEASE);
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        let held = webhook_queue::renew(&mut tx, leased, until).await?;
        tx.commit().await?;
        Ok(held)
    })
    .await
}

async fn attempt(app: &App, leased: &LeasedDelivery) -> anyhow::Result<Attempt> {
    if leased.delivery.attempts > settle_webhook::ATTEMPTS_MAX {
        let reason = "the daemon ended during each of the last attempts".to_owned();
        return Ok(Attempt::Called(Answer::None(reason)));
    }
    let url = match app.poster.parse(&leased.url) {
        Ok(url) => url,
        Err(fault) => {
            let reason = format!("its URL may not be called: {fault}");
            return Ok(Attempt::Called(Answer::None(reason)));
        }
    };
    let event = leased.delivery.event;
    let now = app.clock.now();
    let body = match leased.delivery.kind {
        SentKind::Test => json!(TestEventShape::of(event, now)),
        SentKind::Event(_) => {
            let told = look_back::event_for_client(app, &leased.client, event).await;
            match told.context("looking at an event")? {
                Some(told) => json!(EventShape::of(&told)),
                None => return Ok(Attempt::Obsolete),
            }
        }
    };
    let body = body.to_string().into_bytes();
    let secrets = manage_webhooks::secrets(app, leased.delivery.endpoint)
        .await
        .context("looking at the secrets of an endpoint")?;
    let Some(headers) = headers(leased, &secrets, now, &body) else {
        return Ok(Attempt::Unsigned);
    };
    Ok(Attempt::Called(
        app.poster.post(&url, headers, body, now).await,
    ))
}

/// The headers of Standard Webhooks; none without a secret.
fn headers(
    leased: &LeasedDelivery,
    secrets: &[WebhookSecret],
    now: Timestamp,
    body: &[u8],
) -> Option<HeaderMap> {
    if secrets.is_empty() {
        return None;
    }
    let event = leased.delivery.event;
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.sign(event, now, body))
        .collect();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", now.as_seconds().to_string()),
        ("webhook-signature", signatures.join(" ")),
    ] {
        let value = HeaderValue::from_str(&value).ok()?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Some(headers)
}

fn report(app: &App, leased: &LeasedDelivery, outcome: &Outcome) {
    let delivery = &leased.delivery;
    let (endpoint, event_id, attempt) = (delivery.endpoint, delivery.event, delivery.attempts);
    let kind = delivery.kind.as_str();
    let client = leased.client.name();
    // The path may be a secret.
    let url = app.poster.parse(&leased.url);
    let host = url.as_ref().map_or("-", |url| url.host());
    let Settled {
        status,
        due_at,
        http_status,
        reason,
    } = &outcome.settled;
    let reason = reason.as_deref().unwrap_or_default();
    let outcome_word = match status {
        DeliveryStatus::Queued => "deferred",
        settled => settled.as_str(),
    };
    let deliveries = &app.metrics.counted.webhook_deliveries;
    deliveries.with_label_values(&[outcome_word]).inc();
    match status {
        DeliveryStatus::Delivered => info!(
            event = "webhook.delivered",
            endpoint.id = %endpoint, client, host, event.id = %event_id, kind, attempt, http_status,
            "Told {client} at {host} of {kind}",
        ),
        // That it fails was said when that began.
        DeliveryStatus::Queued if leased.failures > 0 => debug!(
            event = "webhook.deferred",
            endpoint.id = %endpoint, client, host, event.id = %event_id, kind, attempt, http_status,
            reason, "Could not tell {client} at {host} of {kind}, still: {reason}",
        ),
        DeliveryStatus::Queued => warn!(
            event = "webhook.deferred",
            endpoint.id = %endpoint, client, host, event.id = %event_id, kind, attempt, http_status,
            reason, next_try = due_at.map(tracing::field::display),
            "Could not tell {client} at {host} of {kind}, it is tried again: {reason}",
        ),
        DeliveryStatus::Failed => error!(
            event = "webhook.failed",
            endpoint.id = %endpoint, client, host, event.id = %event_id, kind, attempt, http_status,
            reason,
            "Gave up telling {client} at {host} of {kind}: {reason}; `esecured webhook replay {endpoint}` tries again",
        ),
        DeliveryStatus::Dropped => info!(
            event = "webhook.dropped",
            endpoint.id = %endpoint, client, host, event.id = %event_id, kind, reason,
            "Did not tell {client} at {host} of {kind}: {reason}",
        ),
    }
    if let Some(because) = outcome.disabled {
        error!(
            event = "webhook.disabled",
            endpoint.id = %endpoint, client, host, because = because.as_str(),
            "The webhook endpoint of {client} at {host} is not called any more ({because}); tell who \
             runs it. `esecured webhook enable {endpoint}` calls it again, with what it missed",
        );
    }
}
