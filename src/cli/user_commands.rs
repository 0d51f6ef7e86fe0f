//! `user`: who may use an account number without asking.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{
    arguments::{self, Until},
    import_users,
    invocation::Invocation,
    print::{self, Table, maybe_moment, moment},
};
use crate::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, timestamp::Timestamp},
    store::entries::{self, Entry},
    workflow::{authorized_users, manage},
};

/// What can be done with authorized users.
#[derive(Subcommand)]
pub enum Command {
    /// Make an address an authorized user; an open request of it is approved with that.
    Add {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
        /// Of which account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: AccountNumber,
        /// The last day, or the moment it ends.
        #[arg(long, value_name = "DATE", value_parser = arguments::until)]
        until: Option<Until>,
    },
    /// List authorized users.
    List {
        /// Of one account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: Option<AccountNumber>,
    },
    /// Take the permission away; the address has to ask again.
    Remove {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
        /// Of which account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: AccountNumber,
    },
    /// Make the addresses of a CSV file authorized users; nothing is done where any line is wrong.
    ///
    /// Its first line names the columns: account,email and, where wanted, until: the last day, a
    /// moment, or never. Where a line leaves it empty, an end that was set before stays.
    Import {
        /// The file.
        file: PathBuf,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add {
                email,
                account,
                until,
            } => add(invocation, &email, &account, until).await,
            Self::Import { file } => import_users::run(invocation, &file).await,
            Self::List { account } => list(invocation, account.as_ref()).await,
            Self::Remove { email, account } => {
                let app = invocation.app().await?;
                authorized_users::remove_by_operator(&app, &account, &email).await?;
                eprintln!(
                    "{} is no longer an authorized user of account {}.",
                    email.as_typed(),
                    account.as_str()
                );
                Ok(())
            }
        }
    }
}

async fn add(
    invocation: &Invocation,
    email: &EmailAddress,
    number: &AccountNumber,
    until: Option<Until>,
) -> anyhow::Result<()> {
    let app = invocation.app().await?;
    let account = manage::find_account(&app, number).await?;
    let until = until.map(|until| until.in_zone(&account.time_zone));
    authorized_users::add_by_operator(&app, number, email, until).await?;
    let ends = until.map_or_else(String::new, |until| format!(" until {}", moment(until)));
    eprintln!(
        "{} is an authorized user of account {}{ends}.",
        email.as_typed(),
        number.as_str()
    );
    Ok(())
}

async fn list(invocation: &Invocation, account: Option<&AccountNumber>) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let users = entries::authorized_users(&mut conn, account).await?;
    if invocation.json {
        print::json_lines(users.iter().map(as_json))?;
        return Ok(());
    }
    let now = crate::clock::Clock::System.now();
    let mut table = Table::new(&[
        "ACCOUNT",
        "E-MAIL",
        "SINCE",
        "UNTIL",
        ">USED",
        "LAST USED",
        "REQUEST",
    ]);
    for user in users {
        let (count, last) = user.used;
        table.row([
            user.account.as_str().to_owned(),
            user.email.as_typed().to_owned(),
            moment(user.changed_at),
            until_words(user.until, now),
            count.to_string(),
            maybe_moment(last),
            user.request
                .map_or_else(|| "-".to_owned(), |(_, number)| number.to_string()),
        ]);
    }
    table.print("There is no authorized user: add one with `esecured user add`.")?;
    Ok(())
}

fn until_words(until: Option<Timestamp>, now: Timestamp) -> String {
    match until {
        Some(until) if until <= now => format!("{} (ended)", moment(until)),
        until => maybe_moment(until),
    }
}

fn as_json(user: &Entry) -> serde_json::Value {
    let (count, last) = user.used;
    let mut json = json!({
        "accountNumber": user.account.as_str(),
        "email": user.email.as_typed(),
        "since": user.changed_at,
        "useCount": count,
    });
    if let Some(until) = user.until {
        json["until"] = json!(until);
    }
    if let Some(last) = last {
        json["lastUsedAt"] = json!(last);
    }
    if let Some((id, number)) = &user.request {
        json["requestId"] = json!(id.to_string());
        json["requestNumber"] = json!(number.as_str());
    }
    json
}
