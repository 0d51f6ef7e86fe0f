//! Forgetting the oldest events of the feed.

use esecured::store::feed_pruning;

use super::{Place, TULIPS, after};
use crate::support::{Database, on_both_databases};

impl Place {
    async fn forgets(&self, before: u64, at_most: i64) -> (u64, i64) {
        let mut tx = self.tx().await;
        let count = feed_pruning::forget(&mut tx, after(before), at_most).await;
        let forgotten = feed_pruning::forgotten(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        (count.unwrap(), forgotten)
    }
}

async fn events_are_forgotten_from_the_beginning_and_never_from_the_middle(database: Database) {
    let place = Place::open(database).await;
    assert_eq!(place.forgets(9, 9).await, (0, 0));
    for (name, at) in [("a", 1), ("b", 2), ("c", 9), ("d", 3)] {
        let address = format!("{name}@one.example");
        place.opened(&address, TULIPS, after(at)).await;
    }
    // What has no position yet stays, however old.
    assert_eq!(place.forgets(9, 9).await, (0, 0));
    place.places(9).await;
    assert_eq!(place.forgets(1, 9).await, (0, 0));
    assert_eq!(place.forgets(9, 1).await, (1, 1));
    // The third happened later: what stands behind it waits.
    assert_eq!(place.forgets(9, 9).await, (1, 2));
    assert_eq!(place.forgets(9, 9).await, (0, 2));
    assert_eq!(place.forgets(10, 9).await, (2, 4));
    assert_eq!(place.forgets(10, 9).await, (0, 4));
}

on_both_databases!(events_are_forgotten_from_the_beginning_and_never_from_the_middle);
