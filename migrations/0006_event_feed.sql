-- The event feed: what shipping systems hear of, each with its account, its request and its moment.

-- One row for each announced change, written by the transaction that makes the change and in its account's
-- audit chain at seq. It says what stood then, and is never changed but for its position; a note's words go when
-- a person is erased. Whose address it is about, it says by id.
-- The position is given after the commit, in the order in which readers are to see it; NULL: not yet.
CREATE TABLE feed_event (
    id TEXT NOT NULL PRIMARY KEY,
    position BIGINT UNIQUE,
    account_number TEXT NOT NULL REFERENCES account (number),
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    request_id TEXT REFERENCES access_request (id),
    status TEXT NOT NULL,
    door TEXT,
    decided_by TEXT REFERENCES administrator (id),
    decided_for TEXT REFERENCES administrator (id),
    -- Of a request alone. note: what the requester may read; unheard_at: nobody heard of it then.
    rule TEXT,
    decided_at BIGINT,
    note TEXT,
    repeats BIGINT,
    updated_at BIGINT,
    expires_at BIGINT,
    unheard_at BIGINT,
    -- Of an authorized user alone.
    until_at BIGINT,
    UNIQUE (account_number, seq)
);
CREATE INDEX feed_event_unplaced ON feed_event (account_number, seq) WHERE position IS NULL;

-- The last position that was given; whoever gives the next ones holds this row.
CREATE TABLE feed_head (
    id TEXT NOT NULL PRIMARY KEY CHECK (id = 'head'),
    position BIGINT NOT NULL
);
INSERT INTO feed_head (id, position) VALUES ('head', 0);
