//! `POST /v1/access-checks`: what the rules say, without changing anything.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    api_key::Caller,
    body::{JsonObject, Members},
};
use crate::{
    domain::people::KeyHolder,
    http::{Web, errors::Failure},
    store::clients,
    workflow::{
        judge::{self, Question},
        test_mode,
    },
};

/// Answers `allow`, `deny` or `ask`, with the rule.
pub async fn check(
    State(web): State<Web>,
    Caller(caller): Caller,
    body: JsonObject,
) -> Result<Json<Value>, Failure> {
    let mut members = Members::of(body.members);
    let account = members.account_number();
    let email = members.email();
    let verified = members.truth("emailVerified").unwrap_or_default();
    members.finish()?;
    let (Some(account), Some(email)) = (account, email) else {
        return Err(Failure::bad_request("accountNumber and email are required"));
    };

    let verdict = match &caller {
        KeyHolder::Live(client) => {
            let mut conn = web.app.store.read().await?;
            let may_use = clients::may_use(&mut conn, client, &account).await?;
            drop(conn);
            let question = Question {
                account: &account,
                email: &email,
                verified,
            };
            match may_use {
                true => judge::check(&web.app, &question).await?,
                false => None,
            }
        }
        KeyHolder::Test(client) => test_mode::check(&web.app, client, &account, &email).await?,
    };
    let verdict = verdict.ok_or_else(|| {
        Failure::not_found_because("There is no such account, or this API key may not use it")
    })?;
    let mut answer = json!({ "decision": verdict.decision(), "rule": verdict.rule().as_str() });
    if let Some(request) = verdict.request() {
        answer["requestId"] = request.to_string().into();
    }
    Ok(Json(answer))
}
