//! One-time-password devices, recovery codes, and the ceremonies in which they are asked for.

use esecured::store::{
    ceremonies::{self, Ceremony},
    recovery_codes, totps,
};

use super::{NOON, Place, TULIPS, after};
use crate::support::{Database, on_both_databases};

async fn a_device_is_begun_confirmed_used_and_removed(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    let find = totps::find(&mut tx, anna).await.unwrap();
    assert_eq!(find, None);
    assert!(totps::begin(&mut tx, anna, "0101.one", NOON).await.unwrap());
    // Begun again before it was confirmed: only the new secret counts.
    let again = totps::begin(&mut tx, anna, "0101.two", after(1)).await;
    assert!(again.unwrap());
    assert!(!totps::use_step(&mut tx, anna, 7).await.unwrap());
    for (who, secret, step, confirmed) in [
        (anna, "0101.one", 7, false),
        (bram, "0101.two", 7, false),
        (anna, "0101.two", 0, false),
        (anna, "0101.two", 7, true),
        (anna, "0101.two", 8, false),
    ] {
        let result = totps::confirm(&mut tx, who, secret, step, after(2)).await;
        assert_eq!(result.unwrap(), confirmed, "{secret} {step}");
    }
    let found = totps::find(&mut tx, anna).await.unwrap().unwrap();
    assert_eq!(found.administrator, anna);
    assert_eq!((found.secret.as_str(), found.last_step), ("0101.two", 7));
    assert_eq!(found.confirmed_at, Some(after(2)));
    // In use: not replaced by beginning anew.
    let again = totps::begin(&mut tx, anna, "0101.three", after(3)).await;
    assert!(!again.unwrap());

    for (who, step, new) in [
        (anna, 7, false),
        (anna, 6, false),
        (anna, 9, true),
        (anna, 9, false),
        (anna, 8, false),
        (bram, 9, false),
    ] {
        let result = totps::use_step(&mut tx, who, step).await;
        assert_eq!(result.unwrap(), new, "{step}");
    }
    // Counted before they are looked at, until a right one.
    assert_eq!(
        totps::count_try(&mut tx, bram, after(4)).await.unwrap(),
        None
    );
    for wrong in 1..=2 {
        let counted = totps::count_try(&mut tx, anna, after(4)).await;
        assert_eq!(counted.unwrap(), Some(wrong));
    }
    totps::wait_until(&mut tx, anna, after(6)).await.unwrap();
    let waits = totps::find(&mut tx, anna).await.unwrap().unwrap();
    assert_eq!(waits.waits_until, after(6));
    for (seconds, counted) in [(5, None), (6, Some(3))] {
        let at = after(seconds);
        assert_eq!(totps::count_try(&mut tx, anna, at).await.unwrap(), counted);
    }
    totps::wait_until(&mut tx, anna, after(9)).await.unwrap();
    assert!(totps::use_step(&mut tx, anna, 10).await.unwrap());
    let counted = totps::count_try(&mut tx, anna, after(6)).await;
    assert_eq!(counted.unwrap(), Some(1), "a right one ended the row");

    assert!(!totps::remove(&mut tx, bram).await.unwrap());
    assert!(totps::remove(&mut tx, anna).await.unwrap());
    assert!(!totps::remove(&mut tx, anna).await.unwrap());
}

async fn secrets_of_a_former_key_are_found_and_sealed_anew(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    totps::begin(&mut tx, anna, "0101.a", NOON).await.unwrap();
    totps::begin(&mut tx, bram, "0202.b", NOON).await.unwrap();
    let old = totps::sealed_otherwise(&mut tx, "0202", 9).await.unwrap();
    let old: Vec<&str> = old.iter().map(|one| one.secret.as_str()).collect();
    assert_eq!(old, ["0101.a"]);
    let none = totps::sealed_otherwise(&mut tx, "0303", 1).await.unwrap();
    assert_eq!(none.len(), 1);
    // Another secret came meanwhile: it stays.
    for (was, secret) in [("0101.x", "0101.a"), ("0101.a", "0202.a")] {
        totps::reseal(&mut tx, anna, was, "0202.a").await.unwrap();
        let found = totps::find(&mut tx, anna).await.unwrap().unwrap();
        assert_eq!(found.secret, secret);
    }
}

async fn a_recovery_code_is_used_up_once_by_its_owner(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    let hashes = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (who, these) in [(anna, "a b c"), (bram, "c d")] {
        recovery_codes::replace(&mut tx, who, &hashes(these))
            .await
            .unwrap();
    }
    for (who, hash, used) in [
        (bram, "a", false),
        (anna, "a", true),
        (anna, "a", false),
        (anna, "d", false),
        (anna, "c", true),
        (bram, "c", true),
    ] {
        let result = recovery_codes::use_up(&mut tx, who, hash, NOON).await;
        assert_eq!(result.unwrap(), used, "{hash}");
    }
    assert_eq!(recovery_codes::left(&mut tx, anna).await.unwrap(), 1);
    recovery_codes::replace(&mut tx, anna, &hashes("a e"))
        .await
        .unwrap();
    assert_eq!(recovery_codes::left(&mut tx, anna).await.unwrap(), 2);
    let result = recovery_codes::use_up(&mut tx, anna, "b", NOON).await;
    assert!(!result.unwrap());
    recovery_codes::remove_all_of(&mut tx, anna).await.unwrap();
    assert_eq!(recovery_codes::left(&mut tx, anna).await.unwrap(), 0);
    assert_eq!(recovery_codes::left(&mut tx, bram).await.unwrap(), 1);
}

async fn a_ceremony_takes_so_many_tries_and_ends_with_the_password(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    for (id, administrator) in [("1", Some(anna)), ("2", Some(bram)), ("3", None)] {
        let ceremony = Ceremony {
            kind: "code".to_owned(),
            administrator,
            state: String::new(),
            created_at: NOON,
        };
        ceremonies::insert(&mut tx, id, &ceremony).await.unwrap();
    }
    for (id, kind, may) in [
        ("1", "code", true),
        ("1", "passkey", false),
        ("4", "code", false),
        ("1", "code", true),
        ("1", "code", false),
        ("2", "code", true),
    ] {
        let result = ceremonies::try_again(&mut tx, id, kind, 2).await;
        assert_eq!(result.unwrap(), may, "{id} {kind}");
    }
    ceremonies::end_all_of(&mut tx, anna).await.unwrap();
    for (id, lives) in [("1", false), ("2", true), ("3", true)] {
        let found = ceremonies::find(&mut tx, id).await.unwrap();
        assert_eq!(found.is_some(), lives, "{id}");
    }
}

on_both_databases!(
    a_device_is_begun_confirmed_used_and_removed,
    secrets_of_a_former_key_are_found_and_sealed_anew,
    a_recovery_code_is_used_up_once_by_its_owner,
    a_ceremony_takes_so_many_tries_and_ends_with_the_password,
);
