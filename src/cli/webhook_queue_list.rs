//! `queue list --queue webhooks`: events that wait to be told, or were given up.

use serde_json::json;

use super::{
    invocation::Invocation,
    print::{self, Table, moment},
};
use crate::{
    clock::Clock,
    domain::webhook::DeliveryStatus,
    shapes::DeliveryShape,
    store::webhook_log::{self, WaitingDelivery},
};

/// Lists them, the oldest first.
pub async fn list(invocation: &Invocation, limit: i64) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let waiting = webhook_log::waiting(&mut conn, Clock::System.now(), limit).await?;
    if invocation.json {
        print::json_lines(waiting.iter().map(as_json))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "ID", "ARRIVED", "NEXT TRY", ">TRIES", "CLIENT", "EVENT", "REASON",
    ]);
    for one in &waiting {
        let delivery = &one.delivery;
        let is_queued = delivery.status == DeliveryStatus::Queued;
        let is_tried = is_queued && !one.is_disabled;
        table.row([
            format!("{}{}", delivery.id, mark(one)),
            moment(delivery.created_at),
            match is_tried {
                true => moment(delivery.due_at),
                false => "-".to_owned(),
            },
            delivery.attempts.to_string(),
            one.client.clone(),
            delivery.kind.as_str().to_owned(),
            reason(one),
        ]);
    }
    if !table.is_empty() {
        table.print("")?;
    }
    print::line(&totals(&webhook_log::totals(&mut conn).await?))?;
    Ok(())
}

fn mark(one: &WaitingDelivery) -> &'static str {
    match one.delivery.status {
        DeliveryStatus::Failed => "#",
        _ if one.active => "*",
        _ if one.is_disabled => "!",
        _ => "",
    }
}

fn reason(one: &WaitingDelivery) -> String {
    match &one.delivery.reason {
        _ if one.active => "is being sent".to_owned(),
        Some(reason) => reason.clone(),
        None if one.is_disabled => "its endpoint is disabled".to_owned(),
        None => "has not been tried yet".to_owned(),
    }
}

/// The last line: what stands where, and what is done.
fn totals(counts: &[(String, i64)]) -> String {
    let count = |status: DeliveryStatus| {
        counts
            .iter()
            .find(|(of, _)| of == status.as_str())
            .map_or(0, |(_, count)| *count)
    };
    format!(
        "{} waiting, {} given up; {} delivered, {} dropped as obsolete",
        count(DeliveryStatus::Queued),
        count(DeliveryStatus::Failed),
        count(DeliveryStatus::Delivered),
        count(DeliveryStatus::Dropped),
    )
}

fn as_json(one: &WaitingDelivery) -> serde_json::Value {
    let mut shape = json!(DeliveryShape::of(&one.delivery));
    shape["id"] = json!(one.delivery.id.to_string());
    shape["queue"] = json!("webhooks");
    shape["endpointId"] = json!(one.delivery.endpoint.to_string());
    shape["client"] = json!(one.client);
    if one.active {
        shape["status"] = json!("active");
    }
    shape
}
