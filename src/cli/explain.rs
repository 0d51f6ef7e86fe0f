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
        rules::{Likeness, Rule, Verdict},
    },
    store::requests,
    workflow::{
        judge::{self, Judged, Question},
        manage,
    },
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
    /// As if the shipping system did not say that the address is verified.
    #[arg(long)]
    unverified: bool,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let app = invocation.app().await?;
        let unknown = || manage::ManageError::UnknownAccount(self.account.as_str().to_owned());
        let question = Question {
            account: &self.account,
            email: &self.email,
            verified: !self.unverified,
        };
        let judged = judge::explain(&app, &question).await?.ok_or_else(unknown)?;
        let verdict = judged.verdict;
        let request = match verdict.request() {
            Some(id) => requests::find(&mut *app.store.read().await?, id).await?,
            None => None,
        };
        if invocation.json {
            let mut json = json!({
                "decision": verdict.decision(),
                "rule": verdict.rule().as_str(),
                "why": why(&judged),
                "emailVerified": question.verified,
            });
            if let Some(looks_like) = &judged.looks_like {
                json["looksLike"] = json!(looks_like.to_string());
            }
            if let Some(request) = &request {
                json["requestId"] = json!(request.id.to_string());
                json["requestNumber"] = json!(request.number.as_str());
            }
            print::json(&json)?;
            return Ok(());
        }
        let mut facts = Facts::default();
        facts.say("decision", verdict.decision());
        facts.say("rule", verdict.rule());
        facts.say("why", why(&judged));
        facts.maybe("looks like", judged.looks_like);
        facts.maybe(
            "request",
            request.map(|request| format!("{} ({})", request.number, request.state.status())),
        );
        facts.print()?;
        Ok(())
    }
}

fn why(judged: &Judged) -> &'static str {
    let facts = &judged.facts;
    match (judged.verdict.rule(), judged.verdict) {
        (Rule::EsecureInactive, _) => "eSecure is not active on the account: everybody may use it",
        (Rule::AuthorizedUser, _) => "the address is an authorized user of the account",
        (Rule::OutsideMyDomain, Verdict::Deny(..)) => {
            "the address is of none of the account's own domains, and was told so not long ago"
        }
        (Rule::OutsideMyDomain, _) => "the address is of none of the account's own domains",
        (Rule::StandingRejection, Verdict::Deny(_, Some(_))) => {
            "the address was rejected not long ago"
        }
        (Rule::StandingRejection, _) => "a permission of the address was taken away not long ago",
        (Rule::AuthorizedDomain, _) => {
            "the account trusts verified addresses of this domain (the shipping system has to say emailVerified: true)"
        }
        (Rule::Ask, _) if facts.in_authorized_domain && judged.looks_like.is_some() => {
            "the account trusts this domain, but it looks like another one: the administrators are asked"
        }
        (Rule::Ask, _) if facts.in_authorized_domain && facts.likeness == Likeness::NotPlain => {
            "the account trusts this domain, but its name has letters that are not plain ones and may be taken for others: the administrators are asked"
        }
        (Rule::Ask, _) if facts.in_authorized_domain && !facts.verified => {
            "the account trusts this domain, but the address is not verified: the administrators are asked"
        }
        (Rule::Ask, Verdict::Ask(Some(_))) => {
            "the administrators are asked already: it would join the open request"
        }
        (Rule::Ask, _) => "the administrators would be asked",
    }
}
