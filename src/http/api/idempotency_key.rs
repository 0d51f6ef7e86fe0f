//! `Idempotency-Key`: whoever asks twice under one key is answered alike, and it is done once.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use sha2::{Digest, Sha256};
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Type,
        path::{Parameter, ParameterIn},
    },
};

use super::{description::parameters, json_answer};
use crate::{
    http::errors::Failure,
    workflow::once::{Answered, Once},
};

const KEY_MAX: usize = 255;

/// The key of a call, and the hash of its body.
pub struct IdempotencyKey {
    key: Option<String>,
    body_hash: String,
}

impl IdempotencyKey {
    /// Reads it; `what` keeps the same body on different paths apart.
    ///
    /// # Errors
    /// The 400 to one that is empty, too long or not ASCII.
    pub fn read(headers: &HeaderMap, what: &str, body: &[u8]) -> Result<Self, Failure> {
        let key = match headers.get("idempotency-key").map(HeaderValue::to_str) {
            None => None,
            Some(Ok(key)) if (1..=KEY_MAX).contains(&key.len()) => Some(key.to_owned()),
            Some(_) => {
                let detail = "An Idempotency-Key has 1 to 255 ASCII characters";
                return Err(Failure::bad_request(detail));
            }
        };
        let hash = Sha256::new_with_prefix(what).chain_update(body).finalize();
        Ok(Self {
            key,
            body_hash: data_encoding::HEXLOWER.encode(&hash),
        })
    }

    /// For a workflow that gives an answer; none where there is no key.
    pub fn once<'a, T>(
        &'a self,
        render: &'a (dyn Fn(&T) -> (u16, String) + Sync),
    ) -> Option<Once<'a, T>> {
        self.key.as_deref().map(|key| Once {
            key,
            body_hash: &self.body_hash,
            render,
        })
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let said = "One for each thing you want to happen. Sent again with the same body, byte \
                    for byte, the call gets the answer of the first time.";
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(KEY_MAX))
            .pattern(Some("^[!-~]([ -~]*[!-~])?$"));
        let name = "Idempotency-Key";
        vec![parameters::header(name, said, schema, "order-8841")]
    }
}

/// The answer of now, or that of before, which says so. What was created stands at `path` and its id.
pub fn respond<T>(
    answered: Answered<T>,
    render: impl Fn(&T) -> (u16, String),
    path: &str,
) -> Response {
    let (status, body, is_replay) = match answered {
        Answered::Now(outcome) => {
            let (status, body) = render(&outcome);
            (status, body, false)
        }
        Answered::Before(answer) => {
            let status = u16::try_from(answer.status).unwrap_or(200);
            (status, answer.body, true)
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let location = (status == StatusCode::CREATED)
        .then(|| serde_json::from_str::<serde_json::Value>(&body).ok())
        .flatten()
        .and_then(|value| {
            let id = value.get("id")?.as_str()?.to_owned();
            HeaderValue::from_str(&format!("{path}/{id}")).ok()
        });
    let mut response = json_answer::with_status(status, body);
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if is_replay {
        let value = HeaderValue::from_static("true");
        response.headers_mut().insert("idempotent-replayed", value);
    }
    response
}

/// 422 for a key that was used with another body.
pub fn used_otherwise() -> Failure {
    Failure::unprocessable("Use a new key for a new request")
}
