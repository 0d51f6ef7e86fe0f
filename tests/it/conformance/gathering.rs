//! Gathered mails and the digests that carry them; what counts under a limit.

use esecured::{
    domain::{
        counted_by::CountedBy,
        hour_of_day::HourOfDay,
        message::{About, Message, MessageId, MessageKind},
        people::AdministratorId,
        request::AccessRequest,
        timestamp::Timestamp,
    },
    store::{
        gathering, mail_counts, notifications,
        outbox::{self, Settlement},
        queue,
    },
};

use super::{LAST, NOON, Place, TULIPS, after, assert_corrupt, message, number};

const ROSES: &str = "998877665";
use crate::support::{Database, on_both_databases};

/// Requests that are gathered for Anna, the first one first.
struct Gathered {
    place: Place,
    anna: AdministratorId,
    requests: Vec<AccessRequest>,
}

impl Gathered {
    async fn on(database: Database, how_many: u64) -> Self {
        let place = Place::open(database).await;
        let anna = place.administrator("anna@example.com", TULIPS).await;
        let mut gathered = Self {
            place,
            anna,
            requests: Vec::new(),
        };
        for number in 0..how_many {
            let email = format!("joris{number}@example.com");
            let request = gathered.place.request(&email).await;
            gathered.gather(&request, after(number)).await;
            gathered.requests.push(request);
        }
        gathered
    }

    async fn gather(&self, request: &AccessRequest, at: Timestamp) {
        let person = self.place.person("anna@example.com").await;
        let mut gathered = message(request, person, self.anna);
        gathered.due_at = after(100);
        let mut tx = self.place.tx().await;
        assert!(outbox::gather(&mut tx, &gathered, at).await.unwrap());
        let mut twin = gathered.clone();
        twin.id = MessageId::from_bytes(esecured::random::bytes());
        assert!(!outbox::gather(&mut tx, &twin, at).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A digest that carries so many; how many it does.
    async fn digest(&self, at_most: u64) -> (MessageId, u64) {
        let id = MessageId::from_bytes(esecured::random::bytes());
        let person = self.place.person("anna@example.com").await;
        let mut digest = message(&self.requests[0], person, self.anna);
        digest.id = id;
        digest.kind = MessageKind::Digest;
        digest.about = About::Digest(id);
        let mut tx = self.place.tx().await;
        outbox::enqueue(&mut tx, &digest, after(200)).await.unwrap();
        let mut carried = 0;
        while carried < at_most
            && gathering::carry_oldest(&mut tx, id, self.anna, &number(TULIPS), after(200))
                .await
                .unwrap()
        {
            carried += 1;
        }
        tx.commit().await.unwrap();
        let mut conn = self.place.store.read().await.unwrap();
        let found = outbox::find(&mut conn, id).await.unwrap().unwrap();
        assert_eq!(found.about, About::Digest(id));
        (id, carried)
    }

    async fn carried_by(&self, digest: MessageId) -> Vec<usize> {
        let mut conn = self.place.store.read().await.unwrap();
        let carried = gathering::carried_by(&mut conn, digest).await.unwrap();
        let place = |carried: gathering::Carried| {
            let id = carried.request;
            self.requests.iter().position(|one| one.id == id)
        };
        carried.into_iter().map(|id| place(id).unwrap()).collect()
    }

    async fn state_of(&self, request: usize) -> Option<(&'static str, Timestamp)> {
        let mut conn = self.place.store.read().await.unwrap();
        let id = self.requests[request].id;
        let told = notifications::of_request(&mut conn, id).await.unwrap();
        told.first().map(|one| (one.state, one.at))
    }

    /// The digest's turn comes, and that becomes of it.
    async fn settles(&self, settlement: Settlement) {
        let mut tx = self.place.tx().await;
        let mut leased = outbox::lease(&mut tx, "me", after(300), after(330), 9)
            .await
            .unwrap();
        assert_eq!(leased.len(), 1, "what is gathered is never leased");
        let settled = outbox::settle(&mut tx, &leased.remove(0), &settlement, after(301)).await;
        assert!(settled.unwrap());
        tx.commit().await.unwrap();
    }
}

async fn an_hour_is_kept_and_taken_back(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    for hour in [None, Some(0), Some(23), None] {
        let hour = hour.map(|number| HourOfDay::from_number(number).unwrap());
        let mut tx = place.tx().await;
        gathering::set_digest_hour(&mut tx, anna, hour)
            .await
            .unwrap();
        let kept = gathering::digest_hour(&mut tx, anna).await.unwrap();
        assert_eq!(kept, hour);
        tx.commit().await.unwrap();
    }
    for hour in ["24", "-1"] {
        let change = format!("UPDATE administrator SET digest_hour = {hour}");
        assert!(place.says(&change).await.is_err());
    }
    let mut conn = place.store.read().await.unwrap();
    let nobody = gathering::digest_hour(&mut conn, AdministratorId::new()).await;
    assert_eq!(nobody.unwrap(), None);
}

async fn what_is_gathered_is_due_and_can_be_put_off(database: Database) {
    let gathered = Gathered::on(database, 2).await;
    let due = async |now| {
        let mut conn = gathered.place.store.read().await.unwrap();
        gathering::due(&mut conn, after(now), 9).await.unwrap()
    };
    assert_eq!(due(99).await, []);
    assert_eq!(due(100).await, [gathered.anna], "each once");
    let reschedule = async |by: Timestamp, to: Timestamp| {
        let mut tx = gathered.place.tx().await;
        gathering::reschedule(&mut tx, gathered.anna, &number(TULIPS), by, to)
            .await
            .unwrap();
        // What is about another account keeps its time.
        gathering::reschedule(&mut tx, gathered.anna, &number(ROSES), LAST, LAST)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    // What is not due by then keeps its time.
    reschedule(after(99), LAST).await;
    assert_eq!(due(100).await, [gathered.anna]);
    reschedule(after(100), after(500)).await;
    assert_eq!((due(499).await.len(), due(500).await.len()), (0, 1));
    let mut tx = gathered.place.tx().await;
    gathering::reschedule_all(&mut tx, AdministratorId::new(), LAST)
        .await
        .unwrap();
    gathering::reschedule_all(&mut tx, gathered.anna, NOON)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(0).await, [gathered.anna]);
    gathered.digest(9).await;
    assert_eq!(due(1_000).await, []);
}

async fn a_digest_carries_the_oldest_and_each_goes_with_one(database: Database) {
    let gathered = Gathered::on(database, 5).await;
    let (first, carried) = gathered.digest(3).await;
    assert_eq!(carried, 3);
    assert_eq!(gathered.carried_by(first).await, [0, 1, 2]);
    let mut tx = gathered.place.tx().await;
    gathering::put_back(&mut tx, first).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(gathered.carried_by(first).await, [0, 1]);
    let (second, carried) = gathered.digest(9).await;
    assert_eq!(carried, 3);
    assert_eq!(gathered.carried_by(second).await, [2, 3, 4]);
    let (third, carried) = gathered.digest(9).await;
    assert_eq!(carried, 0);
    let mut tx = gathered.place.tx().await;
    outbox::forget(&mut tx, third).await.unwrap();
    assert!(outbox::find(&mut tx, third).await.unwrap().is_none());
    assert!(outbox::find(&mut tx, second).await.unwrap().is_some());
}

async fn what_is_gathered_is_told_apart_by_account(database: Database) {
    let gathered = Gathered::on(database, 2).await;
    let place = &gathered.place;
    place.account(ROSES).await;
    let waiting = async |at_most| {
        let mut conn = place.store.read().await.unwrap();
        let waiting = gathering::accounts_waiting(&mut conn, gathered.anna, at_most).await;
        waiting.unwrap()
    };
    assert_eq!(waiting(9).await, [number(TULIPS)]);
    let other = gathered.requests[1].id;
    place
        .says(&format!(
            "UPDATE access_request SET account_number = '{ROSES}' WHERE id = '{other}'"
        ))
        .await
        .unwrap();
    place
        .says(&format!(
            "UPDATE message SET due_at = 1 WHERE request_id = '{other}'"
        ))
        .await
        .unwrap();
    let mut both = [number(TULIPS), number(ROSES)];
    both.sort();
    assert_eq!(waiting(9).await, both);
    assert_eq!(waiting(1).await, [number(ROSES)], "it waits longest");
    let (digest, carried) = gathered.digest(9).await;
    assert_eq!(carried, 1);
    assert_eq!(gathered.carried_by(digest).await, [0]);
    assert_eq!(waiting(9).await, [number(ROSES)]);
}

async fn what_does_not_fit_is_of_the_account_that_has_most(database: Database) {
    let gathered = Gathered::on(database, 4).await;
    let (digest, carried) = gathered.digest(9).await;
    assert_eq!(carried, 4);
    gathered.place.account(ROSES).await;
    let newest = gathered.requests[3].id;
    gathered
        .place
        .says(&format!(
            "UPDATE access_request SET account_number = '{ROSES}' WHERE id = '{newest}'"
        ))
        .await
        .unwrap();
    for expected in [vec![0, 1, 3], vec![0, 3]] {
        let mut tx = gathered.place.tx().await;
        gathering::put_back(&mut tx, digest).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(gathered.carried_by(digest).await, expected);
    }
}

async fn what_became_of_the_digest_became_of_what_it_carries(database: Database) {
    let reason = || "gone".to_owned();
    for (settlement, state, asked) in [
        (Settlement::Delivered, Some(("delivered", after(301))), true),
        (
            Settlement::Failed { reason: reason() },
            Some(("failed", after(301))),
            true,
        ),
        (Settlement::Dropped { reason: reason() }, None, false),
        (
            Settlement::Deferred {
                due_at: after(900),
                reason: reason(),
            },
            Some(("queued", after(200))),
            true,
        ),
    ] {
        let gathered = Gathered::on(database, 1).await;
        let request = gathered.requests[0].id;
        let person = gathered.place.person("anna@example.com").await;
        let was_asked = async || {
            let mut conn = gathered.place.store.read().await.unwrap();
            notifications::was_asked(&mut conn, request, person)
                .await
                .unwrap()
        };
        assert_eq!(gathered.state_of(0).await, Some(("gathered", NOON)));
        let (digest, _) = gathered.digest(9).await;
        assert_eq!(gathered.state_of(0).await, Some(("queued", after(200))));
        assert!(!was_asked().await);
        gathered.settles(settlement).await;
        assert_eq!(gathered.state_of(0).await, state);
        assert_eq!(was_asked().await, asked);

        // Later mails about the request hang on the digest.
        let mut later: Message = message(&gathered.requests[0], person, gathered.anna);
        later.kind = MessageKind::HandledByColleague;
        later.dated_at = after(400);
        let mut conn = gathered.place.store.read().await.unwrap();
        let first = outbox::first_in_thread(&mut conn, &later).await.unwrap();
        assert_eq!(first, Some(digest));
    }
}

async fn what_is_over_drops_out_and_comes_again_when_it_is_open_again(database: Database) {
    let gathered = Gathered::on(database, 3).await;
    let close = |number: usize| {
        format!(
            "UPDATE access_request SET status = 'expired', decided_at = 1, door = 'timer' WHERE id = '{}'",
            gathered.requests[number].id
        )
    };
    gathered.place.says(&close(0)).await.unwrap();
    let drop = async || {
        let mut tx = gathered.place.tx().await;
        let dropped =
            gathering::drop_what_is_over(&mut tx, gathered.anna, "over", after(150)).await;
        tx.commit().await.unwrap();
        dropped.unwrap()
    };
    assert_eq!(drop().await, 1);
    assert_eq!(gathered.state_of(0).await, None);
    let again = async |number: usize| {
        let mut tx = gathered.place.tx().await;
        let id = gathered.requests[number].id;
        outbox::send_after_all(&mut tx, id, after(160))
            .await
            .unwrap();
        gathering::gather_again(&mut tx, id, after(160))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        gathered.state_of(number).await.unwrap().0
    };
    assert_eq!(again(0).await, "gathered");
    let (digest, carried) = gathered.digest(2).await;
    assert_eq!(carried, 2);
    // What a digest carries that goes its way is not gathered once more; the digest that is not
    // sent gives back what it carried.
    assert_eq!(again(1).await, "queued");
    gathered
        .settles(Settlement::Dropped {
            reason: "over".to_owned(),
        })
        .await;
    assert_eq!(gathered.state_of(1).await, None);
    assert_eq!(again(1).await, "gathered");
    assert_eq!(gathered.carried_by(digest).await.len(), 1);
    // What is none of hers any more drops out as well.
    gathered
        .place
        .says("DELETE FROM account_administrator")
        .await
        .unwrap();
    assert_eq!(drop().await, 2);
}

async fn the_operator_sees_what_is_gathered_and_sends_it_with_the_next_digest(database: Database) {
    let gathered = Gathered::on(database, 1).await;
    let mut tx = gathered.place.tx().await;
    let listed = queue::list(&mut tx, NOON, 9).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].status, "gathered");
    assert_eq!(listed[0].message.due_at, after(100));
    let id = listed[0].message.id;
    assert!(queue::retry(&mut tx, id, after(5)).await.unwrap());
    let listed = queue::list(&mut tx, NOON, 9).await.unwrap();
    assert_eq!(
        (listed[0].status.as_str(), listed[0].message.due_at),
        ("gathered", after(5))
    );
    let totals = queue::totals(&mut tx).await.unwrap();
    assert_eq!(totals, [("gathered".to_owned(), 1)]);
}

async fn a_status_and_its_digest_go_together(database: Database) {
    let gathered = Gathered::on(database, 1).await;
    for change in [
        "status = 'carried'",
        "status = 'carried', settled_at = 1",
        "digest_id = id",
        "status = 'carried', digest_id = id",
        "status = 'carried', settled_at = 1, digest_id = 'nothing'",
        "settled_at = 1",
    ] {
        let sql = format!("UPDATE message SET {change}");
        assert!(gathered.place.says(&sql).await.is_err(), "{change}");
    }
    let right = "UPDATE message SET status = 'carried', settled_at = 1, digest_id = id";
    assert_eq!(gathered.place.says(right).await.unwrap(), 1);
    // A digest is about nothing else.
    let (digest, _) = gathered.digest(9).await;
    let wrong = format!("UPDATE message SET about = 'x' WHERE id = '{digest}'");
    gathered.place.says(&wrong).await.unwrap();
    let mut conn = gathered.place.store.read().await.unwrap();
    let found = outbox::find(&mut conn, digest).await;
    assert_corrupt(found, "message", &digest.to_string());
}

async fn counts_are_kept_apart_held_and_forgotten(database: Database) {
    let place = Place::open(database).await;
    let id = AdministratorId::new();
    let [anna, bram] = [TULIPS, ROSES].map(|account| CountedBy::Administrator(id, number(account)));
    let mut tx = place.tx().await;
    for (number, at) in [(1, 10), (2, 30), (3, 20)] {
        mail_counts::hold(&mut tx, &anna, after(at)).await.unwrap();
        mail_counts::add(&mut tx, &anna, &number.to_string(), after(at))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let newest = async |by: &CountedBy, n| {
        let mut conn = place.store.read().await.unwrap();
        mail_counts::nth_newest(&mut conn, by, n).await.unwrap()
    };
    let all = [
        newest(&anna, 1).await,
        newest(&anna, 2).await,
        newest(&anna, 3).await,
    ];
    assert_eq!(all, [Some(after(30)), Some(after(20)), Some(after(10))]);
    assert_eq!(newest(&anna, 4).await, None);
    assert_eq!(newest(&bram, 1).await, None);

    let mut tx = place.tx().await;
    mail_counts::prune(&mut tx, after(20)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        (newest(&anna, 2).await, newest(&anna, 3).await),
        (Some(after(20)), None)
    );
    let mut tx = place.tx().await;
    mail_counts::prune(&mut tx, after(31)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(newest(&anna, 1).await, None);
    assert_eq!(place.says("DELETE FROM mail_limit").await.unwrap(), 0);
}

on_both_databases!(
    an_hour_is_kept_and_taken_back,
    what_is_gathered_is_due_and_can_be_put_off,
    a_digest_carries_the_oldest_and_each_goes_with_one,
    what_is_gathered_is_told_apart_by_account,
    what_does_not_fit_is_of_the_account_that_has_most,
    what_became_of_the_digest_became_of_what_it_carries,
    what_is_over_drops_out_and_comes_again_when_it_is_open_again,
    the_operator_sees_what_is_gathered_and_sends_it_with_the_next_digest,
    a_status_and_its_digest_go_together,
    counts_are_kept_apart_held_and_forgotten,
);
