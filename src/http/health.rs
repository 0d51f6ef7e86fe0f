//! Whether the daemon lives and is ready. Served on `server.admin_listen`, or beside the rest.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, extract::State, http::StatusCode, middleware, routing::get};

use super::security_headers;
use crate::app::App;

/// Said to be not ready once a stop has begun, so that nobody sends more work.
#[derive(Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// A stop has begun.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// `/livez` and `/readyz`.
pub fn router(app: App, stopping: Stopping) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state((app.clone(), stopping))
        .layer(middleware::from_fn_with_state(app, security_headers::add))
}

async fn ready(State((app, stopping)): State<(App, Stopping)>) -> (StatusCode, &'static str) {
    if stopping.has_begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let answers = async {
        let mut conn = app.store.read().await?;
        crate::store::accounts::any(&mut conn).await
    };
    match answers.await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(event = "database.failed", "Not ready: {error}");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
