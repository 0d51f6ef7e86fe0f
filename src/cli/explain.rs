//! `explain`: which rule would decide, without doing anything.

use clap::Args;
use serde_json::json;

use super::{
    arguments,
    invocation::Invocation,
    print::{self, Facts},
};
use crate::{
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        rules::{Rule, Verdict},
    },
    store::requests,
    workflow::{look, manage},
};

/// Who would ask, and for what.
#[derive(Args)]
pub struct Arguments {
    /// Which account would be asked for.
    #[arg(long, value_name = "NUMBER", value_parser = arguments::account)]
    account: AccountNumber,
    /// Who would ask.
    #[arg(long, value_parser = arguments::email)]
    email: EmailAddress,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let app = invocation.app().await?;
        let unknown = || manage::ManageError::UnknownAccount(self.account.as_str().to_owned());
        let verdict = look::check(&app, &self.account, &self.email)
            .await?
            .ok_or_else(unknown)?;
        let (decision, id) = match verdict {
            Verdict::Allow(_) => ("allow", None),
            Verdict::Deny(_, request) => ("deny", request),
            Verdict::Ask(request) => ("ask", request),
        };
        let request = match id {
            Some(id) => requests::find(&mut *app.store.read().await?, id).await?,
            None => None,
        };
        let rule = verdict.rule();
        if invocation.json {
            let mut json = json!({ "decision": decision, "rule": rule.as_str() });
            if let Some(request) = &request {
                json["requestId"] = json!(request.id.to_string());
                json["requestNumber"] = json!(request.number.as_str());
            }
            print::json(&json)?;
            return Ok(());
        }
        let mut facts = Facts::default();
        facts.say("decision", decision);
        facts.say("rule", rule);
        facts.say("why", why(rule, request.is_some()));
        facts.maybe(
            "request",
            request.map(|request| format!("{} ({})", request.number, request.state.status())),
        );
        facts.print()?;
        Ok(())
    }
}

fn why(rule: Rule, has_request: bool) -> &'static str {
    match (rule, has_request) {
        (Rule::EsecureInactive, _) => "eSecure is not active on the account: everybody may use it",
        (Rule::AuthorizedUser, _) => "the address is an authorized user of the account",
        (Rule::StandingRejection, true) => "the address was rejected not long ago",
        (Rule::StandingRejection, false) => {
            "a permission of the address was taken away not long ago"
        }
        (Rule::Ask, true) => "the administrators are asked already: it would join the open request",
        (Rule::Ask, false) => "the administrators would be asked",
    }
}
