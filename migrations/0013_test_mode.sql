-- Test mode: API keys whose requests are data of their own, so that an integrator can try everything
-- without anybody being asked and without anything being allowed.

ALTER TABLE client ADD COLUMN mode TEXT NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'test'));
-- How many events a client of tests has had: the position of the last one.
ALTER TABLE client ADD COLUMN test_events BIGINT NOT NULL DEFAULT 0;

-- What test keys asked for. It names no account and no person of the live tables, and none of these
-- may ever refer to it: nothing here allows anything. due_at, due_as: what becomes of it by itself.
CREATE TABLE test_request (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    number TEXT NOT NULL,
    account_number TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    reference TEXT,
    status TEXT NOT NULL,
    closed_at BIGINT,
    due_at BIGINT NOT NULL,
    due_as TEXT NOT NULL,
    repeats BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (client_id, number),
    CHECK (status IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
    CHECK (due_as IN ('approved', 'rejected', 'expired')),
    CHECK ((status = 'pending') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX test_request_open ON test_request (client_id, account_number, email_key) WHERE status = 'pending';
CREATE INDEX test_request_due ON test_request (due_at) WHERE status = 'pending';
CREATE INDEX test_request_newest ON test_request (client_id, created_at, id);
CREATE INDEX test_request_by_change ON test_request (updated_at);

-- What happened to them, with the state of then: the feed of one client, numbered without a gap.
CREATE TABLE test_event (
    client_id TEXT NOT NULL REFERENCES client (id),
    position BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    request_id TEXT NOT NULL REFERENCES test_request (id),
    status TEXT NOT NULL,
    closed_at BIGINT,
    repeats BIGINT NOT NULL,
    PRIMARY KEY (client_id, position)
);
CREATE INDEX test_event_oldest ON test_event (at);
CREATE INDEX test_event_by_request ON test_event (request_id);
