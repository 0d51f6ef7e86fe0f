//! Webhooks: where a shipping system wants to hear of events, and what became of telling it.

use super::{
    announced::{Announced, FeedEventId},
    people::{ClientId, id},
    timestamp::Timestamp,
    words::words,
};

id! {
    /// Names an endpoint.
    EndpointId
}
id! {
    /// Names one event on its way to one endpoint.
    DeliveryId
}

/// An address of a shipping system.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Names it.
    pub id: EndpointId,
    /// Whose.
    pub client: ClientId,
    /// As it was given.
    pub url: String,
    /// Since when.
    pub created_at: Timestamp,
    /// How many attempts in a row have failed.
    pub failures: i64,
    /// Since the first of them.
    pub failing_since: Option<Timestamp>,
    /// Until then the former secret signs too.
    pub former_until: Option<Timestamp>,
    /// It is not called any more.
    pub disabled: Option<Disabled>,
}

/// Since when an endpoint is not called, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub because: DisabledBecause,
}

/// Why an endpoint is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledBecause {
    /// It answered 410: it wants nothing any more.
    Gone,
    /// It failed for too long.
    Failing,
    /// The operator said so.
    Operator,
}

words! { DisabledBecause { Gone = "gone", Failing = "failing", Operator = "operator" } }

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKind {
    /// An event of the feed.
    Event(Announced),
    /// Something to try the endpoint with.
    Test,
}

const TEST: &str = "webhook_endpoint.test";

impl SentKind {
    /// Its `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event(announced) => announced.as_str(),
            Self::Test => TEST,
        }
    }

    /// Reads that back.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            TEST => Some(Self::Test),
            event => Announced::parse(event).map(Self::Event),
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It waits for its turn, or for the next attempt.
    Queued,
    /// The endpoint took it.
    Delivered,
    /// It is given up.
    Failed,
    /// There is nothing to tell any more: the person it was about was erased.
    Dropped,
}

words! { DeliveryStatus {
    Queued = "queued", Delivered = "delivered", Failed = "failed", Dropped = "dropped",
} }

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub struct WebhookDelivery {
    /// Names it.
    pub id: DeliveryId,
    /// To where.
    pub endpoint: EndpointId,
    /// The event, as `webhook-id` names it.
    pub event: FeedEventId,
    /// What is sent.
    pub kind: SentKind,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Timestamp,
    /// The next attempt, while it is queued.
    pub due_at: Timestamp,
    /// When it came to its end.
    pub settled_at: Option<Timestamp>,
    /// What the endpoint answered last.
    pub http_status: Option<i64>,
    /// What went wrong last.
    pub reason: Option<String>,
}
