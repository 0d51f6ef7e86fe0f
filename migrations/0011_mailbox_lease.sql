-- Which daemon reads a mailbox: one at a time, though several share the database. Whoever holds the row until
-- until_at may read; with each new holder the epoch rises, and an older one cannot renew any more.
CREATE TABLE mailbox_lease (
    mailbox TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
