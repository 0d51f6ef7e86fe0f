//! What is said for every command alike, and what a command gets by it: the configuration, the
//! database, the daemon's parts.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use secrecy::ExposeSecret;
use tracing::Level;

use super::exit::WrongConfig;
use crate::{
    app::App,
    clock::Clock,
    config::{Config, Fault, Loaded, LogFormat, Sources},
    store::Store,
};

/// Accepted before and after the command.
#[derive(Args)]
pub struct Global {
    /// The configuration file [default: /etc/esecured/esecured.toml, then config/esecured.toml].
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global"
    )]
    config: Option<PathBuf>,
    /// Set one key over everything else; may be given again.
    #[arg(
        long,
        global = true,
        value_name = "SECTION.KEY=VALUE",
        help_heading = "Global"
    )]
    set: Vec<String>,
    /// Print JSON Lines.
    #[arg(long, global = true, help_heading = "Global")]
    json: bool,
    /// How the log is written on stderr.
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Global")]
    log_format: Option<Format>,
    /// From which level on events are logged.
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Global",
          value_parser = ["error", "warn", "info", "debug", "trace"])]
    log_level: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// One call of the program.
pub struct Invocation {
    global: Global,
    /// Whether JSON Lines were asked for.
    pub json: bool,
}

impl Invocation {
    /// From what was said for every command.
    pub fn new(global: Global) -> Self {
        let json = global.json;
        Self { global, json }
    }

    /// `--log-format`.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.global.log_format.map(|format| match format {
            Format::Auto => LogFormat::Auto,
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        })
    }

    /// `--log-level`.
    pub fn log_level(&self) -> Option<Level> {
        self.global.log_level.as_deref()?.parse().ok()
    }

    /// Whether a configuration was named or changed.
    pub fn names_configuration(&self) -> bool {
        self.global.config.is_some() || !self.global.set.is_empty()
    }

    /// The configuration, or its faults.
    pub fn try_load(&self) -> Result<Loaded, Vec<Fault>> {
        let global = &self.global;
        Config::load(&Sources::from_process(
            global.config.clone(),
            global.set.clone(),
        ))
    }

    /// The configuration; its faults end the command.
    pub fn load(&self) -> Result<Loaded, WrongConfig> {
        self.try_load().map_err(WrongConfig)
    }

    /// The database, for commands that need no signing keys.
    pub async fn store(&self) -> anyhow::Result<Store> {
        let config = self.load()?.config;
        Ok(Store::open(config.database.url.expose_secret(), false).await?)
    }

    /// The daemon's parts, beside a daemon that may be running.
    pub async fn app(&self) -> anyhow::Result<App> {
        let config = self.load()?.config;
        App::build(config, Clock::System, false).await
    }
}

/// The words with every `--set` moved to the front: it may stand before the command and after it,
/// and clap would keep only those of one place.
pub fn settings_first(words: &[OsString]) -> Vec<OsString> {
    let mut words = words.iter();
    let mut settings: Vec<OsString> = words.next().cloned().into_iter().collect();
    let mut others = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            others.push(word.clone());
            others.extend(words.cloned());
            break;
        }
        if word == "--set" {
            settings.push(word.clone());
            settings.extend(words.next().cloned());
        } else if is_joined_setting(word) {
            settings.push(word.clone());
        } else {
            others.push(word.clone());
        }
    }
    settings.append(&mut others);
    settings
}

fn is_joined_setting(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"--set=")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reordered(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let words = settings_first(&words);
        words.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn settings_count_wherever_they_stand_and_keep_their_order() {
        assert_eq!(
            reordered("esecured --set a.b=1 account --set=c.d=2 list --set e.f=3"),
            "esecured --set a.b=1 --set=c.d=2 --set e.f=3 account list"
        );
        assert_eq!(
            reordered("esecured mail ingest -- --set x"),
            "esecured mail ingest -- --set x"
        );
        assert_eq!(reordered("esecured list --set"), "esecured --set list");
    }
}
