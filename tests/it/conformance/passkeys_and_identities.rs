//! Passkeys, who administrators are at an identity provider, and sign-ins of several steps.

use esecured::{
    domain::people::AdministratorId,
    store::{
        ceremonies::{self, Ceremony},
        identities::{self, Identity},
        passkeys::{self, Passkey},
    },
};

use super::{FIRST, LAST, NOON, Place, TULIPS, after};
use crate::support::{Database, on_both_databases};

const COMPANY: &str = "https://login.tulips.example";
const OTHER: &str = "https://login.tulips.example/";

fn passkey(id: &str, administrator: AdministratorId) -> Passkey {
    Passkey {
        id: id.to_owned(),
        administrator,
        name: "Anna’s sleutel 🔑".to_owned(),
        credential: r#"{"counter":1}"#.to_owned(),
        created_at: NOON,
        used_at: None,
    }
}

async fn a_passkey_comes_back_as_it_was_kept(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    let kept = Passkey {
        created_at: LAST,
        ..passkey("b", anna)
    };
    assert!(passkeys::insert(&mut tx, &kept).await.unwrap());
    let found = passkeys::find(&mut tx, "b").await.unwrap().unwrap();
    assert_eq!(found.administrator, anna);
    assert_eq!(found.name, kept.name);
    assert_eq!(found.credential, kept.credential);
    assert_eq!((found.created_at, found.used_at), (LAST, None));
    assert!(passkeys::find(&mut tx, "B").await.unwrap().is_none());

    let oldest = Passkey {
        created_at: FIRST,
        ..passkey("c", anna)
    };
    assert!(passkeys::insert(&mut tx, &oldest).await.unwrap());
    let all = passkeys::of_administrator(&mut tx, anna).await.unwrap();
    let all: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(all, ["c", "b"]);
}

async fn one_device_key_is_one_persons(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let bram = place.administrator("bram@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    assert!(
        passkeys::insert(&mut tx, &passkey("a", anna))
            .await
            .unwrap()
    );
    assert!(
        !passkeys::insert(&mut tx, &passkey("a", bram))
            .await
            .unwrap()
    );
    assert!(
        !passkeys::insert(&mut tx, &passkey("a", anna))
            .await
            .unwrap()
    );
    let found = passkeys::find(&mut tx, "a").await.unwrap().unwrap();
    assert_eq!(found.administrator, anna);
    assert!(
        passkeys::of_administrator(&mut tx, bram)
            .await
            .unwrap()
            .is_empty()
    );
    // Nor can he take it away.
    assert!(!passkeys::remove(&mut tx, bram, "a").await.unwrap());
    assert!(passkeys::remove(&mut tx, anna, "a").await.unwrap());
    assert!(!passkeys::remove(&mut tx, anna, "a").await.unwrap());
}

async fn a_passkey_is_used_from_the_count_that_was_checked(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    let first = passkey("a", anna);
    passkeys::insert(&mut tx, &first).await.unwrap();
    passkeys::insert(&mut tx, &passkey("b", anna))
        .await
        .unwrap();
    let second = r#"{"counter":2}"#;
    assert!(
        passkeys::used(&mut tx, &first, second, after(1))
            .await
            .unwrap()
    );
    let found = passkeys::find(&mut tx, "a").await.unwrap().unwrap();
    assert_eq!(
        (found.credential.as_str(), found.used_at),
        (second, Some(after(1)))
    );
    // Whoever still looks at the first count comes too late.
    assert!(
        !passkeys::used(&mut tx, &first, second, after(2))
            .await
            .unwrap()
    );
    let other = passkeys::find(&mut tx, "b").await.unwrap().unwrap();
    assert_eq!((other.credential, other.used_at), (first.credential, None));
}

async fn an_identity_stands_for_one_person(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let bram = place.administrator("bram@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    let annas = Identity {
        issuer: COMPANY.to_owned(),
        subject: "00u1".to_owned(),
        administrator: anna,
        linked_at: NOON,
    };
    assert!(identities::link(&mut tx, &annas).await.unwrap());
    let brams = Identity {
        administrator: bram,
        ..annas.clone()
    };
    assert!(!identities::link(&mut tx, &brams).await.unwrap());
    for (issuer, subject, expected) in [
        (COMPANY, "00u1", Some(&annas)),
        (COMPANY, "00U1", None),
        (COMPANY, "00u2", None),
        // Issuers are compared letter by letter.
        (OTHER, "00u1", None),
    ] {
        let found = identities::find(&mut tx, issuer, subject).await.unwrap();
        assert_eq!(found.as_ref(), expected);
        let found = identities::find_now(&mut tx, issuer, subject)
            .await
            .unwrap();
        assert_eq!(found.as_ref(), expected);
    }
    let elsewhere = Identity {
        issuer: OTHER.to_owned(),
        linked_at: FIRST,
        ..annas.clone()
    };
    assert!(identities::link(&mut tx, &elsewhere).await.unwrap());
    let all = identities::of_administrator(&mut tx, anna).await.unwrap();
    assert_eq!(all, [elsewhere.clone(), annas.clone()]);
    assert_eq!(identities::unlink(&mut tx, bram, COMPANY).await.unwrap(), 0);
    assert_eq!(identities::unlink(&mut tx, anna, COMPANY).await.unwrap(), 1);
    let all = identities::of_administrator(&mut tx, anna).await.unwrap();
    assert_eq!(all, [elsewhere]);
}

async fn whoever_starts_anew_has_neither(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let bram = place.administrator("bram@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    for (id, administrator) in [("a", anna), ("b", anna), ("c", bram)] {
        passkeys::insert(&mut tx, &passkey(id, administrator))
            .await
            .unwrap();
        let identity = Identity {
            issuer: COMPANY.to_owned(),
            subject: id.to_owned(),
            administrator,
            linked_at: NOON,
        };
        assert!(identities::link(&mut tx, &identity).await.unwrap());
    }
    assert_eq!(passkeys::remove_all_of(&mut tx, anna).await.unwrap(), 2);
    assert_eq!(identities::unlink_all_of(&mut tx, anna).await.unwrap(), 2);
    assert_eq!(passkeys::remove_all_of(&mut tx, anna).await.unwrap(), 0);
    assert_eq!(identities::unlink_all_of(&mut tx, anna).await.unwrap(), 0);
    assert!(passkeys::find(&mut tx, "c").await.unwrap().is_some());
    let brams = identities::of_administrator(&mut tx, bram).await.unwrap();
    assert_eq!(brams.len(), 1);
}

async fn a_ceremony_is_taken_once(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let begun = Ceremony {
        kind: "passkey.sign_in".to_owned(),
        administrator: None,
        state: r#"{"next":"/é🔑"}"#.to_owned(),
        created_at: NOON,
    };
    let hers = Ceremony {
        administrator: Some(anna),
        created_at: after(1),
        ..begun.clone()
    };
    let mut tx = place.tx().await;
    ceremonies::insert(&mut tx, "a", &begun).await.unwrap();
    ceremonies::insert(&mut tx, "b", &hers).await.unwrap();
    assert_eq!(ceremonies::strangers(&mut tx).await.unwrap(), 1);
    for (id, expected) in [("a", Some(&begun)), ("b", Some(&hers)), ("A", None)] {
        let found = ceremonies::find(&mut tx, id).await.unwrap();
        assert_eq!(found.as_ref(), expected, "{id}");
    }
    let taken = ceremonies::take(&mut tx, "a").await.unwrap();
    assert_eq!(taken, Some(begun.clone()));
    assert_eq!(ceremonies::take(&mut tx, "a").await.unwrap(), None);
    assert_eq!(ceremonies::strangers(&mut tx).await.unwrap(), 0);
    // The old ones are forgotten.
    ceremonies::insert(&mut tx, "c", &begun).await.unwrap();
    ceremonies::prune(&mut tx, after(1)).await.unwrap();
    assert_eq!(ceremonies::find(&mut tx, "c").await.unwrap(), None);
    assert_eq!(ceremonies::find(&mut tx, "b").await.unwrap(), Some(hers));
}

async fn the_oldest_stranger_of_the_fullest_place_gives_way(database: Database) {
    const HOME: &str = "00000000000000aa";
    const OFFICE: &str = "00000000000000AB";
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    let mut tx = place.tx().await;
    assert_eq!(ceremonies::fullest_place(&mut tx).await.unwrap(), None);
    for (id, at, administrator) in [
        (format!("{HOME}.late"), 2, None),
        (format!("{HOME}.early"), 1, None),
        (format!("{HOME}.hers"), 0, Some(anna)),
        (format!("{OFFICE}.one"), 0, None),
        ("nowhere".to_owned(), 0, None),
    ] {
        let ceremony = Ceremony {
            kind: "passkey.sign_in".to_owned(),
            administrator,
            state: "{}".to_owned(),
            created_at: after(at),
        };
        ceremonies::insert(&mut tx, &id, &ceremony).await.unwrap();
    }
    for (at, many) in [(HOME, 2), (OFFICE, 1), ("", 0)] {
        let found = ceremonies::of_place(&mut tx, at).await.unwrap();
        assert_eq!(found, many, "{at}");
    }
    let fullest = ceremonies::fullest_place(&mut tx).await.unwrap();
    assert_eq!(fullest.as_deref(), Some(HOME));
    for left in [["late", "hers"].as_slice(), &["hers"], &["hers"]] {
        ceremonies::end_oldest_of_place(&mut tx, HOME)
            .await
            .unwrap();
        for name in ["early", "late", "hers"] {
            let id = format!("{HOME}.{name}");
            let found = ceremonies::find(&mut tx, &id).await.unwrap();
            assert_eq!(found.is_some(), left.contains(&name), "{name}");
        }
    }
    let fullest = ceremonies::fullest_place(&mut tx).await.unwrap();
    assert_eq!(fullest.as_deref(), Some(OFFICE));
}

on_both_databases!(
    a_ceremony_is_taken_once,
    the_oldest_stranger_of_the_fullest_place_gives_way,
    a_passkey_comes_back_as_it_was_kept,
    one_device_key_is_one_persons,
    a_passkey_is_used_from_the_count_that_was_checked,
    an_identity_stands_for_one_person,
    whoever_starts_anew_has_neither,
);
