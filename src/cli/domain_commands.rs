//! `domain`: what an account says of whole mail domains.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    arguments,
    invocation::Invocation,
    print::{self, Table, moment},
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        domain_name::DomainName,
        domain_rule::{DomainKind, is_idle},
    },
    store::domains,
    workflow::domain_rules::{self, By, DomainRuleError},
};

/// What can be done with the rules by domain.
#[derive(Subcommand)]
pub enum Command {
    /// Add a rule: my = requests from all other domains are rejected; authorized = requests with a
    /// verified address of this domain are approved. Exactly this domain, not its sub-domains.
    Add(Named),
    /// List the rules.
    List {
        /// Of one account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: Option<AccountNumber>,
    },
    /// Take a rule away; who is an authorized user because of it stays one.
    Remove {
        /// The domain, such as example.com.
        #[arg(value_name = "NAME", value_parser = arguments::domain)]
        domain: DomainName,
        /// Of which account.
        #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
        account: AccountNumber,
        /// Only what it is as my or authorized; both, where nothing is said.
        #[arg(long, value_parser = arguments::domain_kind)]
        kind: Option<DomainKind>,
    },
}

/// One rule.
#[derive(Args)]
pub struct Named {
    /// The domain, such as example.com.
    #[arg(value_name = "NAME", value_parser = arguments::domain)]
    domain: DomainName,
    /// Of which account.
    #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
    account: AccountNumber,
    /// What the domain is to the account: my or authorized.
    #[arg(long, value_parser = arguments::domain_kind)]
    kind: DomainKind,
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::Add(rule) => {
                let app = invocation.app().await?;
                domain_rules::add(&app, By::Operator, &rule.account, rule.kind, &rule.domain)
                    .await?;
                let (domain, number) = (&rule.domain, rule.account.as_str());
                match rule.kind {
                    DomainKind::My => eprintln!(
                        "Requests for account {number} from domains other than {domain} and its other domains of that kind are rejected."
                    ),
                    DomainKind::Authorized => eprintln!(
                        "Requests for account {number} with a verified address of {domain} are approved."
                    ),
                }
                say_what_is_idle(&app, &rule.account).await?;
            }
            Self::List { account } => list(invocation, account.as_ref()).await?,
            Self::Remove {
                domain,
                account,
                kind,
            } => remove(invocation, &account, kind, &domain).await?,
        }
        Ok(())
    }
}

/// Names the rules of an account that are there and can do nothing, so that nobody relies on one.
async fn say_what_is_idle(app: &App, account: &AccountNumber) -> anyhow::Result<()> {
    let mut conn = app.store.read().await?;
    let rules = domains::all(&mut conn, Some(account)).await?;
    for rule in rules.iter().filter(|rule| is_idle(rule, &rules)) {
        let (domain, number) = (&rule.domain, account.as_str());
        eprintln!(
            "But {domain} has no effect as an Authorized Domain: account {number} has domains of kind my, \
             {domain} is none of them, and so its requests are rejected. Add it as my too, or remove it."
        );
    }
    Ok(())
}

async fn remove(
    invocation: &Invocation,
    account: &AccountNumber,
    kind: Option<DomainKind>,
    domain: &DomainName,
) -> anyhow::Result<()> {
    let app = invocation.app().await?;
    let mut removed = Err(DomainRuleError::Missing);
    for one in DomainKind::ALL {
        if kind.is_some_and(|kind| kind != *one) {
            continue;
        }
        match domain_rules::remove(&app, By::Operator, account, *one, domain).await {
            Ok(()) => {
                let number = account.as_str();
                eprintln!("{domain} is no longer a domain of kind {one} of account {number}.");
                removed = Ok(());
            }
            Err(DomainRuleError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(removed?)
}

async fn list(invocation: &Invocation, account: Option<&AccountNumber>) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let rules = domains::all(&mut conn, account).await?;
    if invocation.json {
        print::json_lines(rules.iter().map(|rule| {
            json!({
                "accountNumber": rule.account.as_str(),
                "kind": rule.kind.as_str(),
                "domain": rule.domain.as_str(),
                "since": rule.added_at,
                "hasEffect": !is_idle(rule, &rules),
            })
        }))?;
        return Ok(());
    }
    let mut table = Table::new(&["ACCOUNT", "KIND", "DOMAIN", "SINCE", "EFFECT"]);
    for rule in &rules {
        let effect = match is_idle(rule, &rules) {
            true => "none: it is not of kind my as well",
            false => "yes",
        };
        table.row([
            rule.account.as_str().to_owned(),
            rule.kind.to_string(),
            rule.domain.to_string(),
            moment(rule.added_at),
            effect.to_owned(),
        ]);
    }
    table.print("There is no rule by domain: add one with `esecured domain add`.")?;
    Ok(())
}
