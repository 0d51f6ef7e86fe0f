//! Giving announced changes their place in the event feed, once they are committed.

use crate::{
    app::App,
    store::{StoreError, event_feed, retrying},
};

/// Gives at most so many events their place; how many it were. Several daemons may do it at once:
/// one waits for the other.
pub async fn place_events(app: &App, at_most: i64) -> Result<usize, StoreError> {
    let mut conn = app.store.read().await?;
    if !event_feed::has_unplaced(&mut conn).await? {
        return Ok(0);
    }
    drop(conn);
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        let placed = event_feed::place(&mut tx, at_most).await?;
        tx.commit().await?;
        Ok(placed)
    })
    .await
}
