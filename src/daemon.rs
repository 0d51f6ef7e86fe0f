//! The daemon: listeners and workers, signals, and a stop in order.
//!
//! A stop says "not ready", takes no more connections, lets what runs finish, gives unused leases
//! back, and ends within `server.shutdown_grace`. Health is answered to the last, so that whoever
//! asks hears "stopping" and not silence.

use std::{future::Future, net::SocketAddr, time::Duration};

use anyhow::Context;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    app::App,
    http::{self, health::Stopping},
    store::{Dialect, StoreError, mailbox_leases, outbox, retrying, webhook_queue},
    worker::{change_watcher, courier, mail_reader, messenger, supervise, sweeper},
};

/// How long giving leases back may take, beyond `server.shutdown_grace`.
const GIVING_BACK: Duration = Duration::from_secs(1);

/// Where the daemon listens.
pub struct Listeners {
    /// Portal, reject page and API.
    pub public: TcpListener,
    /// Health; with none it is served beside the rest.
    pub admin: Option<TcpListener>,
}

impl Listeners {
    /// Listens where the configuration says.
    pub async fn bind(app: &App) -> anyhow::Result<Self> {
        let server = &app.config.server;
        let admin = match server.admin_listen {
            Some(address) => Some(listen(address, "server.admin_listen").await?),
            None => None,
        };
        Ok(Self {
            public: listen(server.listen, "server.listen").await?,
            admin,
        })
    }
}

async fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with {key}"))
}

/// Runs until `stop`, then ends in order.
pub async fn run(app: App, listeners: Listeners, stop: CancellationToken) -> anyhow::Result<()> {
    if app.store.dialect() == Dialect::Sqlite {
        // Nobody else can hold one: there is one daemon to a file.
        retrying(|| async {
            let mut tx = app.store.begin().await?;
            outbox::take_back_leases(&mut tx).await?;
            mailbox_leases::take_back_all(&mut tx, app.clock.now()).await?;
            webhook_queue::give_back_leases(&mut tx, None).await?;
            tx.commit().await
        })
        .await
        .map_err(|error: StoreError| anyhow::anyhow!(error))?;
    }
    let stopping = Stopping::default();
    // Not `stop` itself: "not ready" is said before the first connection is refused.
    let ending = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let health = start_listeners(&app, listeners, &stopping, &ending, &mut tasks)?;
    let owner = format!("{}-{}", std::process::id(), uuid::Uuid::now_v7());
    start_workers(&app, &owner, &ending, &mut tasks);
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    info!(event = "daemon.ready", public_url = %app.config.server.origin(), "Ready at {}", app.config.server.origin());

    let mut failed = None;
    tokio::select! {
        () = stop.cancelled() => {}
        Some(ended) = tasks.join_next() => {
            failed = ended.map_err(anyhow::Error::from).and_then(|ended| ended).err();
        }
    }
    stopping.begin();
    ending.cancel();
    app.request_changes.close();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    info!(event = "daemon.stopping", "Stopping: finishing what runs");

    let finish = async {
        while let Some(ended) = tasks.join_next().await {
            failed = failed.take().or(ended
                .map_err(anyhow::Error::from)
                .and_then(|ended| ended)
                .err());
        }
    };
    let grace = app.config.server.shutdown_grace;
    if tokio::time::timeout(grace, finish).await.is_err() {
        warn!(
            event = "daemon.stopped_hard",
            "Something did not finish within {} s; its work is taken up again later",
            grace.as_secs(),
        );
        tasks.shutdown().await;
        give_leases_back(&app, &owner).await;
    }
    drop(health);
    app.store.close().await;
    info!(event = "daemon.stopped", "Stopped");
    failed.map_or(Ok(()), Err)
}

type Tasks = JoinSet<anyhow::Result<()>>;

/// What was being sent is due again at once, and not only when its lease runs out.
async fn give_leases_back(app: &App, owner: &str) {
    let given_back = retrying(|| async {
        let mut tx = app.store.begin().await?;
        outbox::give_back_leases_of(&mut tx, owner).await?;
        mailbox_leases::give_back_those_of(&mut tx, owner, app.clock.now()).await?;
        webhook_queue::give_back_leases(&mut tx, Some(owner)).await?;
        tx.commit().await
    });
    match tokio::time::timeout(GIVING_BACK, given_back).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => leases_stay(&error.to_string()),
        Err(_) => leases_stay("the database does not answer"),
    }
}

fn leases_stay(reason: &str) {
    warn!(
        event = "daemon.leases_kept",
        reason, "The leases of what was being sent run out by themselves: {reason}"
    );
}

/// Serves the public routes among `tasks`; health, where it listens on its own, until what is
/// returned is dropped.
fn start_listeners(
    app: &App,
    listeners: Listeners,
    stopping: &Stopping,
    stop: &CancellationToken,
    tasks: &mut Tasks,
) -> anyhow::Result<Tasks> {
    let mut public = http::router(app.clone());
    let health = http::health::router(app.clone(), stopping.clone());
    let mut apart = Tasks::new();
    match listeners.admin {
        Some(admin) => {
            info!(event = "daemon.listening", address = %admin.local_addr()?, "Health and metrics on {}", admin.local_addr()?);
            apart.spawn(serve(admin, health, CancellationToken::new()));
        }
        None => public = public.merge(health),
    }
    let address = listeners.public.local_addr()?;
    info!(event = "daemon.listening", %address, "Portal, reject page and API on {address}");
    tasks.spawn(serve(listeners.public, public, stop.clone()));
    Ok(apart)
}

async fn serve(
    listener: TcpListener,
    router: axum::Router,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    http::serve::serve(listener, router, stop).await;
    Ok(())
}

fn start_workers(app: &App, owner: &str, stop: &CancellationToken, tasks: &mut Tasks) {
    let mut start = |name: &'static str, worker: Box<dyn Fn() -> Worker + Send>| {
        let (app, stop) = (app.clone(), stop.clone());
        tasks.spawn(async move {
            supervise::keep_going(&app, name, stop, worker).await;
            Ok(())
        });
    };
    {
        let (app, owner, stop) = (app.clone(), owner.to_owned(), stop.clone());
        start(
            "courier",
            Box::new(move || Box::pin(courier::run(app.clone(), owner.clone(), stop.clone()))),
        );
    }
    {
        let (app, owner, stop) = (app.clone(), owner.to_owned(), stop.clone());
        start(
            "messenger",
            Box::new(move || Box::pin(messenger::run(app.clone(), owner.clone(), stop.clone()))),
        );
    }
    {
        let (app, stop) = (app.clone(), stop.clone());
        start(
            "sweeper",
            Box::new(move || Box::pin(sweeper::run(app.clone(), stop.clone()))),
        );
    }
    {
        let (app, stop) = (app.clone(), stop.clone());
        start(
            "change watcher",
            Box::new(move || Box::pin(change_watcher::run(app.clone(), stop.clone()))),
        );
    }
    if let Some(inbox) = app.config.inbox.clone() {
        let (app, owner, stop) = (app.clone(), owner.to_owned(), stop.clone());
        start(
            "mail reader",
            Box::new(move || {
                let (app, inbox, owner) = (app.clone(), inbox.clone(), owner.clone());
                Box::pin(mail_reader::run(app, inbox, owner, stop.clone()))
            }),
        );
    }
}

type Worker = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Ends when the process is asked to: SIGTERM, or Ctrl-C.
pub async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
