//! The body of a request, as a whole and in reasonable time.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};

use super::{Web, errors::Failure};

/// How long a client may take to send a body, which is at most 64 KiB long.
const WITHIN: Duration = Duration::from_secs(10);

/// Reads it; too large a body and too slow a client are refused.
pub(super) async fn whole_body(request: Request, web: &Web) -> Result<Bytes, Failure> {
    match tokio::time::timeout(WITHIN, Bytes::from_request(request, web)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(refused)) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Failure::too_large())
        }
        Ok(Err(_)) => Err(Failure::bad_request("The body broke off")),
        Err(_) => Err(Failure::too_slow()),
    }
}
