//! Answers whose JSON is needed as a text before they are sent: to be kept, or to get a tag.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A shape as it is sent.
pub(super) fn text(shape: &impl Serialize) -> String {
    serde_json::to_string(shape).expect("the shapes hold texts, numbers and lists only")
}

/// An answer with such a text.
pub(super) fn with_status(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
