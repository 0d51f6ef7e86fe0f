//! Another daemon on the database of the first: beside it, or after it.

use esecured::{app::App, clock::Clock, http, worker::change_watcher};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::TestApp;

/// The daemon itself, which knows nothing but what is in the database.
pub async fn colleague(app: &TestApp) -> App {
    let config = (*app.app.config).clone();
    App::build(config, Clock::Fixed(app.clock.clone()), false)
        .await
        .unwrap()
}

/// The same with a port of its own, looking for what others change.
pub struct ServingColleague {
    /// The daemon.
    pub app: App,
    /// Where it listens.
    pub base: String,
    stop: CancellationToken,
}

impl ServingColleague {
    /// It begins.
    pub async fn of(app: &TestApp) -> Self {
        let app = colleague(app).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let router = http::router(app.clone());
        tokio::spawn(http::serve::serve(listener, router, stop.clone()));
        tokio::spawn(change_watcher::run(app.clone(), stop.clone()));
        Self { app, base, stop }
    }
}

impl Drop for ServingColleague {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
