//! What goes wrong over HTTP. Handlers return a [`Failure`]; [`failure_form`](super::failure_form)
//! gives it the form in which programs and people are told.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tracing::error;

pub use super::problem::Fault;
use super::problem::Problem;
use crate::{store::StoreError, workflow::own_settings::OwnSettingError};

/// Something that was refused or went wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(super) problem: Problem,
    /// That of the problem, unless axum refuses by itself with another.
    pub(super) status: StatusCode,
    pub(super) detail: String,
    /// Which members of the body are wrong.
    pub(super) faults: Vec<Fault>,
    retry_after: Option<u64>,
}

impl Failure {
    fn new(problem: Problem, detail: impl Into<String>) -> Self {
        Self {
            problem,
            status: problem.status(),
            detail: detail.into(),
            faults: Vec::new(),
            retry_after: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Problem::BadRequest, detail)
    }

    /// 400 with the members that are wrong.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            several => format!("{} members of the body are wrong", several.len()),
        };
        let mut failure = Self::new(Problem::InvalidBody, detail);
        failure.faults = faults;
        failure
    }

    /// 401: no API key, or one that does not work.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(Problem::Unauthorized, detail)
    }

    /// 403: a form that another site sent, or a page that is not theirs.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Problem::Forbidden, detail)
    }

    /// 404: no such path.
    pub fn not_found() -> Self {
        Self::not_found_because("There is nothing at this path")
    }

    /// 404: no such thing.
    pub fn not_found_because(detail: impl Into<String>) -> Self {
        Self::new(Problem::NotFound, detail)
    }

    /// 405: the path does not take this method.
    pub fn method_not_allowed() -> Self {
        let detail = "See the Allow header for the methods of this path";
        Self::new(Problem::MethodNotAllowed, detail)
    }

    /// 409: the request is closed already.
    pub fn already_closed(detail: impl Into<String>) -> Self {
        Self::new(Problem::AlreadyClosed, detail)
    }

    /// 409: somebody else opened the request.
    pub fn opened_by_another() -> Self {
        let detail = "Only who opened a request can cancel it";
        Self::new(Problem::OpenedByAnother, detail)
    }

    /// 409: no further webhook endpoint.
    pub fn endpoint_not_added(detail: impl Into<String>) -> Self {
        Self::new(Problem::EndpointNotAdded, detail)
    }

    /// 409: nothing is sent to this webhook endpoint.
    pub fn endpoint_disabled(detail: impl Into<String>) -> Self {
        Self::new(Problem::EndpointDisabled, detail)
    }

    /// 409: this webhook endpoint is not disabled.
    pub fn endpoint_enabled() -> Self {
        let detail = "Only a disabled endpoint can be enabled";
        Self::new(Problem::EndpointEnabled, detail)
    }

    /// 410: what stood behind a cursor of the event feed is not kept any more.
    pub fn events_forgotten() -> Self {
        let detail = "Compare what you know with GET /v1/access-requests, then read GET /v1/events \
                      without a cursor: it begins with the oldest event that is kept";
        Self::new(Problem::EventsForgotten, detail)
    }

    /// 422: an Idempotency-Key with another body.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(Problem::IdempotencyKeyReused, detail)
    }

    /// 429: the key has called too often; in how many seconds it may again.
    pub fn rate_limited(retry_after: u64) -> Self {
        let detail = format!("Call again in {retry_after} s");
        let mut failure = Self::new(Problem::RateLimited, detail);
        failure.retry_after = Some(retry_after);
        failure
    }

    /// 413, 415 and whatever else axum refuses by itself.
    pub(super) fn by_status(status: StatusCode) -> Self {
        let mut failure = match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::REQUEST_TIMEOUT => Self::too_slow(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let detail = "Send the body with another Content-Type";
                Self::new(Problem::UnsupportedMediaType, detail)
            }
            status if status.is_server_error() => Self::internal(),
            status => Self::bad_request(status.canonical_reason().unwrap_or("It was refused")),
        };
        failure.status = status;
        failure
    }

    /// 413.
    pub fn too_large() -> Self {
        let detail = format!("A body is at most {} bytes long", super::BODY_MAX);
        Self::new(Problem::BodyTooLarge, detail)
    }

    /// 408: the body did not come in time.
    pub fn too_slow() -> Self {
        let detail = "Send the whole body within ten seconds";
        Self::new(Problem::BodyTooSlow, detail)
    }

    /// 415, with what is expected.
    pub fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("Send the body with Content-Type: {expected}");
        Self::new(Problem::UnsupportedMediaType, detail)
    }

    /// 503: the database does not answer; nothing was acknowledged.
    fn unavailable() -> Self {
        let detail = "The database does not answer; nothing was acknowledged";
        let mut failure = Self::new(Problem::Unavailable, detail);
        failure.retry_after = Some(5);
        failure
    }

    /// 500.
    fn internal() -> Self {
        let detail = "It was logged under the request id";
        Self::new(Problem::Internal, detail)
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
            let challenge =
                HeaderValue::from_static("Bearer realm=\"esecured\", Basic realm=\"esecured\"");
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
