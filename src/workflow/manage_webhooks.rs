//! Endpoints come, change and go: by the shipping system whose they are, or by the operator.

use std::time::Duration;

use sqlx::AnyConnection;

use super::{
    once::{Answered, Once, OnceError},
    sealed_webhook::{seal, seal_answer, unseal, unseal_answer},
};
use crate::{
    app::App,
    domain::{
        announced::FeedEventId,
        event::{Actor, AuditEvent},
        people::ClientId,
        timestamp::Timestamp,
        webhook::{DeliveryId, DisabledBecause, Endpoint, EndpointId, SentKind, WebhookDelivery},
        webhook_secret::WebhookSecret,
    },
    store::{
        StoreError, audit, endpoints,
        idempotency::Answer,
        may_retry, paging, retrying, webhook_log,
        webhook_queue::{self, NewDelivery},
    },
    webhook::WebhookUrl,
};

/// How many endpoints a shipping system may have.
pub const ENDPOINTS_MAX: usize = 10;
/// How long the former secret signs beside a new one.
pub const BOTH_SIGN: Duration = Duration::from_secs(24 * 3600);
/// How long it is known what became of a delivery.
pub const LOG_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Who does it.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// A shipping system, with its own endpoints.
    Client(ClientId),
    /// The operator, with everybody's.
    Operator,
}

/// Why it was refused.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is none, or it is somebody else's.
    #[error("there is no such webhook endpoint: see `esecured webhook list`")]
    Unknown,
    /// There is no such delivery.
    #[error("this endpoint has no delivery of that event")]
    UnknownEvent,
    /// The URL is one of the client's already.
    #[error("this client has an endpoint with this URL already")]
    Exists,
    /// The client has as many as it may have.
    #[error("a client has at most {ENDPOINTS_MAX} webhook endpoints")]
    TooMany,
    /// It is not called, so nothing can be sent there.
    #[error("this endpoint is disabled: enable it first")]
    Disabled,
    /// The operator has said that it is not called.
    #[error("the operator has disabled this endpoint")]
    DisabledByOperator,
    /// It is not called already, or it is.
    #[error("this endpoint is so already")]
    SoAlready,
    /// The Idempotency-Key was used with another body.
    #[error("this Idempotency-Key was used with another body")]
    KeyUsedOtherwise,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(WebhookError);

impl From<OnceError> for WebhookError {
    fn from(error: OnceError) -> Self {
        match error {
            OnceError::KeyUsedOtherwise => Self::KeyUsedOtherwise,
            OnceError::Store(error) => Self::Store(error),
        }
    }
}

impl Who {
    fn actor(self) -> Actor {
        match self {
            Self::Client(client) => Actor::Client(client),
            Self::Operator => Actor::Operator,
        }
    }

    async fn find(
        self,
        conn: &mut AnyConnection,
        id: EndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let endpoint = endpoints::find(conn, id).await?;
        endpoint
            .filter(|endpoint| match self {
                Self::Client(client) => endpoint.client == client,
                Self::Operator => true,
            })
            .ok_or(WebhookError::Unknown)
    }
}

async fn record(
    conn: &mut AnyConnection,
    name: &'static str,
    who: Who,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::of_system(name, who.actor(), now)
        .shown_by("endpoint", endpoint.id.to_string())
        .shown_by("client", endpoint.client.to_string());
    audit::append(conn, &event).await.map(drop)
}

/// An endpoint that was added, with the secret that is shown this once.
pub struct Added {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What signs what it is told.
    pub secret: WebhookSecret,
}

/// Adds an endpoint of a client, which hears of what happens from now on. An answer that is kept under
/// an Idempotency-Key says the secret too, so it is kept sealed.
pub async fn add(
    app: &App,
    client: ClientId,
    who: Who,
    url: &WebhookUrl,
    once: Option<&Once<'_, Added>>,
) -> Result<Answered<Added>, WebhookError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if let Some(answer) = earlier(app, &mut tx, client, once).await? {
            return Ok(Answered::Before(answer));
        }
        let others = endpoints::of_client(&mut tx, client).await?;
        if others.iter().any(|other| other.url == url.as_str()) {
            return Err(WebhookError::Exists);
        }
        if others.len() >= ENDPOINTS_MAX {
            return Err(WebhookError::TooMany);
        }
        let endpoint = Endpoint {
            id: EndpointId::new(),
            client,
            url: url.as_str().to_owned(),
            created_at: now,
            failures: 0,
            failing_since: None,
            former_until: None,
            disabled: None,
        };
        let secret = WebhookSecret::from_bytes(crate::random::bytes());
        let sealed = seal(app, endpoint.id, &secret);
        endpoints::insert(&mut tx, &endpoint, &sealed).await?;
        record(&mut tx, "webhook_endpoint.added", who, &endpoint, now).await?;
        let added = Added { endpoint, secret };
        keep(app, &mut tx, client, once, &added, now).await?;
        tx.commit().await?;
        Ok(Answered::Now(added))
    })
    .await
}

/// The endpoints of a client, the oldest first.
pub async fn of_client(app: &App, client: ClientId) -> Result<Vec<Endpoint>, StoreError> {
    let mut conn = app.store.read().await?;
    endpoints::of_client(&mut conn, client).await
}

/// Where a page of deliveries begins: behind the one that was queued then.
pub type Behind = (Timestamp, DeliveryId);

/// Deliveries to an endpoint, the newest first, at most so many, and where the next page begins, if
/// there is one.
pub async fn deliveries(
    app: &App,
    who: Who,
    id: EndpointId,
    after: Option<Behind>,
    at_most: i64,
) -> Result<(Vec<WebhookDelivery>, Option<Behind>), WebhookError> {
    let mut conn = app.store.read().await?;
    let endpoint = who.find(&mut conn, id).await?;
    let found = webhook_log::page(&mut conn, endpoint.id, after, at_most.saturating_add(1)).await?;
    Ok(paging::cut(found, at_most, |last| {
        (last.created_at, last.id)
    }))
}

/// Takes an endpoint away, with what waits for it.
pub async fn remove(app: &App, who: Who, id: EndpointId) -> Result<(), WebhookError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = who.find(&mut tx, id).await?;
        if !endpoints::remove(&mut tx, id).await? {
            return Err(WebhookError::Unknown);
        }
        record(&mut tx, "webhook_endpoint.removed", who, &endpoint, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Gives an endpoint a new secret, which is shown this once; the one before signs beside it for
/// [`BOTH_SIGN`].
pub async fn rotate(
    app: &App,
    who: Who,
    id: EndpointId,
    once: Option<&Once<'_, Added>>,
) -> Result<Answered<Added>, WebhookError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = who.find(&mut tx, id).await?;
        let client = endpoint.client;
        if let Some(answer) = earlier(app, &mut tx, client, once).await? {
            return Ok(Answered::Before(answer));
        }
        let old = endpoints::secrets(&mut tx, id, now).await?;
        let old = old.ok_or(WebhookError::Unknown)?.current;
        let until = now.plus(BOTH_SIGN);
        let secret = WebhookSecret::from_bytes(crate::random::bytes());
        let new = seal(app, id, &secret);
        if !endpoints::rotate(&mut tx, id, &old, &new, until).await? {
            return Err(StoreError::Moved.into());
        }
        let name = "webhook_endpoint.secret_rotated";
        record(&mut tx, name, who, &endpoint, now).await?;
        let endpoint = Endpoint {
            former_until: Some(until),
            ..endpoint
        };
        let rotated = Added { endpoint, secret };
        keep(app, &mut tx, client, once, &rotated, now).await?;
        tx.commit().await?;
        Ok(Answered::Now(rotated))
    })
    .await
}

/// What was answered under the key before, with the secret it had.
async fn earlier(
    app: &App,
    conn: &mut AnyConnection,
    client: ClientId,
    once: Option<&Once<'_, Added>>,
) -> Result<Option<Answer>, WebhookError> {
    let Some(once) = once else {
        return Ok(None);
    };
    let Some(earlier) = once.earlier(conn, client).await? else {
        return Ok(None);
    };
    // Whoever cannot be told the secret again can only begin anew.
    let body = unseal_answer(app, client, &earlier.body).ok_or(WebhookError::Exists)?;
    Ok(Some(Answer { body, ..earlier }))
}

async fn keep(
    app: &App,
    conn: &mut AnyConnection,
    client: ClientId,
    once: Option<&Once<'_, Added>>,
    outcome: &Added,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(once) = once else {
        return Ok(());
    };
    let seal = |body: String| seal_answer(app, client, &body);
    once.keep(conn, client, outcome, seal, now).await
}

/// The secrets that sign what is sent to an endpoint now, the current one first; none where they
/// cannot be read.
pub async fn secrets(app: &App, id: EndpointId) -> Result<Vec<WebhookSecret>, StoreError> {
    let mut conn = app.store.read().await?;
    let Some(sealed) = endpoints::secrets(&mut conn, id, app.clock.now()).await? else {
        return Ok(Vec::new());
    };
    let Some(current) = unseal(app, id, &sealed.current) else {
        return Ok(Vec::new());
    };
    let former = sealed.former.and_then(|sealed| unseal(app, id, &sealed));
    Ok([Some(current), former].into_iter().flatten().collect())
}

/// Calls an endpoint no more. What happens meanwhile waits, and so does what was queued.
pub async fn disable(app: &App, id: EndpointId) -> Result<(), WebhookError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = Who::Operator.find(&mut tx, id).await?;
        if !endpoints::disable(&mut tx, id, DisabledBecause::Operator, now).await? {
            return Err(WebhookError::SoAlready);
        }
        let name = "webhook_endpoint.disabled";
        record(&mut tx, name, Who::Operator, &endpoint, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Calls an endpoint again: first with what waits, then with what happened since.
pub async fn enable(app: &App, who: Who, id: EndpointId) -> Result<Endpoint, WebhookError> {
    let endpoint = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = who.find(&mut tx, id).await?;
        let because = endpoint.disabled.map(|disabled| disabled.because);
        if matches!(who, Who::Client(_)) && because == Some(DisabledBecause::Operator) {
            return Err(WebhookError::DisabledByOperator);
        }
        if !endpoints::enable(&mut tx, id).await? {
            return Err(WebhookError::SoAlready);
        }
        webhook_queue::begin_anew(&mut tx, id, now).await?;
        record(&mut tx, "webhook_endpoint.enabled", who, &endpoint, now).await?;
        tx.commit().await?;
        Ok(Endpoint {
            failures: 0,
            failing_since: None,
            disabled: None,
            ..endpoint
        })
    })
    .await?;
    app.webhooks_changed.notify_one();
    Ok(endpoint)
}

/// Queues something for an endpoint to try it with; the name of that event.
pub async fn test(app: &App, who: Who, id: EndpointId) -> Result<FeedEventId, WebhookError> {
    let event = FeedEventId::new();
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = who.find(&mut tx, id).await?;
        if endpoint.disabled.is_some() {
            return Err(WebhookError::Disabled);
        }
        let delivery = NewDelivery {
            endpoint: id,
            event,
            kind: SentKind::Test,
            topic: &event.to_string(), // It waits for nothing.
            position: 0,
        };
        webhook_queue::insert(&mut tx, &delivery, now).await?;
        record(&mut tx, "webhook_endpoint.tested", who, &endpoint, now).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    app.webhooks_changed.notify_one();
    Ok(event)
}

/// What is sent once more.
#[derive(Clone, Copy, Debug)]
pub enum Replay {
    /// One event, whatever became of it.
    Event(FeedEventId),
    /// Whatever was given up of what was queued since then.
    FailedSince(Timestamp),
}

/// Sends again, with the same names of the events; how many it are.
pub async fn replay(
    app: &App,
    who: Who,
    id: EndpointId,
    what: Replay,
) -> Result<u64, WebhookError> {
    let count = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let endpoint = who.find(&mut tx, id).await?;
        if endpoint.disabled.is_some() {
            return Err(WebhookError::Disabled);
        }
        let count = match what {
            Replay::Event(event) if !webhook_log::has_event(&mut tx, id, event).await? => {
                return Err(WebhookError::UnknownEvent);
            }
            Replay::Event(event) => webhook_log::replay_event(&mut tx, id, event, now).await?,
            Replay::FailedSince(since) => {
                webhook_log::replay_failed(&mut tx, id, since, now).await?
            }
        };
        record(&mut tx, "webhook_endpoint.replayed", who, &endpoint, now).await?;
        tx.commit().await?;
        Ok(count)
    })
    .await?;
    app.webhooks_changed.notify_one();
    Ok(count)
}
