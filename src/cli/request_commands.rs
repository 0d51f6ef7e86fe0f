//! `request`: access requests, from asking to taking back.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    arguments::{self, RequestName},
    exit::{self, Stop},
    invocation::Invocation,
    print::{self, Table, moment},
    request_facts::{self, Names},
};
use crate::{
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
        people::Mode,
        request::{AccessRequest, Status},
        test_request::TestRequest,
    },
    shapes::RequestShape,
    store::{audit, paging, request_lists, test_requests},
    workflow::{
        decide::DecideError,
        expire,
        look::{self, Shown},
        manage,
        submit::{self, Submission, Submitted},
    },
};

/// What can be done with access requests.
#[derive(Subcommand)]
pub enum Command {
    /// Ask for access, as a shipping system would; prints the number of the request.
    Add(Add),
    /// List requests, the newest first.
    List(List),
    /// Show everything about a request, its mails and its history.
    Show {
        /// The number (R-7Q4K9) or ID of the request.
        #[arg(value_name = "ID")]
        request: RequestName,
    },
    /// Take an open request back.
    Cancel {
        /// The number (R-7Q4K9) or ID of the request.
        #[arg(value_name = "ID")]
        request: RequestName,
    },
}

/// A new request.
#[derive(Args)]
pub struct Add {
    /// Which account is asked for.
    #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
    account: AccountNumber,
    /// Who asks.
    #[arg(long, value_parser = arguments::email)]
    email: EmailAddress,
    /// What the requester is called.
    #[arg(long, value_parser = arguments::name)]
    name: Option<String>,
    /// Why, in the requester's own words.
    #[arg(long, value_parser = arguments::reason)]
    reason: Option<String>,
    /// What you call it.
    #[arg(long, value_parser = arguments::name)]
    reference: Option<String>,
    /// What the requester is spoken to in: nl or en [default: the account's].
    #[arg(long, value_parser = arguments::language)]
    language: Option<Language>,
}

/// Which requests are listed.
#[derive(Args)]
pub struct List {
    /// Of one status: pending, approved, rejected, expired or cancelled.
    #[arg(long, value_parser = status)]
    status: Option<Status>,
    /// Of one account.
    #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
    account: Option<AccountNumber>,
    /// Live requests, or what test keys asked for.
    #[arg(long, default_value = "live", value_parser = arguments::mode)]
    mode: Mode,
    /// At most this many.
    #[arg(short = 'n', long, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
}

fn status(text: &str) -> Result<Status, &'static str> {
    Status::parse(text).ok_or("expected pending, approved, rejected, expired or cancelled")
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => self::add(invocation, add).await,
            Self::List(list) => self::list(invocation, &list).await,
            Self::Show { request } => show(invocation, &request).await,
            Self::Cancel { request } => cancel(invocation, &request).await,
        }
    }
}

async fn add(invocation: &Invocation, add: Add) -> anyhow::Result<()> {
    let app = invocation.app().await?;
    // Here an unknown account is answered in the operator's words.
    manage::find_account(&app, &add.account).await?;
    let submission = Submission {
        account: add.account,
        email: add.email,
        // Nobody at the command line can know.
        email_verified: false,
        name: add.name,
        reason: add.reason,
        reference: add.reference,
        language: add.language,
    };
    let submitted = submit::submit_by_operator(&app, &submission).await?;
    if invocation.json {
        print::json(&match &submitted {
            Submitted::Opened(shown)
            | Submitted::Decided(shown)
            | Submitted::Joined(shown)
            | Submitted::Standing(_, shown) => request_facts::shown_as_json(shown),
            Submitted::Allowed(rule) => json!({ "status": "approved", "rule": rule.as_str() }),
            Submitted::Denied(rule) => json!({ "status": "rejected", "rule": rule.as_str() }),
        })?;
    }
    let number = |shown: &Shown| match invocation.json {
        true => Ok(()), // It stands in the object.
        false => print::line(shown.request.number.as_str()),
    };
    match &submitted {
        Submitted::Opened(shown) => {
            number(shown)?;
            eprintln!("{}", asked(shown.notifications.len()));
        }
        Submitted::Decided(shown) => {
            number(shown)?;
            let (status, rule) = (shown.request.state.status(), shown.request.rule);
            eprintln!("Nobody is asked: it is {status} by the rule {rule}.");
        }
        Submitted::Joined(shown) => {
            number(shown)?;
            eprintln!("It is asked for already: the open request counts one more.");
        }
        Submitted::Standing(_, shown) => {
            number(shown)?;
            eprintln!("It was rejected not long ago, and stays so: nobody is asked.");
        }
        Submitted::Allowed(rule) => {
            eprintln!("Nobody needs to be asked: the rule {rule} allows it.")
        }
        Submitted::Denied(rule) => eprintln!("Nobody is asked: the rule {rule} denies it."),
    }
    Ok(())
}

fn asked(administrators: usize) -> String {
    match administrators {
        0 => "Nobody can answer: the account has no administrator.".to_owned(),
        1 => "One administrator is asked.".to_owned(),
        more => format!("{more} administrators are asked."),
    }
}

async fn list(invocation: &Invocation, list: &List) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let one_more = list.limit.saturating_add(1);
    let (status, account) = (list.status, list.account.as_ref());
    let is_cut = match list.mode {
        Mode::Live => {
            let found = request_lists::newest(&mut conn, status, account, one_more).await?;
            let (found, more) = paging::cut(found, list.limit, |_| ());
            print_live(invocation, &found)?;
            more.is_some()
        }
        Mode::Test => {
            let found = test_requests::newest(&mut conn, status, account, one_more).await?;
            let (found, more) = paging::cut(found, list.limit, |_| ());
            print_tests(invocation, &found)?;
            more.is_some()
        }
    };
    if is_cut {
        eprintln!("Only the newest {} are shown: -n shows more.", list.limit);
    }
    Ok(())
}

const NO_REQUEST: &str = "There is no such access request.";

fn print_live(invocation: &Invocation, found: &[AccessRequest]) -> anyhow::Result<()> {
    if invocation.json {
        return Ok(print::json_lines(found.iter().map(request_facts::as_json))?);
    }
    let mut table = Table::new(&[
        "NUMBER", "STATUS", "E-MAIL", "ACCOUNT", "ASKED", ">AGAIN", "EXPIRES", "DOOR",
    ]);
    for request in found {
        let open = request.state.status() == Status::Pending;
        table.row([
            request.number.to_string(),
            request.state.status().to_string(),
            request.email.as_typed().to_owned(),
            request.account.as_str().to_owned(),
            moment(request.created_at),
            request.repeats.to_string(),
            match open {
                true => moment(request.expires_at),
                false => "-".to_owned(),
            },
            request
                .state
                .door()
                .map_or_else(|| "-".to_owned(), |door| door.to_string()),
        ]);
    }
    Ok(table.print(NO_REQUEST)?)
}

/// What test keys asked for, as these see it, with the names of their clients.
fn print_tests(invocation: &Invocation, found: &[(String, TestRequest)]) -> anyhow::Result<()> {
    if invocation.json {
        return Ok(print::json_lines(found.iter().map(|(client, request)| {
            let mut shape = json!(RequestShape::of_test(request));
            shape["client"] = json!(client);
            shape
        }))?);
    }
    let mut table = Table::new(&[
        "NUMBER", "STATUS", "E-MAIL", "ACCOUNT", "ASKED", ">AGAIN", "CLIENT",
    ]);
    for (client, request) in found {
        table.row([
            request.number.to_string(),
            request.state.status().to_string(),
            request.email.as_typed().to_owned(),
            request.account.as_str().to_owned(),
            moment(request.created_at),
            request.repeats.to_string(),
            client.clone(),
        ]);
    }
    Ok(table.print(NO_REQUEST)?)
}

async fn show(invocation: &Invocation, name: &RequestName) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let request = name.find(&mut conn).await?;
    let history = audit::of_request(&mut conn, request.id).await?;
    let names = Names::of(&mut conn, &history).await?;
    let shown = look::of(&mut conn, request).await?;
    if invocation.json {
        let mut json = request_facts::shown_as_json(&shown);
        json["history"] = history
            .iter()
            .map(|row| super::audit_commands::as_json(row, &names, Some(&shown.request.number)))
            .collect();
        print::json(&json)?;
    } else {
        request_facts::print(&shown, &history, &names)?;
    }
    Ok(())
}

async fn cancel(invocation: &Invocation, name: &RequestName) -> anyhow::Result<()> {
    let app = invocation.app().await?;
    let request = name.find(&mut *app.store.read().await?).await?;
    match expire::cancel_by_operator(&app, request.id).await {
        Ok(request) if invocation.json => print::json(&request_facts::as_json(&request))?,
        Ok(request) => eprintln!("Request {} is cancelled.", request.number),
        Err(DecideError::AlreadyDecided(shown)) => {
            let request = shown.request;
            let status = request.state.status();
            let words = format!("request {} is already {status}", request.number);
            return Err(Stop::with(exit::FAILED, words).into());
        }
        Err(other) => return Err(other.into()),
    }
    Ok(())
}
