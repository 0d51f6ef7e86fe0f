-- How often somebody ceased to decide for an account, and when it last did. What was mailed to it before
-- is worth nothing afterwards, also when it decides for the account again.
CREATE TABLE link_generation (
    account_number TEXT NOT NULL REFERENCES account (number),
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    number BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account_number, administrator_id)
);
