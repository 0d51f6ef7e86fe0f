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
    invocation::Invocation,
    print::{self, Facts},
};
use crate::{
    domain::{language::Language, message::MessageKind},
    mail::compose::preview,
    store::requests,
    templates::Templates,
    workflow::read_mail::{self, Arrival, Outcome},
};

/// What can be done with mails.
#[derive(Subcommand)]
pub enum Command {
    /// Print a mail with sample facts; needs no configuration.
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
                let templates = Templates::load()?;
                let mail = preview::preview(&templates, template, language)?;
                match format {
                    Format::Html => print::bytes(mail.html.as_bytes())?,
                    Format::Text => print::bytes(mail.text.as_bytes())?,
                    Format::Eml => print::bytes(&mail.bytes)?,
                }
                Ok(())
            }
            Self::DkimRecord => dkim_record(invocation),
            Self::Ingest { file, dry_run } => ingest(invocation, &file, dry_run).await,
        }
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
    let arrival = Arrival {
        raw: &raw,
        cursor: None,
    };
    let outcome = read_mail::read_mail(&app, &arrival, dry_run).await?;
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
