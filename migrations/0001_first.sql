-- One text for SQLite and PostgreSQL: TEXT and BIGINT columns, times in microseconds since 1970 (UTC).

-- What is protected. eSecure is active from esecure_at on; NULL: everybody may use the number.
CREATE TABLE account (
    number TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('nl', 'en')),
    time_zone TEXT NOT NULL,
    esecure_at BIGINT,
    requester_mails_off_at BIGINT,
    created_at BIGINT NOT NULL
);

-- The one table that says addresses of people in full; everything else names a person by id.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    address_key TEXT UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE administrator (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL UNIQUE REFERENCES person (id),
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('nl', 'en')),
    phone TEXT,
    password_hash TEXT,
    password_at BIGINT,
    created_at BIGINT NOT NULL,
    CHECK ((password_hash IS NULL) = (password_at IS NULL))
);

-- Who may decide for which account. A row that goes takes the right with it at once.
CREATE TABLE account_administrator (
    account_number TEXT NOT NULL REFERENCES account (number),
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (account_number, administrator_id)
);
CREATE INDEX account_administrator_by_administrator ON account_administrator (administrator_id);

-- A live sign-in to the portal; the id is the hash of the cookie.
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX session_by_administrator ON session (administrator_id);

-- A shipping system. Only the hash of its API key is kept.
CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key_hash TEXT NOT NULL UNIQUE,
    all_accounts_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE client_account (
    client_id TEXT NOT NULL REFERENCES client (id),
    account_number TEXT NOT NULL REFERENCES account (number),
    PRIMARY KEY (client_id, account_number)
);

-- An access request: one decision, ever. The CHECK ties a closed status to its date and door.
CREATE TABLE access_request (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    account_number TEXT NOT NULL REFERENCES account (number),
    person_id TEXT NOT NULL REFERENCES person (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
    rule TEXT NOT NULL,
    decided_at BIGINT,
    door TEXT CHECK (door IN ('link', 'reply', 'portal', 'policy', 'timer', 'client', 'operator')),
    decided_by TEXT REFERENCES administrator (id),
    name TEXT,
    reason TEXT,
    reference TEXT,
    language TEXT NOT NULL CHECK (language IN ('nl', 'en')),
    client_id TEXT REFERENCES client (id),
    repeats BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK ((status = 'pending') = (decided_at IS NULL)),
    CHECK ((status = 'pending') = (door IS NULL)),
    CHECK (status <> 'approved' OR door IN ('portal', 'policy', 'operator'))
);
-- One address has one open request per account: whoever asks again joins it.
CREATE UNIQUE INDEX access_request_open ON access_request (account_number, person_id) WHERE status = 'pending';
CREATE INDEX access_request_expiring ON access_request (expires_at) WHERE status = 'pending';
CREATE INDEX access_request_newest ON access_request (account_number, created_at, id);

-- What stands for one address on one account. Only an approved row opens access.
CREATE TABLE entry (
    account_number TEXT NOT NULL REFERENCES account (number),
    person_id TEXT NOT NULL REFERENCES person (id),
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'expired', 'none')),
    request_id TEXT REFERENCES access_request (id),
    until_at BIGINT,
    changed_at BIGINT NOT NULL,
    use_count BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_number, person_id)
);
CREATE INDEX entry_list ON entry (account_number, status, changed_at, person_id);

-- An answer that a client may ask for again with the same Idempotency-Key.
CREATE TABLE idempotency (
    client_id TEXT NOT NULL REFERENCES client (id),
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, key)
);
CREATE INDEX idempotency_oldest ON idempotency (created_at);

-- The outbox: the intent to send one mail to one person. Bytes and tokens are made when it is sent.
-- A sender holds a row until lease_until; it settles only with the lease_epoch it was given.
CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    request_id TEXT NOT NULL REFERENCES access_request (id),
    recipient_id TEXT NOT NULL REFERENCES person (id),
    administrator_id TEXT REFERENCES administrator (id),
    occasion TEXT NOT NULL,
    key_id TEXT NOT NULL,
    dated_at BIGINT NOT NULL,
    answers TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'held', 'delivered', 'failed', 'dropped')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_epoch BIGINT NOT NULL,
    lease_until BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT,
    CHECK ((status IN ('queued', 'held')) = (settled_at IS NULL)),
    -- Each mail once per event and recipient.
    UNIQUE (request_id, kind, recipient_id, occasion)
);
CREATE INDEX message_due ON message (due_at) WHERE status = 'queued';
CREATE INDEX message_newest ON message (created_at);

-- How far a mailbox has been read. Another uid_validity means: start again, and know what was read.
CREATE TABLE inbox_cursor (
    mailbox TEXT NOT NULL PRIMARY KEY,
    uid_validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL
);

-- Every mail that was read, once: the fingerprint leaves out what differs between two deliveries of it.
CREATE TABLE inbound (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    header_id TEXT,
    received_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    effect TEXT NOT NULL,
    reason TEXT NOT NULL,
    message_id TEXT REFERENCES message (id),
    request_id TEXT REFERENCES access_request (id)
);
CREATE INDEX inbound_by_header ON inbound (header_id);
CREATE INDEX inbound_newest ON inbound (received_at);

-- The head of each audit chain; locked by whoever appends.
CREATE TABLE audit_chain (
    chain TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);

-- Never changed, never deleted.
CREATE TABLE audit_event (
    chain TEXT NOT NULL REFERENCES audit_chain (chain),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    actor TEXT NOT NULL,
    door TEXT,
    request TEXT,
    subject TEXT,
    evidence TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_event_by_request ON audit_event (request);
CREATE INDEX audit_event_by_time ON audit_event (at);
