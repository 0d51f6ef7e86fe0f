//! What test keys asked for, and the feed of each.

use esecured::{
    domain::{
        announced::Announced,
        people::{KeyHolder, TestClient},
        request::{RequestId, Status},
        request_number::RequestNumber,
        test_request::{Fate, Outcome, TestRequest, TestState},
        timestamp::Timestamp,
    },
    store::{StoreError, clients, request_lists::Page, test_events, test_requests},
};

use super::{LAST, NOON, Place, TULIPS, after, assert_corrupt, email, number};
use crate::support::{Database, on_both_databases};

const ALL: Page<'_> = Page {
    status: None,
    account: None,
    after: None,
    limit: 9,
};

fn draft(address: &str, account: &str, at: Timestamp) -> TestRequest {
    let id = RequestId::new();
    let bits = u64::from_be_bytes(id.0.as_bytes()[8..].try_into().unwrap());
    TestRequest {
        id,
        number: RequestNumber::from_bits(bits, 8),
        account: number(account),
        email: email(address),
        reference: Some("order 7".to_owned()),
        state: TestState::Pending,
        repeats: 0,
        created_at: at,
        updated_at: at,
        expires_at: LAST,
    }
}

fn rejected(request: &TestRequest, at: Timestamp) -> TestRequest {
    let outcome = Outcome::Rejected;
    TestRequest {
        state: TestState::Closed { outcome, at },
        updated_at: at,
        ..request.clone()
    }
}

impl Place {
    async fn tests(
        &self,
        client: &TestClient,
        request: &TestRequest,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let fate = Fate {
            outcome: Outcome::Rejected,
            at: due,
            expires_at: request.expires_at,
        };
        let mut tx = self.tx().await;
        test_requests::insert(&mut tx, client, request, &fate).await?;
        test_events::append(&mut tx, client, Announced::RequestCreated, request).await?;
        tx.commit().await
    }

    async fn closes_test(&self, client: &TestClient, request: &TestRequest) -> bool {
        let mut tx = self.tx().await;
        let closed = test_requests::close(&mut tx, client, request)
            .await
            .unwrap();
        if closed {
            let kind = Announced::RequestRejected;
            test_events::append(&mut tx, client, kind, request)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        closed
    }
}

async fn a_test_request_is_its_clients_alone(database: Database) {
    let place = Place::open(database).await;
    let erp = place.test_client("erp", &[]).await;
    let other = place.test_client("other", &[number(TULIPS)]).await;
    let mut conn = place.store.read().await.unwrap();
    let by_key = clients::by_working_key(&mut conn, "hash of erp", NOON).await;
    assert_eq!(by_key.unwrap(), Some(KeyHolder::Test(erp.clone())));
    drop(conn);

    let asked = draft("Joris@example.com", TULIPS, NOON);
    place.tests(&erp, &asked, after(9)).await.unwrap();
    let mut tx = place.tx().await;
    for (client, account, may) in [
        (&erp, TULIPS, true),
        (&erp, "999888777", true),
        (&other, TULIPS, true),
        (&other, "999888777", false),
    ] {
        let may_use = test_requests::may_use(&mut tx, client, &number(account)).await;
        assert_eq!(may_use.unwrap(), may, "{account}");
    }
    let found = test_requests::find(&mut tx, &erp, asked.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.number, asked.number);
    assert_eq!(found.email.as_typed(), "Joris@example.com");
    assert_eq!(found.reference.as_deref(), Some("order 7"));
    assert_eq!((found.state, found.expires_at), (TestState::Pending, LAST));
    let (account, joris) = (number(TULIPS), email("joris@example.com"));
    let open = test_requests::open_one(&mut tx, &erp, &account, &joris).await;
    assert_eq!(open.unwrap().unwrap().id, asked.id);

    assert!(
        test_requests::find(&mut tx, &other, asked.id)
            .await
            .unwrap()
            .is_none()
    );
    let open = test_requests::open_one(&mut tx, &other, &account, &joris).await;
    assert!(open.unwrap().is_none());
    assert!(
        test_requests::page(&mut tx, &other, &ALL)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !test_requests::count_repeat(&mut tx, &other, asked.id, after(1))
            .await
            .unwrap()
    );
    assert!(
        !test_requests::close(&mut tx, &other, &rejected(&asked, after(1)))
            .await
            .unwrap()
    );
    assert!(
        test_events::page(&mut tx, &other, 0, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let event = test_events::page(&mut tx, &erp, 0, 9).await.unwrap()[0].id;
    assert!(
        test_events::find(&mut tx, &other, event)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        test_events::find(&mut tx, &erp, event)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(test_events::last_position(&mut tx, &erp).await.unwrap(), 1);
    assert_eq!(
        test_events::last_position(&mut tx, &other).await.unwrap(),
        0
    );
}

async fn a_test_request_is_open_once_and_closed_once(database: Database) {
    let place = Place::open(database).await;
    let erp = place.test_client("erp", &[]).await;
    let asked = draft("joris@example.com", TULIPS, NOON);
    place.tests(&erp, &asked, after(9)).await.unwrap();
    let twice = draft("JORIS@example.com", TULIPS, NOON);
    let refused = place.tests(&erp, &twice, after(9)).await;
    assert!(refused.unwrap_err().is_retryable());
    let mut tx = place.tx().await;
    assert!(
        test_requests::count_repeat(&mut tx, &erp, asked.id, after(2))
            .await
            .unwrap()
    );
    let changed = test_requests::changed_since(&mut tx, after(2))
        .await
        .unwrap();
    assert_eq!(changed, [asked.id]);
    assert!(
        test_requests::changed_since(&mut tx, after(3))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        test_requests::due(&mut tx, after(8), 9)
            .await
            .unwrap()
            .is_empty()
    );
    let due = test_requests::due(&mut tx, after(9), 9).await.unwrap();
    assert_eq!(
        (&due[0].0, due[0].1.id, due[0].2),
        (&erp, asked.id, Outcome::Rejected)
    );
    tx.commit().await.unwrap();

    let closed = rejected(&asked, after(9));
    assert!(place.closes_test(&erp, &closed).await);
    assert!(!place.closes_test(&erp, &closed).await);
    let mut tx = place.tx().await;
    assert!(
        test_requests::due(&mut tx, after(9), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !test_requests::count_repeat(&mut tx, &erp, asked.id, after(9))
            .await
            .unwrap()
    );
    let found = test_requests::find(&mut tx, &erp, asked.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.state, found.repeats), (closed.state, 1));
    // Each event has the request as it stood then.
    let events = test_events::page(&mut tx, &erp, 0, 9).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.position, event.kind, event.request.state))
        .collect();
    assert_eq!(
        told,
        [
            (1, Announced::RequestCreated, TestState::Pending),
            (2, Announced::RequestRejected, closed.state),
        ]
    );
    assert_eq!(events[1].at, after(9));
    drop(tx);
    // The next one of the same address is another.
    let again = draft("joris@example.com", TULIPS, after(10));
    place.tests(&erp, &again, after(19)).await.unwrap();

    let mut tx = place.tx().await;
    let ids = |found: Vec<TestRequest>| found.iter().map(|one| one.id).collect::<Vec<_>>();
    let page = test_requests::page(&mut tx, &erp, &ALL).await.unwrap();
    assert_eq!(ids(page), [again.id, asked.id]);
    let (tulips, roses) = (number(TULIPS), number("222222222"));
    for (page, expected) in [
        (Page { limit: 1, ..ALL }, vec![again.id]),
        (
            Page {
                after: Some((again.created_at, again.id)),
                ..ALL
            },
            vec![asked.id],
        ),
        (
            Page {
                status: Some(Status::Rejected),
                ..ALL
            },
            vec![asked.id],
        ),
        (
            Page {
                account: Some(&tulips),
                ..ALL
            },
            vec![again.id, asked.id],
        ),
        (
            Page {
                account: Some(&roses),
                ..ALL
            },
            vec![],
        ),
    ] {
        let found = test_requests::page(&mut tx, &erp, &page).await.unwrap();
        assert_eq!(ids(found), expected, "{page:?}");
    }
    let newest = test_requests::newest(&mut tx, Some(Status::Pending), Some(&tulips), 9).await;
    let newest = newest.unwrap();
    assert_eq!(
        (newest[0].0.as_str(), newest[0].1.id, newest.len()),
        ("erp", again.id, 1)
    );
}

async fn what_is_over_is_forgotten_with_its_events(database: Database) {
    let place = Place::open(database).await;
    let erp = place.test_client("erp", &[]).await;
    let old = draft("old@example.com", TULIPS, NOON);
    let open = draft("open@example.com", TULIPS, NOON);
    for request in [&old, &open] {
        place.tests(&erp, request, LAST).await.unwrap();
    }
    place.closes_test(&erp, &rejected(&old, after(5))).await;
    let prune = async |before| {
        let mut tx = place.tx().await;
        test_events::prune(&mut tx, before).await.unwrap();
        test_requests::prune(&mut tx, before).await.unwrap();
        let left = test_requests::page(&mut tx, &erp, &ALL)
            .await
            .unwrap()
            .len();
        let forgotten = test_events::forgotten(&mut tx, &erp).await.unwrap();
        tx.commit().await.unwrap();
        (left, forgotten)
    };
    assert_eq!(prune(NOON).await, (2, 0));
    // One of its events is still told.
    assert_eq!(prune(after(5)).await, (2, 2));
    assert_eq!(prune(after(6)).await, (1, 3));
}

async fn a_live_key_has_no_tests_and_odd_rows_are_not_read(database: Database) {
    let place = Place::open(database).await;
    let live = place.client("booking", &[]).await;
    let pretending = TestClient {
        id: live.id,
        name: live.name,
    };
    let asked = draft("joris@example.com", TULIPS, NOON);
    let refused = place.tests(&pretending, &asked, LAST).await;
    assert_corrupt(refused, "client", &live.id.to_string());
    let mut tx = place.tx().await;
    assert!(
        !test_requests::may_use(&mut tx, &pretending, &number(TULIPS))
            .await
            .unwrap()
    );
    drop(tx);

    let erp = place.test_client("erp", &[]).await;
    place.tests(&erp, &asked, LAST).await.unwrap();
    for sql in [
        "UPDATE test_request SET status = 'approved'",
        "UPDATE test_request SET closed_at = 1",
        "UPDATE test_request SET status = 'odd', closed_at = 1",
        "UPDATE test_request SET due_as = 'cancelled'",
        "UPDATE client SET mode = 'odd'",
    ] {
        assert!(place.says(sql).await.is_err(), "{sql}");
    }
    place
        .says("UPDATE test_event SET kind = 'odd'")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    let id = test_events::page(&mut tx, &erp, 0, 9).await;
    assert!(matches!(
        id,
        Err(StoreError::Corrupt {
            table: "test_event",
            ..
        })
    ));
    drop(tx);
    place
        .says("UPDATE test_request SET number = 'odd'")
        .await
        .unwrap();
    let mut tx = place.tx().await;
    let found = test_requests::find(&mut tx, &erp, asked.id).await;
    assert_corrupt(found, "test_request", &asked.id.to_string());
}

on_both_databases!(
    a_test_request_is_its_clients_alone,
    a_test_request_is_open_once_and_closed_once,
    what_is_over_is_forgotten_with_its_events,
    a_live_key_has_no_tests_and_odd_rows_are_not_read,
);
