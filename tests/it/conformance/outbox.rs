//! The outbox: a message is held by one, settled once, and never lost in between.

use esecured::{
    domain::{
        message::{About, Message, MessageId, MessageKind},
        people::{AdministratorId, InvitationId},
        request::AccessRequest,
    },
    store::{
        invitations::{self, Invitation},
        notifications,
        outbox::{self, Leased, Settlement},
        queue,
    },
};

use super::{FIRST, LAST, NOON, Place, TULIPS, after, assert_corrupt, message, number};
use crate::support::{Database, on_both_databases};

/// A request whose administrator Anna is to be mailed.
struct Asked {
    place: Place,
    request: AccessRequest,
    anna: AdministratorId,
}

impl Asked {
    async fn on(database: Database) -> Self {
        let place = Place::open(database).await;
        let anna = place.administrator("anna@example.com", TULIPS).await;
        let request = place.request("joris@example.com").await;
        Self {
            place,
            request,
            anna,
        }
    }

    async fn message(&self, occasion: &str) -> Message {
        let person = self.place.person("anna@example.com").await;
        let mut message = message(&self.request, person, self.anna);
        message.occasion = occasion.to_owned();
        message
    }

    async fn queued(&self, message: &Message) -> bool {
        let mut tx = self.place.tx().await;
        let queued = outbox::enqueue(&mut tx, message, NOON).await.unwrap();
        tx.commit().await.unwrap();
        queued
    }

    async fn leases(&self, now: u64, at_most: i64) -> Vec<Leased> {
        let mut tx = self.place.tx().await;
        let leased = outbox::lease(&mut tx, "me", after(now), after(now + 30), at_most)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        leased
    }

    async fn settles(&self, leased: &Leased, settlement: Settlement) -> bool {
        let mut tx = self.place.tx().await;
        let settled = outbox::settle(&mut tx, leased, &settlement, after(50)).await;
        tx.commit().await.unwrap();
        settled.unwrap()
    }

    async fn totals(&self) -> Vec<(String, i64)> {
        let mut conn = self.place.store.read().await.unwrap();
        queue::totals(&mut conn).await.unwrap()
    }
}

async fn a_message_comes_back_as_it_went_in(database: Database) {
    let asked = Asked::on(database).await;
    let mut full = asked.message("<a.b+c@example.com> ✉ '\"").await;
    full.kind = MessageKind::ReplyNotUnderstood;
    full.answers = Some("x".repeat(2_000));
    full.dated_at = FIRST;
    full.due_at = LAST;
    let mut bare = asked.message("").await;
    bare.administrator = None;
    for message in [full, bare] {
        assert!(asked.queued(&message).await);
        let mut conn = asked.place.store.read().await.unwrap();
        let found = outbox::find(&mut conn, message.id).await.unwrap();
        assert_eq!(format!("{:?}", found.unwrap()), format!("{message:?}"));
    }
    let mut conn = asked.place.store.read().await.unwrap();
    let unknown = outbox::find(&mut conn, MessageId::from_bytes([0; 8])).await;
    assert!(unknown.unwrap().is_none());
}

async fn a_message_may_be_about_something_else_than_a_request(database: Database) {
    let asked = Asked::on(database).await;
    let invitation = Invitation {
        id: InvitationId::new(),
        administrator: asked.anna,
        account: number(TULIPS),
        invited_by: None,
        created_at: NOON,
        expires_at: LAST,
        used_at: None,
        revoked_at: None,
    };
    let mut tx = asked.place.tx().await;
    invitations::insert(&mut tx, &invitation).await.unwrap();
    tx.commit().await.unwrap();
    let abouts = [
        About::Invitation(invitation.id),
        About::Account(number(TULIPS)),
        About::SignIn(asked.anna),
    ];
    for about in abouts {
        let mut message = asked.message("7").await;
        message.about = about.clone();
        assert!(asked.queued(&message).await);
        let mut twin = asked.message("7").await;
        twin.about = about;
        assert!(!asked.queued(&twin).await);
        let mut conn = asked.place.store.read().await.unwrap();
        let found = outbox::find(&mut conn, message.id).await.unwrap();
        assert_eq!(format!("{:?}", found.unwrap()), format!("{message:?}"));
        let thread = outbox::first_in_thread(&mut conn, &message).await;
        assert_eq!(thread.unwrap(), None);
    }
    let mut conn = asked.place.store.read().await.unwrap();
    assert_eq!(queue::list(&mut conn, NOON, 9).await.unwrap().len(), 3);
    drop(conn);
    // A message about nothing, or about two things, makes no sense.
    let message = asked.message("8").await;
    asked.queued(&message).await;
    asked
        .place
        .says(&format!(
            "UPDATE message SET account_number = '{TULIPS}' WHERE id = '{}'",
            message.id
        ))
        .await
        .unwrap();
    let mut conn = asked.place.store.read().await.unwrap();
    let found = outbox::find(&mut conn, message.id).await;
    assert_corrupt(found, "message", &message.id.to_string());
}

async fn the_same_mail_is_queued_once(database: Database) {
    let asked = Asked::on(database).await;
    assert!(asked.queued(&asked.message("").await).await);
    assert!(!asked.queued(&asked.message("").await).await);
    assert!(asked.queued(&asked.message("another").await).await);
}

async fn whose_first_mail_was_dropped_can_be_asked_anew(database: Database) {
    let asked = Asked::on(database).await;
    let dropped = asked.message("").await;
    asked.queued(&dropped).await;
    let lets_after = async |ceased| {
        let mut tx = asked.place.tx().await;
        outbox::let_ask_anew(&mut tx, asked.request.id, dropped.recipient, ceased)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let lets = async || lets_after(None).await;
    // While it is queued, and once it was delivered, one mail is enough.
    lets().await;
    assert!(!asked.queued(&asked.message("").await).await);
    let leased = asked.leases(0, 9).await.pop().unwrap();
    let reason = "not theirs to decide".to_owned();
    assert!(asked.settles(&leased, Settlement::Dropped { reason }).await);
    assert!(!asked.queued(&asked.message("").await).await);
    // Somebody else's is left alone.
    let bram = asked.place.person("bram@example.com").await;
    let mut tx = asked.place.tx().await;
    outbox::let_ask_anew(&mut tx, asked.request.id, bram, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(!asked.queued(&asked.message("").await).await);

    lets().await;
    let again = asked.message("").await;
    assert!(asked.queued(&again).await);
    let leased = asked.leases(0, 9).await;
    let ids: Vec<_> = leased.iter().map(|one| one.message.id).collect();
    assert_eq!(ids, [again.id]);
    assert!(asked.settles(&leased[0], Settlement::Delivered).await);
    lets().await;
    assert!(!asked.queued(&asked.message("").await).await, "it arrived");
    // But where its reader ceased to decide since, nothing that it can do leads anywhere.
    lets_after(Some(NOON.minus(std::time::Duration::from_secs(1)))).await;
    assert!(!asked.queued(&asked.message("").await).await, "before that");
    lets_after(Some(after(100))).await;
    assert!(asked.queued(&asked.message("").await).await);
}

async fn a_lease_is_held_by_one_until_it_ends(database: Database) {
    let asked = Asked::on(database).await;
    asked.queued(&asked.message("").await).await;
    let first = asked.leases(0, 9).await.pop().unwrap();
    assert_eq!((first.attempt, first.epoch), (1, 1));
    assert!(asked.leases(29, 9).await.is_empty());

    // At the end of the lease it is somebody else's, and the first one is fenced off.
    let second = asked.leases(30, 9).await.pop().unwrap();
    assert_eq!((second.attempt, second.epoch), (2, 2));
    let mut tx = asked.place.tx().await;
    assert!(!outbox::renew(&mut tx, &first, after(99)).await.unwrap());
    outbox::release(&mut tx, &first).await.unwrap();
    assert!(outbox::renew(&mut tx, &second, after(80)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!asked.settles(&first, Settlement::Delivered).await);
    assert!(asked.leases(79, 9).await.is_empty());
    assert!(asked.settles(&second, Settlement::Delivered).await);
    assert!(!asked.settles(&second, Settlement::Delivered).await);
    assert!(asked.leases(200, 9).await.is_empty());
    assert_eq!(asked.totals().await, [("delivered".to_owned(), 1)]);
}

async fn what_is_due_longest_is_leased_first(database: Database) {
    let asked = Asked::on(database).await;
    for (occasion, due) in [("c", 3), ("a", 1), ("b", 2), ("later", 40)] {
        let mut message = asked.message(occasion).await;
        message.due_at = after(due);
        asked.queued(&message).await;
    }
    assert!(asked.leases(0, 9).await.is_empty());
    let mut occasions: Vec<String> = Vec::new();
    for leased in asked.leases(10, 2).await {
        occasions.push(leased.message.occasion);
    }
    occasions.sort();
    assert_eq!(occasions, ["a", "b"]);
    assert_eq!(asked.leases(10, 9).await.len(), 1);
}

async fn every_outcome_is_kept_with_its_reason(database: Database) {
    let asked = Asked::on(database).await;
    let reason = || "452 4.2.2 „vol” %s".to_owned();
    let due_at = after(500);
    let settlements = [
        (Settlement::Delivered, "delivered"),
        (
            Settlement::Deferred {
                due_at,
                reason: reason(),
            },
            "queued",
        ),
        (Settlement::Failed { reason: reason() }, "failed"),
        (Settlement::Dropped { reason: reason() }, "dropped"),
    ];
    for (occasion, (settlement, status)) in settlements.into_iter().enumerate() {
        asked
            .queued(&asked.message(&occasion.to_string()).await)
            .await;
        let leased = asked.leases(0, 9).await.pop().unwrap();
        assert!(asked.settles(&leased, settlement).await);
        let totals = asked.totals().await;
        assert!(
            totals.contains(&(status.to_owned(), 1)),
            "{status}: {totals:?}"
        );
    }
    // The deferred one comes again at its time, not before.
    assert!(asked.leases(499, 9).await.is_empty());
    let again = asked.leases(500, 9).await.pop().unwrap();
    assert_eq!((again.attempt, again.message.due_at), (2, due_at));
    let mut conn = asked.place.store.read().await.unwrap();
    let listed = queue::list(&mut conn, after(501), 9).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|one| one.reason == Some(reason())));
}

async fn an_unused_lease_is_given_back_uncounted(database: Database) {
    let asked = Asked::on(database).await;
    asked.queued(&asked.message("").await).await;
    let leased = asked.leases(0, 9).await.pop().unwrap();
    let mut tx = asked.place.tx().await;
    outbox::release(&mut tx, &leased).await.unwrap();
    tx.commit().await.unwrap();
    let again = asked.leases(0, 9).await.pop().unwrap();
    assert_eq!((again.attempt, again.epoch), (1, 2));
    let mut tx = asked.place.tx().await;
    outbox::take_back_leases(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let taken_back = asked.leases(0, 9).await.pop().unwrap();
    assert_eq!((taken_back.attempt, taken_back.epoch), (2, 3));
    assert!(!asked.settles(&again, Settlement::Delivered).await);

    // One who has stopped gives back its own, and nobody else's.
    for (owner, free) in [("somebody", 0), ("me", 1)] {
        let mut tx = asked.place.tx().await;
        outbox::give_back_leases_of(&mut tx, owner).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(asked.leases(0, 9).await.len(), free, "{owner}");
    }
}

async fn the_operator_sees_what_waits_and_sets_it_going(database: Database) {
    let asked = Asked::on(database).await;
    let first = asked.message("first").await;
    asked.queued(&first).await;
    let leased = asked.leases(0, 9).await.pop().unwrap();
    let mut conn = asked.place.store.read().await.unwrap();
    let listed = queue::list(&mut conn, after(29), 9).await.unwrap();
    assert!(listed[0].active);
    assert_eq!(listed[0].email.as_typed(), "anna@example.com");
    assert_eq!((listed[0].attempts, listed[0].created_at), (1, NOON));
    assert_eq!(
        (listed[0].status.as_str(), &listed[0].reason),
        ("queued", &None)
    );
    let listed = queue::list(&mut conn, after(30), 9).await.unwrap();
    assert!(!listed[0].active);
    drop(conn);

    let gone = Settlement::Failed {
        reason: "gone".to_owned(),
    };
    assert!(asked.settles(&leased, gone).await);
    let mut tx = asked.place.tx().await;
    assert!(queue::retry(&mut tx, first.id, after(60)).await.unwrap());
    tx.commit().await.unwrap();
    // It begins anew: given up after as many attempts as before.
    let again = asked.leases(60, 9).await.pop().unwrap();
    assert_eq!(again.attempt, 1);
    assert!(asked.settles(&again, Settlement::Delivered).await);
    let mut tx = asked.place.tx().await;
    assert!(!queue::retry(&mut tx, first.id, after(60)).await.unwrap());
    let unknown = MessageId::from_bytes([0; 8]);
    assert!(!queue::retry(&mut tx, unknown, after(60)).await.unwrap());
    assert!(queue::list(&mut tx, after(60), 9).await.unwrap().is_empty());
}

async fn a_request_knows_its_mails(database: Database) {
    let asked = Asked::on(database).await;
    let Asked {
        place,
        request,
        anna,
    } = &asked;
    let person = place.person("anna@example.com").await;
    let first = asked.message("").await;
    asked.queued(&first).await;
    let mut conn = place.store.read().await.unwrap();
    assert!(
        !notifications::was_asked(&mut conn, request.id, person)
            .await
            .unwrap()
    );
    let told = notifications::of_request(&mut conn, request.id)
        .await
        .unwrap();
    assert_eq!((told.len(), told[0].state, told[0].at), (1, "queued", NOON));
    assert_eq!(told[0].email.as_typed(), "anna@example.com");

    let leased = asked.leases(0, 9).await.pop().unwrap();
    assert!(
        notifications::was_asked(&mut conn, request.id, person)
            .await
            .unwrap()
    );
    asked.settles(&leased, Settlement::Delivered).await;
    let told = notifications::of_request(&mut conn, request.id)
        .await
        .unwrap();
    assert_eq!((told[0].state, told[0].at), ("delivered", after(50)));

    // Who may have been told that a colleague closed it then, and whoever has yet to be.
    let mut handled = asked.message("").await;
    handled.kind = MessageKind::HandledByColleague;
    handled.occasion = NOON.as_micros().to_string();
    asked.queued(&handled).await;
    let mut told_at = async |at| {
        notifications::told_of_closing(&mut conn, request.id, at)
            .await
            .unwrap()
    };
    assert!(told_at(NOON).await.is_empty());
    let leased = asked.leases(60, 9).await.pop().unwrap();
    assert_eq!(told_at(NOON).await, [*anna]);
    assert!(told_at(after(1)).await.is_empty());
    asked
        .settles(
            &leased,
            Settlement::Dropped {
                reason: "no longer true".to_owned(),
            },
        )
        .await;
    assert!(told_at(NOON).await.is_empty());

    let mut answer = asked.message("<1@example.com>").await;
    answer.kind = MessageKind::ReplyNotUnderstood;
    answer.answers = Some("<1@example.com>".to_owned());
    answer.dated_at = after(60);
    asked.queued(&answer).await;
    let thread = outbox::first_in_thread(&mut conn, &answer).await.unwrap();
    assert_eq!(thread, Some(first.id));
    assert_eq!(
        outbox::first_in_thread(&mut conn, &first).await.unwrap(),
        None
    );
}

on_both_databases!(
    a_message_comes_back_as_it_went_in,
    a_message_may_be_about_something_else_than_a_request,
    the_same_mail_is_queued_once,
    whose_first_mail_was_dropped_can_be_asked_anew,
    a_lease_is_held_by_one_until_it_ends,
    what_is_due_longest_is_leased_first,
    every_outcome_is_kept_with_its_reason,
    an_unused_lease_is_given_back_uncounted,
    the_operator_sees_what_waits_and_sets_it_going,
    a_request_knows_its_mails,
);
