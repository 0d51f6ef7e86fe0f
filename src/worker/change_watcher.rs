//! The change watcher: tells those who wait for a request what another process changed.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    app::App,
    domain::timestamp::Timestamp,
    store::{StoreError, request_lists, test_requests},
};

const EVERY: Duration = Duration::from_millis(500);
/// Clocks of several daemons differ, and a commit comes after the time that it writes.
const OVERLAP: Duration = Duration::from_secs(10);

/// Runs until told to stop.
pub async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        if app.request_changes.is_awaited()
            && let Err(error) = look(&app).await
        {
            // Whoever waits looks for themselves when their time is over.
            warn!(
                event = "database.failed",
                "Changed requests were not looked for: {error}"
            );
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    Ok(())
}

/// Rings for every request that was changed lately; how many there were. Ringing for one twice only
/// makes somebody look twice.
pub async fn look(app: &App) -> Result<usize, StoreError> {
    let since: Timestamp = app.clock.now().minus(OVERLAP);
    let mut conn = app.store.read().await?;
    let mut changed = request_lists::changed_since(&mut conn, since).await?;
    changed.extend(test_requests::changed_since(&mut conn, since).await?);
    drop(conn);
    for id in &changed {
        app.request_changes.ring(*id);
    }
    Ok(changed.len())
}
