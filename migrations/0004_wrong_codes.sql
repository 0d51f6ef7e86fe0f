-- Wrong one-time codes in a row, and until when the device's codes have to wait for them. Kept here
-- and not in memory: neither a restart nor another daemon sets further tries free.
ALTER TABLE totp ADD COLUMN wrong_codes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE totp ADD COLUMN waits_until BIGINT NOT NULL DEFAULT 0;
