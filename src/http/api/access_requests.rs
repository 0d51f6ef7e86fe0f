//! `POST /v1/access-requests`, and taking one back.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{
    api_key::Caller,
    body::{JsonObject, Members},
};
use crate::{
    http::{Web, errors::Failure},
    shapes::{self, RequestShape},
    workflow::{
        expire::{self, CancelError},
        submit::{self, Answered, Once, Submission, SubmitError, Submitted},
    },
};

const NAME_MAX: usize = 200;
const REASON_MAX: usize = 2_000;
const REFERENCE_MAX: usize = 200;
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Asks for access. The answer goes out after the commit.
pub async fn create(
    State(web): State<Web>,
    Caller(client): Caller,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Failure> {
    let body_hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&body.bytes));
    let submission = read(body)?;
    let key = idempotency_key(&headers)?;
    let once = key.as_deref().map(|key| Once {
        key,
        body_hash: &body_hash,
        render: &answer,
    });
    let answered = submit::submit(&web.app, &client, &submission, once.as_ref())
        .await
        .map_err(|error| match error {
            SubmitError::UnknownAccount => Failure::not_found_because(
                "There is no such account, or this API key may not use it",
            ),
            SubmitError::KeyUsedOtherwise => {
                Failure::unprocessable("Use a new key for a new request")
            }
            SubmitError::Store(error) => error.into(),
        })?;
    Ok(match answered {
        Answered::Now(submitted) => {
            let (status, body) = answer(&submitted);
            respond(status, body, false)
        }
        Answered::Before(earlier) => {
            let status = u16::try_from(earlier.status).unwrap_or(200);
            respond(status, earlier.body, true)
        }
    })
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

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Failure::bad_request(
            "An Idempotency-Key has 1 to 255 ASCII characters",
        )),
    }
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

fn respond(status: u16, body: String, replayed: bool) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let location = (status == StatusCode::CREATED)
        .then(|| serde_json::from_str::<serde_json::Value>(&body).ok())
        .flatten()
        .and_then(|value| {
            let id = value.get("id")?.as_str()?.to_owned();
            HeaderValue::from_str(&format!("/v1/access-requests/{id}")).ok()
        });
    let mut response = json(status, body);
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if replayed {
        let value = HeaderValue::from_static("true");
        response.headers_mut().insert("idempotent-replayed", value);
    }
    response
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Takes a request back.
pub async fn cancel(
    State(web): State<Web>,
    Caller(client): Caller,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| unknown())?;
    match expire::cancel_by_client(&web.app, &client, id).await {
        Ok(shown) => Ok(json(StatusCode::OK, RequestShape::of(&shown).to_json())),
        Err(CancelError::Unknown) => Err(unknown()),
        Err(CancelError::NotTheirs) => Err(Failure::opened_by_another()),
        Err(CancelError::Closed(shown)) => Err(Failure::already_closed(format!(
            "The request is {}; only an open one can be cancelled",
            shown.request.state.status()
        ))),
        Err(CancelError::Store(error)) => Err(error.into()),
    }
}

/// 404 for a request that is not there, or not for this key.
pub(super) fn unknown() -> Failure {
    Failure::not_found_because("There is no such access request")
}
