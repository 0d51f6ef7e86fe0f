//! `audit`: the trail of what happened, and whether it is whole.

use std::collections::HashMap;

use clap::Subcommand;
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    exit::{self, Stop},
    invocation::Invocation,
    print::{self, Table, moment},
    request_facts::Names,
};
use crate::{
    domain::{
        event::{AuditRow, SYSTEM_CHAIN},
        request_number::RequestNumber,
        timestamp::Timestamp,
    },
    store::{
        StoreError,
        audit::{self, Verification},
        requests,
    },
};

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub enum Command {
    /// Show the newest events, the newest last.
    Tail {
        /// How many.
        #[arg(short = 'n', long = "lines", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..))]
        lines: i64,
    },
    /// Check every row of every chain; exits 1 and names the first bad row.
    Verify,
    /// Print every row as JSON Lines, as it is hashed.
    Export,
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let store = invocation.store().await?;
        let mut conn = store.read().await?;
        match self {
            Self::Tail { lines } => tail(invocation, &mut conn, lines).await,
            Self::Verify => verify(invocation, &mut conn).await,
            Self::Export => export(&mut conn).await,
        }
    }
}

async fn tail(invocation: &Invocation, conn: &mut AnyConnection, lines: i64) -> anyhow::Result<()> {
    let rows = audit::newest(conn, lines).await?;
    let names = Names::of(conn, &rows).await?;
    let numbers = numbers(conn, &rows).await?;
    let number = |row: &AuditRow| numbers.get(row.request.as_ref()?);
    if invocation.json {
        print::json_lines(rows.iter().map(|row| as_json(row, &names, number(row))))?;
        return Ok(());
    }
    let mut table = Table::new(&["TIME", "CHAIN", "EVENT", "ACTOR", "DOOR", "REQUEST"]);
    for row in &rows {
        table.row([
            moment(Timestamp::from_micros(row.at)),
            chain(&row.chain),
            row.name.clone(),
            names.actor(&row.actor),
            row.door.clone().unwrap_or_else(|| "-".to_owned()),
            number(row).map_or_else(|| "-".to_owned(), ToString::to_string),
        ]);
    }
    table.print("Nothing has happened yet.")?;
    Ok(())
}

/// The numbers of the requests that the rows are about.
async fn numbers(
    conn: &mut AnyConnection,
    rows: &[AuditRow],
) -> Result<HashMap<String, RequestNumber>, StoreError> {
    let mut numbers = HashMap::new();
    for id in rows.iter().filter_map(|row| row.request.as_ref()) {
        if !numbers.contains_key(id)
            && let Ok(parsed) = id.parse()
            && let Some(request) = requests::find(conn, parsed).await?
        {
            numbers.insert(id.clone(), request.number);
        }
    }
    Ok(numbers)
}

/// A chain as people read it: an account by its last digits.
fn chain(chain: &str) -> String {
    match chain
        .len()
        .checked_sub(4)
        .and_then(|from| chain.get(from..))
    {
        Some(last4) if chain != SYSTEM_CHAIN => format!("…{last4}"),
        _ => chain.to_owned(),
    }
}

/// A row with names beside its ids.
pub fn as_json(row: &AuditRow, names: &Names, number: Option<&RequestNumber>) -> Value {
    let mut json = json!({
        "chain": row.chain,
        "seq": row.seq,
        "at": Timestamp::from_micros(row.at),
        "event": row.name,
        "actor": row.actor,
        "actorName": names.actor(&row.actor),
        "hash": row.hash,
    });
    let texts = [
        ("door", &row.door),
        ("requestId", &row.request),
        ("subject", &row.subject),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            json[name] = json!(text);
        }
    }
    if let Some(number) = number {
        json["requestNumber"] = json!(number.as_str());
    }
    if let Ok(evidence) = serde_json::from_str::<Value>(&row.evidence)
        && evidence
            .as_object()
            .is_some_and(|evidence| !evidence.is_empty())
    {
        json["evidence"] = evidence;
    }
    json
}

async fn verify(invocation: &Invocation, conn: &mut AnyConnection) -> anyhow::Result<()> {
    match audit::verify(conn).await? {
        Verification::Intact { chains, rows } => {
            match invocation.json {
                true => print::json(&json!({ "intact": true, "chains": chains, "rows": rows }))?,
                false => print::line(&format!("intact: {rows} rows in {chains} chains"))?,
            }
            Ok(())
        }
        Verification::Broken { chain, seq, what } => {
            if invocation.json {
                let broken = json!({ "intact": false, "chain": chain, "seq": seq, "fault": what });
                print::json(&broken)?;
            }
            let words = format!("the audit trail is broken at chain {chain}, row {seq}: {what}");
            Err(Stop::with(exit::FAILED, words).into())
        }
    }
}

async fn export(conn: &mut AnyConnection) -> anyhow::Result<()> {
    const STEP: i64 = 1_000;
    for (chain, ..) in audit::heads(conn).await? {
        let mut seq = 0;
        loop {
            let rows = audit::of_chain(conn, &chain, seq, STEP).await?;
            let Some(last) = rows.last() else { break };
            seq = last.seq;
            print::json_lines(&rows)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_named_by_the_last_digits_of_its_account() {
        assert_eq!(chain("112233445"), "…3445");
        assert_eq!(chain(SYSTEM_CHAIN), "system");
    }
}
