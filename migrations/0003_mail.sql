-- What mail servers tell of our mails.

-- Whether mail reaches an administrator, and since when that is known. Nothing is decided by it.
ALTER TABLE administrator ADD COLUMN address_state TEXT NOT NULL DEFAULT 'fine'
    CHECK (address_state IN ('fine', 'soft', 'unreachable'));
ALTER TABLE administrator ADD COLUMN address_state_at BIGINT;

-- When a mail came back, or was refused because of whom it goes to.
ALTER TABLE message ADD COLUMN bounced_at BIGINT;

-- When it was noted that no administrator hears of a request; the operator is told once.
ALTER TABLE access_request ADD COLUMN unreachable_at BIGINT;
