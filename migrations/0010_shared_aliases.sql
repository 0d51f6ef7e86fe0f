-- An address may be an alias of several administrators who decide for nothing together: neither learns of the
-- other. Within an account it belongs to one.
CREATE TABLE administrator_alias_2 (
    person_id TEXT NOT NULL REFERENCES person (id),
    administrator_id TEXT NOT NULL REFERENCES administrator (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, administrator_id)
);
INSERT INTO administrator_alias_2 (person_id, administrator_id, added_at)
SELECT person_id, administrator_id, added_at FROM administrator_alias;
DROP TABLE administrator_alias;
ALTER TABLE administrator_alias_2 RENAME TO administrator_alias;
CREATE INDEX administrator_alias_by_administrator ON administrator_alias (administrator_id);
