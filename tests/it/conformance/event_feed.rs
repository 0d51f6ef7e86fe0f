//! The event feed: what is announced, in which order it is read, and that no reader misses any of it.

use esecured::{
    domain::{
        announced::{Announced, Noun},
        event::{Actor, AuditEvent},
        people::Client,
        request::{AccessRequest, Door, RequestState},
        timestamp::Timestamp,
    },
    store::{
        Tx, audit, entries,
        event_feed::{self, FeedEvent, Then},
        requests, retrying,
    },
};
use futures_util::future::join_all;

use super::{NOON, Place, TULIPS, after, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "222222222";

/// A request of somebody for an account, and the event of it, in a transaction that stays open.
async fn opens(place: &Place, tx: &mut Tx, address: &str, account: &str, at: Timestamp) {
    let mut request = place.draft(address).await;
    request.account = number(account);
    request.created_at = at;
    requests::insert(tx, &request).await.unwrap();
    append(tx, &request, "access_request.created", at).await;
}

async fn append(tx: &mut Tx, request: &AccessRequest, name: &'static str, at: Timestamp) {
    let event = AuditEvent::of_account(&request.account, name, Actor::Operator, at)
        .through(Some(Door::Operator))
        .about(Some(request.id), request.requester);
    audit::append(tx, &event).await.unwrap();
}

impl Place {
    pub(super) async fn opened(&self, address: &str, account: &str, at: Timestamp) {
        // A person is made in a transaction of its own.
        let mut request = self.draft(address).await;
        request.account = number(account);
        request.created_at = at;
        let mut tx = self.tx().await;
        requests::insert(&mut tx, &request).await.unwrap();
        append(&mut tx, &request, "access_request.created", at).await;
        tx.commit().await.unwrap();
    }

    pub(super) async fn places(&self, at_most: i64) -> usize {
        let mut tx = self.tx().await;
        let placed = event_feed::place(&mut tx, at_most).await.unwrap();
        tx.commit().await.unwrap();
        placed
    }

    async fn reads(&self, client: &Client, behind: i64, at_most: i64) -> Vec<FeedEvent> {
        let mut conn = self.store.read().await.unwrap();
        event_feed::page(&mut conn, client, behind, at_most)
            .await
            .unwrap()
    }

    async fn last_position(&self) -> i64 {
        let mut conn = self.store.read().await.unwrap();
        event_feed::last_position(&mut conn).await.unwrap()
    }

    async fn has_unplaced(&self) -> bool {
        let mut conn = self.store.read().await.unwrap();
        event_feed::has_unplaced(&mut conn).await.unwrap()
    }
}

/// Whose address each event is about, with its position.
fn whose(events: &[FeedEvent]) -> Vec<(i64, String)> {
    let one = |event: &FeedEvent| {
        let email = match &event.then {
            Then::Request { request, .. } => &request.email,
            Then::Entry(entry) => &entry.email,
        };
        let (name, _) = email.as_typed().split_once('@').unwrap();
        (event.position, name.to_owned())
    };
    events.iter().map(one).collect()
}

async fn an_event_is_read_once_it_has_its_place(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let everybody = place.client("everybody", &[]).await;
    let roses = place.client("roses", &[number(ROSES)]).await;
    assert!(!place.has_unplaced().await);
    assert_eq!(place.places(9).await, 0);
    assert_eq!(place.last_position().await, 0);

    place.opened("b@one.example", TULIPS, after(2)).await;
    // The clock had stepped back; the order within the account stays.
    place.opened("c@one.example", TULIPS, after(1)).await;
    place.opened("a@one.example", ROSES, after(1)).await;
    place.opened("d@one.example", ROSES, after(3)).await;
    assert!(place.has_unplaced().await);
    assert!(place.reads(&everybody, 0, 9).await.is_empty());

    assert_eq!(place.places(9).await, 4);
    assert_eq!(place.last_position().await, 4);
    assert!(!place.has_unplaced().await);
    let all = whose(&place.reads(&everybody, 0, 9).await);
    let expected = [(1, "a"), (2, "b"), (3, "c"), (4, "d")];
    assert_eq!(all, expected.map(|(at, name)| (at, name.to_owned())));
    assert_eq!(whose(&place.reads(&everybody, 1, 2).await), all[1..3]);
    assert_eq!(
        whose(&place.reads(&roses, 0, 9).await),
        [all[0].clone(), all[3].clone()]
    );
    assert!(place.reads(&everybody, 4, 9).await.is_empty());

    // A few at a time: what comes later stands behind.
    for name in ["e", "f", "g"] {
        place
            .opened(&format!("{name}@one.example"), TULIPS, NOON)
            .await;
    }
    assert_eq!(place.places(2).await, 2);
    assert_eq!(place.reads(&everybody, 4, 9).await.len(), 2);
    assert_eq!(place.places(2).await, 1);
    let later = whose(&place.reads(&everybody, 4, 9).await);
    let expected = [(5, "e"), (6, "f"), (7, "g")];
    assert_eq!(later, expected.map(|(at, name)| (at, name.to_owned())));
}

async fn an_event_shows_what_stood_then(database: Database) {
    let place = Place::open(database).await;
    let client = place.client("everybody", &[]).await;
    let mut request = place.draft("joris@one.example").await;
    let mut tx = place.tx().await;
    requests::insert(&mut tx, &request).await.unwrap();
    append(&mut tx, &request, "access_request.created", NOON).await;
    request.state = RequestState::Pending.approve_by_operator(after(5)).unwrap();
    request.updated_at = after(5);
    assert!(requests::close(&mut tx, &request).await.unwrap());
    append(&mut tx, &request, "access_request.approved", after(5)).await;
    let change = entries::Change {
        account: &request.account,
        person: request.requester,
        status: "approved",
        request: None,
        until: Some(after(50)),
        at: after(6),
    };
    entries::set(&mut tx, &change).await.unwrap();
    append(&mut tx, &request, "authorized_user.added", after(6)).await;
    entries::remove_permission(&mut tx, &request.account, request.requester, after(7))
        .await
        .unwrap();
    append(&mut tx, &request, "authorized_user.revoked", after(7)).await;
    append(&mut tx, &request, "access_request.repeated", after(8)).await;
    tx.commit().await.unwrap();
    place.places(9).await;

    let told = place.reads(&client, 0, 9).await;
    let names: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        names,
        [
            "access_request.created",
            "access_request.approved",
            "authorized_user.added",
            "authorized_user.revoked"
        ]
    );
    let at: Vec<Timestamp> = told.iter().map(|event| event.at).collect();
    assert_eq!(at, [NOON, after(5), after(6), after(7)]);
    let state = |event: &FeedEvent| match &event.then {
        Then::Request { request, reachable } => (request.state, request.updated_at, *reachable),
        Then::Entry(_) => panic!("{event:?}"),
    };
    // Nobody administers the account.
    assert_eq!(state(&told[0]), (RequestState::Pending, NOON, false));
    assert_eq!(state(&told[1]), (request.state, after(5), true));
    let entry = |event: &FeedEvent| match &event.then {
        Then::Entry(entry) => (entry.status.clone(), entry.until, entry.request),
        Then::Request { .. } => panic!("{event:?}"),
    };
    let behind = Some(request.id);
    assert_eq!(
        entry(&told[2]),
        ("approved".to_owned(), Some(after(50)), behind)
    );
    assert_eq!(entry(&told[3]), ("none".to_owned(), None, behind));

    // Whoever was erased is not told of.
    place
        .says("UPDATE person SET address_key = NULL WHERE address = 'joris@one.example'")
        .await
        .unwrap();
    assert!(place.reads(&client, 0, 9).await.is_empty());
}

async fn an_event_about_nothing_is_refused_with_its_change(database: Database) {
    let place = Place::open(database).await;
    for name in Announced::ALL {
        let request = place.draft("joris@one.example").await; // In no table.
        let event = AuditEvent::of_account(&request.account, name.as_str(), Actor::Operator, NOON)
            .through(Some(Door::Operator))
            .about(Some(request.id), request.requester);
        let mut tx = place.tx().await;
        let refused = audit::append(&mut tx, &event).await;
        let (table, id) = match name.noun() {
            Noun::Request => ("access_request", request.id.to_string()),
            Noun::AuthorizedUser => ("entry", request.requester.to_string()),
        };
        super::assert_corrupt(refused, table, &id);
    }
}

/// Many write while many give places: every event gets one place, and there is no gap.
async fn places_are_given_once_by_several_at_a_time(database: Database) {
    const EACH: usize = 6;
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let client = place.client("everybody", &[]).await;
    let place = &place;
    let writing = [TULIPS, ROSES].map(|account| async move {
        for count in 0..EACH {
            let address = format!("p{count}-{account}@one.example");
            place.opened(&address, account, NOON).await;
        }
    });
    let placing = (0..3).map(|_| async move {
        for _ in 0..8 {
            retrying(|| async {
                let mut tx = place.store.begin().await?;
                event_feed::place(&mut tx, 2).await?;
                tx.commit().await
            })
            .await
            .unwrap();
        }
    });
    tokio::join!(join_all(writing), join_all(placing));
    while place.places(50).await > 0 {}
    let told = place.reads(&client, 0, 50).await;
    let positions: Vec<i64> = told.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=12).collect::<Vec<i64>>());
    for account in [TULIPS, ROSES] {
        let theirs: Vec<String> = whose(&told)
            .into_iter()
            .filter_map(|(_, name)| name.strip_suffix(&format!("-{account}")).map(str::to_owned))
            .collect();
        assert_eq!(
            theirs,
            (0..EACH).map(|at| format!("p{at}")).collect::<Vec<_>>()
        );
    }
}

on_both_databases!(
    an_event_is_read_once_it_has_its_place,
    an_event_shows_what_stood_then,
    an_event_about_nothing_is_refused_with_its_change,
    places_are_given_once_by_several_at_a_time,
);

/// SQLite has one transaction at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_misses_nothing_that_was_committed_late() {
    let place = Place::open(Database::Postgres).await;
    place.account(ROSES).await;
    let client = place.client("everybody", &[]).await;
    for address in ["early@one.example", "late@one.example", "third@one.example"] {
        place.person(address).await;
    }
    let (mut early, mut late) = (place.tx().await, place.tx().await);
    // It writes first and commits last.
    opens(&place, &mut late, "late@one.example", TULIPS, after(1)).await;
    opens(&place, &mut early, "early@one.example", ROSES, after(2)).await;
    early.commit().await.unwrap();
    assert_eq!(place.places(9).await, 1);
    let first = place.reads(&client, 0, 9).await;
    assert_eq!(whose(&first), [(1, "early".to_owned())]);

    // A place that is not committed is nobody's yet, and nobody else gives the same one.
    let mut placing = place.tx().await;
    late.commit().await.unwrap();
    assert_eq!(event_feed::place(&mut placing, 9).await.unwrap(), 1);
    assert!(place.reads(&client, 1, 9).await.is_empty());
    assert_eq!(place.last_position().await, 1, "nobody looks past it yet");
    let other = async {
        place.opened("third@one.example", ROSES, after(3)).await;
        place.places(9).await
    };
    let (placed, committed) = tokio::join!(other, placing.commit());
    committed.unwrap();
    assert_eq!(placed, 1);
    assert_eq!(
        whose(&place.reads(&client, 1, 9).await),
        [(2, "late".to_owned()), (3, "third".to_owned())]
    );
}
