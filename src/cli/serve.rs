//! `serve`: the daemon.

use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{
    exit::{self, Stop},
    invocation::Invocation,
    mail_check,
};
use crate::{
    app::App,
    clock::Clock,
    daemon::{self, Listeners},
    telemetry,
};

/// Runs the daemon until it is asked to stop.
pub async fn serve(invocation: &Invocation) -> anyhow::Result<()> {
    let loaded = invocation.load()?;
    let log = &loaded.config.log;
    let level = match invocation.log_level() {
        Some(level) => level,
        None => log.level.parse()?,
    };
    telemetry::start(invocation.log_format().unwrap_or(log.format), level);
    for words in &loaded.warnings {
        warn!(event = "config.warned", "{words}");
    }
    if let Some(fault) = loaded
        .config
        .mail
        .template_dir
        .as_deref()
        .and_then(mail_check::fault)
    {
        return Err(Stop::with(exit::CONFIG, format!("mail.template_dir: {fault}")).into());
    }
    let stop = stop_when_asked();
    let app = App::build(loaded.config, Clock::System, true).await?;
    let listeners = Listeners::bind(&app).await?;
    daemon::run(app, listeners, stop).await
}

/// Cancelled by SIGTERM or Ctrl-C.
pub fn stop_when_asked() -> CancellationToken {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        match daemon::asked_to_stop().await {
            Ok(()) => asked.cancel(),
            Err(error) => error!(
                event = "daemon.signals_failed",
                "Signals cannot be heard, nothing but SIGKILL ends the daemon: {error:#}"
            ),
        }
    });
    stop
}
