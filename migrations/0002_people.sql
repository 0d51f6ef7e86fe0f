-- The portal's people: invitations, second factors, sign-in elsewhere, stand-ins; and domain rules.

-- A key to the portal that comes by mail. It sets a first password, once, and only where none was ever set.
CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    -- The account that the mail names; the password is good for all of the administrator's.
    account_number TEXT NOT NULL REFERENCES account (number),
    -- NULL: the operator.
    invited_by TEXT REFERENCES administrator (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invitation_by_administrator ON invitation (administrator_id);

-- Further addresses an administrator answers from. One address belongs to one administrator.
CREATE TABLE administrator_alias (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    added_at BIGINT NOT NULL
);
CREATE INDEX administrator_alias_by_administrator ON administrator_alias (administrator_id);

-- The hour of the day at which the requests of a day come as one mail; NULL: each comes at once.
ALTER TABLE administrator ADD COLUMN digest_hour BIGINT CHECK (digest_hour BETWEEN 0 AND 23);

-- Who decides for an administrator who is away: from from_at on, no longer at until_at, nor from ended_at on.
-- Address and name are as that administrator typed them; whether they were known before, it is not told.
CREATE TABLE stand_in (
    id TEXT NOT NULL PRIMARY KEY,
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    stand_in_id TEXT NOT NULL REFERENCES administrator (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    CHECK (administrator_id <> stand_in_id),
    CHECK (from_at < until_at)
);
CREATE INDEX stand_in_by_administrator ON stand_in (administrator_id);
CREATE INDEX stand_in_by_stand_in ON stand_in (stand_in_id);
CREATE INDEX stand_in_running ON stand_in (until_at) WHERE ended_at IS NULL;

-- Of a right that somebody has as a stand-in, the row above: it goes with that. NULL: an own right.
ALTER TABLE account_administrator ADD COLUMN stand_in_id TEXT REFERENCES stand_in (id);
CREATE INDEX account_administrator_by_stand_in ON account_administrator (stand_in_id) WHERE stand_in_id IS NOT NULL;

-- The administrator for whom a stand-in decided.
ALTER TABLE access_request ADD COLUMN decided_for TEXT REFERENCES administrator (id);

-- A one-time-password device. Its secret is sealed; last_step lets no code work twice.
CREATE TABLE totp (
    administrator_id TEXT NOT NULL PRIMARY KEY REFERENCES administrator (id),
    secret TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    confirmed_at BIGINT,
    created_at BIGINT NOT NULL
);

-- A way in when every device is lost. Each works once; only its hash is kept.
CREATE TABLE recovery_code (
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (administrator_id, hash)
);

-- A WebAuthn credential; the id is the one its device gave it.
CREATE TABLE passkey (
    id TEXT NOT NULL PRIMARY KEY,
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkey_by_administrator ON passkey (administrator_id);

-- Who an administrator is at the company's identity provider. Never found by address.
CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_by_administrator ON identity (administrator_id);

-- A sign-in that has begun and waits for its next step; the id is the hash of a cookie.
CREATE TABLE ceremony (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    administrator_id TEXT REFERENCES administrator (id),
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX ceremony_oldest ON ceremony (created_at);

-- When a session last proved who it is, and the words in which its browser described itself.
ALTER TABLE session ADD COLUMN fresh_at BIGINT;
ALTER TABLE session ADD COLUMN device TEXT;

-- Domain rules of an account: requests from an authorized domain are approved, from outside my domains rejected.
CREATE TABLE account_domain (
    account_number TEXT NOT NULL REFERENCES account (number),
    kind TEXT NOT NULL CHECK (kind IN ('my', 'authorized')),
    domain TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (account_number, kind, domain)
);

-- The known domain that the domain of a request looks like, as it was when it was asked.
ALTER TABLE access_request ADD COLUMN looks_like TEXT;

-- How often a rejected address asked again where no request counts it.
ALTER TABLE entry ADD COLUMN repeats BIGINT NOT NULL DEFAULT 0;

-- What stands behind the last @ of an address, so that the domains of authorized users can be found.
ALTER TABLE entry ADD COLUMN domain TEXT;
UPDATE entry SET domain = (
    SELECT SUBSTR(p.address_key, LENGTH(RTRIM(p.address_key, REPLACE(p.address_key, '@', ''))) + 1)
    FROM person p WHERE p.id = entry.person_id
);
CREATE INDEX entry_by_domain ON entry (account_number, domain) WHERE status = 'approved';

-- Under which keys a look-alike finds the domain of an authorized user. A row may outlive its last
-- user: whoever reads it looks whether there is one.
CREATE TABLE user_domain_key (
    account_number TEXT NOT NULL REFERENCES account (number),
    key TEXT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (account_number, key, domain)
);

-- What the administrator wrote beside a decision; the requester sees it from note_shown_at on.
ALTER TABLE access_request ADD COLUMN note TEXT;
ALTER TABLE access_request ADD COLUMN note_shown_at BIGINT;
-- What happened to one account, by time.
CREATE INDEX audit_event_by_account ON audit_event (chain, at, seq);
-- What happened to one address.
CREATE INDEX audit_event_by_subject ON audit_event (subject, chain, seq);
-- The list of a shipping system, all of it or of one status; and what was changed lately.
CREATE INDEX access_request_by_time ON access_request (created_at, id);
CREATE INDEX access_request_by_status ON access_request (status, created_at, id);
CREATE INDEX access_request_by_change ON access_request (updated_at);
-- What one address asked before.
CREATE INDEX access_request_by_person ON access_request (person_id, account_number, created_at);

-- A mail may be about something else than a request: about names it, whatever it is. An approval mail
-- may be gathered instead of sent; then it is carried by a digest, and what becomes of that becomes of it.
CREATE TABLE message_2 (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    request_id TEXT REFERENCES access_request (id),
    account_number TEXT REFERENCES account (number),
    invitation_id TEXT REFERENCES invitation (id),
    recipient_id TEXT NOT NULL REFERENCES person (id),
    administrator_id TEXT REFERENCES administrator (id),
    occasion TEXT NOT NULL,
    key_id TEXT NOT NULL,
    dated_at BIGINT NOT NULL,
    answers TEXT,
    status TEXT NOT NULL CHECK (status IN ('queued', 'held', 'gathered', 'carried', 'delivered', 'failed', 'dropped')),
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_epoch BIGINT NOT NULL,
    lease_until BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT,
    digest_id TEXT REFERENCES message_2 (id),
    CHECK ((status IN ('queued', 'held', 'gathered')) = (settled_at IS NULL)),
    CHECK ((status = 'carried') = (digest_id IS NOT NULL)),
    -- Each mail once per event and recipient.
    UNIQUE (about, kind, recipient_id, occasion)
);
INSERT INTO message_2 (id, kind, about, request_id, recipient_id, administrator_id, occasion, key_id, dated_at, answers,
    status, due_at, attempts, lease_owner, lease_epoch, lease_until, reason, created_at, settled_at)
SELECT id, kind, request_id, request_id, recipient_id, administrator_id, occasion, key_id, dated_at, answers,
    status, due_at, attempts, lease_owner, lease_epoch, lease_until, reason, created_at, settled_at
FROM message;

CREATE TABLE inbound_2 (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    header_id TEXT,
    received_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    effect TEXT NOT NULL,
    reason TEXT NOT NULL,
    message_id TEXT REFERENCES message_2 (id),
    request_id TEXT REFERENCES access_request (id)
);
INSERT INTO inbound_2 (fingerprint, header_id, received_at, kind, decision, effect, reason, message_id, request_id)
SELECT fingerprint, header_id, received_at, kind, decision, effect, reason, message_id, request_id
FROM inbound;

DROP TABLE inbound;
DROP TABLE message;
ALTER TABLE message_2 RENAME TO message;
ALTER TABLE inbound_2 RENAME TO inbound;
CREATE INDEX message_due ON message (due_at) WHERE status = 'queued';
CREATE INDEX message_newest ON message (created_at);
CREATE INDEX message_by_administrator ON message (administrator_id, created_at);
CREATE INDEX message_gathered ON message (due_at) WHERE status = 'gathered';
CREATE INDEX message_gathered_for ON message (administrator_id, created_at, request_id) WHERE status = 'gathered';
CREATE INDEX message_by_digest ON message (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX inbound_by_header ON inbound (header_id);
CREATE INDEX inbound_newest ON inbound (received_at);

-- What was mailed when, for each of those that limits count by: an account, an administrator, a requester, a mail domain.
CREATE TABLE mail_count (
    counted_by TEXT NOT NULL,
    mailed_at BIGINT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (counted_by, mailed_at, id)
);
CREATE INDEX mail_count_oldest ON mail_count (mailed_at);

-- Whoever takes a place under a limit holds its row, so that two never take the same one.
CREATE TABLE mail_limit (
    counted_by TEXT NOT NULL PRIMARY KEY,
    held_at BIGINT NOT NULL
);
CREATE INDEX mail_limit_oldest ON mail_limit (held_at);
