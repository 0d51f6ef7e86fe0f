//! The form in which a [`Failure`] is told: problem details to programs (RFC 9457), a page to
//! people. [`render`] also gives a form to whatever axum refuses by itself.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::error;
use uuid::Uuid;

use super::{Web, errors::Failure, pages, problem::ProblemShape, session_cookie};

/// Gives every answer its request id, and every failure its form.
pub(super) async fn render(State(web): State<Web>, request: Request, next: Next) -> Response {
    let request_id = request_id(&request);
    let path = request.uri().path().to_owned();
    let language = pages::language(&web, request.headers());
    let session = session_cookie::id_in(request.headers(), &web);
    let mut response = next.run(request).await;

    let failure = response.extensions_mut().remove::<Failure>().or_else(|| {
        let status = response.status();
        let refused_by_axum = status.is_client_error() || status.is_server_error();
        let has_form = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| {
                kind.as_bytes().starts_with(b"text/html")
                    || kind.as_bytes().starts_with(b"application/")
            });
        (refused_by_axum && !has_form).then(|| Failure::by_status(status))
    });
    if let Some(failure) = failure {
        if failure.status.is_server_error() {
            let status = failure.status.as_u16();
            error!(
                event = "http.failed",
                request_id, status, "Answered {status} to request {request_id}"
            );
        }
        let (mut parts, _) = response.into_parts();
        let (kind, body) = if is_for_programs(&path) {
            (
                "application/problem+json",
                problem(&web, failure, path, &request_id),
            )
        } else {
            let session = match session {
                // Whoever cannot be looked up gets the page of a stranger.
                Some(id) => session_cookie::by_id(&web, id).await.ok().flatten(),
                None => None,
            };
            let status = failure.status;
            let page = pages::error(&web, language, session.as_ref(), status, &request_id);
            ("text/html; charset=utf-8", page)
        };
        parts
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        parts.headers.remove(header::CONTENT_LENGTH);
        response = Response::from_parts(parts, Body::from(body));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

fn is_for_programs(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/") || path.starts_with("/api/")
}

/// The client's `X-Request-Id` where it is short and harmless, or a new one.
fn request_id(request: &Request) -> String {
    request
        .headers()
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .filter(|text| {
            let harmless = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
            (1..=128).contains(&text.len()) && text.bytes().all(harmless)
        })
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn problem(web: &Web, failure: Failure, path: String, request_id: &str) -> String {
    let problem = ProblemShape {
        r#type: format!(
            "{}{}",
            web.app.config.server.origin(),
            failure.problem.path()
        ),
        title: failure.problem.title(),
        status: failure.status.as_u16(),
        detail: failure.detail,
        instance: path,
        request_id: request_id.to_owned(),
        errors: failure.faults,
    };
    serde_json::to_string(&problem).expect("the shape holds texts and numbers only")
}
