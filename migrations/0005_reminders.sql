-- Reminders of requests that nobody answers.

-- How many there were; since when it is silent (NULL: since it was asked); and when it is looked at next
-- whether one is due (NULL: no other follows). What was open before this is looked at at once.
ALTER TABLE access_request ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
ALTER TABLE access_request ADD COLUMN silent_since BIGINT;
ALTER TABLE access_request ADD COLUMN remind_at BIGINT;
UPDATE access_request SET remind_at = created_at WHERE status = 'pending';
CREATE INDEX access_request_reminding ON access_request (remind_at) WHERE status = 'pending' AND remind_at IS NOT NULL;
