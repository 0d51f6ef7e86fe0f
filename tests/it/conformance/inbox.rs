//! The inbox, and the answers kept under an Idempotency-Key.

use esecured::{
    domain::message::MessageId,
    store::{
        idempotency,
        inbox::{self, Cursor, Inbound},
        mailbox_leases,
    },
};

use super::{FIRST, NOON, Place, TULIPS, after, message};
use crate::support::{Database, on_both_databases};

fn inbound<'a>(fingerprint: &'a str, header_id: Option<&'a str>, effect: &'a str) -> Inbound<'a> {
    Inbound {
        fingerprint,
        header_id,
        received_at: NOON,
        kind: "reply",
        decision: "reject",
        effect,
        reason: "„waarom” 🌷",
        message: None,
        request: None,
    }
}

async fn a_mailbox_remembers_how_far_it_was_read(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    assert_eq!(inbox::cursor(&mut tx, "INBOX").await.unwrap(), None);
    for cursor in [
        Cursor {
            uid_validity: 1,
            last_uid: 7,
        },
        Cursor {
            uid_validity: u32::MAX,
            last_uid: u32::MAX,
        },
        Cursor {
            uid_validity: 0,
            last_uid: 0,
        },
    ] {
        inbox::set_cursor(&mut tx, "INBOX", cursor).await.unwrap();
        assert_eq!(inbox::cursor(&mut tx, "INBOX").await.unwrap(), Some(cursor));
    }
    assert_eq!(inbox::cursor(&mut tx, "inbox").await.unwrap(), None);
}

async fn what_a_mail_did_is_recorded_once(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    inbox::record(&mut tx, &inbound("f", None, "ignored"))
        .await
        .unwrap();
    let before = inbox::earlier_effect(&mut tx, "f", None, None)
        .await
        .unwrap();
    assert_eq!(before, None);
    // What was ignored did nothing, and may have its effect later; that stays.
    for (effect, is_kept) in [("rejected", true), ("ignored", false), ("answered", false)] {
        let kept = inbox::record(&mut tx, &inbound("f", None, effect)).await;
        assert_eq!(kept.unwrap(), is_kept, "{effect}");
        let before = inbox::earlier_effect(&mut tx, "f", None, None)
            .await
            .unwrap();
        assert_eq!(before.as_deref(), Some("rejected"));
    }
    let other = inbox::earlier_effect(&mut tx, "g", None, None)
        .await
        .unwrap();
    assert_eq!(other, None);
}

async fn what_had_no_effect_is_listed_and_all_is_counted(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    for (second, fingerprint, effect) in [
        (1, "a", "ignored"),
        (2, "b", "rejected"),
        (3, "c", "quarantined"),
        (4, "d", "ignored"),
    ] {
        let mut mail = inbound(fingerprint, None, effect);
        mail.received_at = after(second);
        inbox::record(&mut tx, &mail).await.unwrap();
    }
    let listed = inbox::fruitless(&mut tx, 2).await.unwrap();
    let listed: Vec<(&str, &str)> = listed
        .iter()
        .map(|one| (one.fingerprint.as_str(), one.effect.as_str()))
        .collect();
    assert_eq!(listed, [("d", "ignored"), ("c", "quarantined")]);
    let counts = inbox::totals(&mut tx).await.unwrap();
    let expected = [("ignored", 2), ("quarantined", 1), ("rejected", 1)];
    assert_eq!(
        counts,
        expected.map(|(effect, count)| (effect.to_owned(), count))
    );
}

async fn a_mail_is_known_by_its_message_id_where_it_answers_the_same_message(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let request = place.request("joris@example.com").await;
    let person = place.person("anna@example.com").await;
    let sent = message(&request, person, anna);
    let mut tx = place.tx().await;
    esecured::store::outbox::enqueue(&mut tx, &sent, NOON)
        .await
        .unwrap();
    let mut read = inbound("f", Some("<1@example.com>"), "rejected");
    read.message = Some(sent.id);
    read.request = Some(request.id);
    inbox::record(&mut tx, &read).await.unwrap();
    let other = Some(MessageId::from_bytes([0; 8]));
    for (header_id, of, known) in [
        (Some("<1@example.com>"), Some(sent.id), true),
        (Some("<1@example.com>"), other, false),
        (Some("<1@example.com>"), None, false),
        (Some("<2@example.com>"), Some(sent.id), false),
        (Some(""), Some(sent.id), false),
        (None, Some(sent.id), false),
    ] {
        let before = inbox::earlier_effect(&mut tx, "another", header_id, of).await;
        assert_eq!(before.unwrap().is_some(), known, "{header_id:?} {of:?}");
    }
}

async fn one_holds_a_mailbox_and_whoever_lost_it_cannot_renew(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    let until = after(30);
    let taken = mailbox_leases::take(&mut tx, "INBOX", "one", NOON, until).await;
    let first = taken.unwrap().unwrap();
    let last = after(29);
    let second = mailbox_leases::take(&mut tx, "INBOX", "other", last, until).await;
    assert_eq!(second.unwrap(), None);
    // Not even whoever holds it takes it twice; another mailbox is another matter.
    let again = mailbox_leases::take(&mut tx, "INBOX", "one", last, until).await;
    assert_eq!(again.unwrap(), None);
    let elsewhere = mailbox_leases::take(&mut tx, "inbox", "other", last, until).await;
    assert!(elsewhere.unwrap().is_some());

    let renewed = mailbox_leases::renew(&mut tx, &first, after(60)).await;
    assert!(renewed.unwrap());
    let early = mailbox_leases::take(&mut tx, "INBOX", "other", after(59), after(99)).await;
    assert_eq!(early.unwrap(), None);
    let late = mailbox_leases::take(&mut tx, "INBOX", "other", after(60), after(90)).await;
    let second = late.unwrap().unwrap();
    let renewed = mailbox_leases::renew(&mut tx, &first, after(99)).await;
    assert!(!renewed.unwrap(), "another one has it by now");
    let given = mailbox_leases::give_back(&mut tx, &first, after(61)).await;
    given.unwrap();
    let third = mailbox_leases::take(&mut tx, "INBOX", "third", after(61), after(99)).await;
    assert_eq!(third.unwrap(), None, "nor can it give it back");
    let given = mailbox_leases::give_back(&mut tx, &second, after(61)).await;
    given.unwrap();
    let third = mailbox_leases::take(&mut tx, "INBOX", "third", after(61), after(99)).await;
    assert!(third.unwrap().is_some());
}

async fn leases_of_mailboxes_are_given_back_by_their_owner_and_at_a_start(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    for (mailbox, owner) in [("A", "one"), ("B", "one"), ("C", "other")] {
        let taken = mailbox_leases::take(&mut tx, mailbox, owner, NOON, after(30)).await;
        assert!(taken.unwrap().is_some());
    }
    let given = mailbox_leases::give_back_those_of(&mut tx, "one", after(1)).await;
    given.unwrap();
    for (mailbox, is_free) in [("A", true), ("C", false)] {
        let taken = mailbox_leases::take(&mut tx, mailbox, "next", after(1), after(31)).await;
        assert_eq!(taken.unwrap().is_some(), is_free, "{mailbox}");
    }
    let taken = mailbox_leases::take_back_all(&mut tx, after(2)).await;
    taken.unwrap();
    for mailbox in ["A", "B", "C"] {
        let taken = mailbox_leases::take(&mut tx, mailbox, "last", after(2), after(31)).await;
        assert!(taken.unwrap().is_some(), "{mailbox}");
    }
}

async fn an_answer_is_kept_under_its_key_for_one_client(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let other = place.client("other", &[]).await;
    let answer = idempotency::Answer {
        body_hash: "hash".to_owned(),
        status: 201,
        body: "{\"reason\": \"Größe 🌷\"}".repeat(1_000),
    };
    let key = "k".repeat(255);
    let mut tx = place.tx().await;
    idempotency::keep(&mut tx, booking.id, &key, &answer, NOON)
        .await
        .unwrap();
    let found = idempotency::find(&mut tx, booking.id, &key).await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.body_hash.as_str(), found.status), ("hash", 201));
    assert_eq!(found.body, answer.body);
    for (client, key) in [(other.id, key.as_str()), (booking.id, "K")] {
        let nothing = idempotency::find(&mut tx, client, key).await.unwrap();
        assert!(nothing.is_none());
    }
    tx.commit().await.unwrap();
    let mut tx = place.tx().await;
    let twice = idempotency::keep(&mut tx, booking.id, &key, &answer, NOON).await;
    assert!(twice.unwrap_err().is_retryable());
    drop(tx);

    let mut tx = place.tx().await;
    for before in [FIRST, NOON] {
        idempotency::prune(&mut tx, before).await.unwrap();
        let kept = idempotency::find(&mut tx, booking.id, &key).await.unwrap();
        assert!(kept.is_some());
    }
    idempotency::prune(&mut tx, after(1)).await.unwrap();
    let pruned = idempotency::find(&mut tx, booking.id, &key).await.unwrap();
    assert!(pruned.is_none());
}

on_both_databases!(
    a_mailbox_remembers_how_far_it_was_read,
    what_a_mail_did_is_recorded_once,
    what_had_no_effect_is_listed_and_all_is_counted,
    one_holds_a_mailbox_and_whoever_lost_it_cannot_renew,
    leases_of_mailboxes_are_given_back_by_their_owner_and_at_a_start,
    a_mail_is_known_by_its_message_id_where_it_answers_the_same_message,
    an_answer_is_kept_under_its_key_for_one_client,
);
