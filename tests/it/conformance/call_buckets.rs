//! How much a key may still change.

use esecured::{
    domain::people::{Client, ClientId, KeyHolder},
    store::{call_buckets, clients},
};

use super::{NOON, Place, after};
use crate::support::{Database, on_both_databases};

async fn a_bucket_changes_only_from_what_was_seen(database: Database) {
    let place = Place::open(database).await;
    let client = ClientId::new();
    let mut tx = place.tx().await;
    let holder = KeyHolder::Live(Client {
        id: client,
        name: "erp".to_owned(),
        all_accounts: true,
    });
    clients::insert(&mut tx, &holder, "hash", &[], None, NOON)
        .await
        .unwrap();
    assert_eq!(call_buckets::full_at(&mut tx, client).await.unwrap(), None);
    for (seen, full_at, is_set) in [
        (Some(after(1)), after(2), false),
        (None, after(1), true),
        (None, after(2), false),
        (Some(after(9)), after(2), false),
        (Some(after(1)), after(2), true),
        (Some(after(1)), after(3), false),
    ] {
        let set = call_buckets::set_full_at(&mut tx, client, seen, full_at).await;
        assert_eq!(set.unwrap(), is_set, "{seen:?}");
    }
    let full_at = call_buckets::full_at(&mut tx, client).await.unwrap();
    assert_eq!(full_at, Some(after(2)));
}

on_both_databases!(a_bucket_changes_only_from_what_was_seen);
