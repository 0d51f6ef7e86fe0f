//! What a monitoring system is told, as text that Prometheus reads.
//!
//! [`Counted`] stands in [`App::metrics`]: whoever writes the line of the log about something that
//! happened counts it there too. All else is looked at when somebody asks ([`page`]). One place says
//! what there is: `catalogue.rs`.

mod catalogue;
mod observe;
mod own_process;

use prometheus::{Registry, TextEncoder};

pub use catalogue::Counted;
use catalogue::Observed;

use crate::{
    app::App,
    domain::{request::AccessRequest, rules::Rule, timestamp::Timestamp},
};

/// The content type of what [`page`] writes: the text format, version 0.0.4.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// What this daemon has counted since it started.
pub struct Metrics {
    /// The counters.
    pub counted: Counted,
    registry: Registry,
    started_at: Timestamp,
}

impl Metrics {
    /// Nothing has happened yet.
    ///
    /// # Errors
    /// A name or a label of the catalogue is none.
    pub fn new(started_at: Timestamp) -> anyhow::Result<Self> {
        let registry = Registry::new();
        let counted = Counted::registered(&registry)?;
        // A rate begins with a zero: the first failure must not go unseen.
        let outcomes = ["delivered", "deferred", "failed", "dropped"];
        for family in [&counted.outbox_mails, &counted.webhook_deliveries] {
            begin(family, &outcomes);
        }
        let steps = ["succeeded", "code_asked", "failed", "throttled"];
        begin(&counted.sign_ins, &steps);
        Ok(Self {
            counted,
            registry,
            started_at,
        })
    }

    /// A request began.
    pub fn request_created(&self, request: &AccessRequest) {
        let rule = request.rule.as_str();
        self.counted
            .requests_created
            .with_label_values(&[rule])
            .inc();
    }

    /// Somebody asked again.
    pub fn request_repeated(&self) {
        let repeated = &self.counted.requests_repeated;
        repeated.with_label_values::<&str>(&[]).inc();
    }

    /// A rejection was undone.
    pub fn request_reopened(&self) {
        let reopened = &self.counted.requests_reopened;
        reopened.with_label_values::<&str>(&[]).inc();
    }

    /// A request was closed.
    pub fn request_decided(&self, request: &AccessRequest) {
        let Some(door) = request.state.door() else {
            return;
        };
        let decision = request.state.status().as_str();
        let labels = [door.as_str(), decision, request.rule.as_str()];
        self.counted
            .requests_decided
            .with_label_values(&labels)
            .inc();
    }

    /// A rule answered without a request: `allowed` or `denied`.
    pub fn answered_by_rule(&self, answer: &str, rule: Rule) {
        let answers = &self.counted.answered_by_rule;
        answers.with_label_values(&[answer, rule.as_str()]).inc();
    }

    /// A step of signing in: the verb of its event `login.…`.
    pub fn login(&self, verb: &str) {
        self.counted.sign_ins.with_label_values(&[verb]).inc();
    }

    /// A mail that was put aside without being read.
    pub fn mail_unread(&self) {
        let labels = ["unread", "quarantined"];
        self.counted.inbox_mails.with_label_values(&labels).inc();
    }
}

fn begin(family: &prometheus::IntCounterVec, values: &[&str]) {
    for value in values {
        family.with_label_values(&[value]);
    }
}

/// All of it, as it is now. Where the database does not answer in time, what is counted in it is left
/// out.
///
/// # Errors
/// A name or a label of the catalogue is none.
pub async fn page(app: &App) -> anyhow::Result<String> {
    let registry = Registry::new();
    let observed = Observed::registered(&registry)?;
    observe::observe(app, &observed, app.metrics.started_at).await;
    let mut families = app.metrics.registry.gather();
    families.extend(registry.gather());
    Ok(TextEncoder::new().encode_to_string(&families)?)
}
