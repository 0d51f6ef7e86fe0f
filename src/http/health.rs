//! Whether the daemon lives and is ready, and its metrics. Served on `server.admin_listen`, or beside
//! the rest.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};

use super::security_headers;
use crate::{app::App, mail::smtp::Permit, metrics};

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

/// `/livez`, `/readyz` and `/metrics`.
pub fn router(app: App, stopping: Stopping) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(show_metrics))
        .with_state((app.clone(), stopping))
        .layer(middleware::from_fn_with_state(app, security_headers::add))
}

/// How things stand, for Prometheus.
async fn show_metrics(State((app, _)): State<(App, Stopping)>) -> Result<Response, StatusCode> {
    match metrics::page(&app).await {
        Ok(page) => Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], page).into_response()),
        Err(error) => {
            tracing::error!(
                event = "http.failed",
                "The metrics cannot be shown: {error}"
            );
            Err(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// With `?verbose` each check has a line. Only what nobody can be served without makes it not ready:
/// while the mailbox or the mail server is away, all else goes on.
async fn ready(
    State((app, stopping)): State<(App, Stopping)>,
    RawQuery(query): RawQuery,
) -> (StatusCode, String) {
    let unready = |words: &str| (StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
    if stopping.has_begun() {
        return unready("stopping\n");
    }
    let answers = async {
        let mut conn = app.store.read().await?;
        crate::store::accounts::any(&mut conn).await
    };
    if let Err(error) = answers.await {
        tracing::error!(event = "database.failed", "Not ready: {error}");
        return unready("the database does not answer\n");
    }
    let is_verbose = query.is_some_and(|query| query.split('&').any(|word| word == "verbose"));
    let checks = if is_verbose {
        checks(&app)
    } else {
        String::new()
    };
    (StatusCode::OK, format!("{checks}ok\n"))
}

/// A line for each thing that the daemon works with.
fn checks(app: &App) -> String {
    let mut mail_server = match app.transport.permit(app.clock.now()) {
        Permit::All => "ok".to_owned(),
        Permit::One | Permit::None => "failing, and left alone for now".to_owned(),
    };
    if let Some(at) = app.transport.taken_at() {
        mail_server.push_str(&format!("; last took a mail at {at}"));
    }
    let mailbox = match app.config.inbox {
        Some(_) => app.inbox_watch.noticed().to_string(),
        None => "none is read".to_owned(),
    };
    format!("database: ok\nmail server: {mail_server}\nmailbox: {mailbox}\n")
}
