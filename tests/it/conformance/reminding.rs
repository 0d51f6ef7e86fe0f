//! Requests of which somebody is reminded: found when it is time, counted once.

use std::collections::HashMap;

use esecured::{
    domain::{
        message::{Message, MessageId, MessageKind},
        people::AdministratorId,
        reminder::Silence,
        request::AccessRequest,
        timestamp::Timestamp,
    },
    store::{
        gathering,
        notifications::{self, Asked},
        outbox, reminders, requests,
    },
};

use super::{NOON, Place, TULIPS, after, message};
use crate::support::{Database, on_both_databases};

/// An open request that is looked at then.
async fn asked(place: &Place, email: &str, remind_at: Option<Timestamp>) -> AccessRequest {
    let mut request = place.draft(email).await;
    request.silence.remind_at = remind_at;
    place.insert(&request).await.unwrap();
    request
}

async fn due(place: &Place, now: Timestamp, at_most: i64) -> Vec<String> {
    let mut conn = place.store.read().await.unwrap();
    let due = reminders::due(&mut conn, now, at_most).await.unwrap();
    due.iter().map(ToString::to_string).collect()
}

async fn silence_of(place: &Place, request: &AccessRequest) -> Silence {
    let mut conn = place.store.read().await.unwrap();
    let found = requests::find(&mut conn, request.id).await.unwrap();
    found.unwrap().silence
}

async fn a_request_is_looked_at_when_it_is_time(database: Database) {
    let place = Place::open(database).await;
    let second = asked(&place, "b@example.com", Some(after(20))).await;
    let first = asked(&place, "a@example.com", Some(after(10))).await;
    let never = asked(&place, "c@example.com", None).await;
    let closed = asked(&place, "d@example.com", Some(after(5))).await;
    place
        .says(&format!(
            "UPDATE access_request SET status = 'expired', decided_at = 1, door = 'timer' WHERE id = '{}'",
            closed.id
        ))
        .await
        .unwrap();
    let (one, two) = (first.id.to_string(), second.id.to_string());
    assert!(due(&place, after(9), 9).await.is_empty());
    assert_eq!(due(&place, after(10), 9).await, [one.as_str()]);
    assert_eq!(due(&place, after(99), 9).await, [one.as_str(), &two]);
    assert_eq!(due(&place, after(99), 1).await, [one.as_str()]);
    assert_eq!(silence_of(&place, &first).await, first.silence);
    assert_eq!(silence_of(&place, &never).await, never.silence);
}

async fn a_reminder_is_counted_once(database: Database) {
    let place = Place::open(database).await;
    let request = asked(&place, "a@example.com", Some(after(10))).await;
    let before = request.silence;
    let count = async |before: &Silence, at: u64, next: Option<Timestamp>| {
        let mut tx = place.tx().await;
        let counted = reminders::count(&mut tx, request.id, before, after(at), next)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        counted
    };
    let put_off = async |before: &Silence, until: Option<Timestamp>| {
        let mut tx = place.tx().await;
        let put_off = reminders::put_off(&mut tx, request.id, before, until)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        put_off
    };

    assert!(put_off(&before, Some(after(20))).await);
    assert!(
        !put_off(&before, Some(after(30))).await,
        "from another time"
    );
    assert!(!count(&before, 25, None).await, "at another time");
    let before = silence_of(&place, &request).await;
    assert_eq!(before.remind_at, Some(after(20)));
    assert!(count(&before, 25, Some(after(45))).await);
    assert!(!count(&before, 26, Some(after(46))).await, "a second time");
    assert!(!put_off(&before, None).await);
    let first = Silence {
        since: after(25),
        reminders: 1,
        remind_at: Some(after(45)),
    };
    assert_eq!(silence_of(&place, &request).await, first);
    // The time alone is not enough: the second reminder is another one.
    let lagging = Silence {
        reminders: 0,
        ..first
    };
    assert!(!count(&lagging, 50, None).await);
    assert!(!put_off(&lagging, None).await);

    place
        .says("UPDATE access_request SET status = 'expired', decided_at = 1, door = 'timer'")
        .await
        .unwrap();
    assert!(!count(&first, 50, None).await, "it is closed");
    assert!(!put_off(&first, None).await);
    place
        .says("UPDATE access_request SET status = 'pending', decided_at = NULL, door = NULL")
        .await
        .unwrap();
    assert!(count(&first, 50, None).await);
    let second = silence_of(&place, &request).await;
    assert_eq!((second.reminders, second.remind_at), (2, None));
    assert!(due(&place, after(9_999), 9).await.is_empty());
    assert!(!put_off(&first, Some(NOON)).await);
}

async fn silence_begins_anew_when_a_request_is_opened_again(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let mut request = asked(&place, "a@example.com", Some(after(10))).await;
    place
        .says(&format!(
            "UPDATE access_request SET status = 'rejected', decided_at = {}, door = 'link',
                 decided_by = '{anna}', reminders = 1",
            after(50).as_micros()
        ))
        .await
        .unwrap();
    request.silence.since = after(60);
    request.silence.remind_at = Some(after(70));
    let mut tx = place.tx().await;
    assert!(
        requests::reopen(&mut tx, &request, after(50))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let opened = Silence {
        reminders: 1,
        ..request.silence
    };
    assert_eq!(silence_of(&place, &request).await, opened);
}

async fn who_was_asked_is_known(database: Database) {
    let place = Place::open(database).await;
    let request = asked(&place, "joris@example.com", None).await;
    let mut administrators: HashMap<&str, AdministratorId> = HashMap::new();
    for name in [
        "told", "failed", "queued", "gathered", "carried", "again", "dropped", "nobody",
    ] {
        let address = format!("{name}@example.com");
        administrators.insert(name, place.administrator(&address, TULIPS).await);
    }
    let mail = async |name: &str, kind: MessageKind| -> Message {
        let person = place.person(&format!("{name}@example.com")).await;
        let mut mail = message(&request, person, administrators[name]);
        mail.kind = kind;
        mail
    };
    let put = async |mail: &Message, status: &str| {
        let mut tx = place.tx().await;
        assert!(outbox::enqueue(&mut tx, mail, NOON).await.unwrap());
        tx.commit().await.unwrap();
        let settled = match status {
            "queued" | "gathered" => "NULL",
            _ => "1",
        };
        let sql = format!(
            "UPDATE message SET status = '{status}', settled_at = {settled} WHERE id = '{}'",
            mail.id
        );
        place.says(&sql).await.unwrap();
    };
    for (name, status) in [
        ("told", "delivered"),
        ("failed", "failed"),
        ("queued", "queued"),
        ("gathered", "gathered"),
        ("again", "delivered"),
        ("dropped", "dropped"),
    ] {
        put(&mail(name, MessageKind::ApprovalRequest).await, status).await;
    }
    put(&mail("again", MessageKind::Reminder).await, "gathered").await;
    // An answer about it is no question.
    put(&mail("nobody", MessageKind::Expired).await, "queued").await;
    let gathered = mail("carried", MessageKind::ApprovalRequest).await;
    let mut digest = mail("carried", MessageKind::Digest).await;
    let mut tx = place.tx().await;
    outbox::gather(&mut tx, &gathered, NOON).await.unwrap();
    digest.id = MessageId::from_bytes([7; 8]);
    digest.about = esecured::domain::message::About::Digest(digest.id);
    outbox::enqueue(&mut tx, &digest, NOON).await.unwrap();
    let carried = gathering::carry_oldest(
        &mut tx,
        digest.id,
        administrators["carried"],
        &request.account,
        NOON,
    )
    .await;
    assert!(carried.unwrap());
    tx.commit().await.unwrap();

    let asked = async || {
        let mut conn = place.store.read().await.unwrap();
        notifications::asked(&mut conn, request.id).await.unwrap()
    };
    let known = asked().await;
    for (name, expected) in [
        ("told", Some(Asked::Told)),
        ("failed", Some(Asked::Told)),
        ("queued", Some(Asked::Waiting)),
        ("gathered", Some(Asked::Waiting)),
        ("carried", Some(Asked::Waiting)),
        ("again", Some(Asked::Waiting)),
        ("dropped", None),
        ("nobody", None),
    ] {
        assert_eq!(
            known.get(&administrators[name]).copied(),
            expected,
            "{name}"
        );
    }
    let sql = format!(
        "UPDATE message SET status = 'delivered', settled_at = 1 WHERE id = '{}'",
        digest.id
    );
    place.says(&sql).await.unwrap();
    let carried = asked().await.remove(&administrators["carried"]);
    assert_eq!(carried, Some(Asked::Told));
}

on_both_databases!(
    a_request_is_looked_at_when_it_is_time,
    a_reminder_is_counted_once,
    silence_begins_anew_when_a_request_is_opened_again,
    who_was_asked_is_known,
);
