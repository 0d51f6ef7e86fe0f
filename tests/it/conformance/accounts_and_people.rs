//! Accounts, people, administrators, their sessions, and shipping systems.

use std::time::Duration;

use esecured::{
    domain::{
        account::Esecure,
        language::Language,
        people::{AdministratorId, KeyHolder, Mode, SessionId},
    },
    store::{Tx, accounts, clients, people, rights, sessions},
};

use super::{LAST, NOON, Place, TULIPS, after, email, number};
use crate::support::{Database, on_both_databases};

async fn an_account_is_added_and_changed(database: Database) {
    let place = Place::open(database).await;
    let mut account = place.account("0123456789").await;
    account.name = "Groothandel ‘De Tülp’ 🌷 %_!".to_owned();
    account.language = Language::En;
    account.time_zone = "America/Curacao".to_owned();
    account.esecure = Esecure::Inactive;
    account.requester_mails = false;
    let mut tx = place.tx().await;
    accounts::put(&mut tx, &account, after(1)).await.unwrap();
    let found = accounts::find(&mut tx, &account.number).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.name, account.name);
    assert_eq!(found.language, Language::En);
    assert_eq!(found.time_zone, "America/Curacao");
    assert_eq!(found.esecure, Esecure::Inactive);
    assert!(!found.requester_mails);
    let unknown = accounts::find(&mut tx, &number("999999999")).await.unwrap();
    assert!(unknown.is_none());
    let all = accounts::all(&mut tx).await.unwrap();
    let all: Vec<&str> = all.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(all, ["0123456789", TULIPS]);
    assert!(accounts::any(&mut tx).await.unwrap());
}

async fn a_protected_account_stays_protected_since_the_same_moment(database: Database) {
    let place = Place::open(database).await;
    let mut account = place.account(TULIPS).await;
    let since = async || -> Option<i64> {
        let mut conn = place.store.read().await.unwrap();
        let sql = "SELECT esecure_at FROM account";
        sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap()
    };
    let put = async |account: &_, at| {
        let mut tx = place.tx().await;
        accounts::put(&mut tx, account, at).await.unwrap();
        tx.commit().await.unwrap();
    };
    put(&account, after(1)).await;
    assert_eq!(since().await, Some(NOON.as_micros()));
    account.esecure = Esecure::Inactive;
    put(&account, after(2)).await;
    assert_eq!(since().await, None);
    account.esecure = Esecure::Active;
    put(&account, LAST).await;
    assert_eq!(since().await, Some(i64::MAX));
}

async fn accounts_are_counted_with_what_belongs_to_them(database: Database) {
    let place = Place::open(database).await;
    place.account("222222222").await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    place.administrator("bram@example.com", TULIPS).await;
    place.request("joris@example.com").await;
    let mut tx = place.tx().await;
    let counts = accounts::counts(&mut tx).await.unwrap();
    let expected = [(TULIPS.to_owned(), 2, 1), ("222222222".to_owned(), 0, 0)];
    assert_eq!(counts, expected);
    let of_anna = accounts::of_administrator(&mut tx, anna).await.unwrap();
    assert_eq!(of_anna.len(), 1);
    assert_eq!(of_anna[0].number.as_str(), TULIPS);
}

async fn an_address_is_one_person_however_it_is_typed(database: Database) {
    let place = Place::open(database).await;
    let joris = place.person("Joris@Example.COM").await;
    assert_eq!(place.person("joris@example.com").await, joris);
    assert_ne!(place.person("jorıs@example.com").await, joris);
    let mut tx = place.tx().await;
    let address = people::address(&mut tx, joris).await.unwrap().unwrap();
    assert_eq!(address.as_typed(), "Joris@Example.COM");
    let found = people::find_person(&mut tx, &email("JORIS@example.com")).await;
    assert_eq!(found.unwrap(), Some(joris));
    let unknown = people::find_person(&mut tx, &email("nobody@example.com")).await;
    assert_eq!(unknown.unwrap(), None);
    tx.commit().await.unwrap();
    // Erased: the row stays, the address does not.
    let erase = "UPDATE person SET address = '', address_key = NULL";
    place.says(erase).await.unwrap();
    let mut tx = place.tx().await;
    assert_eq!(people::address(&mut tx, joris).await.unwrap(), None);
}

/// Both ways of asking say the same.
async fn decides(tx: &mut Tx, administrator: AdministratorId) -> bool {
    let tulips = number(TULIPS);
    let looked = people::decides_for(tx, &tulips, administrator).await;
    let held = rights::capacity_now(tx, &tulips, administrator, NOON).await;
    let held = held.unwrap().is_some();
    assert_eq!(looked.unwrap(), held);
    held
}

async fn an_administrator_is_appointed_and_dismissed(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let tulips = number(TULIPS);
    let mut tx = place.tx().await;
    assert!(
        !people::appoint(&mut tx, &tulips, anna, after(9))
            .await
            .unwrap()
    );
    assert!(decides(&mut tx, anna).await);

    let person = people::find_person(&mut tx, &email("anna@example.com")).await;
    let person = person.unwrap().unwrap();
    let same = people::put_administrator(&mut tx, person, "Anna de Wit", Language::En, after(1));
    assert_eq!(same.await.unwrap(), anna);
    let found = people::find_administrator(&mut tx, anna).await.unwrap();
    let found = found.unwrap();
    assert_eq!(found.name, "Anna de Wit");
    assert_eq!(found.language, Language::En);
    assert_eq!(found.person, person);
    let of_account = people::administrators_of(&mut tx, &tulips).await.unwrap();
    assert_eq!(format!("{of_account:?}"), format!("{:?}", [found]));

    assert!(people::dismiss(&mut tx, &tulips, anna).await.unwrap());
    assert!(!people::dismiss(&mut tx, &tulips, anna).await.unwrap());
    assert!(!decides(&mut tx, anna).await);
    let of_account = people::administrators_of(&mut tx, &tulips).await.unwrap();
    assert!(of_account.is_empty());
    assert!(
        people::find_administrator(&mut tx, anna)
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_password_is_kept_with_its_administrator(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("Anna@example.com", TULIPS).await;
    let address = email("anna@EXAMPLE.com");
    let mut tx = place.tx().await;
    let (found, hash) = people::by_email(&mut tx, &address).await.unwrap().unwrap();
    assert_eq!((found.id, hash), (anna, None));
    let appointments = people::appointments(&mut tx).await.unwrap();
    assert!(!appointments[0].has_password);
    let long = "$argon2id$".repeat(1000);
    people::set_password(&mut tx, anna, &long, LAST)
        .await
        .unwrap();
    let (_, hash) = people::by_email(&mut tx, &address).await.unwrap().unwrap();
    assert_eq!(hash, Some(long));
    let appointments = people::appointments(&mut tx).await.unwrap();
    assert_eq!(appointments.len(), 1);
    assert!(appointments[0].has_password);
    assert_eq!(appointments[0].account.as_str(), TULIPS);
    assert_eq!(appointments[0].administrator.id, anna);
    let nobody = people::by_email(&mut tx, &email("bram@example.com")).await;
    assert!(nobody.unwrap().is_none());
}

async fn sessions_begin_are_used_and_end(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let id = |name: &str| SessionId(name.to_owned());
    let mut tx = place.tx().await;
    for (name, of) in [("one", anna), ("two", anna), ("three", bram)] {
        sessions::insert(
            &mut tx,
            &id(name),
            of,
            Some("Firefox/145.0"),
            Some(NOON),
            NOON,
        )
        .await
        .unwrap();
    }
    sessions::touch(&mut tx, &id("one"), after(60))
        .await
        .unwrap();
    let one = sessions::find(&mut tx, &id("one")).await.unwrap().unwrap();
    assert_eq!(one.administrator, anna);
    assert_eq!((one.created_at, one.seen_at), (NOON, after(60)));
    assert_eq!(one.fresh_at, Some(NOON));
    assert_eq!(one.device.as_deref(), Some("Firefox/145.0"));
    let held = sessions::find_now(&mut tx, &id("one")).await.unwrap();
    assert_eq!(format!("{:?}", held.unwrap()), format!("{one:?}"));
    let unknown = sessions::find_now(&mut tx, &id("four")).await.unwrap();
    assert!(unknown.is_none());

    sessions::end(&mut tx, &id("one")).await.unwrap();
    assert!(sessions::find(&mut tx, &id("one")).await.unwrap().is_none());
    sessions::end_all_of(&mut tx, anna).await.unwrap();
    assert!(sessions::find(&mut tx, &id("two")).await.unwrap().is_none());
    assert!(
        sessions::find(&mut tx, &id("three"))
            .await
            .unwrap()
            .is_some()
    );

    // Too old by either of the two, but not at the very moment.
    sessions::prune(&mut tx, NOON, NOON).await.unwrap();
    assert!(
        sessions::find(&mut tx, &id("three"))
            .await
            .unwrap()
            .is_some()
    );
    let later = NOON.plus(Duration::from_micros(1));
    sessions::prune(&mut tx, NOON, later).await.unwrap();
    assert!(
        sessions::find(&mut tx, &id("three"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_session_is_made_fresh_listed_and_ended_by_its_owner(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let id = |name: &str| SessionId(name.to_owned());
    let mut tx = place.tx().await;
    for (name, of) in [
        ("one", anna),
        ("two", anna),
        ("four", anna),
        ("three", bram),
    ] {
        sessions::insert(&mut tx, &id(name), of, None, Some(NOON), NOON)
            .await
            .unwrap();
    }
    sessions::touch(&mut tx, &id("two"), after(60))
        .await
        .unwrap();
    assert!(sessions::refresh(&mut tx, &id("two"), LAST).await.unwrap());
    assert!(!sessions::refresh(&mut tx, &id("five"), LAST).await.unwrap());
    let all = sessions::of_administrator(&mut tx, anna).await.unwrap();
    let all: Vec<_> = all
        .iter()
        .map(|(id, one)| (id.0.as_str(), one.fresh_at, one.device.is_some()))
        .collect();
    let expected = [
        ("two", Some(LAST), false),
        ("four", Some(NOON), false),
        ("one", Some(NOON), false),
    ];
    assert_eq!(all, expected);

    // Nobody ends the session of somebody else.
    assert!(!sessions::end_of(&mut tx, bram, &id("one")).await.unwrap());
    assert!(sessions::end_of(&mut tx, anna, &id("one")).await.unwrap());
    assert!(!sessions::end_of(&mut tx, anna, &id("one")).await.unwrap());
    let ended = sessions::end_others(&mut tx, anna, &id("two")).await;
    assert_eq!(ended.unwrap(), 1);
    for (name, lives) in [
        ("one", false),
        ("two", true),
        ("three", true),
        ("four", false),
    ] {
        let found = sessions::find(&mut tx, &id(name)).await.unwrap();
        assert_eq!(found.is_some(), lives, "{name}");
    }
}

async fn an_administrator_is_spoken_to_in_another_language(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    people::set_language(&mut tx, anna, Language::En)
        .await
        .unwrap();
    for (who, language) in [(anna, Language::En), (bram, Language::Nl)] {
        let found = people::find_administrator(&mut tx, who).await.unwrap();
        assert_eq!(found.unwrap().language, language);
    }
}

async fn a_key_works_until_it_is_taken_away_or_its_time_is_over(database: Database) {
    let place = Place::open(database).await;
    let client = place.client("booking", &[]).await;
    let mut tx = place.tx().await;
    let live = clients::by_working_key(&mut tx, "hash of booking", LAST).await;
    assert_eq!(live.unwrap(), Some(KeyHolder::Live(client.clone())));
    assert!(
        clients::rotate(&mut tx, "booking", "another", NOON)
            .await
            .unwrap()
    );
    assert!(
        !clients::rotate(&mut tx, "unknown", "more", NOON)
            .await
            .unwrap()
    );
    let old = clients::by_working_key(&mut tx, "hash of booking", NOON).await;
    assert_eq!(old.unwrap(), None);
    assert!(clients::revoke(&mut tx, "booking", NOON).await.unwrap());
    assert!(!clients::revoke(&mut tx, "booking", NOON).await.unwrap());
    assert!(
        !clients::rotate(&mut tx, "booking", "more", NOON)
            .await
            .unwrap()
    );
    let revoked = clients::by_working_key(&mut tx, "another", NOON).await;
    assert_eq!(revoked.unwrap(), None);
    assert_eq!(
        clients::id_of(&mut tx, "booking").await.unwrap(),
        Some(client.id)
    );
    assert_eq!(clients::id_of(&mut tx, "unknown").await.unwrap(), None);
    let name = clients::name_of(&mut tx, client.id).await.unwrap();
    assert_eq!(name.as_deref(), Some("booking"));
    tx.commit().await.unwrap();

    place.client("short", &[]).await;
    let until = format!(
        "UPDATE client SET expires_at = {} WHERE name = 'short'",
        NOON.as_micros()
    );
    place.says(&until).await.unwrap();
    let mut tx = place.tx().await;
    let before = NOON.minus(Duration::from_micros(1));
    let live = clients::by_working_key(&mut tx, "hash of short", before).await;
    assert!(live.unwrap().is_some());
    let over = clients::by_working_key(&mut tx, "hash of short", NOON).await;
    assert!(over.unwrap().is_none());
}

async fn a_key_reaches_the_accounts_of_its_scope(database: Database) {
    let place = Place::open(database).await;
    place.account("222222222").await;
    place.account("333333333").await;
    let scope = [number("333333333"), number(TULIPS)];
    let narrow = place.client("narrow", &scope).await;
    let wide = place.client("wide", &[]).await;
    let mut tx = place.tx().await;
    for (account, by_narrow) in [(TULIPS, true), ("333333333", true), ("222222222", false)] {
        let account = number(account);
        assert_eq!(
            clients::may_use(&mut tx, &narrow, &account).await.unwrap(),
            by_narrow
        );
        assert!(clients::may_use(&mut tx, &wide, &account).await.unwrap());
    }
    let all = clients::all(&mut tx).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].id, all[0].mode), (narrow.id, Mode::Live));
    let accounts: Vec<&str> = all[0].accounts.iter().map(|one| one.as_str()).collect();
    assert_eq!(accounts, [TULIPS, "333333333"]);
    assert_eq!((all[1].id, all[1].name.as_str()), (wide.id, "wide"));
    assert!(all[1].accounts.is_empty());
    assert_eq!(
        (all[1].created_at, all[1].expires_at, all[1].revoked_at),
        (NOON, None, None)
    );
}

on_both_databases!(
    an_account_is_added_and_changed,
    a_protected_account_stays_protected_since_the_same_moment,
    accounts_are_counted_with_what_belongs_to_them,
    an_address_is_one_person_however_it_is_typed,
    an_administrator_is_appointed_and_dismissed,
    a_password_is_kept_with_its_administrator,
    sessions_begin_are_used_and_end,
    a_session_is_made_fresh_listed_and_ended_by_its_owner,
    an_administrator_is_spoken_to_in_another_language,
    a_key_works_until_it_is_taken_away_or_its_time_is_over,
    a_key_reaches_the_accounts_of_its_scope,
);
