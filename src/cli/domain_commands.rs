//! `domain`: what an account says of whole mail domains.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    arguments,
    invocation::Invocation,
    print::{self, Table, moment},
};
use crate::{
    domain::{account_number::AccountNumber, domain_name::DomainName, domain_rule::DomainKind},
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
            })
        }))?;
        return Ok(());
    }
    let mut table = Table::new(&["ACCOUNT", "KIND", "DOMAIN", "SINCE"]);
    for rule in rules {
        table.row([
            rule.account.as_str().to_owned(),
            rule.kind.to_string(),
            rule.domain.to_string(),
            moment(rule.added_at),
        ]);
    }
    table.print("There is no rule by domain: add one with `esecured domain add`.")?;
    Ok(())
}
