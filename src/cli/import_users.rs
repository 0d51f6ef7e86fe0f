//! `user import FILE.csv`: many authorized users at once.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use super::{
    arguments,
    invocation::Invocation,
    sheet::{Column, Line, Sheet},
};
use crate::{
    domain::{
        account::Account, account_number::AccountNumber, email_address::EmailAddress,
        entry::Standing, timestamp::Timestamp,
    },
    store::{accounts, standings},
    workflow::authorized_users,
};

const COLUMNS: [Column; 3] = [
    Column {
        name: "account",
        required: true,
    },
    Column {
        name: "email",
        required: true,
    },
    Column {
        name: "until",
        required: false,
    },
];

/// Makes the addresses of a file authorized users; an open request of one is approved with that.
/// Nothing is done where any line is wrong; a second run of the same file changes nothing.
pub async fn run(invocation: &Invocation, file: &Path) -> anyhow::Result<()> {
    let mut sheet = Sheet::read(file, &COLUMNS)?;
    let app = invocation.app().await?;
    let mut conn = app.store.read().await?;
    let zones: HashMap<String, Account> = accounts::all(&mut conn)
        .await?
        .into_iter()
        .map(|account| (account.number.as_str().to_owned(), account))
        .collect();
    let now = app.clock.now();
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for line in sheet.lines() {
        if let Some(user) = user(&mut sheet, &line, &zones, now)
            && seen.insert((
                user.account.as_str().to_owned(),
                user.email.key().to_owned(),
            ))
        {
            wanted.push(user);
        }
    }
    sheet.is_right()?;

    let (mut added, mut same) = (0, 0);
    for user in &wanted {
        let facts = standings::facts(&mut conn, &user.account, &user.email).await?;
        let stands = facts.and_then(|facts| facts.standing);
        if stands == Some(Standing::Approved { until: user.until }) {
            same += 1;
            continue;
        }
        authorized_users::add_by_operator(&app, &user.account, &user.email, user.until).await?;
        added += 1;
    }
    eprintln!(
        "Read {} authorized users: {added} added or changed, {same} as they were.",
        wanted.len()
    );
    Ok(())
}

struct AuthorizedUser {
    account: AccountNumber,
    email: EmailAddress,
    until: Option<Timestamp>,
}

fn user(
    sheet: &mut Sheet,
    line: &Line,
    accounts: &HashMap<String, Account>,
    now: Timestamp,
) -> Option<AuthorizedUser> {
    let account = sheet.required(line, "account", |text| {
        let number = arguments::account(text).map_err(|error| error.to_string())?;
        accounts.get(number.as_str()).ok_or_else(|| {
            "there is no such account: add it with `esecured account add`".to_owned()
        })
    });
    let email = sheet.required(line, "email", arguments::email);
    let until = sheet.cell(line, "until", |text| {
        let zone = account.map_or("UTC", |account| &account.time_zone);
        let until = arguments::until(text)?.in_zone(zone);
        match until > now {
            true => Ok(until),
            false => Err("it is over already: give a date in the future"),
        }
    });
    Some(AuthorizedUser {
        account: account?.number.clone(),
        email: email?,
        until,
    })
}
