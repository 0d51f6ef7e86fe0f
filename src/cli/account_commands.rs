//! `account`: what is protected.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    arguments, import_accounts,
    invocation::Invocation,
    print::{self, Table},
};
use crate::{
    app::App,
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        language::Language,
    },
    store::accounts,
    workflow::manage::{self, Existence},
};

/// What can be done with accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Add an account; eSecure is active on it unless told otherwise.
    Add(Add),
    /// Change an account; what is not named stays.
    Set(Set),
    /// List all accounts.
    List,
    /// Switch eSecure on: whoever is not an authorized user has to ask.
    Activate {
        /// The account number.
        #[arg(value_parser = arguments::account)]
        number: AccountNumber,
    },
    /// Switch eSecure off: everybody may use the number.
    Deactivate {
        /// The account number.
        #[arg(value_parser = arguments::account)]
        number: AccountNumber,
    },
    /// Add and change the accounts of a CSV file; nothing is done where any line is wrong.
    ///
    /// Its first line names the columns: number,name and, where wanted, language (nl, en),
    /// time_zone, esecure (active, inactive), requester_mails (yes, no).
    Import {
        /// The file.
        file: PathBuf,
    },
}

/// A new account.
#[derive(Args)]
pub struct Add {
    /// The account number: 9 or 10 digits.
    #[arg(value_parser = arguments::account)]
    number: AccountNumber,
    /// What its owner is called.
    #[arg(long, value_parser = arguments::name)]
    name: String,
    /// What its people are spoken to in: nl or en.
    #[arg(long, default_value = "nl", value_parser = arguments::language)]
    language: Language,
    /// Where it is.
    #[arg(long, default_value = "Europe/Amsterdam", value_parser = arguments::time_zone)]
    time_zone: String,
    /// Leave eSecure off: everybody may use the number.
    #[arg(long)]
    inactive: bool,
    /// Send requesters no mails.
    #[arg(long)]
    no_requester_mails: bool,
}

/// What changes of an account.
#[derive(Args)]
pub struct Set {
    /// The account number.
    #[arg(value_parser = arguments::account)]
    number: AccountNumber,
    /// What its owner is called.
    #[arg(long, value_parser = arguments::name)]
    name: Option<String>,
    /// What its people are spoken to in: nl or en.
    #[arg(long, value_parser = arguments::language)]
    language: Option<Language>,
    /// Where it is.
    #[arg(long, value_parser = arguments::time_zone)]
    time_zone: Option<String>,
    /// Switch eSecure off: everybody may use the number.
    #[arg(long)]
    inactive: bool,
    /// Send requesters no mails.
    #[arg(long, conflicts_with = "requester_mails")]
    no_requester_mails: bool,
    /// Send requesters mails again.
    #[arg(long)]
    requester_mails: bool,
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => {
                let account = Account {
                    number: add.number,
                    name: add.name,
                    language: add.language,
                    time_zone: add.time_zone,
                    esecure: esecure(!add.inactive),
                    requester_mails: !add.no_requester_mails,
                };
                let app = invocation.app().await?;
                manage::put_account(&app, &account, Existence::New).await?;
                told("Added", &account);
            }
            Self::Set(set) => {
                let app = invocation.app().await?;
                let mut account = manage::find_account(&app, &set.number).await?;
                set.apply(&mut account);
                manage::put_account(&app, &account, Existence::Known).await?;
                told("Changed", &account);
            }
            Self::List => list(invocation).await?,
            Self::Import { file } => import_accounts::run(invocation, &file).await?,
            Self::Activate { number } => {
                switch(&invocation.app().await?, &number, Esecure::Active).await?;
            }
            Self::Deactivate { number } => {
                switch(&invocation.app().await?, &number, Esecure::Inactive).await?;
            }
        }
        Ok(())
    }
}

impl Set {
    fn apply(self, account: &mut Account) {
        if let Some(name) = self.name {
            account.name = name;
        }
        if let Some(language) = self.language {
            account.language = language;
        }
        if let Some(time_zone) = self.time_zone {
            account.time_zone = time_zone;
        }
        if self.inactive {
            account.esecure = Esecure::Inactive;
        }
        if self.no_requester_mails || self.requester_mails {
            account.requester_mails = self.requester_mails;
        }
    }
}

async fn switch(app: &App, number: &AccountNumber, esecure: Esecure) -> anyhow::Result<()> {
    let mut account = manage::find_account(app, number).await?;
    account.esecure = esecure;
    manage::put_account(app, &account, Existence::Known).await?;
    told("Changed", &account);
    Ok(())
}

fn told(what: &str, account: &Account) {
    let protected = match account.esecure {
        Esecure::Active => "eSecure is active",
        Esecure::Inactive => "eSecure is not active: everybody may use the number",
    };
    eprintln!("{what} account {}; {protected}.", account.number.as_str());
}

fn esecure(active: bool) -> Esecure {
    match active {
        true => Esecure::Active,
        false => Esecure::Inactive,
    }
}

async fn list(invocation: &Invocation) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let all = accounts::all(&mut conn).await?;
    let counts = accounts::counts(&mut conn).await?;
    let counts_of = |number: &AccountNumber| {
        counts
            .iter()
            .find(|(of, ..)| of == number.as_str())
            .map_or((0, 0), |(_, administrators, open)| (*administrators, *open))
    };
    if invocation.json {
        print::json_lines(all.iter().map(|account| {
            let (administrators, open) = counts_of(&account.number);
            json!({
                "accountNumber": account.number.as_str(),
                "name": account.name,
                "language": account.language,
                "timeZone": account.time_zone,
                "esecure": word(account.esecure),
                "requesterMails": account.requester_mails,
                "administrators": administrators,
                "openRequests": open,
            })
        }))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "ACCOUNT",
        "NAME",
        "ESECURE",
        "LANGUAGE",
        "TIME ZONE",
        ">ADMINS",
        ">OPEN",
        "REQUESTER MAILS",
    ]);
    for account in all {
        let (administrators, open) = counts_of(&account.number);
        table.row([
            account.number.as_str().to_owned(),
            account.name,
            word(account.esecure).to_owned(),
            account.language.to_string(),
            account.time_zone,
            administrators.to_string(),
            open.to_string(),
            if account.requester_mails { "yes" } else { "no" }.to_owned(),
        ]);
    }
    table.print("There is no account yet: add one with `esecured account add`.")?;
    Ok(())
}

fn word(esecure: Esecure) -> &'static str {
    match esecure {
        Esecure::Active => "active",
        Esecure::Inactive => "inactive",
    }
}
