//! What goes wrong over HTTP. Handlers return a [`Failure`]; [`failure_form`](super::failure_form)
//! gives it the form in which programs and people are told.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tracing::error;

use crate::{store::StoreError, workflow::own_settings::OwnSettingError};

/// Something that was refused or went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) status: StatusCode,
    /// The last part of the problem's `type`.
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: String,
    /// Which members of the body are wrong, as JSON pointers (RFC 6901), and why.
    pub(super) faults: Vec<Fault>,
    retry_after: Option<u64>,
}

/// One wrong member of a body.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub pointer: String,
    /// Why, and what is expected.
    pub detail: String,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: String) -> Self {
        Self {
            status,
            code,
            title,
            detail,
            faults: Vec::new(),
            retry_after: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self::new(
            status,
            "bad-request",
            "The request cannot be understood",
            detail.into(),
        )
    }

    /// 400 with the members that are wrong.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            several => format!("{} members of the body are wrong", several.len()),
        };
        let status = StatusCode::BAD_REQUEST;
        let mut failure = Self::new(
            status,
            "invalid-body",
            "The body is not as expected",
            detail,
        );
        failure.faults = faults;
        failure
    }

    /// 401: no API key, or one that does not work.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(
            status,
            "unauthorized",
            "A valid API key is needed",
            detail.into(),
        )
    }

    /// 403: a form that another site sent, or a page that is not theirs.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "This is not allowed",
            detail.into(),
        )
    }

    /// 404: no such path.
    pub fn not_found() -> Self {
        Self::not_found_because("There is nothing at this path")
    }

    /// 404: no such thing.
    pub fn not_found_because(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            detail.into(),
        )
    }

    /// 405: the path does not take this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "The method is not allowed here",
            "See the Allow header for the methods of this path".to_owned(),
        )
    }

    /// 409: the request is closed already.
    pub fn already_closed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "already-closed",
            "The request is closed already",
            detail.into(),
        )
    }

    /// 409: somebody else opened the request.
    pub fn opened_by_another() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "opened-by-another",
            "Another shipping system opened the request",
            "Only who opened a request can cancel it".to_owned(),
        )
    }

    /// 409: no further webhook endpoint.
    pub fn endpoint_not_added(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "endpoint-not-added",
            "There are enough such endpoints",
            detail.into(),
        )
    }

    /// 409: nothing is sent to this webhook endpoint.
    pub fn endpoint_disabled(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "endpoint-disabled",
            "The endpoint is disabled",
            detail.into(),
        )
    }

    /// 409: this webhook endpoint is not disabled.
    pub fn endpoint_enabled() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "endpoint-enabled",
            "The endpoint is enabled",
            "Only a disabled endpoint can be enabled".to_owned(),
        )
    }

    /// 410: what stood behind a cursor of the event feed is not kept any more.
    pub fn events_forgotten() -> Self {
        Self::new(
            StatusCode::GONE,
            "events-forgotten",
            "Some of these events are not kept any more",
            "Compare what you know with GET /v1/access-requests, then read GET /v1/events without a \
             cursor: it begins with the oldest event that is kept"
                .to_owned(),
        )
    }

    /// 422: an Idempotency-Key with another body.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This Idempotency-Key was used with another body",
            detail.into(),
        )
    }

    /// 429: the key has called too often; in how many seconds it may again.
    pub fn rate_limited(retry_after: u64) -> Self {
        let mut failure = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "Too many calls with this API key",
            format!("Call again in {retry_after} s"),
        );
        failure.retry_after = Some(retry_after);
        failure
    }

    /// 413, 415 and whatever else axum refuses by itself.
    pub(super) fn by_status(status: StatusCode) -> Self {
        let title = status
            .canonical_reason()
            .unwrap_or("The request was refused");
        let (code, detail) = match status {
            StatusCode::PAYLOAD_TOO_LARGE => (
                "body-too-large",
                format!("A body is at most {} bytes long", super::BODY_MAX),
            ),
            StatusCode::REQUEST_TIMEOUT => (
                "body-too-slow",
                "Send the whole body within ten seconds".to_owned(),
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupported-media-type",
                "Send the body with another Content-Type".to_owned(),
            ),
            status if status.is_server_error() => (
                "internal",
                "Something went wrong here; it was logged under the request id".to_owned(),
            ),
            _ => ("bad-request", title.to_owned()),
        };
        Self::new(status, code, title, detail)
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::by_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// 408: the body did not come in time.
    pub fn too_slow() -> Self {
        Self::by_status(StatusCode::REQUEST_TIMEOUT)
    }

    /// 415, with what is expected.
    pub fn unsupported_media_type(expected: &str) -> Self {
        let mut failure = Self::by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        failure.detail = format!("Send the body with Content-Type: {expected}");
        failure
    }

    /// 503: the database does not answer; nothing was acknowledged.
    fn unavailable() -> Self {
        let mut failure = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Try again in a moment",
            "The database does not answer; nothing was acknowledged".to_owned(),
        );
        failure.retry_after = Some(5);
        failure
    }

    /// 500.
    fn internal() -> Self {
        Self::by_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<StoreError> for Failure {
    fn from(failed: StoreError) -> Self {
        error!(
            event = "database.failed",
            "A request could not be served: {failed}"
        );
        match failed {
            StoreError::Corrupt { .. } => Self::internal(),
            StoreError::Database(_) | StoreError::Commit(_) | StoreError::Moved => {
                Self::unavailable()
            }
        }
    }
}

impl From<OwnSettingError> for Failure {
    fn from(failed: OwnSettingError) -> Self {
        match failed {
            OwnSettingError::SessionEnded => Self::forbidden("The session has ended"),
            OwnSettingError::Store(error) => error.into(),
        }
    }
}

impl From<crate::templates::RenderTemplateError> for Failure {
    fn from(failed: crate::templates::RenderTemplateError) -> Self {
        error!(
            event = "page.failed",
            "A page could not be rendered: {failed}"
        );
        Self::internal()
    }
}

impl From<anyhow::Error> for Failure {
    fn from(failed: anyhow::Error) -> Self {
        error!(
            event = "http.failed",
            "A request could not be served: {failed:#}"
        );
        Self::internal()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"esecured\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// What a panic in a handler looks like from outside.
pub(super) fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    error!(
        event = "http.panicked",
        "A handler panicked; please report this"
    );
    Failure::internal().into_response()
}
