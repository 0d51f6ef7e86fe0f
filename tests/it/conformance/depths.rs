//! How much waits, and since when.

use esecured::store::{
    depths::{self, Depths, Waiting},
    outbox,
};

use super::{NOON, Place, TULIPS, after, message};
use crate::support::{Database, on_both_databases};

async fn look(place: &Place, at_most: i64) -> Depths {
    let mut conn = place.store.read().await.unwrap();
    depths::look(&mut conn, at_most).await.unwrap()
}

fn waiting(count: i64, since: Option<u64>) -> Waiting {
    Waiting {
        count,
        since: since.map(after),
    }
}

async fn what_waits_is_counted_up_to_a_number_and_has_its_age(database: Database) {
    let place = Place::open(database).await;
    let nothing = Depths {
        requests_open: 0,
        requests_reminded: 0,
        messages_queued: waiting(0, None),
        messages_gathered: 0,
        webhooks_queued: waiting(0, None),
        endpoints_enabled: 0,
        endpoints_disabled: 0,
    };
    assert_eq!(look(&place, 9).await, nothing);

    let anna = place.administrator("anna@example.com", TULIPS).await;
    let person = place.person("anna@example.com").await;
    let client = place.client("booking", &[]).await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let request = place.request(&format!("{name}@example.com")).await;
        let mut message = message(&request, person, anna);
        message.due_at = after(20);
        let mut tx = place.tx().await;
        outbox::enqueue(&mut tx, &message, after(10)).await.unwrap();
        tx.commit().await.unwrap();
        let endpoint = place
            .endpoint(&client, &format!("https://{name}.example"))
            .await;
        place.queues(&endpoint, name, 20).await;
        ids.push((request.id, message.id, endpoint.id));
    }
    let four = Depths {
        requests_open: 4,
        messages_queued: waiting(4, Some(20)),
        webhooks_queued: waiting(4, Some(20)),
        endpoints_enabled: 4,
        ..nothing
    };
    assert_eq!(look(&place, 9).await, four);

    let (request, message, endpoint) = ids[0];
    for sql in [
        format!("UPDATE access_request SET reminders = 1 WHERE id = '{request}'"),
        // Tried before, and due again later.
        format!(
            "UPDATE message SET attempts = 1, due_at = due_at + 9000000 WHERE id = '{message}'"
        ),
        format!(
            "UPDATE webhook_delivery SET attempts = 1, due_at = due_at + 9000000, begun_at = {}
             WHERE endpoint_id = '{endpoint}'",
            after(5).as_micros()
        ),
        format!(
            "UPDATE webhook_endpoint SET disabled_at = {}, disabled_because = 'gone' WHERE id = '{endpoint}'",
            NOON.as_micros()
        ),
        format!(
            "UPDATE message SET status = 'gathered' WHERE id = '{}'",
            ids[1].1
        ),
    ] {
        assert_eq!(place.says(&sql).await.unwrap(), 1, "{sql}");
    }
    let later = Depths {
        requests_open: 4,
        requests_reminded: 1,
        messages_queued: waiting(3, Some(10)),
        messages_gathered: 1,
        webhooks_queued: waiting(4, Some(5)),
        endpoints_enabled: 3,
        endpoints_disabled: 1,
    };
    assert_eq!(look(&place, 9).await, later);
    let bounded = look(&place, 2).await;
    assert_eq!(
        (
            bounded.requests_open,
            bounded.messages_queued.count,
            bounded.webhooks_queued.count
        ),
        (2, 2, 2)
    );
}

on_both_databases!(what_waits_is_counted_up_to_a_number_and_has_its_age);
