//! `admin`: who decides.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use anyhow::Context;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    arguments,
    exit::{self, Stop},
    invocation::Invocation,
    print::{self, Table},
};
use crate::{
    clock::Clock,
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, language::Language,
        people::AdministratorId, timestamp::Timestamp,
    },
    store::{StoreError, people, stand_in_lists},
    workflow::{
        invite,
        manage::{self, Left},
        reset_factors,
        time_away::TimeAway,
    },
};

/// What can be done with administrators.
#[derive(Subcommand)]
pub enum Command {
    /// Make somebody an administrator of an account.
    Add(Add),
    /// List who decides for which account.
    List,
    /// End it for one account: the links in mails die, and the sessions of whoever decides nowhere
    /// else end. The last one can be removed too; then nobody answers its requests.
    Remove {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
        /// For which account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: AccountNumber,
    },
    /// Mail an invitation to whoever has no password yet; the one before does not work any longer.
    Invite {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
    },
    /// Set a password, read from stdin; sessions end.
    SetPassword {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
        /// Read the password from the first line of stdin.
        #[arg(long, required = true)]
        stdin: bool,
    },
    /// Take one-time codes, recovery codes, passkeys and identities away; sessions end.
    ResetFactors {
        /// The e-mail address.
        #[arg(value_parser = arguments::email)]
        email: EmailAddress,
    },
}

/// A new administrator, or a further account of one.
#[derive(Args)]
pub struct Add {
    /// The e-mail address that gets the mails and signs in.
    #[arg(value_parser = arguments::email)]
    email: EmailAddress,
    /// For which account.
    #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
    account: AccountNumber,
    /// What people call them.
    #[arg(long, value_parser = arguments::name)]
    name: String,
    /// What they are spoken to in: nl or en.
    #[arg(long, value_parser = arguments::language)]
    language: Language,
    /// Read a password from the first line of stdin; without one an invitation is mailed.
    #[arg(long)]
    password_stdin: bool,
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => self::add(invocation, add).await,
            Self::List => list(invocation).await,
            Self::Remove { email, account } => {
                let app = invocation.app().await?;
                let left = manage::remove_administrator(&app, &email, &account).await?;
                let number = account.as_str();
                eprintln!(
                    "{} no longer decides for account {number}.",
                    email.as_typed()
                );
                if left == Left::Nobody {
                    eprintln!(
                        "WARNING: nobody who can sign in decides for account {number} any more. Its requests \
                         stay unanswered, and expire as a no. Add somebody with `esecured admin add`."
                    );
                }
                Ok(())
            }
            Self::Invite { email } => {
                let app = invocation.app().await?;
                invite::invite(&app, &email).await?;
                eprintln!(
                    "{} is sent an invitation, good for 72 hours.",
                    email.as_typed()
                );
                Ok(())
            }
            Self::SetPassword { email, stdin: _ } => {
                let password = password_from_stdin()?;
                let app = invocation.app().await?;
                manage::set_password(&app, &email, password).await?;
                eprintln!("{} has a new password; sessions ended.", email.as_typed());
                Ok(())
            }
            Self::ResetFactors { email } => reset_factors(invocation, &email).await,
        }
    }
}

async fn reset_factors(invocation: &Invocation, email: &EmailAddress) -> anyhow::Result<()> {
    let app = invocation.app().await?;
    let has_password = reset_factors::reset_factors(&app, email).await?;
    let email = email.as_typed();
    eprintln!("{email} has no factor but the password; sessions ended.");
    let reason = if has_password {
        "A password that was chosen beside a second factor may be short: better set another with"
    } else {
        "There is no password to sign in with: set one with"
    };
    eprintln!("{reason} `esecured admin set-password {email} --stdin`.");
    Ok(())
}

async fn add(invocation: &Invocation, add: Add) -> anyhow::Result<()> {
    let password = match add.password_stdin {
        true => Some(password_from_stdin()?),
        false => None,
    };
    let app = invocation.app().await?;
    let invited = manage::add_administrator(
        &app,
        &add.email,
        &add.account,
        &add.name,
        add.language,
        password,
    )
    .await?;
    let email = add.email.as_typed();
    eprintln!("{email} decides for account {}.", add.account.as_str());
    if invited {
        eprintln!("{email} is sent an invitation to choose a password, good for 72 hours.");
    }
    Ok(())
}

/// The first line of stdin.
fn password_from_stdin() -> anyhow::Result<SecretString> {
    /// Longer than every password that is accepted.
    const LONGEST: u64 = 4_096;
    let mut text = String::new();
    io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut text)
        .context("cannot read the password from stdin")?;
    match text.lines().next() {
        Some(password) if !password.is_empty() => Ok(SecretString::from(password)),
        Some(_) | None => Err(Stop::with(exit::USAGE, "there is no password on stdin").into()),
    }
}

async fn list(invocation: &Invocation) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let appointments = people::appointments(&mut conn).await?;
    let stand_ins = stand_ins(&mut conn, Clock::System.now()).await?;
    if invocation.json {
        print::json_lines(appointments.iter().map(|one| {
            let mut line = json!({
                "accountNumber": one.account.as_str(),
                "email": one.administrator.email.as_typed(),
                "name": one.administrator.name,
                "language": one.administrator.language,
                "hasPassword": one.has_password,
                "addressState": one.administrator.address_state.as_str(),
            });
            if let Some((away, email)) = stand_ins.get(&one.administrator.id) {
                line["standIn"] = json!({
                    "email": email.as_typed(),
                    "name": away.stand_in.name,
                    "from": away.stand_in.from.to_string(),
                    "until": away.stand_in.until.to_string(),
                });
            }
            line
        }))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "ACCOUNT", "E-MAIL", "NAME", "LANGUAGE", "PASSWORD", "ADDRESS", "STAND-IN",
    ]);
    for one in appointments {
        let stand_in = stand_ins.get(&one.administrator.id);
        let stand_in = stand_in.map_or_else(String::new, |(away, email)| {
            let [first, last] = away.days;
            format!("{} from {first} through {last}", email.as_typed())
        });
        table.row([
            one.account.as_str().to_owned(),
            one.administrator.email.as_typed().to_owned(),
            one.administrator.name,
            one.administrator.language.to_string(),
            if one.has_password { "set" } else { "not set" }.to_owned(),
            one.administrator.address_state.to_string(),
            stand_in,
        ]);
    }
    table.print("There is no administrator yet: add one with `esecured admin add`.")?;
    Ok(())
}

/// Who stands in for an administrator, or will, with the address it was named by; without those whose
/// address was erased.
async fn stand_ins(
    conn: &mut AnyConnection,
    now: Timestamp,
) -> Result<HashMap<AdministratorId, (TimeAway, EmailAddress)>, StoreError> {
    let mut stand_ins = HashMap::new();
    for named in stand_in_lists::all(conn, now).await? {
        if let Some(email) = people::address(conn, named.person).await? {
            let away = TimeAway::of(conn, named).await?;
            stand_ins.insert(away.absent.id, (away, email));
        }
    }
    Ok(stand_ins)
}
