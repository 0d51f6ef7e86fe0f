//! `POST /v1/access-checks`: what the rules say, without changing anything.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    api_key::Caller,
    body::{JsonObject, Members},
};
use crate::{
    domain::rules::Verdict,
    http::{Web, errors::Failure},
    store::clients,
    workflow::look,
};

/// Answers `allow`, `deny` or `ask`, with the rule.
pub async fn check(
    State(web): State<Web>,
    Caller(client): Caller,
    body: JsonObject,
) -> Result<Json<Value>, Failure> {
    let mut members = Members::of(body.members);
    let account = members.account_number();
    let email = members.email();
    members.truth("emailVerified");
    members.finish()?;
    let (Some(account), Some(email)) = (account, email) else {
        return Err(Failure::bad_request("accountNumber and email are required"));
    };

    let unknown =
        || Failure::not_found_because("There is no such account, or this API key may not use it");
    let mut conn = web.app.store.read().await?;
    if !clients::may_use(&mut conn, &client, &account).await? {
        return Err(unknown());
    }
    drop(conn);
    let verdict = look::check(&web.app, &account, &email)
        .await?
        .ok_or_else(unknown)?;
    let (decision, request) = match verdict {
        Verdict::Allow(_) => ("allow", None),
        Verdict::Deny(_, request) => ("deny", request),
        Verdict::Ask(request) => ("ask", request),
    };
    let mut answer = json!({ "decision": decision, "rule": verdict.rule().as_str() });
    if let Some(request) = request {
        answer["requestId"] = request.to_string().into();
    }
    Ok(Json(answer))
}
