//! What would happen to an address: the answer of the preview on `/domains`.

use serde_json::{Value, json};

use crate::{
    domain::{
        account::Account, email_address::EmailAddress, rules::Rule, unusual_letters::UnusualLetters,
    },
    http::Web,
    store::StoreError,
    workflow::judge::{self, Question},
};

/// What is wrong with the question, and in which field.
pub(super) type WrongQuestion = (&'static str, &'static str);

/// What the rules would say of an address that is verified; where that matters, the page says so.
pub(super) async fn of(
    web: &Web,
    account: Option<&Account>,
    typed: &str,
) -> Result<Result<Value, WrongQuestion>, StoreError> {
    let Some(account) = account else {
        return Ok(Err(("account_unknown", "account")));
    };
    let email = match EmailAddress::parse(typed) {
        Ok(email) => email,
        Err(_) if typed.trim().is_empty() => return Ok(Err(("email_missing", "email"))),
        Err(_) => return Ok(Err(("email_invalid", "email"))),
    };
    let question = Question {
        account: &account.number,
        email: &email,
        verified: true,
    };
    let Some(judged) = judge::explain(&web.app, &question).await? else {
        return Ok(Err(("account_unknown", "account")));
    };
    let rule = judged.verdict.rule();
    Ok(Ok(json!({
        "account_number": account.number.as_str(),
        "email": email.as_typed(),
        "domain": email.domain(),
        "decision": judged.verdict.decision(),
        "rule": rule.as_str(),
        "is_open": rule == Rule::Ask && judged.verdict.request().is_some(),
        "trusted": judged.facts.in_authorized_domain,
        "looks_like": judged.looks_like.map(|one| one.to_string()),
        "unusual_domain": UnusualLetters::of(&email).domain,
    })))
}
