//! The kinds of problems that programs are told of, and the form of telling (RFC 9457). Each kind has
//! a page at its `type` ([`problem_page`](super::problem_page)).

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::words::words;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The request cannot be understood.
    BadRequest,
    /// Members of the body are not as expected.
    InvalidBody,
    /// No API key, or one that does not work.
    Unauthorized,
    /// A form that another site sent, or a page that is not theirs.
    Forbidden,
    /// There is no such path or thing.
    NotFound,
    /// The path does not take this method.
    MethodNotAllowed,
    /// The body did not come in time.
    BodyTooSlow,
    /// The request is closed already.
    AlreadyClosed,
    /// Somebody else opened the request.
    OpenedByAnother,
    /// No further webhook endpoint.
    EndpointNotAdded,
    /// Nothing is sent to this webhook endpoint.
    EndpointDisabled,
    /// This webhook endpoint is not disabled.
    EndpointEnabled,
    /// What stood behind a cursor of the event feed is not kept any more.
    EventsForgotten,
    /// The body is too long.
    BodyTooLarge,
    /// The body is of another kind than expected.
    UnsupportedMediaType,
    /// An Idempotency-Key with another body.
    IdempotencyKeyReused,
    /// The key has called too often.
    RateLimited,
    /// A fault of ours.
    Internal,
    /// The database does not answer.
    Unavailable,
}

words! { Problem {
    BadRequest = "bad-request", InvalidBody = "invalid-body", Unauthorized = "unauthorized",
    Forbidden = "forbidden", NotFound = "not-found", MethodNotAllowed = "method-not-allowed",
    BodyTooSlow = "body-too-slow", AlreadyClosed = "already-closed",
    OpenedByAnother = "opened-by-another", EndpointNotAdded = "endpoint-not-added",
    EndpointDisabled = "endpoint-disabled", EndpointEnabled = "endpoint-enabled",
    EventsForgotten = "events-forgotten", BodyTooLarge = "body-too-large", UnsupportedMediaType = "unsupported-media-type",
    IdempotencyKeyReused = "idempotency-key-reused", RateLimited = "rate-limited",
    Internal = "internal", Unavailable = "unavailable",
} }

impl Problem {
    /// The status of an answer that tells of it.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::InvalidBody => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::AlreadyClosed
            | Self::OpenedByAnother
            | Self::EndpointNotAdded
            | Self::EndpointDisabled
            | Self::EndpointEnabled => StatusCode::CONFLICT,
            Self::EventsForgotten => StatusCode::GONE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `title`: the same in every answer of the kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request cannot be understood",
            Self::InvalidBody => "The body is not as expected",
            Self::Unauthorized => "A valid API key is needed",
            Self::Forbidden => "This is not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::BodyTooSlow => "The body came too slowly",
            Self::AlreadyClosed => "The request is closed already",
            Self::OpenedByAnother => "Another shipping system opened the request",
            Self::EndpointNotAdded => "There are enough such endpoints",
            Self::EndpointDisabled => "The endpoint is disabled",
            Self::EndpointEnabled => "The endpoint is enabled",
            Self::EventsForgotten => "Some of these events are not kept any more",
            Self::BodyTooLarge => "The body is too long",
            Self::UnsupportedMediaType => "The body is of another kind than expected",
            Self::IdempotencyKeyReused => "This Idempotency-Key was used with another body",
            Self::RateLimited => "Too many calls with this API key",
            Self::Internal => "Something went wrong here",
            Self::Unavailable => "Try again in a moment",
        }
    }

    /// Where its page is.
    pub fn path(self) -> String {
        format!("/problems/{self}")
    }
}

/// What went wrong, as `application/problem+json` (RFC 9457).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemShape {
    /// Which kind of problem it is: the address of a page about it. Decide by this and `status`.
    #[schema(format = "uri")]
    pub r#type: String,
    /// The same for every problem of the kind; for people.
    pub title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What was wrong this time; for people.
    pub detail: String,
    /// The path that was called.
    #[schema(format = "uri-reference")]
    pub instance: String,
    /// The `X-Request-Id` of the answer: name it when you ask the operator.
    pub request_id: String,
    /// With `invalid-body`: everything that is wrong with the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// One wrong member of a body.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901).
    #[schema(format = "json-pointer")]
    pub pointer: String,
    /// Why, and what is expected.
    pub detail: String,
}
