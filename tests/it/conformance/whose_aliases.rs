//! Aliases: whose they are, and who sees them.

use esecured::store::{aliases, appointments, people};

use super::{NOON, Place, TULIPS, email, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "998877665";

async fn the_addresses_of_all_colleagues_are_found_at_once(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let carla = place.administrator("carla@example.com", ROSES).await;
    let mut tx = place.tx().await;
    for account in [TULIPS, ROSES] {
        people::appoint(&mut tx, &number(account), bram, NOON)
            .await
            .unwrap();
    }
    for (caller, expected) in [
        (anna, vec!["anna@example.com", "bram@example.com"]),
        (
            bram,
            vec!["anna@example.com", "bram@example.com", "carla@example.com"],
        ),
        (carla, vec!["bram@example.com", "carla@example.com"]),
    ] {
        let found = appointments::addresses_of_colleagues(&mut tx, caller).await;
        let mut found: Vec<String> = found
            .unwrap()
            .iter()
            .map(|one| one.as_typed().to_owned())
            .collect();
        found.sort();
        assert_eq!(found, expected);
    }
}

async fn an_alias_belongs_to_one_administrator_of_an_account(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let bram = place.administrator("bram@example.com", TULIPS).await;
    let carla = place.administrator("carla@example.com", ROSES).await;
    let private = place.person("Anna@home.example").await;
    let own = place.person("carla@example.com").await;
    let mut tx = place.tx().await;
    people::hold_person(&mut tx, private).await.unwrap();
    for (person, administrator, expected) in [
        (private, anna, true),
        (private, bram, false),
        (private, anna, false),
        // Her own address, for one thing; what it is elsewhere keeps nobody out.
        (own, carla, false),
        (own, anna, true),
        (private, carla, true),
    ] {
        let inserted = aliases::insert(&mut tx, person, administrator, NOON).await;
        assert_eq!(inserted.unwrap(), expected);
    }
    for (person, whose, expected) in [
        (private, anna, true),
        (private, bram, false),
        (private, carla, true),
        (own, carla, false),
    ] {
        let theirs = aliases::is_theirs(&mut tx, person, whose).await;
        assert_eq!(theirs.unwrap(), expected);
    }
    for (person, account, expected) in [
        (private, TULIPS, true),
        (private, ROSES, true),
        (own, TULIPS, true),
        (own, ROSES, false),
    ] {
        let known = aliases::is_known_on(&mut tx, person, &number(account)).await;
        assert_eq!(known.unwrap(), expected);
    }
    for (caller, expected) in [(bram, vec![anna]), (anna, vec![]), (carla, vec![])] {
        let with = aliases::colleagues_with(&mut tx, private, caller).await;
        assert_eq!(with.unwrap(), expected);
    }
    // From here on it is Anna's alone.
    assert!(aliases::delete(&mut tx, private, carla).await.unwrap());
    assert!(aliases::delete(&mut tx, own, anna).await.unwrap());
    for (administrator, address, expected) in [
        (anna, "anna@HOME.example", true),
        (anna, "anna@example.com", false),
        (bram, "anna@home.example", false),
    ] {
        let is = aliases::is_of(&mut tx, administrator, &email(address)).await;
        assert_eq!(is.unwrap(), expected, "{address}");
    }
    for (caller, count) in [(anna, 1), (bram, 1), (carla, 0)] {
        let seen = aliases::of_colleagues(&mut tx, caller).await.unwrap();
        assert_eq!(seen.len(), count);
        assert!(seen.iter().all(|alias| alias.administrator == anna
            && alias.person == private
            && alias.email.as_typed() == "Anna@home.example"));
    }
    // Another account of hers takes it from nobody's sight, and shows it to who decides there.
    people::appoint(&mut tx, &number(ROSES), anna, NOON)
        .await
        .unwrap();
    for caller in [anna, bram, carla] {
        let seen = aliases::of_colleagues(&mut tx, caller).await.unwrap();
        assert_eq!(seen.len(), 1);
    }
    assert!(!aliases::delete(&mut tx, private, bram).await.unwrap());
    assert!(aliases::delete(&mut tx, private, anna).await.unwrap());
    assert!(!aliases::delete(&mut tx, private, anna).await.unwrap());
    aliases::insert(&mut tx, private, anna, NOON).await.unwrap();
    aliases::delete_all_of(&mut tx, anna).await.unwrap();
    assert!(!aliases::is_theirs(&mut tx, private, anna).await.unwrap());
}

on_both_databases!(
    the_addresses_of_all_colleagues_are_found_at_once,
    an_alias_belongs_to_one_administrator_of_an_account,
);
