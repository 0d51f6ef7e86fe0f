//! `mail check`: whether our mails keep their promises, with the templates that are in use.

use std::{num::NonZero, path::Path};

use serde_json::json;

use super::{
    exit::{self, Stop},
    print::{self, Table},
};
use crate::{
    domain::message::MessageKind,
    mail::check::{self, Checked},
    templates::Templates,
};

/// Shows what became of each mail. With a directory, its templates are used in place of ours.
pub fn run(directory: Option<&Path>, as_json: bool) -> anyhow::Result<()> {
    let mails = check::check(
        &Templates::load_with(directory)?,
        &Templates::load()?,
        MessageKind::ALL,
    );
    if as_json {
        print::json_lines(mails.iter().map(|mail| {
            json!({
                "mail": mail.kind.as_str(),
                "language": mail.language,
                "bytes": mail.size,
                "faults": mail.faults,
            })
        }))?;
    } else {
        let mut table = Table::new(&["MAIL", "LANGUAGE", "BYTES", "RESULT"]);
        for mail in &mails {
            table.row([
                mail.kind.to_string(),
                mail.language.to_string(),
                mail.size.map_or("-".to_owned(), |size| size.to_string()),
                result(mail),
            ]);
        }
        table.print("")?;
    }
    match faulty(&mails) {
        None => Ok(()),
        Some(words) => Err(Stop::with(exit::CONFIG, words).into()),
    }
}

/// What keeps a daemon from sending mails of an operator's own templates, in one sentence.
pub fn fault(directory: &Path) -> Option<String> {
    let made = Templates::load_with(Some(directory)).and_then(|own| Ok((own, Templates::load()?)));
    match made {
        Ok((own, built_in)) => {
            let touched = MessageKind::ALL
                .iter()
                .filter(|kind| own.replaces_any_of(**kind));
            let touched: Vec<MessageKind> = touched.copied().collect();
            faulty(&check::check(&own, &built_in, &touched))
                .map(|words| format!("{words}; `esecured mail check` names each"))
        }
        Err(error) => Some(error.to_string()),
    }
}

fn faulty(mails: &[Checked]) -> Option<String> {
    let faulty: Vec<&Checked> = mails
        .iter()
        .filter(|mail| !mail.faults.is_empty())
        .collect();
    let first = faulty.first()?;
    let more = match NonZero::new(faulty.len() - 1) {
        Some(others) => format!(", and {others} more of {}", mails.len()),
        None => String::new(),
    };
    Some(format!(
        "the mail {} ({}) {}{more}",
        first.kind,
        first.language,
        result(first),
    ))
}

fn result(mail: &Checked) -> String {
    if mail.faults.is_empty() {
        return "ok".to_owned();
    }
    let faults: Vec<&str> = mail.faults.iter().map(String::as_str).collect();
    faults.join("; ")
}
