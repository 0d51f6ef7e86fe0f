//! The audit trail as administrators look at it: of some accounts, of one person, of one moment.

use esecured::{
    domain::event::{Actor, AuditEvent, AuditRow},
    domain::timestamp::Timestamp,
    store::{
        activity::{self, Place as Behind, Wanted},
        audit,
    },
};

use super::{FIRST, LAST, NOON, Place, TULIPS, after, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "222222222";
const ALL: Wanted<'static> = Wanted {
    noun: "",
    person: "",
    from: FIRST,
    until: LAST,
};

impl Place {
    async fn happened(&self, account: &str, name: &'static str, actor: Actor, at: Timestamp) {
        let joris = self.person("joris_b@example.com").await;
        let event = AuditEvent::of_account(&number(account), name, actor, at).about(None, joris);
        let mut tx = self.tx().await;
        audit::append(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn shows(&self, accounts: &[&str], wanted: &Wanted<'_>, at_most: usize) -> Vec<AuditRow> {
        let accounts: Vec<_> = accounts.iter().map(|account| number(account)).collect();
        let mut conn = self.store.read().await.unwrap();
        let mut all = Vec::new();
        let mut behind = None;
        loop {
            let page = activity::newest(&mut conn, &accounts, wanted, behind.as_ref(), at_most)
                .await
                .unwrap();
            assert!(page.len() <= at_most);
            behind = page.last().map(Behind::of);
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }
}

async fn pages_of_several_accounts_join_without_a_gap(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    // Some at the same moment, and one whose clock had stepped back.
    for (account, seconds) in [
        (TULIPS, 1),
        (ROSES, 1),
        (TULIPS, 1),
        (TULIPS, 3),
        (ROSES, 2),
        (TULIPS, 2),
        (ROSES, 3),
    ] {
        place
            .happened(
                account,
                "access_request.created",
                Actor::Operator,
                after(seconds),
            )
            .await;
    }
    let whole = place.shows(&[TULIPS, ROSES], &ALL, 50).await;
    assert_eq!(whole.len(), 7);
    let places: Vec<Behind> = whole.iter().map(Behind::of).collect();
    let mut sorted = places.clone();
    sorted.sort_by(|one, other| other.cmp(one));
    assert_eq!(places, sorted);
    for at_most in 1..=3 {
        assert_eq!(place.shows(&[TULIPS, ROSES], &ALL, at_most).await, whole);
    }
    let tulips = place.shows(&[TULIPS], &ALL, 2).await;
    assert_eq!(tulips.len(), 4);
    assert!(tulips.iter().all(|event| event.chain == TULIPS));
    assert!(place.shows(&[], &ALL, 2).await.is_empty());
}

async fn only_what_is_wanted_is_shown(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let by_anna = Actor::Administrator(anna);
    let names = [
        ("access_request.created", Actor::Operator),
        ("access_request.approved", by_anna),
        ("authorized_user.until_set", by_anna),
        ("account.changed", Actor::Daemon),
    ];
    for (seconds, (name, actor)) in (0..).zip(names) {
        place.happened(TULIPS, name, actor, after(seconds)).await;
    }
    for (wanted, expected) in [
        (ALL, 4),
        (
            Wanted {
                noun: "access_request",
                ..ALL
            },
            2,
        ),
        // `_` is no wildcard, and half a noun is none.
        (
            Wanted {
                noun: "account",
                ..ALL
            },
            1,
        ),
        (Wanted { noun: "acc", ..ALL }, 0),
        (
            Wanted {
                noun: "access%",
                ..ALL
            },
            0,
        ),
        (
            Wanted {
                person: "JORIS_B",
                ..ALL
            },
            4,
        ),
        (
            Wanted {
                person: "joris%b",
                ..ALL
            },
            0,
        ),
        (
            Wanted {
                person: "anna",
                ..ALL
            },
            2,
        ),
        (
            Wanted {
                from: after(1),
                ..ALL
            },
            3,
        ),
        (
            Wanted {
                until: after(1),
                ..ALL
            },
            1,
        ),
        (
            Wanted {
                from: after(1),
                until: after(3),
                noun: "access_request",
                person: "anna",
            },
            1,
        ),
    ] {
        assert_eq!(
            place.shows(&[TULIPS], &wanted, 3).await.len(),
            expected,
            "{wanted:?}"
        );
    }
}

async fn one_person_and_one_moment_are_found(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let by_anna = Actor::Administrator(anna);
    let joris = place.person("joris_b@example.com").await;
    // What an event tells of an authorized user is announced from its row.
    place
        .says(
            "INSERT INTO entry (account_number, person_id, status, changed_at, use_count)
             SELECT '112233445', id, 'approved', 1, 0 FROM person
             WHERE address = 'joris_b@example.com'",
        )
        .await
        .unwrap();
    for (name, actor, at) in [
        ("authorized_user.added", by_anna, NOON),
        ("access_request.approved", by_anna, NOON),
        ("authorized_user.added", Actor::Operator, NOON),
        ("authorized_user.revoked", by_anna, after(1)),
    ] {
        place.happened(TULIPS, name, actor, at).await;
    }
    let mut conn = place.store.read().await.unwrap();
    let tulips = number(TULIPS);
    let moment = audit::of_moment(&mut conn, &tulips, anna, NOON)
        .await
        .unwrap();
    let names: Vec<&str> = moment.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["authorized_user.added"]);
    let newest = audit::of_person(&mut conn, &tulips, joris, 2)
        .await
        .unwrap();
    let seqs: Vec<i64> = newest.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [3, 4]);
    let elsewhere = audit::of_person(&mut conn, &number(ROSES), joris, 2).await;
    assert!(elsewhere.unwrap().is_empty());
}

on_both_databases!(
    pages_of_several_accounts_join_without_a_gap,
    only_what_is_wanted_is_shown,
    one_person_and_one_moment_are_found,
);
