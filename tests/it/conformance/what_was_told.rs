//! What somebody was told lately, or will be soon.

use esecured::{
    domain::message::{About, MessageKind},
    store::{
        outbox::{self, Settlement},
        told_before,
    },
};

use super::{NOON, Place, TULIPS, after, message, number};
use crate::support::{Database, on_both_databases};

async fn what_is_due_later_and_what_was_queued_are_told_apart(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let person = place.person("anna@example.com").await;
    let other = place.person("bram@example.com").await;
    let request = place.request("joris@example.com").await;
    let about = About::Account(number(TULIPS));
    let kind = MessageKind::Overturned;
    let mut told = message(&request, person, anna);
    told.kind = kind;
    told.about = about.clone();
    told.due_at = after(70);
    let mut tx = place.tx().await;
    assert!(outbox::enqueue(&mut tx, &told, after(5)).await.unwrap());
    for (kind, who, than, expected) in [
        (kind, person, after(70), true),
        (kind, person, after(71), false),
        (kind, other, after(70), false),
        (MessageKind::EsecureSwitched, person, after(70), false),
    ] {
        let later = told_before::is_due_later(&mut tx, kind, &about, who, than).await;
        assert_eq!(later.unwrap(), expected);
    }
    for (who, since, expected) in [(person, NOON, 1), (person, after(5), 0), (other, NOON, 0)] {
        let queued = told_before::queued_since(&mut tx, kind, &about, who, since).await;
        assert_eq!(queued.unwrap(), expected);
    }
    // Once somebody has begun to send it, nothing joins it any more.
    let leased = outbox::lease(&mut tx, "me", after(70), after(100), 9).await;
    let leased = leased.unwrap().pop().unwrap();
    let put_off = Settlement::Deferred {
        due_at: after(900),
        reason: "busy".to_owned(),
    };
    assert!(
        outbox::settle(&mut tx, &leased, &put_off, after(71))
            .await
            .unwrap()
    );
    let later = told_before::is_due_later(&mut tx, kind, &about, person, after(80)).await;
    assert!(!later.unwrap());
}

async fn only_answers_count_as_answers(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let person = place.person("anna@example.com").await;
    let request = place.request("joris@example.com").await;
    let mut tx = place.tx().await;
    let asked = message(&request, person, anna);
    outbox::enqueue(&mut tx, &asked, NOON).await.unwrap();
    let mut answer = message(&request, person, anna);
    answer.kind = MessageKind::ReplyNotUnderstood;
    answer.answers = Some("<1@example.com>".to_owned());
    outbox::enqueue(&mut tx, &answer, NOON).await.unwrap();
    let about = About::Request(request.id);
    for (since, count) in [(NOON, 1), (after(1), 0)] {
        let sent = told_before::answers_since(&mut tx, &about, anna, since).await;
        assert_eq!(sent.unwrap(), count);
    }
}

on_both_databases!(
    what_is_due_later_and_what_was_queued_are_told_apart,
    only_answers_count_as_answers,
);
