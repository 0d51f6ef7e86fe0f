//! Who decides for what, seen from one administrator; and the switch of an account.

use esecured::{
    domain::{
        account::Esecure,
        event::{Actor, AuditEvent},
        language::Language,
        people::AdministratorId,
    },
    store::{
        accounts, appointments, audit, known_as,
        outbox::{self, Settlement},
        people, rights,
    },
};

use super::{NOON, Place, TULIPS, after, email, message, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "998877665";

async fn appoints(place: &Place, administrator: AdministratorId, account: &str) {
    let mut tx = place.tx().await;
    people::appoint(&mut tx, &number(account), administrator, after(5))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn has_password(place: &Place, administrator: AdministratorId) {
    let mut tx = place.tx().await;
    people::set_password(&mut tx, administrator, "hash", NOON)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn everybody_sees_the_administrators_of_their_own_accounts_alone(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let carla = place.administrator("carla@example.com", ROSES).await;
    let mut conn = place.store.read().await.unwrap();
    let seen = async |conn: &mut _, caller| -> Vec<(String, AdministratorId)> {
        let found = appointments::colleagues(conn, caller, NOON).await.unwrap();
        found
            .iter()
            .map(|one| (one.account.as_str().to_owned(), one.administrator.id))
            .collect()
    };
    let tulips = |who| (TULIPS.to_owned(), who);
    let roses = |who| (ROSES.to_owned(), who);
    assert_eq!(seen(&mut conn, anna).await, [tulips(anna), tulips(bram)]);
    assert_eq!(seen(&mut conn, carla).await, [roses(carla)]);
    drop(conn);
    appoints(&place, anna, ROSES).await;
    let mut conn = place.store.read().await.unwrap();
    let expected = [tulips(anna), tulips(bram), roses(carla), roses(anna)];
    assert_eq!(seen(&mut conn, anna).await, expected);

    for (caller, account, whom, found) in [
        (anna, TULIPS, bram, true),
        (anna, TULIPS, anna, true),
        (anna, ROSES, bram, false),
        (bram, ROSES, carla, false),
        (carla, TULIPS, bram, false),
        (bram, TULIPS, carla, false),
    ] {
        let one = appointments::colleague_on(&mut conn, caller, &number(account), whom).await;
        assert_eq!(one.unwrap().map(|one| one.id), found.then_some(whom));
    }
    assert!(
        appointments::decides_at_all(&mut conn, bram, NOON)
            .await
            .unwrap()
    );
    let nobody = AdministratorId::new();
    assert!(
        !appointments::decides_at_all(&mut conn, nobody, NOON)
            .await
            .unwrap()
    );
}

async fn a_colleague_is_shown_with_mails_sign_in_and_phone(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    has_password(&place, anna).await;
    let person = place.person("carla@example.com").await;
    let mut tx = place.tx().await;
    let phone = Some("+31 20 1234567");
    let tulips = number(TULIPS);
    for expected in [true, false] {
        // The second time she is one already, and nothing of her changes.
        let name = if expected { "Carla" } else { "Somebody else" };
        let new = people::new_administrator(&mut tx, person, name, Language::En, NOON).await;
        assert_eq!(new.unwrap(), expected);
    }
    let found = people::by_email(&mut tx, &email("carla@example.com")).await;
    let carla = found.unwrap().unwrap().0.id;
    people::appoint(&mut tx, &tulips, carla, after(7))
        .await
        .unwrap();
    for (name, phone) in [("Carl", None), ("Mevrouw V.", phone)] {
        // What is said last counts.
        known_as::put(&mut tx, &tulips, carla, name, phone)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let failed = Settlement::Failed {
        reason: "gone".to_owned(),
    };
    let outcomes = [
        ("joris@example.com", Settlement::Delivered),
        ("kees@example.com", Settlement::Delivered),
        ("mia@example.com", failed),
    ];
    for (address, settlement) in outcomes {
        let request = place.request(address).await;
        let mut tx = place.tx().await;
        let message = message(&request, person, carla);
        outbox::enqueue(&mut tx, &message, after(10)).await.unwrap();
        let leased = outbox::lease(&mut tx, "me", after(10), after(40), 9).await;
        let leased = leased.unwrap().pop().unwrap();
        outbox::settle(&mut tx, &leased, &settlement, after(11))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut conn = place.store.read().await.unwrap();
    let seen = appointments::colleagues(&mut conn, anna, after(10)).await;
    let seen = seen.unwrap();
    let [first, second] = seen.as_slice() else {
        panic!("{seen:?}");
    };
    assert!(!first.has_signed_in && first.phone.is_none());
    assert_eq!((first.delivered, first.failed), (0, 0));
    assert_eq!(second.administrator.name, "Mevrouw V.");
    assert_eq!(second.phone.as_deref(), phone);
    assert_eq!(second.since, after(7));
    assert!(!second.has_signed_in);
    assert_eq!((second.delivered, second.failed), (2, 1));
    // What is older is not counted.
    let seen = appointments::colleagues(&mut conn, anna, after(11)).await;
    assert_eq!(seen.unwrap()[1].delivered, 0);
    drop(conn);

    let mut tx = place.tx().await;
    let has_signed_in = appointments::has_signed_in(&mut tx, &tulips, carla).await;
    assert!(!has_signed_in.unwrap());
    for at in [20, 30] {
        // The first time counts.
        appointments::note_sign_in(&mut tx, carla, after(at))
            .await
            .unwrap();
    }
    let at: i64 = sqlx::query_scalar(
        "SELECT signed_in_at FROM account_administrator WHERE signed_in_at IS NOT NULL",
    )
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    assert_eq!(at, after(20).as_micros());
    let has_signed_in = appointments::has_signed_in(&mut tx, &tulips, carla).await;
    assert!(has_signed_in.unwrap());
    let seen = appointments::colleagues(&mut tx, anna, NOON).await.unwrap();
    assert!(!seen[0].has_signed_in && seen[1].has_signed_in);

    // What she is called here stays here: elsewhere, and to herself, she is Carla.
    let (roses, nobody) = (number(ROSES), AdministratorId::new());
    for (account, name) in [(&tulips, "Mevrouw V."), (&roses, "Carla")] {
        let found = known_as::find(&mut tx, account, carla).await.unwrap();
        assert_eq!(found.unwrap().name, name);
    }
    let found = known_as::find_any(&mut tx, &tulips, Some(nobody)).await;
    assert!(found.unwrap().is_none());
    let found = known_as::find_any(&mut tx, &tulips, None).await;
    assert!(found.unwrap().is_none());
    let names = known_as::names_of(&mut tx, carla).await.unwrap();
    assert_eq!(names, ["Mevrouw V."]);
    for of_account in [
        people::administrators_of(&mut tx, &tulips).await.unwrap(),
        rights::appointed_to(&mut tx, &tulips).await.unwrap(),
    ] {
        assert_eq!(of_account[1].name, "Mevrouw V.");
    }
    let found = appointments::colleague_on(&mut tx, anna, &tulips, carla).await;
    assert_eq!(found.unwrap().unwrap().name, "Mevrouw V.");
    let listed = people::appointments(&mut tx).await.unwrap();
    assert_eq!(listed[1].administrator.name, "Mevrouw V.");
    let own = people::find_administrator(&mut tx, carla).await.unwrap();
    assert_eq!(own.unwrap().name, "Carla");
    // Whoever says it after that changes nothing but where it has not been said.
    for (account, expected) in [(&tulips, false), (&roses, true), (&roses, false)] {
        let name = if expected { "C. Vos" } else { "Somebody else" };
        let introduced = known_as::introduce(&mut tx, account, carla, name).await;
        assert_eq!(introduced.unwrap(), expected);
    }
    for (account, name) in [(&tulips, "Mevrouw V."), (&roses, "C. Vos")] {
        let found = known_as::find(&mut tx, account, carla).await.unwrap();
        assert_eq!(found.unwrap().name, name);
    }
    for phone in [None, Some("+31 30 7654321")] {
        known_as::put_phone(&mut tx, &tulips, carla, phone)
            .await
            .unwrap();
        let seen = appointments::colleagues(&mut tx, anna, NOON).await.unwrap();
        assert_eq!(seen[1].phone.as_deref(), phone);
    }
    // It outlives the appointment.
    people::dismiss(&mut tx, &tulips, carla).await.unwrap();
    let found = known_as::find(&mut tx, &tulips, carla).await.unwrap();
    assert_eq!(found.unwrap().name, "Mevrouw V.");
}

async fn nobody_leaves_an_account_without_somebody_who_signed_in(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let tulips = number(TULIPS);
    let mut tx = place.tx().await;
    accounts::hold(&mut tx, &tulips).await.unwrap();
    let dismiss = async |tx: &mut esecured::store::Tx, whom| {
        let may = appointments::others_signed_in(tx, &tulips, whom).await;
        let gone = appointments::dismiss_unless_last(tx, &tulips, whom).await;
        let (may, gone) = (may.unwrap(), gone.unwrap());
        assert_eq!(may, gone);
        gone
    };
    appointments::note_sign_in(&mut tx, anna, NOON)
        .await
        .unwrap();
    // Bram could sign in, and is known to elsewhere; here he never did.
    people::set_password(&mut tx, bram, "hash", NOON)
        .await
        .unwrap();
    assert!(!dismiss(&mut tx, anna).await);
    appointments::note_sign_in(&mut tx, bram, NOON)
        .await
        .unwrap();
    assert!(dismiss(&mut tx, anna).await);
    assert!(!dismiss(&mut tx, bram).await);
}

async fn the_operator_knows_who_has_a_way_in(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let tulips = number(TULIPS);
    let mut tx = place.tx().await;
    let others = async |tx: &mut esecured::store::Tx| {
        let others = appointments::others_have_a_way_in(tx, &tulips, anna).await;
        others.unwrap()
    };
    assert!(!others(&mut tx).await);
    for (table, columns) in [
        (
            "passkey",
            "(id, administrator_id, name, credential, created_at) VALUES ('x', $1, '', '', 0)",
        ),
        (
            "identity",
            "(issuer, subject, administrator_id, linked_at) VALUES ('x', 'y', $1, 0)",
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO {table} {columns}"
        )))
        .bind(bram.to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
        assert!(others(&mut tx).await, "{table}");
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    people::set_password(&mut tx, bram, "hash", NOON)
        .await
        .unwrap();
    assert!(others(&mut tx).await);
}

async fn what_somebody_did_for_an_account_is_told_from_what_it_did_for_itself(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let tulips = number(TULIPS);
    let mut tx = place.tx().await;
    let acted = async |tx: &mut esecured::store::Tx| {
        appointments::ever_acted(tx, &tulips, anna).await.unwrap()
    };
    for (name, account, actor, expected) in [
        ("administrator.added", TULIPS, Actor::Operator, false),
        (
            "account.activated",
            ROSES,
            Actor::Administrator(anna),
            false,
        ),
        ("stand_in.named", TULIPS, Actor::Administrator(anna), false),
        (
            "administrator.alias_added",
            TULIPS,
            Actor::Administrator(anna),
            false,
        ),
        (
            "account.activated",
            TULIPS,
            Actor::Administrator(anna),
            true,
        ),
    ] {
        let event = AuditEvent::of_account(&number(account), name, actor, NOON);
        audit::append(&mut tx, &event).await.unwrap();
        assert_eq!(acted(&mut tx).await, expected, "{name}");
    }
}

async fn whether_all_accounts_of_another_are_shared(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let carla = place.administrator("carla@example.com", ROSES).await;
    let away = place.administrator("away@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    people::dismiss(&mut tx, &number(TULIPS), away)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let shares = async |caller, other| {
        let mut conn = place.store.read().await.unwrap();
        appointments::shares_all_accounts(&mut conn, caller, other)
            .await
            .unwrap()
    };
    assert!(shares(anna, bram).await && shares(bram, anna).await && shares(anna, anna).await);
    assert!(!shares(anna, carla).await && !shares(carla, anna).await);
    assert!(!shares(anna, away).await, "who has no account shares none");
    // Anna has one more than Bram: she sees all of his, he not all of hers.
    appoints(&place, anna, ROSES).await;
    assert!(shares(anna, bram).await && shares(anna, carla).await);
    assert!(!shares(bram, anna).await && !shares(carla, anna).await);
}

async fn esecure_is_switched_once_each_way(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let mut tx = place.tx().await;
    for (to, expected) in [
        (Esecure::Active, false),
        (Esecure::Inactive, true),
        (Esecure::Inactive, false),
        (Esecure::Active, true),
    ] {
        let switched = accounts::switch_esecure(&mut tx, &tulips, to, after(3)).await;
        assert_eq!(switched.unwrap(), expected);
        let account = accounts::find(&mut tx, &tulips).await.unwrap().unwrap();
        assert_eq!(account.esecure, to);
    }
}

async fn an_event_is_found_by_its_place_in_the_chain(database: Database) {
    let place = Place::open(database).await;
    let mut tx = place.tx().await;
    let tulips = number(TULIPS);
    for (name, expected) in [("account.activated", 1), ("account.deactivated", 2)] {
        let event = AuditEvent::of_account(&tulips, name, Actor::Operator, NOON);
        let place = audit::append_numbered(&mut tx, &event).await.unwrap();
        assert_eq!(place, expected);
        let found = audit::in_chain(&mut tx, TULIPS, place).await.unwrap();
        assert_eq!(found.unwrap().name, name);
    }
    assert!(audit::in_chain(&mut tx, TULIPS, 3).await.unwrap().is_none());
}

on_both_databases!(
    everybody_sees_the_administrators_of_their_own_accounts_alone,
    a_colleague_is_shown_with_mails_sign_in_and_phone,
    nobody_leaves_an_account_without_somebody_who_signed_in,
    the_operator_knows_who_has_a_way_in,
    what_somebody_did_for_an_account_is_told_from_what_it_did_for_itself,
    whether_all_accounts_of_another_are_shared,
    esecure_is_switched_once_each_way,
    an_event_is_found_by_its_place_in_the_chain,
);
