//! `mail`: how our mails look, and reading one that came in.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{
    arguments,
    exit::WrongConfig,
    invocation::Invocation,
    mail_check, mail_test,
    print::{self, Facts},
};
use crate::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    mail::compose::preview,
    store::requests,
    templates::Templates,
    workflow::read_mail::{self, Outcome},
};

/// What can be done with mails.
#[derive(Subcommand)]
pub enum Command {
    /// Print a mail with sample facts, made of the templates of mail.template_dir where that is
    /// set; needs no configuration.
    Preview {
        /// Which mail, such as approval_request.
        #[arg(value_parser = template)]
        template: MessageKind,
        /// The language that comes first: nl or en.
        #[arg(long, default_value = "nl", value_parser = arguments::language)]
        language: Language,
        /// Which part of it.
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Make every mail, with sample facts and with hostile ones, and say what is wrong with any;
    /// needs no configuration.
    Check {
        /// Templates of your own; without it those of mail.template_dir.
        #[arg(long, value_name = "DIR")]
        template_dir: Option<PathBuf>,
    },
    /// Send one mail the way all others go, and say what became of it.
    Test {
        /// Whom to.
        #[arg(long, value_name = "ADDRESS", value_parser = arguments::email)]
        to: EmailAddress,
        /// The language that comes first: nl or en.
        #[arg(long, default_value = "nl", value_parser = arguments::language)]
        language: Language,
    },
    /// Print the DNS record of the key that signs mails, as a line of a zone file.
    DkimRecord,
    /// Read one raw mail as if it came to the mailbox, and say how it was read.
    Ingest {
        /// The mail as a file, or - for stdin.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Change nothing: say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// A part of a mail, or all of it.
#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// The HTML part.
    Html,
    /// The text part.
    Text,
    /// The mail as it is sent.
    Eml,
}

fn template(text: &str) -> Result<MessageKind, String> {
    MessageKind::parse(&text.replace('-', "_")).ok_or_else(|| {
        let names: Vec<&str> = MessageKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Preview {
                template,
                language,
                format,
            } => {
                let directory = configured_templates(invocation)?;
                let templates = Templates::load_with(directory.as_deref())?;
                let mail = preview::preview(&templates, template, language)?;
                match format {
                    Format::Html => print::bytes(mail.html.as_bytes())?,
                    Format::Text => print::bytes(mail.text.as_bytes())?,
                    Format::Eml => print::bytes(&mail.bytes)?,
                }
                Ok(())
            }
            Self::Check { template_dir } => {
                let directory = match template_dir {
                    Some(directory) => Some(directory),
                    None => configured_templates(invocation)?,
                };
                mail_check::run(directory.as_deref(), invocation.json)
            }
            Self::Test { to, language } => mail_test::run(invocation, &to, language).await,
            Self::DkimRecord => dkim_record(invocation),
            Self::Ingest { file, dry_run } => ingest(invocation, &file, dry_run).await,
        }
    }
}

/// `mail.template_dir`, where there is a configuration. One that nobody named need not be right.
fn configured_templates(invocation: &Invocation) -> Result<Option<PathBuf>, WrongConfig> {
    match invocation.load() {
        Ok(loaded) => Ok(loaded.config.mail.template_dir),
        Err(wrong) if invocation.names_configuration() => Err(wrong),
        Err(_) => Ok(None),
    }
}

fn dkim_record(invocation: &Invocation) -> anyhow::Result<()> {
    let config = invocation.load()?.config;
    let Some(dkim) = &config.mail.dkim else {
        anyhow::bail!("mails are not signed here: set mail.dkim.selector and mail.dkim.key_file");
    };
    if invocation.json {
        let (name, text) = dkim.record();
        print::json(&json!({ "name": name, "type": "TXT", "text": text }))?;
    } else {
        print::bytes(format!("{}\n", dkim.zone_line()).as_bytes())?;
    }
    Ok(())
}

async fn ingest(invocation: &Invocation, file: &Path, dry_run: bool) -> anyhow::Result<()> {
    let raw = read(file)?;
    let app = invocation.app().await?;
    let outcome = read_mail::read_mail(&app, &raw, dry_run).await?;
    if invocation.json {
        print::json(&as_json(&outcome))?;
        return Ok(());
    }
    let request = match outcome.request {
        Some(id) => requests::find(&mut *app.store.read().await?, id).await?,
        None => None,
    };
    let mut facts = Facts::default();
    facts.say("kind", outcome.kind);
    facts.say("decision", outcome.decision);
    facts.maybe("request", request.map(|request| request.number));
    let effect = if dry_run { "would be" } else { "effect" };
    facts.say(effect, outcome.effect.as_str());
    facts.say("reason", &outcome.reason);
    facts.say("reply text", &outcome.reply_text);
    facts.print()?;
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut raw = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut raw)
            .context("cannot read the mail from stdin")?;
        return Ok(raw);
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn as_json(outcome: &Outcome) -> serde_json::Value {
    let mut json = json!({
        "kind": outcome.kind,
        "decision": outcome.decision,
        "replyText": outcome.reply_text,
        "effect": outcome.effect.as_str(),
        "reason": outcome.reason,
    });
    if let Some(request) = outcome.request {
        json["requestId"] = json!(request.to_string());
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_named_with_either_dash() {
        assert_eq!(
            template("approval-request"),
            Ok(MessageKind::ApprovalRequest)
        );
        assert_eq!(
            template("approval_request"),
            Ok(MessageKind::ApprovalRequest)
        );
        assert!(
            template("reminder-of-old")
                .unwrap_err()
                .contains("requester_expired")
        );
    }
}
