//! `account import FILE.csv`: many accounts at once, new ones and known ones.

use std::{collections::HashMap, path::Path};

use super::{
    arguments,
    invocation::Invocation,
    sheet::{Column, Line, Sheet},
};
use crate::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        language::Language,
    },
    store::accounts,
    workflow::manage::{self, Existence},
};

const COLUMNS: [Column; 6] = [
    Column {
        name: "number",
        required: true,
    },
    Column {
        name: "name",
        required: true,
    },
    Column {
        name: "language",
        required: false,
    },
    Column {
        name: "time_zone",
        required: false,
    },
    Column {
        name: "esecure",
        required: false,
    },
    Column {
        name: "requester_mails",
        required: false,
    },
];

/// Adds the accounts of a file, and changes those that are there: what the file leaves open stays.
/// Nothing is done where any line is wrong; a second run of the same file changes nothing.
pub async fn run(invocation: &Invocation, file: &Path) -> anyhow::Result<()> {
    let mut sheet = Sheet::read(file, &COLUMNS)?;
    let app = invocation.app().await?;
    let mut conn = app.store.read().await?;
    let known: HashMap<String, Account> = accounts::all(&mut conn)
        .await?
        .into_iter()
        .map(|account| (account.number.as_str().to_owned(), account))
        .collect();
    drop(conn);

    let mut first_named: HashMap<String, u64> = HashMap::new();
    let mut wanted = Vec::new();
    for line in sheet.lines() {
        let number = sheet.required(&line, "number", arguments::account);
        if let Some(number) = &number
            && let Some(before) = first_named.insert(number.as_str().to_owned(), line.number)
        {
            sheet.fault(
                line.number,
                format!("the account stands in line {before} too"),
            );
        }
        let before = number
            .as_ref()
            .and_then(|number| known.get(number.as_str()));
        if let Some(account) = account(&mut sheet, &line, number.clone(), before) {
            wanted.push((account, before));
        }
    }
    sheet.is_right()?;

    let (mut added, mut changed, mut same) = (0, 0, 0);
    for (account, before) in &wanted {
        let existence = match before {
            Some(before) if *before == account => {
                same += 1;
                continue;
            }
            Some(_) => Existence::Known,
            None => Existence::New,
        };
        manage::put_account(&app, account, existence).await?;
        match existence {
            Existence::New => added += 1,
            Existence::Known => changed += 1,
        }
    }
    eprintln!(
        "Read {} accounts: {added} added, {changed} changed, {same} as they were.",
        wanted.len()
    );
    Ok(())
}

/// What a line says; what it leaves open is as before, or as `account add` has it.
fn account(
    sheet: &mut Sheet,
    line: &Line,
    number: Option<AccountNumber>,
    before: Option<&Account>,
) -> Option<Account> {
    let name = sheet.required(line, "name", arguments::name);
    let language = sheet.cell(line, "language", arguments::language);
    let time_zone = sheet.cell(line, "time_zone", arguments::time_zone);
    let esecure = sheet.cell(line, "esecure", esecure);
    let requester_mails = sheet.cell(line, "requester_mails", yes_or_no);
    Some(Account {
        number: number?,
        name: name?,
        language: language
            .or(before.map(|before| before.language))
            .unwrap_or(Language::Nl),
        time_zone: time_zone
            .or(before.map(|before| before.time_zone.clone()))
            .unwrap_or_else(|| "Europe/Amsterdam".to_owned()),
        esecure: esecure
            .or(before.map(|before| before.esecure))
            .unwrap_or(Esecure::Active),
        requester_mails: requester_mails
            .or(before.map(|before| before.requester_mails))
            .unwrap_or(true),
    })
}

fn esecure(text: &str) -> Result<Esecure, &'static str> {
    match text {
        "active" => Ok(Esecure::Active),
        "inactive" => Ok(Esecure::Inactive),
        _ => Err("expected active or inactive"),
    }
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no"),
    }
}
