//! `client`: shipping systems and their API keys.

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::{
    arguments,
    invocation::Invocation,
    print::{self, Table, maybe_moment, moment},
};
use crate::{
    domain::{account_number::AccountNumber, people::Mode, timestamp::Timestamp},
    store::clients::{self, ClientRow},
    workflow::client_keys,
};

/// What can be done with shipping systems.
#[derive(Subcommand)]
pub enum Command {
    /// Add a shipping system; prints its API key, which is shown this once.
    Add {
        /// What you call it.
        #[arg(value_parser = arguments::name)]
        name: String,
        /// An account it may ask for; may be given again. Without any: every account, later ones too.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: Vec<AccountNumber>,
        /// What the key is for: live, or test, with requests of its own that ask nobody.
        #[arg(long, default_value = "live", value_parser = arguments::mode)]
        mode: Mode,
        /// After how long the key stops working, such as 90d.
        #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
        expires: Option<Duration>,
    },
    /// List shipping systems.
    List,
    /// Take the API key away, at once.
    Revoke {
        /// What you call it.
        name: String,
    },
    /// Print a new API key; the old one stops at once.
    Rotate {
        /// What you call it.
        name: String,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add {
                name,
                account,
                mode,
                expires,
            } => {
                let app = invocation.app().await?;
                let expires_at = expires.map(|expires| app.clock.now().plus(expires));
                let key = match mode {
                    Mode::Live => {
                        client_keys::add_client(&app, &name, &account, expires_at).await?
                    }
                    Mode::Test => {
                        client_keys::add_test_client(&app, &name, &account, expires_at).await?
                    }
                };
                print::line(key.expose())?;
                eprintln!("Added client {name}. Keep the key: it is shown this once.");
            }
            Self::List => list(invocation).await?,
            Self::Revoke { name } => {
                client_keys::revoke_client(&invocation.app().await?, &name).await?;
                eprintln!("The key of client {name} is taken away.");
            }
            Self::Rotate { name } => {
                let key = client_keys::rotate_client(&invocation.app().await?, &name).await?;
                print::line(key.expose())?;
                eprintln!(
                    "Client {name} has a new key; the old one stopped. It is shown this once."
                );
            }
        }
        Ok(())
    }
}

async fn list(invocation: &Invocation) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let clients = clients::all(&mut conn).await?;
    let now = crate::clock::Clock::System.now();
    if invocation.json {
        print::json_lines(clients.iter().map(|row| as_json(row, now)))?;
        return Ok(());
    }
    let mut table = Table::new(&["NAME", "MODE", "KEY", "ACCOUNTS", "SINCE", "EXPIRES"]);
    for row in clients {
        let scope = match row.accounts.as_slice() {
            [] => "all".to_owned(),
            _ => numbers(&row).join(", "),
        };
        table.row([
            row.name.clone(),
            row.mode.to_string(),
            state(&row, now).to_owned(),
            scope,
            moment(row.created_at),
            maybe_moment(row.expires_at),
        ]);
    }
    table.print("There is no client yet: add one with `esecured client add`.")?;
    Ok(())
}

fn state(row: &ClientRow, now: Timestamp) -> &'static str {
    if row.revoked_at.is_some() {
        "revoked"
    } else if row.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "works"
    }
}

fn numbers(row: &ClientRow) -> Vec<&str> {
    row.accounts.iter().map(AccountNumber::as_str).collect()
}

fn as_json(row: &ClientRow, now: Timestamp) -> serde_json::Value {
    let mut json = json!({
        "name": row.name,
        "mode": row.mode.as_str(),
        "key": state(row, now),
        "allAccounts": row.accounts.is_empty(),
        "accountNumbers": numbers(row),
        "createdAt": row.created_at,
    });
    if let Some(at) = row.expires_at {
        json["expiresAt"] = json!(at);
    }
    if let Some(at) = row.revoked_at {
        json["revokedAt"] = json!(at);
    }
    json
}
