-- For which accounts a stand-in was named: those that the absent administrator had then. A row goes when either
-- of the two leaves the account. An account that comes later has none: it is another company's, perhaps, which
-- reads nothing of the stand-in and ends nothing of it.
CREATE TABLE stand_in_account (
    stand_in_id TEXT NOT NULL REFERENCES stand_in (id),
    account_number TEXT NOT NULL REFERENCES account (number),
    PRIMARY KEY (stand_in_id, account_number)
);
INSERT INTO stand_in_account (stand_in_id, account_number)
SELECT s.id, aa.account_number
FROM stand_in s JOIN account_administrator aa ON aa.administrator_id = s.administrator_id
WHERE aa.stand_in_id IS NULL;
