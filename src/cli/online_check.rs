//! `check-config --online`: tries what the configuration names.

use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    exit,
    print::{self, Table},
};
use crate::{
    config::{Config, Transport},
    mail::transport,
    store::{OpenError, Store},
    worker::mail_reader,
};

/// One thing that was tried: its name, and the code and words of its fault.
type Check = (&'static str, Result<(), (u8, String)>);

/// Tries database, mail server and mailbox; returns the exit code.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<u8> {
    let mut checks: Vec<Check> = vec![("database", database(config).await)];
    if config.mail.transport == Transport::Smtp {
        checks.push(("mail server", mail_server(config).await));
    }
    if let Some(inbox) = &config.inbox {
        let opened = match mail_reader::open(inbox).await {
            Ok(mailbox) => {
                mailbox.close().await;
                Ok(())
            }
            Err(error) => Err((exit::UNAVAILABLE, error.to_string())),
        };
        checks.push(("mailbox", opened));
    }
    if json {
        print::json_lines(checks.iter().map(|(name, checked)| match checked {
            Ok(()) => json!({ "check": name, "ok": true }),
            Err((_, words)) => json!({ "check": name, "ok": false, "fault": words }),
        }))?;
    } else {
        let mut table = Table::new(&["CHECK", "RESULT"]);
        for (name, checked) in &checks {
            let result = match checked {
                Ok(()) => "ok".to_owned(),
                Err((_, words)) => words.clone(),
            };
            table.row([(*name).to_owned(), result]);
        }
        table.print("")?;
    }
    // What the operator can mend in the configuration comes before what may mend itself.
    let codes = checks
        .iter()
        .filter_map(|(_, checked)| checked.as_ref().err().map(|(code, _)| *code));
    Ok(codes.max().unwrap_or(0))
}

async fn database(config: &Config) -> Result<(), (u8, String)> {
    match Store::open(config.database.url.expose_secret(), false).await {
        Ok(store) => {
            store.close().await;
            Ok(())
        }
        Err(error @ (OpenError::Url { .. } | OpenError::Unsafe(_))) => {
            Err((exit::CONFIG, error.to_string()))
        }
        Err(
            error @ (OpenError::Unreachable { .. }
            | OpenError::InUse { .. }
            | OpenError::Migrate(_)
            | OpenError::Newer(_)),
        ) => Err((exit::UNAVAILABLE, error.to_string())),
    }
}

async fn mail_server(config: &Config) -> Result<(), (u8, String)> {
    match transport::Transport::new(config) {
        Ok(transport::Transport::Smtp(smtp)) => smtp
            .check()
            .await
            .map_err(|words| (exit::UNAVAILABLE, words)),
        Ok(transport::Transport::Dev(_) | transport::Transport::File(_)) => Ok(()),
        Err(error) => Err((exit::CONFIG, format!("{error:#}"))),
    }
}
