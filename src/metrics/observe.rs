//! Looking at how things stand, bounded in time.

use std::time::Duration;

use prometheus::GaugeVec;

use super::{catalogue::Observed, own_process};
use crate::{
    app::App,
    domain::timestamp::Timestamp,
    inbox_watch::Standing,
    mail::smtp::Permit,
    store::{
        StoreError,
        depths::{self, Depths, Waiting},
    },
};

/// Whoever asks has little patience, and how things stand is not worth holding the database up for.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many are counted of what waits; the catalogue says so.
const COUNTED_MAX: i64 = 20_000;

/// Fills in what is known.
pub(super) async fn observe(app: &App, observed: &Observed, started_at: Timestamp) {
    let now = app.clock.now();
    set(&observed.build, &[env!("CARGO_PKG_VERSION")], 1.0);
    set(&observed.started, &[], unix_time(started_at));
    process(observed);
    mail_server(app, observed, now);
    if app.config.inbox.is_some() {
        mailbox(app, observed);
    }
    let long_polls = app.request_changes.listeners();
    set(&observed.long_polls, &[], long_polls as f64);
    if let Some(commits) = app.store.commits() {
        for (counter, count) in [
            (&observed.database_commits, commits.groups),
            (&observed.database_transactions, commits.members),
        ] {
            counter.with_label_values::<&str>(&[]).inc_by(count);
        }
    }
    let looked = tokio::time::timeout(PATIENCE, look(app)).await;
    let depths = looked.ok().and_then(Result::ok);
    set(&observed.database_up, &[], one_if(depths.is_some()));
    if let Some(depths) = depths {
        database(observed, &depths, now);
    }
}

async fn look(app: &App) -> Result<Depths, StoreError> {
    depths::look(&mut *app.store.read().await?, COUNTED_MAX).await
}

fn process(observed: &Observed) {
    for (gauge, value) in [
        (&observed.resident_memory, own_process::resident_memory()),
        (&observed.open_descriptors, own_process::open_descriptors()),
        (&observed.descriptors_max, own_process::descriptors_max()),
    ] {
        if let Some(value) = value {
            set(gauge, &[], value as f64);
        }
    }
}

fn mail_server(app: &App, observed: &Observed, now: Timestamp) {
    let is_open = app.transport.permit(now) != Permit::All;
    set(&observed.smtp_breaker_open, &[], one_if(is_open));
    if let Some(at) = app.transport.taken_at() {
        set(&observed.smtp_last_success, &[], unix_time(at));
    }
}

fn mailbox(app: &App, observed: &Observed) {
    let noticed = app.inbox_watch.noticed();
    let reads = noticed.standing == Standing::Reads;
    let fails = matches!(noticed.standing, Standing::Fails { .. });
    set(&observed.inbox_reader, &[], one_if(reads));
    set(&observed.inbox_failing, &[], one_if(fails));
    let is_in_the_way = noticed.in_the_way.is_some();
    set(&observed.inbox_not_filed, &[], one_if(is_in_the_way));
    if let Some(at) = noticed.read_at {
        set(&observed.inbox_last_success, &[], unix_time(at));
    }
}

fn database(observed: &Observed, depths: &Depths, now: Timestamp) {
    let unreminded = depths.requests_open - depths.requests_reminded;
    for (gauge, state, count) in [
        (&observed.requests_open, "unreminded", unreminded),
        (
            &observed.requests_open,
            "reminded",
            depths.requests_reminded,
        ),
        (
            &observed.outbox_messages,
            "queued",
            depths.messages_queued.count,
        ),
        (
            &observed.outbox_messages,
            "gathered",
            depths.messages_gathered,
        ),
        (
            &observed.webhook_endpoints,
            "enabled",
            depths.endpoints_enabled,
        ),
        (
            &observed.webhook_endpoints,
            "disabled",
            depths.endpoints_disabled,
        ),
    ] {
        set(gauge, &[state], count as f64);
    }
    set(
        &observed.webhook_waiting,
        &[],
        depths.webhooks_queued.count as f64,
    );
    for (gauge, waiting) in [
        (&observed.outbox_oldest_age, &depths.messages_queued),
        (&observed.webhook_oldest_age, &depths.webhooks_queued),
    ] {
        set(gauge, &[], age(waiting, now));
    }
}

/// Seconds; none of what waits for its time.
fn age(waiting: &Waiting, now: Timestamp) -> f64 {
    let since = waiting.since.filter(|since| *since < now);
    since.map_or(0.0, |since| now.since(since).as_secs_f64())
}

fn set(gauge: &GaugeVec, labels: &[&str], value: f64) {
    gauge.with_label_values(labels).set(value);
}

fn one_if(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

fn unix_time(at: Timestamp) -> f64 {
    at.as_micros() as f64 / 1e6
}
