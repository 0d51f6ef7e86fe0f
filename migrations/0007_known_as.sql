-- What an account knows of its administrators: no company sees what another one typed or did.

-- What somebody who decides, or once decided, for an account is called there. It stays when that ends, so that
-- what was done goes on saying by whom. administrator.name is said to that person alone, where no account is
-- meant; administrator.phone is read no more.
CREATE TABLE known_as (
    account_number TEXT NOT NULL REFERENCES account (number),
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    name TEXT NOT NULL,
    phone TEXT,
    PRIMARY KEY (account_number, administrator_id)
);
INSERT INTO known_as (account_number, administrator_id, name, phone)
SELECT aa.account_number, d.id, d.name, CASE WHEN aa.stand_in_id IS NULL THEN d.phone END
FROM account_administrator aa JOIN administrator d ON d.id = aa.administrator_id;
-- Whoever decides no more and once did something; the id stands behind `administrator:`.
INSERT INTO known_as (account_number, administrator_id, name)
SELECT DISTINCT e.chain, d.id, d.name
FROM audit_event e
JOIN account a ON a.number = e.chain
JOIN administrator d ON d.id = SUBSTR(e.actor, 15)
WHERE NOT EXISTS (SELECT 1 FROM known_as k WHERE k.account_number = e.chain AND k.administrator_id = d.id);
-- And whoever a stand-in decided for.
INSERT INTO known_as (account_number, administrator_id, name)
SELECT DISTINCT r.account_number, d.id, d.name
FROM access_request r
JOIN administrator d ON d.id = r.decided_for
WHERE NOT EXISTS (SELECT 1 FROM known_as k WHERE k.account_number = r.account_number AND k.administrator_id = d.id);
UPDATE administrator SET phone = NULL;

-- When somebody first signed in while it decided for the account; whether it could before is not the account's to know.
ALTER TABLE account_administrator ADD COLUMN signed_in_at BIGINT;
UPDATE account_administrator SET signed_in_at = added_at
WHERE administrator_id IN (SELECT d.id FROM administrator d WHERE d.password_at IS NOT NULL)
   OR administrator_id IN (SELECT k.administrator_id FROM passkey k)
   OR administrator_id IN (SELECT i.administrator_id FROM identity i);
