//! Forgetting the events of the feed that are older than `retention.events`.

use crate::{
    app::App,
    store::{StoreError, feed_pruning, retrying},
};

/// Forgets them, at most so many in one transaction; how many it were.
pub async fn forget_events(app: &App, at_most: i64) -> Result<u64, StoreError> {
    let Some(kept) = app.config.retention.events else {
        return Ok(0);
    };
    let before = app.clock.now().minus(kept);
    let mut forgotten = 0;
    loop {
        let some = retrying(|| async {
            let mut tx = app.store.begin().await?;
            let some = feed_pruning::forget(&mut tx, before, at_most).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(some)
        })
        .await?;
        if some == 0 {
            return Ok(forgotten);
        }
        forgotten += some;
    }
}
