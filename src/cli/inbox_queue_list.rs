//! `queue list --queue inbox`: mails that came in and had no effect, for whoever looks after the
//! mailbox.

use serde_json::json;

use super::{
    invocation::Invocation,
    print::{self, Table, moment},
};
use crate::store::inbox::{self, Fruitless};

/// So many digits of its hash tell a mail apart.
const ID_DIGITS: usize = 12;

/// Lists them, the newest first.
pub async fn list(invocation: &Invocation, limit: i64) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let mails = inbox::fruitless(&mut conn, limit).await?;
    if invocation.json {
        print::json_lines(mails.iter().map(as_json))?;
        return Ok(());
    }
    let mut table = Table::new(&["ID", "ARRIVED", "KIND", "REASON"]);
    for mail in &mails {
        table.row([
            format!("{}{}", id(mail), mark(mail)),
            moment(mail.received_at),
            mail.kind.clone(),
            mail.reason.clone(),
        ]);
    }
    if !table.is_empty() {
        table.print("")?;
    }
    print::line(&totals(&inbox::totals(&mut conn).await?))?;
    Ok(())
}

fn id(mail: &Fruitless) -> &str {
    mail.fingerprint
        .get(..ID_DIGITS)
        .unwrap_or(&mail.fingerprint)
}

fn mark(mail: &Fruitless) -> &'static str {
    match mail.effect.as_str() {
        "quarantined" => "!",
        _ => "",
    }
}

/// The last line: what became of all mails.
fn totals(counts: &[(String, i64)]) -> String {
    let count = |effect: &str| {
        counts
            .iter()
            .find(|(of, _)| of == effect)
            .map_or(0, |(_, count)| *count)
    };
    format!(
        "{} put aside, {} ignored; {} rejected a request, {} answered, {} recorded",
        count("quarantined"),
        count("ignored"),
        count("rejected"),
        count("answered"),
        count("recorded"),
    )
}

fn as_json(mail: &Fruitless) -> serde_json::Value {
    let mut json = json!({
        "id": id(mail),
        "queue": "inbox",
        "status": mail.effect,
        "kind": mail.kind,
        "arrivedAt": mail.received_at,
        "reason": mail.reason,
    });
    if let Some(request) = mail.request {
        json["requestId"] = json!(request.to_string());
    }
    json
}
