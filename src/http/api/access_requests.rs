//! `POST /v1/access-requests`, and taking one back.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    api_key::Caller,
    body::{JsonObject, Members},
    idempotency_key::{self, IdempotencyKey},
};
use crate::{
    domain::{people::KeyHolder, request::Status},
    http::{Web, errors::Failure},
    shapes::{self, RequestShape},
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

/// Asks for access. The answer goes out after the commit.
pub async fn create(
    State(web): State<Web>,
    Caller(caller): Caller,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    let key = IdempotencyKey::read(&headers, "", &body.bytes)?;
    let submission = read(body)?;
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

fn read(body: JsonObject) -> Result<Submission, Failure> {
    let mut members = Members::of(body.members);
    let account = members.account_number();
    let email = members.email();
    let email_verified = members.truth("emailVerified").unwrap_or_default();
    let name = members.text("name", NAME_MAX);
    let reason = members.text("reason", REASON_MAX);
    let reference = members.text("reference", REFERENCE_MAX);
    let language = members.language();
    members.finish()?;
    let (Some(account), Some(email)) = (account, email) else {
        return Err(Failure::bad_request("accountNumber and email are required"));
    };
    Ok(Submission {
        account,
        email,
        email_verified,
        name,
        reason,
        reference,
        language,
    })
}

/// Status and body. A new request is 201, whatever was known or decided at once 200.
fn answer(submitted: &Submitted) -> (u16, String) {
    match submitted {
        Submitted::Opened(shown) => (201, RequestShape::of(shown).to_json()),
        Submitted::Joined(shown) | Submitted::Decided(shown) => {
            (200, RequestShape::of(shown).to_json())
        }
        Submitted::Standing(rule, shown) => {
            let shape = RequestShape::of(shown).answered_by(*rule);
            (200, shape.to_json())
        }
        Submitted::Allowed(rule) => (200, shapes::allowed(*rule).to_string()),
        Submitted::Denied(rule) => (200, shapes::denied(*rule).to_string()),
    }
}

/// The same in test mode.
fn test_answer(submitted: &TestSubmitted) -> (u16, String) {
    let status = match submitted {
        TestSubmitted::Opened(_) => 201,
        TestSubmitted::Decided(_) | TestSubmitted::Joined(_) => 200,
    };
    let shape = RequestShape::of_test(submitted.request());
    (status, shape.to_json())
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Takes a request back.
pub async fn cancel(
    State(web): State<Web>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
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
    Ok(json(StatusCode::OK, shape.to_json()))
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
