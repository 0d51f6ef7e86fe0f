//! What stands for an address, and the list of it: search, order, pages.

use esecured::{
    domain::{
        account::Esecure,
        account_number::AccountNumber,
        entry::Standing,
        people::{AdministratorId, PersonId},
        request::{AccessRequest, RequestState, Status},
        timestamp::Timestamp,
    },
    store::{accounts, entries, requests, standings},
};

use super::{LAST, NOON, Place, TULIPS, after, email, number};
use crate::support::{Database, on_both_databases};

fn change<'a>(
    account: &'a AccountNumber,
    person: PersonId,
    status: &'static str,
    at: Timestamp,
) -> entries::Change<'a> {
    entries::Change {
        account,
        person,
        status,
        request: None,
        until: None,
        at,
    }
}

impl Place {
    async fn stands(&self, address: &str, status: &'static str, at: Timestamp) -> PersonId {
        let person = self.person(address).await;
        let mut tx = self.tx().await;
        let tulips = number(TULIPS);
        entries::set(&mut tx, &change(&tulips, person, status, at))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        person
    }

    /// A request in the list of open ones.
    async fn listed(&self, address: &str, name: Option<&str>, at: Timestamp) -> AccessRequest {
        let mut request = self.draft(address).await;
        request.name = name.map(str::to_owned);
        self.insert(&request).await.unwrap();
        let mut tx = self.tx().await;
        let mut pending = change(&request.account, request.requester, "pending", at);
        pending.request = Some(request.id);
        entries::set(&mut tx, &pending).await.unwrap();
        tx.commit().await.unwrap();
        request
    }

    /// The addresses that one search finds.
    async fn finds(&self, administrator: AdministratorId, search: &str) -> Vec<String> {
        let page = entries::Page {
            administrator,
            status: Status::Pending,
            search,
            skip: 0,
            at_most: 50,
        };
        let mut conn = self.store.read().await.unwrap();
        let found = entries::page(&mut conn, &page).await.unwrap();
        let count = entries::count(&mut conn, &page).await.unwrap();
        assert_eq!(usize::try_from(count).unwrap(), found.len(), "{search:?}");
        let addresses = found.iter().map(|entry| entry.email.as_typed().to_owned());
        addresses.collect()
    }
}

async fn the_facts_say_what_stands(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let joris = email("joris@example.com");
    let facts = async || {
        let mut conn = place.store.read().await.unwrap();
        standings::facts(&mut conn, &tulips, &joris)
            .await
            .unwrap()
            .unwrap()
    };
    let unheard = facts().await;
    assert_eq!((unheard.esecure, unheard.standing), (Esecure::Active, None));

    let mut request = place.listed("joris@example.com", None, NOON).await;
    let pending = Some(Standing::Pending {
        request: request.id,
    });
    assert_eq!(facts().await.standing, pending);

    let mut tx = place.tx().await;
    request.state = RequestState::Expired { at: after(1) };
    assert!(requests::close(&mut tx, &request).await.unwrap());
    let mut next = change(&tulips, request.requester, "approved", after(2));
    next.until = Some(LAST);
    entries::set(&mut tx, &next).await.unwrap();
    tx.commit().await.unwrap();
    let approved = Some(Standing::Approved { until: Some(LAST) });
    assert_eq!(facts().await.standing, approved);

    // The request behind an entry stays known where nothing is said of it.
    place
        .stands("joris@example.com", "rejected", after(3))
        .await;
    let rejected = Some(Standing::Rejected {
        at: after(3),
        request: Some(request.id),
    });
    assert_eq!(facts().await.standing, rejected);
    for nothing in ["expired", "none"] {
        place.stands("joris@example.com", nothing, after(4)).await;
        assert_eq!(facts().await.standing, Some(Standing::None));
    }

    let mut account = place.account(TULIPS).await;
    account.esecure = Esecure::Inactive;
    let mut tx = place.tx().await;
    accounts::put(&mut tx, &account, NOON).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(facts().await.esecure, Esecure::Inactive);
    let mut conn = place.store.read().await.unwrap();
    let elsewhere = standings::facts(&mut conn, &number("999999999"), &joris).await;
    assert!(elsewhere.unwrap().is_none());
}

async fn uses_of_a_permission_are_counted(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let joris = place.stands("joris@example.com", "approved", NOON).await;
    let noor = place.stands("noor@example.com", "rejected", NOON).await;
    let mut tx = place.tx().await;
    for (address, at) in [
        ("JORIS@example.com", 1),
        ("joris@example.com", 2),
        ("noor@example.com", 3),
    ] {
        entries::count_use(&mut tx, &tulips, &email(address), after(at))
            .await
            .unwrap();
    }
    let mut used = async |person| {
        let entry = entries::find(&mut tx, &tulips, person).await.unwrap();
        entry.unwrap().used
    };
    assert_eq!(used(joris).await, (2, Some(after(2))));
    assert_eq!(used(noor).await, (0, None));
}

async fn a_permission_is_removed_once(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let joris = place.stands("joris@example.com", "approved", NOON).await;
    let mut tx = place.tx().await;
    assert!(
        entries::remove_permission(&mut tx, &tulips, joris, after(1))
            .await
            .unwrap()
    );
    assert!(
        !entries::remove_permission(&mut tx, &tulips, joris, after(2))
            .await
            .unwrap()
    );
    let entry = entries::find(&mut tx, &tulips, joris)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (entry.status.as_str(), entry.changed_at),
        ("none", after(1))
    );
    assert!(entry.request.is_none());
}

async fn a_permission_gets_an_end_and_loses_it(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let joris = place.stands("joris@example.com", "approved", NOON).await;
    let noor = place.stands("noor@example.com", "rejected", NOON).await;
    let mut tx = place.tx().await;
    for until in [Some(LAST), Some(after(1)), None] {
        assert!(
            entries::set_until(&mut tx, &tulips, joris, until)
                .await
                .unwrap()
        );
        let entry = entries::find(&mut tx, &tulips, joris).await.unwrap();
        let entry = entry.unwrap();
        assert_eq!((entry.until, entry.changed_at), (until, NOON));
    }
    let until = Some(LAST);
    let of_nobody = entries::set_until(&mut tx, &tulips, noor, until).await;
    assert!(!of_nobody.unwrap());
    let entry = entries::find(&mut tx, &tulips, noor).await.unwrap();
    assert_eq!(entry.unwrap().until, None);
}

async fn an_entry_is_overturned_only_as_it_was_seen(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let request = place.listed("joris@example.com", Some("Joris"), NOON).await;
    place.stands("joris@example.com", "rejected", NOON).await;
    let person = request.requester;
    let mut tx = place.tx().await;
    let allow = change(&tulips, person, "approved", after(1));
    for wrong in [Status::Pending, Status::Approved, Status::Expired] {
        assert!(!entries::overturn(&mut tx, &allow, wrong).await.unwrap());
    }
    assert!(
        entries::overturn(&mut tx, &allow, Status::Rejected)
            .await
            .unwrap()
    );
    let entry = entries::find(&mut tx, &tulips, person)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(entry.request, Some((request.id, request.number)));
    assert_eq!(entry.words, (Some("Joris".to_owned()), None));

    let deny = change(&tulips, person, "rejected", after(2));
    assert!(
        entries::overturn(&mut tx, &deny, Status::Approved)
            .await
            .unwrap()
    );
    let entry = entries::find(&mut tx, &tulips, person)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((entry.status.as_str(), entry.request), ("rejected", None));
}

async fn a_search_takes_every_character_as_itself(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let percent = place.listed("100%off@example.com", None, after(1)).await;
    place
        .listed("a_b@example.com", Some("Karel! <de Grote>"), after(2))
        .await;
    place
        .listed("axb@example.com", Some("O'Brien \\ zoon"), after(3))
        .await;
    for (search, found) in [
        ("%", vec!["100%off@example.com"]),
        ("_", vec!["a_b@example.com"]),
        ("!", vec!["a_b@example.com"]),
        ("!%", vec![]),
        ("o'brien", vec!["axb@example.com"]),
        ("\\", vec!["axb@example.com"]),
        ("  KAREL!  ", vec!["a_b@example.com"]),
        ("A_B@EXAMPLE", vec!["a_b@example.com"]),
        ("nobody", vec![]),
        (
            "",
            vec!["axb@example.com", "a_b@example.com", "100%off@example.com"],
        ),
        (
            TULIPS,
            vec!["axb@example.com", "a_b@example.com", "100%off@example.com"],
        ),
    ] {
        assert_eq!(place.finds(anna, search).await, found, "{search:?}");
    }
    let by_number = place.finds(anna, percent.number.as_str()).await;
    assert_eq!(by_number, ["100%off@example.com"]);
    // An account that somebody else administers is not in the list.
    place.account("222222222").await;
    let bram = place.administrator("bram@example.com", "222222222").await;
    assert!(place.finds(bram, "").await.is_empty());
}

async fn a_search_finds_letters_beyond_ascii_in_every_case(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let names = ["Élodie Ünal", "ÉLODIE ÜNAL", "élodie ünal"];
    for (number, name) in names.iter().enumerate() {
        let address = format!("p{number}@example.com");
        place.listed(&address, Some(name), NOON).await;
    }
    place.listed("JÜRGEN@bücher.example", None, after(1)).await;
    for search in ["élodie", "ÉLODIE", "Élodie Ünal", "ünAL"] {
        assert_eq!(place.finds(anna, search).await.len(), 3, "{search}");
    }
    for search in ["jürgen", "Jürgen", "JÜRGEN@bücher"] {
        assert_eq!(place.finds(anna, search).await.len(), 1, "{search}");
    }
}

async fn pages_join_without_a_gap(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    for number in 0..7 {
        // Three of them changed at the same moment.
        let at = after(number.max(2));
        place
            .listed(&format!("p{number}@example.com"), None, at)
            .await;
    }
    let whole = place.finds(anna, "").await;
    assert_eq!(whole.len(), 7);
    assert_eq!(whole[0], "p6@example.com");
    let mut joined = Vec::new();
    let mut conn = place.store.read().await.unwrap();
    for skip in [0, 3, 6, 9] {
        let page = entries::Page {
            administrator: anna,
            status: Status::Pending,
            search: "",
            skip,
            at_most: 3,
        };
        let part = entries::page(&mut conn, &page).await.unwrap();
        assert_eq!(entries::count(&mut conn, &page).await.unwrap(), 7);
        joined.extend(part.iter().map(|entry| entry.email.as_typed().to_owned()));
    }
    assert_eq!(joined, whole);
    let tulips = number(TULIPS);
    let open = entries::count_of(&mut conn, &tulips, Status::Pending).await;
    assert_eq!(open.unwrap(), 7);
    let approved = entries::count_of(&mut conn, &tulips, Status::Approved).await;
    assert_eq!(approved.unwrap(), 0);
}

async fn authorized_users_are_listed_by_account_and_address(database: Database) {
    let place = Place::open(database).await;
    place.account("222222222").await;
    for address in ["noor@example.com", "Joris@example.com"] {
        place.stands(address, "approved", NOON).await;
    }
    place.stands("out@example.com", "rejected", NOON).await;
    let piet = place.person("piet@example.com").await;
    let other = number("222222222");
    let mut tx = place.tx().await;
    entries::set(&mut tx, &change(&other, piet, "approved", NOON))
        .await
        .unwrap();
    let mut users = async |account: Option<&AccountNumber>| -> Vec<String> {
        let users = entries::authorized_users(&mut tx, account).await.unwrap();
        users
            .iter()
            .map(|user| user.email.as_typed().to_owned())
            .collect()
    };
    let all = ["Joris@example.com", "noor@example.com", "piet@example.com"];
    assert_eq!(users(None).await, all);
    assert_eq!(users(Some(&other)).await, ["piet@example.com"]);
    assert!(users(Some(&number("999999999"))).await.is_empty());
}

on_both_databases!(
    the_facts_say_what_stands,
    uses_of_a_permission_are_counted,
    a_permission_is_removed_once,
    a_permission_gets_an_end_and_loses_it,
    an_entry_is_overturned_only_as_it_was_seen,
    a_search_takes_every_character_as_itself,
    a_search_finds_letters_beyond_ascii_in_every_case,
    pages_join_without_a_gap,
    authorized_users_are_listed_by_account_and_address,
);
