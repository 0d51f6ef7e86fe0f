//! The sweeper: what the clock does by itself.

use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::{
    app::App,
    signing::Reload,
    store::{StoreError, ceremonies, idempotency, mail_counts, retrying, sessions, webhook_log},
    workflow::{
        ceremony, expire, flood_brake, forget_events, gather, manage_webhooks, place_events, reach,
        remind, sealed_totp, sealed_webhook, stand_in_turns, test_mode,
    },
};

const EVERY: Duration = Duration::from_secs(1);
/// Looked at less often: nothing waits for it.
const PRUNE_EVERY: u32 = 600;
const EXPIRE_AT_ONCE: i64 = 200;
const TURNS_AT_ONCE: i64 = 200;
const REMIND_AT_ONCE: i64 = 200;
const TESTS_AT_ONCE: i64 = 200;
const PLACE_AT_ONCE: i64 = 250;
const EVENTS_AT_ONCE: i64 = 1_000;

/// Runs until told to stop.
pub async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut round: u32 = 0;
    while !stop.is_cancelled() {
        if follow_key_file(&app) {
            reseal(&app).await.context("sealing secrets anew")?;
        }
        let expired = expire::expire_due(&app, EXPIRE_AT_ONCE)
            .await
            .context("expiring requests")?;
        let digests = gather::make_due_digests(&app)
            .await
            .context("making digests")?;
        let turns = stand_in_turns::take_turns(&app, TURNS_AT_ONCE)
            .await
            .context("beginning and ending stand-ins")?;
        // After the stand-ins: who decides by now is asked along with a reminder.
        let reminded = remind::remind_due(&app, REMIND_AT_ONCE)
            .await
            .context("reminding administrators")?;
        let tested = test_mode::close_due(&app, TESTS_AT_ONCE)
            .await
            .context("closing test requests")?;
        let placed = place_events::place_events(&app, PLACE_AT_ONCE)
            .await
            .context("placing events in the feed")?;
        if round.is_multiple_of(PRUNE_EVERY) {
            prune(&app).await.context("forgetting what is over")?;
        }
        round = round.wrapping_add(1);
        if expired + digests + turns + reminded + tested + placed == 0 {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
    Ok(())
}

/// Takes changed signing keys into use; whether there were any.
fn follow_key_file(app: &App) -> bool {
    match app.keys.reload_if_changed() {
        Ok(Reload::Reloaded) => {
            info!(
                event = "signing_key.reloaded",
                key_id = %app.keys.current().signing_key(),
                "New signing keys are in use; {} signs",
                app.keys.current().signing_key(),
            );
            true
        }
        Ok(Reload::Unchanged | Reload::StillFaulty) => false,
        Err(error) => {
            error!(
                event = "signing_key.unreadable",
                "The changed key file is not used, the old keys stay: {error}"
            );
            false
        }
    }
}

async fn reseal(app: &App) -> Result<(), StoreError> {
    sealed_totp::reseal(app).await?;
    sealed_webhook::reseal(app).await
}

async fn prune(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let portal = &app.config.portal;
    // A rotation may have been while no daemon ran.
    reseal(app).await?;
    reach::trust_silence(app).await?;
    forget_events::forget_events(app, EVENTS_AT_ONCE).await?;
    test_mode::prune(app).await?;
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        idempotency::prune(&mut tx, now.minus(app.config.api.idempotency_ttl)).await?;
        sessions::prune(
            &mut tx,
            now.minus(portal.session_max),
            now.minus(portal.session_idle),
        )
        .await?;
        ceremonies::prune(&mut tx, now.minus(ceremony::LASTS)).await?;
        mail_counts::prune(&mut tx, flood_brake::looks_back_to(app, now)).await?;
        webhook_log::prune(&mut tx, now.minus(manage_webhooks::LOG_KEPT)).await?;
        tx.commit().await
    })
    .await
}
