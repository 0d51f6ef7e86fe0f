//! Endpoints, and the events on their way to them.

use std::time::Duration;

use esecured::{
    domain::{
        announced::FeedEventId,
        people::{Client, ClientId, KeyHolder},
        timestamp::Timestamp,
        webhook::{DeliveryStatus, DisabledBecause, Endpoint, EndpointId, SentKind},
    },
    store::{
        StoreError, clients,
        endpoints::{self, SealedSecrets},
        webhook_log,
        webhook_queue::{self, LeasedDelivery, NewDelivery, Settled},
    },
};

use super::{LAST, NOON, Place, after};
use crate::support::{Database, on_both_databases};

impl Place {
    pub(super) async fn endpoint(&self, client: &Client, url: &str) -> Endpoint {
        let endpoint = Endpoint {
            id: EndpointId::new(),
            client: client.id,
            url: url.to_owned(),
            created_at: NOON,
            failures: 0,
            failing_since: None,
            former_until: None,
            disabled: None,
        };
        let mut tx = self.tx().await;
        endpoints::insert(&mut tx, &endpoint, "0101.first")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        endpoint
    }

    async fn finds_endpoint(&self, id: EndpointId) -> Option<Endpoint> {
        let mut conn = self.store.read().await.unwrap();
        endpoints::find(&mut conn, id).await.unwrap()
    }

    async fn secrets(&self, id: EndpointId, now: Timestamp) -> Option<SealedSecrets> {
        let mut conn = self.store.read().await.unwrap();
        endpoints::secrets(&mut conn, id, now).await.unwrap()
    }

    pub(super) async fn queues(
        &self,
        endpoint: &Endpoint,
        topic: &str,
        position: i64,
    ) -> FeedEventId {
        let event = FeedEventId::new();
        let delivery = NewDelivery {
            endpoint: endpoint.id,
            event,
            kind: SentKind::Test,
            topic,
            position,
        };
        let mut tx = self.tx().await;
        webhook_queue::insert(&mut tx, &delivery, after(position.unsigned_abs()))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        event
    }

    pub(super) async fn leases(&self, now: Timestamp) -> Vec<LeasedDelivery> {
        let mut tx = self.tx().await;
        let until = now.plus(Duration::from_secs(30));
        let leased = webhook_queue::lease(&mut tx, "one", now, until, 9)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        leased
    }

    pub(super) async fn settles(
        &self,
        leased: &LeasedDelivery,
        status: DeliveryStatus,
        now: Timestamp,
    ) {
        let settled = Settled {
            status,
            due_at: Some(now),
            http_status: Some(500),
            reason: Some("it answered 500".to_owned()),
        };
        let mut tx = self.tx().await;
        assert!(
            webhook_queue::settle(&mut tx, leased, &settled, now)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }
}

fn events(leased: &[LeasedDelivery]) -> Vec<FeedEventId> {
    leased.iter().map(|one| one.delivery.event).collect()
}

async fn an_endpoint_is_kept_found_and_removed(database: Database) {
    let place = Place::open(database).await;
    let (booking, other) = (
        place.client("booking", &[]).await,
        place.client("other", &[]).await,
    );
    let endpoint = place.endpoint(&booking, "https://example.com/a").await;
    place.endpoint(&other, "https://example.com/a").await;
    let found = place.finds_endpoint(endpoint.id).await.unwrap();
    assert_eq!(format!("{found:?}"), format!("{endpoint:?}"));
    assert!(place.finds_endpoint(EndpointId::new()).await.is_none());
    let mut conn = place.store.read().await.unwrap();
    let of = endpoints::of_client(&mut conn, booking.id).await.unwrap();
    assert_eq!(of.len(), 1);
    assert!(
        endpoints::of_client(&mut conn, ClientId::new())
            .await
            .unwrap()
            .is_empty()
    );
    let all = endpoints::all(&mut conn).await.unwrap();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["booking", "other"]);
    assert_eq!(
        clients::by_name(&mut conn, "booking", NOON).await.unwrap(),
        Some(KeyHolder::Live(booking.clone()))
    );
    assert_eq!(
        clients::by_name(&mut conn, "nobody", NOON).await.unwrap(),
        None
    );
    drop(conn);

    // One client has a URL once.
    let mut tx = place.tx().await;
    let twice = Endpoint {
        id: EndpointId::new(),
        ..endpoint.clone()
    };
    let refused = endpoints::insert(&mut tx, &twice, "0101.x")
        .await
        .unwrap_err();
    assert!(refused.is_retryable(), "{refused}");
    drop(tx);

    place.queues(&endpoint, "a", 1).await;
    let mut tx = place.tx().await;
    assert!(endpoints::remove(&mut tx, endpoint.id).await.unwrap());
    assert!(!endpoints::remove(&mut tx, endpoint.id).await.unwrap());
    assert!(!clients::revoke(&mut tx, "nobody", NOON).await.unwrap());
    assert!(clients::revoke(&mut tx, "booking", NOON).await.unwrap());
    tx.commit().await.unwrap();
    assert!(place.finds_endpoint(endpoint.id).await.is_none());
    let mut conn = place.store.read().await.unwrap();
    assert!(
        webhook_log::page(&mut conn, endpoint.id, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        clients::by_name(&mut conn, "booking", NOON).await.unwrap(),
        None
    );
}

async fn a_secret_signs_with_the_one_before_until_that_ends(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let id = place.endpoint(&booking, "https://example.com/").await.id;
    let sealed = |current: &str, former: Option<&str>| {
        Some(SealedSecrets {
            current: current.to_owned(),
            former: former.map(str::to_owned),
        })
    };
    assert_eq!(place.secrets(id, NOON).await, sealed("0101.first", None));
    let mut tx = place.tx().await;
    let rotate = endpoints::rotate(&mut tx, id, "0101.first", "0101.second", after(60));
    assert!(rotate.await.unwrap());
    let late = endpoints::rotate(&mut tx, id, "0101.first", "0101.third", after(60));
    assert!(!late.await.unwrap(), "somebody was faster");
    tx.commit().await.unwrap();
    let both = sealed("0101.second", Some("0101.first"));
    assert_eq!(place.secrets(id, after(59)).await, both);
    assert_eq!(
        place.secrets(id, after(60)).await,
        sealed("0101.second", None)
    );
    assert_eq!(
        place.finds_endpoint(id).await.unwrap().former_until,
        Some(after(60))
    );

    let mut tx = place.tx().await;
    let other = async |tx: &mut _, key: &str| {
        let found = endpoints::sealed_otherwise(tx, key, 9).await.unwrap();
        found.into_iter().map(|(_, sealed)| sealed).next()
    };
    assert_eq!(other(&mut *tx, "0101").await, None);
    let old = other(&mut *tx, "0202").await.unwrap();
    assert_eq!(Some(old.clone()), both);
    let new = sealed("0202.second", Some("0202.first")).unwrap();
    endpoints::reseal(&mut tx, id, &new, &old).await.unwrap(); // It is not so: nothing.
    endpoints::reseal(&mut tx, id, &old, &new).await.unwrap();
    assert_eq!(other(&mut *tx, "0202").await, None);
    tx.commit().await.unwrap();
    assert_eq!(place.secrets(id, NOON).await, Some(new));
}

async fn an_endpoint_fails_rests_and_is_disabled(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let endpoint = place.endpoint(&booking, "https://example.com/").await;
    let id = endpoint.id;
    for number in 0..3 {
        place
            .queues(&endpoint, &format!("topic {number}"), number)
            .await;
    }
    let mut tx = place.tx().await;
    let failed = endpoints::failed(&mut tx, id, after(90), after(30))
        .await
        .unwrap();
    assert_eq!(failed.unwrap().failures, 1);
    let failed = endpoints::failed(&mut tx, id, after(90), after(40))
        .await
        .unwrap();
    assert_eq!(
        failed.unwrap().failing_since,
        Some(after(30)),
        "since the first of them"
    );
    assert!(
        endpoints::failed(&mut tx, EndpointId::new(), LAST, NOON)
            .await
            .unwrap()
            .is_none()
    );
    tx.commit().await.unwrap();
    assert!(place.leases(after(89)).await.is_empty(), "it rests");
    let one = place.leases(after(90)).await;
    assert_eq!(one.len(), 1, "it is tried with one");
    assert_eq!(one[0].failures, 2);
    place
        .settles(&one[0], DeliveryStatus::Delivered, after(91))
        .await;

    let mut tx = place.tx().await;
    endpoints::succeeded(&mut tx, id).await.unwrap();
    let because = DisabledBecause::Gone;
    assert!(
        endpoints::disable(&mut tx, id, because, after(92))
            .await
            .unwrap()
    );
    assert!(
        !endpoints::disable(&mut tx, id, because, after(93))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let disabled = place.finds_endpoint(id).await.unwrap();
    assert_eq!(disabled.failures, 0);
    assert_eq!(disabled.disabled.unwrap().at, after(92));
    assert!(place.leases(after(100)).await.is_empty());
    let mut tx = place.tx().await;
    assert!(endpoints::enable(&mut tx, id).await.unwrap());
    assert!(!endpoints::enable(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(place.leases(after(100)).await.len(), 2);
}

async fn those_of_one_topic_go_one_after_the_other(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let endpoint = place.endpoint(&booking, "https://example.com/").await;
    let first = place.queues(&endpoint, "joris", 1).await;
    let second = place.queues(&endpoint, "joris", 2).await;
    let other = place.queues(&endpoint, "mila", 3).await;
    assert_eq!(
        events(&place.leases(after(2)).await),
        [first],
        "the other is not due"
    );
    assert_eq!(events(&place.leases(after(3)).await), [other]);
    assert!(place.leases(after(3)).await.is_empty());
    // The lease of the first runs out: it is its turn still.
    let again = place.leases(after(32)).await;
    assert_eq!(events(&again), [first]);
    assert_eq!(again[0].delivery.attempts, 2);
    assert_eq!(again[0].begun_at, after(1));
    place
        .settles(&again[0], DeliveryStatus::Queued, after(34))
        .await;
    // By now the lease of the other has run out as well.
    let third = place.leases(after(34)).await;
    let third: Vec<_> = third
        .iter()
        .filter(|one| one.delivery.event != other)
        .collect();
    assert_eq!(third[0].delivery.event, first);
    assert_eq!(third[0].delivery.http_status, Some(500));
    assert_eq!(third.len(), 1);
    place
        .settles(third[0], DeliveryStatus::Failed, after(35))
        .await;
    let next = place.leases(after(36)).await;
    assert!(events(&next).contains(&second), "{next:?}");
    // A key that has ended is not served.
    let mut tx = place.tx().await;
    clients::revoke(&mut tx, "booking", after(40))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(place.leases(after(500)).await.is_empty());
}

async fn a_row_that_makes_no_sense_is_refused(database: Database) {
    let place = Place::open(database).await;
    let booking = place.client("booking", &[]).await;
    let endpoint = place.endpoint(&booking, "https://example.com/").await;
    place.queues(&endpoint, "joris", 1).await;
    for sql in [
        "UPDATE webhook_endpoint SET disabled_at = 1",
        "UPDATE webhook_endpoint SET failures = 1",
        "UPDATE webhook_endpoint SET former_until = 1",
        "UPDATE webhook_delivery SET status = 'lost'",
        "UPDATE webhook_delivery SET settled_at = 1",
    ] {
        assert!(place.says(sql).await.is_err(), "{sql}");
    }
    place
        .says("UPDATE webhook_delivery SET kind = 'odd'")
        .await
        .unwrap();
    let mut conn = place.store.read().await.unwrap();
    let odd = webhook_log::page(&mut conn, endpoint.id, None, 9)
        .await
        .unwrap_err();
    assert!(matches!(
        odd,
        StoreError::Corrupt {
            table: "webhook_delivery",
            what: "kind",
            ..
        }
    ));
}

on_both_databases!(
    an_endpoint_is_kept_found_and_removed,
    a_secret_signs_with_the_one_before_until_that_ends,
    an_endpoint_fails_rests_and_is_disabled,
    those_of_one_topic_go_one_after_the_other,
    a_row_that_makes_no_sense_is_refused,
);
