//! `user import FILE.csv`: many authorized users at once.

use std::{collections::HashMap, path::Path};

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
/// An end that was set before stays where the file says nothing of it. Nothing is done where any
/// line is wrong; a second run of the same file changes nothing.
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
    let mut first_named = HashMap::new();
    let mut wanted = Vec::new();
    for line in sheet.lines() {
        let Some(user) = user(&mut sheet, &line, &zones, now) else {
            continue;
        };
        let entry = (user.account.clone(), user.email.key().to_owned());
        match first_named.insert(entry, (line.number, user.until)) {
            None => wanted.push(user),
            // The same said twice is said once.
            Some((_, until)) if until == user.until => {}
            Some((before, _)) => sheet.fault(
                line.number,
                format!("line {before} says another until of this address"),
            ),
        }
    }
    sheet.is_right()?;

    let (mut added, mut same) = (0, 0);
    for user in &wanted {
        let facts = standings::facts(&mut conn, &user.account, &user.email).await?;
        let until = match (facts.and_then(|facts| facts.standing), user.until) {
            (Some(Standing::Approved { until }), Until::AsItIs) if !is_over(until, now) => {
                same += 1;
                continue;
            }
            (Some(Standing::Approved { until }), Until::Said(said)) if until == said => {
                same += 1;
                continue;
            }
            (_, Until::Said(until)) => until,
            (_, Until::AsItIs) => None,
        };
        authorized_users::add_by_operator(&app, &user.account, &user.email, until).await?;
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
    until: Until,
}

/// What a line says about the end of a permission.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Nothing: an end that was set before stays.
    AsItIs,
    /// This; never, where it is none.
    Said(Option<Timestamp>),
}

fn is_over(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
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
        if text == "never" {
            return Ok(None);
        }
        let zone = account.map_or("UTC", |account| &account.time_zone);
        let until = arguments::until(text)?.in_zone(zone);
        match until > now {
            true => Ok(Some(until)),
            false => Err("it is over already: give a date in the future"),
        }
    });
    Some(AuthorizedUser {
        account: account?.number.clone(),
        email: email?,
        until: until.map_or(Until::AsItIs, Until::Said),
    })
}
