//! The command line: what can be said, and one file for each group of commands.
//!
//! Data goes to stdout, words go to stderr; [`exit`] has the codes. Commands that change something
//! call the same workflows as every other door, so they work beside a running daemon.

mod account_commands;
mod administrator_commands;
mod arguments;
mod ask_health;
mod audit_commands;
mod client_commands;
mod csv_bytes;
mod demo;
mod domain_commands;
mod event_catalogue;
mod exit;
mod explain;
mod import_accounts;
mod import_users;
mod inbox_queue_list;
mod invocation;
mod mail_check;
mod mail_commands;
mod mail_test;
mod not_built;
mod online_check;
mod print;
mod queue_commands;
mod request_commands;
mod request_facts;
mod serve;
mod setup;
mod sheet;
mod signing_key_commands;
mod user_commands;
mod webhook_commands;
mod webhook_queue_list;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    clock::Clock, config::LogFormat, http::api::description, store::SCHEMA_VERSION, telemetry,
};
use invocation::{Global, Invocation};

/// Decides, from an inbox, who may use which account number.
#[derive(Parser)]
#[command(
    name = "esecured",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon.
    Serve,
    /// Run everything embedded, with sample accounts and a mailbox in the browser.
    Demo(demo::Arguments),
    /// Write a commented configuration and fresh signing keys.
    Init {
        /// Where to; made when missing.
        #[arg(default_value = "/etc/esecured")]
        dir: PathBuf,
    },
    /// Check the configuration; every fault is named at once.
    CheckConfig {
        /// Also try the database, the mail server and the mailbox.
        #[arg(long)]
        online: bool,
    },
    /// Show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Bring the database schema up to date.
    Migrate,
    /// Accounts: what is protected.
    #[command(subcommand)]
    Account(account_commands::Command),
    /// Administrators: who decides.
    #[command(subcommand)]
    Admin(administrator_commands::Command),
    /// Authorized users: who may use an account number without asking.
    #[command(subcommand)]
    User(user_commands::Command),
    /// Rules by mail domain: who is rejected or approved without asking.
    #[command(subcommand)]
    Domain(domain_commands::Command),
    /// Shipping systems and their API keys.
    #[command(subcommand)]
    Client(client_commands::Command),
    /// Where shipping systems are told what happens.
    #[command(subcommand)]
    Webhook(webhook_commands::Command),
    /// The keys that sign links and reply addresses.
    #[command(subcommand)]
    SigningKey(signing_key_commands::Command),
    /// Access requests. Approving one needs the portal.
    #[command(subcommand)]
    Request(request_commands::Command),
    /// Say which rule would decide, without doing anything.
    Explain(explain::Arguments),
    /// Messages that wait, are held or were given up.
    #[command(subcommand)]
    Queue(queue_commands::Command),
    /// Mails: how they look, and reading one that came in.
    #[command(subcommand)]
    Mail(mail_commands::Command),
    /// The audit trail.
    #[command(subcommand)]
    Audit(audit_commands::Command),
    /// Every event that the log can name, and what it says.
    Events,
    /// Print the description of the API for shipping systems (OpenAPI 3.1).
    Openapi,
    /// Ask the running daemon whether it is ready.
    Health(ask_health::Arguments),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every key and its value, secrets as ***.
    Show {
        /// Also say where each value came from.
        #[arg(long)]
        origin: bool,
    },
}

/// Runs the command that `words` say, the first of which is the program's name.
pub fn run(words: Vec<OsString>) -> ExitCode {
    let command_line = match CommandLine::try_parse_from(invocation::settings_first(&words)) {
        Ok(command_line) => command_line,
        Err(error) => return ExitCode::from(refuse(&error, &words)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(command_line.run()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot start the runtime")),
    };
    ExitCode::from(done.unwrap_or_else(|error| exit::report(&error)))
}

/// Says what is wrong with the command line, or prints the help that was asked for.
fn refuse(error: &clap::Error, words: &[OsString]) -> u8 {
    if let Some(command) = not_built::named_in(error, words) {
        eprintln!("`esecured {command}` is not built yet");
        return exit::USAGE;
    }
    // Nothing can be done where even this cannot be written.
    let _ = error.print();
    if error.use_stderr() { exit::USAGE } else { 0 }
}

impl CommandLine {
    /// The exit code, or why it failed.
    async fn run(self) -> anyhow::Result<u8> {
        let invocation = Invocation::new(self.global);
        if !matches!(self.command, Command::Serve | Command::Demo(_)) {
            // What a command decides is a fact like any other, and said as one.
            let level = invocation.log_level().unwrap_or(tracing::Level::INFO);
            let format = invocation.log_format().unwrap_or(LogFormat::Text);
            telemetry::start(format, level);
        }
        match self.command {
            Command::Serve => serve::serve(&invocation).await?,
            Command::Demo(arguments) => demo::demo(&invocation, arguments).await?,
            Command::Init { dir } => {
                setup::init(&dir, Clock::System.now())?;
            }
            Command::CheckConfig { online } => return check_config(&invocation, online).await,
            Command::Config(ConfigCommand::Show { origin }) => {
                let loaded = invocation.load()?;
                setup::config_show(&loaded, origin, invocation.json)?;
            }
            Command::Migrate => {
                invocation.store().await?.close().await;
                eprintln!("The database schema has version {SCHEMA_VERSION}.");
            }
            Command::Account(command) => command.run(&invocation).await?,
            Command::Admin(command) => command.run(&invocation).await?,
            Command::User(command) => command.run(&invocation).await?,
            Command::Domain(command) => command.run(&invocation).await?,
            Command::Client(command) => command.run(&invocation).await?,
            Command::Webhook(command) => command.run(&invocation).await?,
            Command::SigningKey(command) => command.run(&invocation)?,
            Command::Request(command) => command.run(&invocation).await?,
            Command::Explain(arguments) => arguments.run(&invocation).await?,
            Command::Queue(command) => command.run(&invocation).await?,
            Command::Mail(command) => command.run(&invocation).await?,
            Command::Audit(command) => command.run(&invocation).await?,
            Command::Events => event_catalogue::print(&invocation)?,
            Command::Openapi => print::line(&format!("{:#}", *description::DOCUMENT))?,
            Command::Health(arguments) => arguments.run(&invocation).await?,
        }
        Ok(0)
    }
}

async fn check_config(invocation: &Invocation, online: bool) -> anyhow::Result<u8> {
    let loaded = invocation.try_load().and_then(setup::with_its_files);
    let code = setup::check_config(&loaded, invocation.json)?;
    match loaded {
        Ok(loaded) if online => online_check::run(&loaded.config, invocation.json).await,
        Ok(_) | Err(_) => Ok(code),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn what_is_built_is_not_called_unbuilt() {
        let command = CommandLine::command();
        for path in not_built::COMMANDS {
            let mut at = Some(&command);
            for word in path.split(' ') {
                at = at.and_then(|at| at.find_subcommand(word));
            }
            assert!(at.is_none(), "{path}");
        }
    }
}
