//! Rows that cannot be: refused by the table, or told by name when they are read.

use esecured::store::{StoreError, accounts, clients, inbox, outbox, people, requests, standings};

use super::{NOON, Place, TULIPS, assert_corrupt, email, message, number};
use crate::support::{Database, on_both_databases};

async fn a_status_and_its_date_go_together(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let request = place.request("joris@example.com").await;
    let person = place.person("anna@example.com").await;
    let mut tx = place.tx().await;
    let sent = message(&request, person, anna);
    outbox::enqueue(&mut tx, &sent, NOON).await.unwrap();
    tx.commit().await.unwrap();
    for change in [
        "access_request SET status = 'rejected'",
        "access_request SET decided_at = 1",
        "access_request SET decided_at = 1, door = 'portal'",
        "access_request SET status = 'rejected', decided_at = 1",
        "access_request SET status = 'rejected', door = 'link'",
        // Mail can only ever close: no such row can be written.
        "access_request SET status = 'approved', decided_at = 1, door = 'link'",
        "access_request SET status = 'approved', decided_at = 1, door = 'reply'",
        "access_request SET status = 'approved', decided_at = 1, door = 'client'",
        "access_request SET status = 'approved', decided_at = 1, door = 'timer'",
        "access_request SET status = 'open'",
        "access_request SET status = 'rejected', decided_at = 1, door = 'window'",
        "access_request SET language = 'de'",
        "access_request SET client_id = 'nobody'",
        "message SET status = 'delivered'",
        "message SET settled_at = 1",
        "message SET status = 'lost', settled_at = 1",
        "message SET recipient_id = 'nobody'",
        "administrator SET password_hash = 'x'",
        "administrator SET password_at = 1",
        "account SET language = 'NL'",
        "account SET created_at = NULL",
    ] {
        let refused = place.says(&format!("UPDATE {change}")).await;
        assert!(
            matches!(refused, Err(StoreError::Database(_))),
            "{change}: {refused:?}"
        );
    }
    let entry = "INSERT INTO entry (account_number, person_id, status, changed_at, use_count)
                 SELECT '112233445', id, 'maybe', 1, 0 FROM person";
    assert!(place.says(entry).await.is_err());
    // The guard against these refusals being for another reason.
    let right = "UPDATE access_request SET status = 'expired', decided_at = 1, door = 'timer'";
    assert_eq!(place.says(right).await.unwrap(), 1);
}

async fn a_row_that_fits_nothing_is_told_with_table_and_id(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let request = place.request("joris@example.com").await;
    let person = place.person("anna@example.com").await;
    let sent = message(&request, person, anna);
    let mut tx = place.tx().await;
    outbox::enqueue(&mut tx, &sent, NOON).await.unwrap();
    tx.commit().await.unwrap();

    let id = request.id.to_string();
    for change in [
        "rule = 'whim'",
        "number = 'R-?'",
        "status = 'approved', decided_at = 1, door = 'portal'",
        "status = 'approved', decided_at = 1, door = 'policy', decided_by = (SELECT id FROM administrator)",
        "status = 'rejected', decided_at = 1, door = 'link', decided_by = NULL",
        "status = 'rejected', decided_at = 1, door = 'timer'",
        "status = 'expired', decided_at = 1, door = 'link'",
        "status = 'cancelled', decided_at = 1, door = 'portal'",
    ] {
        let mut tx = place.tx().await;
        let sql = format!("UPDATE access_request SET {change}");
        let result = sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut *tx)
            .await;
        result.unwrap();
        assert_corrupt(
            requests::find(&mut tx, request.id).await,
            "access_request",
            &id,
        );
        // Not committed: the next one begins from the right row.
    }

    place
        .says("UPDATE message SET kind = 'postcard'")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    assert_corrupt(
        outbox::find(&mut tx, sent.id).await,
        "message",
        &sent.id.to_string(),
    );
    tx.commit().await.unwrap();

    place
        .says("INSERT INTO inbox_cursor VALUES ('INBOX', -1, 0)")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    assert_corrupt(
        inbox::cursor(&mut tx, "INBOX").await,
        "inbox_cursor",
        "INBOX",
    );
    tx.commit().await.unwrap();

    let entry = "INSERT INTO entry (account_number, person_id, status, changed_at, use_count)
                 SELECT '112233445', person_id, 'pending', 1, 0 FROM access_request";
    place.says(entry).await.unwrap();
    let mut tx = place.tx().await;
    let facts = standings::facts(&mut tx, &number(TULIPS), &email("joris@example.com")).await;
    assert_corrupt(facts, "entry", "…3445"); // Never the whole number.
    tx.commit().await.unwrap();

    place
        .says("UPDATE person SET address = 'nobody'")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    assert_corrupt(
        people::address(&mut tx, person).await,
        "person",
        &person.to_string(),
    );
    let anna_read = people::find_administrator(&mut tx, anna).await;
    assert_corrupt(anna_read, "administrator", &anna.to_string());
    tx.commit().await.unwrap();

    place
        .says("INSERT INTO client (id, name, key_hash, created_at) VALUES ('7', 'x', 'h', 1)")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    assert_corrupt(
        clients::by_working_key(&mut tx, "h", NOON).await,
        "client",
        "7",
    );
    tx.commit().await.unwrap();

    place.says("INSERT INTO account (number, name, language, time_zone, created_at) VALUES ('12', '', 'nl', '', 1)").await.unwrap();
    let mut tx = place.tx().await;
    assert_corrupt(accounts::all(&mut tx).await, "account", "12");
}

on_both_databases!(
    a_status_and_its_date_go_together,
    a_row_that_fits_nothing_is_told_with_table_and_id,
);
