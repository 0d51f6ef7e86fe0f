-- Webhooks: where shipping systems want to hear of events, and what became of telling them.

-- An address of a shipping system. Its secrets are sealed by a key that is not here; the former one signs too
-- until former_until. What stands in the feed up to position has its deliveries, which whoever makes them says
-- with a guarded change: so each event gets one. A failure lets the whole address rest for a while.
-- A removed endpoint goes with its deliveries; the audit trail keeps that it was there.
CREATE TABLE webhook_endpoint (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    former_secret TEXT,
    former_until BIGINT,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    rests_until BIGINT NOT NULL,
    disabled_at BIGINT,
    disabled_because TEXT,
    UNIQUE (client_id, url),
    CHECK ((former_secret IS NULL) = (former_until IS NULL)),
    CHECK ((failures = 0) = (failing_since IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
);

-- One event on its way to one endpoint; its id there is event_id, however often it is sent.
-- Those about one topic (an address on an account) go one after the other, by their position in the feed.
-- begun_at: since when it is tried; a replay begins anew.
CREATE TABLE webhook_delivery (
    id TEXT NOT NULL PRIMARY KEY,
    endpoint_id TEXT NOT NULL REFERENCES webhook_endpoint (id),
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    position BIGINT NOT NULL,
    status TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    lease_epoch BIGINT NOT NULL,
    http_status BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT,
    UNIQUE (endpoint_id, event_id),
    CHECK (status IN ('queued', 'delivered', 'failed', 'dropped')),
    CHECK ((status = 'queued') = (settled_at IS NULL))
);
CREATE INDEX webhook_delivery_topic ON webhook_delivery (endpoint_id, topic, position) WHERE status = 'queued';
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE status = 'queued';
CREATE INDEX webhook_delivery_log ON webhook_delivery (endpoint_id, created_at);
