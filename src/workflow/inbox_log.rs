//! What the log says of a mail that was read.

use tracing::{info, warn};

use super::{
    decide,
    read_mail::{Effect, Outcome},
    sender::Refusal,
};
use crate::{
    app::App,
    domain::request::AccessRequest,
    reading::{Kind, Reading},
};

/// How a mail was read, in words for whoever looks after the mailbox.
pub(super) fn explained(read: &Reading) -> String {
    let kind = read.kind.as_str();
    match read.kind {
        Kind::Reply => format!(
            "read as {kind} ({}) and as {} ({})",
            read.why,
            read.decision.as_str(),
            read.because
        ),
        _ => format!("read as {kind} ({})", read.why),
    }
}

/// One line for the operator: never the text of a mail, nor an address.
pub(super) fn report(app: &App, outcome: &Outcome, request: Option<&AccessRequest>) {
    let Outcome {
        kind,
        decision,
        effect,
        reason,
        refusal,
        ..
    } = outcome;
    let labels = [*kind, effect.as_str()];
    let mails = &app.metrics.counted.inbox_mails;
    mails.with_label_values(&labels).inc();
    if let Some(refusal) = refusal {
        let refused = &app.metrics.counted.replies_refused;
        refused.with_label_values(&[refusal.as_str()]).inc();
    }
    let number = request.map_or("-", |request| request.number.as_str());
    match effect {
        Effect::Rejected | Effect::Answered | Effect::Recorded => info!(
            event = "inbox.received",
            request.number = number,
            kind,
            decision,
            effect = effect.as_str(),
            reason,
            "Read a mail about request {number} ({}): {reason}",
            effect.as_str(),
        ),
        // Perhaps a report that nobody understood, or somebody who waits for an answer.
        Effect::Ignored if *refusal == Some(Refusal::BounceAddress) => warn!(
            event = "inbox.ignored",
            request.number = number,
            kind,
            decision,
            effect = effect.as_str(),
            reason,
            "A mail to a bounce address is no report: {reason}",
        ),
        Effect::Ignored => info!(
            event = "inbox.ignored",
            request.number = number,
            kind,
            decision,
            effect = effect.as_str(),
            reason,
            "A mail was ignored: {reason}",
        ),
        Effect::Quarantined => warn!(
            event = "inbox.quarantined",
            kind,
            effect = effect.as_str(),
            reason,
            "A mail was put aside: {reason}",
        ),
    }
    match effect {
        Effect::Rejected => {
            if let Some(request) = request {
                decide::report(app, request);
            }
        }
        Effect::Answered => app.outbox_changed.notify_one(),
        Effect::Recorded | Effect::Ignored | Effect::Quarantined => {}
    }
}
