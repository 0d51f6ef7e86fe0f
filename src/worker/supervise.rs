//! Keeping workers going: one that fails is started again, a little later each time.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::app::App;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A worker that ran this long has recovered.
const RECOVERED: Duration = Duration::from_secs(120);

/// Runs a worker until told to stop, starting it again when it fails.
pub async fn keep_going<F, Fut>(
    app: &App,
    name: &'static str,
    stop: CancellationToken,
    mut worker: F,
) where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let mut wait = FIRST_WAIT;
    while !stop.is_cancelled() {
        let started = tokio::time::Instant::now();
        // A worker that panics is a fault of ours, and no reason to take everything down with it.
        let ended = AssertUnwindSafe(worker()).catch_unwind().await;
        match ended.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked; please report this"))) {
            Ok(()) => return,
            Err(error) => {
                if started.elapsed() > RECOVERED {
                    wait = FIRST_WAIT;
                }
                let failures = &app.metrics.counted.worker_failures;
                failures.with_label_values(&[name]).inc();
                error!(
                    event = "worker.failed",
                    worker = name,
                    retry_s = wait.as_secs(),
                    "The {name} failed and starts again in {} s: {error:#}",
                    wait.as_secs(),
                );
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
