//! `signing-key`: the keys that sign links and reply addresses. Needs no database.

use clap::Subcommand;
use serde_json::json;

use super::{
    exit::Stop,
    invocation::Invocation,
    print::{self, Table, moment},
};
use crate::{
    clock::Clock,
    signing::{KeyId, key_file},
};

/// What can be done with signing keys.
#[derive(Subcommand)]
pub enum Command {
    /// Make a new key that signs from now on; a running daemon takes it up by itself.
    Rotate,
    /// List the keys, the newest first.
    List,
    /// End a key: what it signed is worth nothing from now on.
    Revoke {
        /// The key: four digits and letters, as `signing-key list` prints it.
        #[arg(value_name = "KID", value_parser = key_id)]
        key_id: KeyId,
    },
}

fn key_id(text: &str) -> Result<KeyId, &'static str> {
    KeyId::parse(text)
        .ok_or("expected four digits and letters such as 07af, as `signing-key list` prints it")
}

impl Command {
    /// Does it.
    pub fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let path = invocation.load()?.config.keys.file;
        match self {
            Self::Rotate => {
                let rotated = key_file::rotate(&path, Clock::System.now()).map_err(Stop::from)?;
                print::line(&rotated.signing.to_string())?;
                if rotated.created_file {
                    eprintln!("Made {} with key {}.", path.display(), rotated.signing);
                } else {
                    eprintln!(
                        "Key {} signs from now on; the ones before still verify.",
                        rotated.signing
                    );
                }
                if let Some(dropped) = rotated.dropped {
                    eprintln!(
                        "Key {dropped} was the oldest and is gone: what it signed is worth nothing now."
                    );
                }
            }
            Self::List => {
                let keys = key_file::list(&path).map_err(Stop::from)?;
                if invocation.json {
                    print::json_lines(keys.iter().map(|key| {
                        json!({
                            "keyId": key.id.to_string(),
                            "state": key.state.as_str(),
                            "createdAt": key.created,
                        })
                    }))?;
                } else {
                    let mut table = Table::new(&["KEY", "STATE", "MADE"]);
                    for key in keys {
                        table.row([
                            key.id.to_string(),
                            key.state.to_string(),
                            moment(key.created),
                        ]);
                    }
                    table.print("There is no signing key.")?;
                }
            }
            Self::Revoke { key_id } => {
                key_file::revoke(&path, key_id).map_err(Stop::from)?;
                eprintln!(
                    "Key {key_id} is revoked: links and replies that it signed do nothing now."
                );
            }
        }
        Ok(())
    }
}
