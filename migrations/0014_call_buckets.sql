-- How often a key may still post, though several daemons count and any of them may be started anew: its bucket is
-- full at full_at, and each call makes that later.
CREATE TABLE call_bucket (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES client (id),
    full_at BIGINT NOT NULL
);
