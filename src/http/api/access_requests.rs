//! `POST /v1/access-requests`, and taking one back.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use utoipa::{ToSchema, openapi::Object};

use super::{
    api_key::Poster,
    body::{self, JsonObject, Members},
    description::parameters::RequestPath,
    examples,
    idempotency_key::{self, IdempotencyKey},
    json_answer,
    refusals::refusals,
};
use crate::{
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, language::Language,
        people::KeyHolder, request::Status,
    },
    http::{Web, errors::Failure},
    shapes::{AnswerShape, ByRuleShape, RequestShape, schema},
    workflow::{
        expire::{self, CancelError},
        submit::{self, Submission, SubmitError, Submitted},
        test_mode::{self, TakeBackError, TestSubmitted},
    },
};

const PATH: &str = "/v1/access-requests";

const NAME_MAX: usize = 200;
const REASON_MAX: usize = 2_000;
const REFERENCE_MAX: usize = 200;

refusals! { CreateRefused {
    BadRequest, InvalidBody, NotFound, BodyTooSlow, BodyTooLarge, UnsupportedMediaType,
    IdempotencyKeyReused,
} }

refusals! { CancelRefused { NotFound, AlreadyClosed, OpenedByAnother } }

/// Who asks for which account. A member that is `null` or blank counts as left out; one that is not
/// named here is refused.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct NewAccessRequest {
    #[schema(schema_with = body::account_number_schema)]
    account_number: AccountNumber,
    #[schema(schema_with = body::email_schema)]
    email: EmailAddress,
    #[schema(schema_with = body::email_verified_schema)]
    email_verified: Option<bool>,
    #[schema(schema_with = name)]
    name: Option<String>,
    #[schema(schema_with = reason)]
    reason: Option<String>,
    #[schema(schema_with = reference)]
    reference: Option<String>,
    #[schema(schema_with = body::language_schema)]
    language: Option<Language>,
}

fn name() -> Object {
    schema::optional_text(NAME_MAX, "What the requester is called.")
}

fn reason() -> Object {
    let said = "Why, in the requester's own words. Administrators read it.";
    schema::optional_text(REASON_MAX, said)
}

fn reference() -> Object {
    let said = "What you call it, such as an order number. It comes back with the request.";
    schema::optional_text(REFERENCE_MAX, said)
}

/// Ask for access
///
/// The rules answer at once where they can; otherwise the administrators of the account are asked by
/// mail. An answer of 2xx is sent after the request is safely on disk.
#[utoipa::path(
    post,
    path = "/v1/access-requests",
    operation_id = "createAccessRequest",
    tag = "Access requests",
    params(IdempotencyKey),
    request_body(
        content = NewAccessRequest,
        example = json!({
            "accountNumber": "112233445",
            "email": "joris.bakker@example.com",
            "name": "Joris Bakker",
            "reason": "Return shipment 8841",
            "reference": "PO-2291",
            "language": "nl",
        }),
    ),
    responses(
        (
            status = 201,
            description = "A new request; the administrators are being asked.",
            body = RequestShape,
            headers(
                ("Location" = String, description = "Where the request is."),
                ("Idempotent-Replayed" = String, description = "`true` where the answer is that of an earlier call."),
            ),
            links(
                ("look" = (
                    operation_id = "getAccessRequest",
                    parameters(("id" = "$response.body#/id")),
                    description = "Look at it, or wait for the decision."
                )),
                ("cancel" = (
                    operation_id = "cancelAccessRequest",
                    parameters(("id" = "$response.body#/id")),
                    description = "Take it back."
                )),
            ),
            example = json!(examples::pending()),
        ),
        (
            status = 200,
            description = "It joined the open request of this address, or a rule decided at once. Where a \
                rule decided without a request, the answer has no `id`. Of an address that was rejected \
                not long ago it is the rejected request, and nobody is mailed again.",
            body = AnswerShape,
            headers(
                ("Idempotent-Replayed" = String, description = "`true` where the answer is that of an earlier call."),
            ),
            examples(
                ("joined" = (summary = "A request of this address", value = json!(examples::rejected()))),
                ("allowed" = (
                    summary = "A rule allowed it",
                    value = json!({ "status": "approved", "rule": "authorized-user" })
                )),
            ),
        ),
        CreateRefused,
    )
)]
pub async fn create(
    State(web): State<Web>,
    Poster(caller): Poster,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    let key = IdempotencyKey::read(&headers, "", &body.bytes)?;
    let submission = Submission::from(read(body)?);
    match &caller {
        KeyHolder::Live(client) => {
            let once = key.once(&answer);
            let answered = submit::submit(&web.app, client, &submission, once.as_ref()).await;
            let answered = answered.map_err(refused)?;
            Ok(idempotency_key::respond(answered, |now| answer(now), PATH))
        }
        KeyHolder::Test(client) => {
            let once = key.once(&test_answer);
            let answered = test_mode::submit(&web.app, client, &submission, once.as_ref()).await;
            let answered = answered.map_err(refused)?;
            Ok(idempotency_key::respond(answered, test_answer, PATH))
        }
    }
}

fn refused(error: SubmitError) -> Failure {
    match error {
        SubmitError::UnknownAccount => {
            Failure::not_found_because("There is no such account, or this API key may not use it")
        }
        SubmitError::KeyUsedOtherwise => idempotency_key::used_otherwise(),
        SubmitError::Store(error) => error.into(),
    }
}

fn read(body: JsonObject) -> Result<NewAccessRequest, Failure> {
    let mut members = Members::of(body.members);
    let account_number = members.account_number();
    let email = members.email();
    let email_verified = members.truth("emailVerified");
    let name = members.text("name", NAME_MAX);
    let reason = members.text("reason", REASON_MAX);
    let reference = members.text("reference", REFERENCE_MAX);
    let language = members.language();
    members.finish()?;
    let (Some(account_number), Some(email)) = (account_number, email) else {
        return Err(Failure::bad_request("accountNumber and email are required"));
    };
    Ok(NewAccessRequest {
        account_number,
        email,
        email_verified,
        name,
        reason,
        reference,
        language,
    })
}

impl From<NewAccessRequest> for Submission {
    fn from(asked: NewAccessRequest) -> Self {
        Self {
            account: asked.account_number,
            email: asked.email,
            email_verified: asked.email_verified.unwrap_or_default(),
            name: asked.name,
            reason: asked.reason,
            reference: asked.reference,
            language: asked.language,
        }
    }
}

/// Status and body. A new request is 201, whatever was known or decided at once 200.
fn answer(submitted: &Submitted) -> (u16, String) {
    let (status, shape) = match submitted {
        Submitted::Opened(shown) => (201, RequestShape::of(shown).into()),
        Submitted::Joined(shown) | Submitted::Decided(shown) => {
            (200, RequestShape::of(shown).into())
        }
        Submitted::Standing(rule, shown) => {
            (200, RequestShape::of(shown).answered_by(*rule).into())
        }
        Submitted::Allowed(rule) => (200, AnswerShape::ByRule(ByRuleShape::allowed(*rule))),
        Submitted::Denied(rule) => (200, AnswerShape::ByRule(ByRuleShape::denied(*rule))),
    };
    (status, json_answer::text(&shape))
}

/// The same in test mode.
fn test_answer(submitted: &TestSubmitted) -> (u16, String) {
    let status = match submitted {
        TestSubmitted::Opened(_) => 201,
        TestSubmitted::Decided(_) | TestSubmitted::Joined(_) => 200,
    };
    let shape = RequestShape::of_test(submitted.request());
    (status, json_answer::text(&shape))
}

/// Take a request back
///
/// Nobody need answer it any more. Only the key's own shipping system can cancel what it opened.
/// Cancelling again changes nothing and answers the same.
#[utoipa::path(
    post,
    path = "/v1/access-requests/{id}/cancel",
    operation_id = "cancelAccessRequest",
    tag = "Access requests",
    params(RequestPath),
    responses(
        (
            status = 200,
            description = "It is cancelled.",
            body = RequestShape,
            example = json!(examples::cancelled()),
        ),
        CancelRefused,
    )
)]
pub async fn cancel(
    State(web): State<Web>,
    Poster(caller): Poster,
    Path(id): Path<String>,
) -> Result<Json<RequestShape>, Failure> {
    let id = id.parse().map_err(|_| unknown())?;
    let shape = match &caller {
        KeyHolder::Live(client) => match expire::cancel_by_client(&web.app, client, id).await {
            Ok(shown) => RequestShape::of(&shown),
            Err(CancelError::Unknown) => return Err(unknown()),
            Err(CancelError::NotTheirs) => return Err(Failure::opened_by_another()),
            Err(CancelError::Closed(shown)) => return Err(closed(shown.request.state.status())),
            Err(CancelError::Store(error)) => return Err(error.into()),
        },
        KeyHolder::Test(client) => match test_mode::take_back(&web.app, client, id).await {
            Ok(request) => RequestShape::of_test(&request),
            Err(TakeBackError::Unknown) => return Err(unknown()),
            Err(TakeBackError::Closed(request)) => return Err(closed(request.state.status())),
            Err(TakeBackError::Store(error)) => return Err(error.into()),
        },
    };
    Ok(Json(shape))
}

fn closed(status: Status) -> Failure {
    Failure::already_closed(format!(
        "The request is {status}; only an open one can be cancelled"
    ))
}

/// 404 for a request that is not there, or not for this key.
pub(super) fn unknown() -> Failure {
    Failure::not_found_because("There is no such access request")
}
