//! `POST /v1/access-checks`: what the rules say, without changing anything.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::{ToSchema, openapi::Object};

use super::{
    api_key::Poster,
    body::{self, JsonObject, Members},
    examples,
    refusals::refusals,
};
use crate::{
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, people::KeyHolder, rules::Rule,
    },
    http::{Web, errors::Failure},
    shapes::schema,
    store::clients,
    workflow::{
        judge::{self, Question},
        test_mode,
    },
};

refusals! { CheckRefused {
    BadRequest, InvalidBody, NotFound, BodyTooSlow, BodyTooLarge, UnsupportedMediaType,
} }

/// Who might use which account.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct AccessCheck {
    #[schema(schema_with = body::account_number_schema)]
    account_number: AccountNumber,
    #[schema(schema_with = body::email_schema)]
    email: EmailAddress,
    #[schema(schema_with = body::email_verified_schema)]
    email_verified: Option<bool>,
}

/// What the rules say.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccessCheckAnswer)]
pub struct Checked {
    #[schema(schema_with = decision)]
    decision: &'static str,
    #[schema(schema_with = rule)]
    rule: &'static str,
    /// The open request, or the rejected one, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "uuid")]
    request_id: Option<String>,
}

fn decision() -> Object {
    let said = "`allow`: the address may use the number. `deny`: it may not. `ask`: nobody has said \
                yet; ask with an access request.";
    schema::one_of(&["allow", "deny", "ask"], said)
}

fn rule() -> Object {
    schema::one_so_far(Rule::ALL, "The rule behind it.")
}

/// Check without asking
///
/// What the rules say of an address, without asking anybody, counting a use or changing anything.
#[utoipa::path(
    post,
    path = "/v1/access-checks",
    operation_id = "checkAccess",
    tag = "Access checks",
    request_body(
        content = AccessCheck,
        example = json!({ "accountNumber": "112233445", "email": "joris.bakker@example.com" }),
    ),
    responses(
        (
            status = 200,
            description = "What the rules say.",
            body = Checked,
            example = json!({
                "decision": "ask",
                "rule": "ask",
                "requestId": examples::REQUEST_ID,
            }),
        ),
        CheckRefused,
    )
)]
pub async fn check(
    State(web): State<Web>,
    Poster(caller): Poster,
    body: JsonObject,
) -> Result<Json<Checked>, Failure> {
    let AccessCheck {
        account_number: account,
        email,
        email_verified,
    } = read(body)?;

    let verdict = match &caller {
        KeyHolder::Live(client) => {
            let mut conn = web.app.store.read().await?;
            let may_use = clients::may_use(&mut conn, client, &account).await?;
            drop(conn);
            let question = Question {
                account: &account,
                email: &email,
                verified: email_verified.unwrap_or_default(),
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
    Ok(Json(Checked {
        decision: verdict.decision(),
        rule: verdict.rule().as_str(),
        request_id: verdict.request().map(|id| id.to_string()),
    }))
}

fn read(body: JsonObject) -> Result<AccessCheck, Failure> {
    let mut members = Members::of(body.members);
    let account_number = members.account_number();
    let email = members.email();
    let email_verified = members.truth("emailVerified");
    members.finish()?;
    let (Some(account_number), Some(email)) = (account_number, email) else {
        return Err(Failure::bad_request("accountNumber and email are required"));
    };
    Ok(AccessCheck {
        account_number,
        email,
        email_verified,
    })
}
