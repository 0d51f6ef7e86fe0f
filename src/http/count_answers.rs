//! Counting answers, and how long they took.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};

use crate::app::App;

/// Counts one. A path that somebody made up is no label, and neither is a method.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let counted = &app.metrics.counted;
    let code = response.status();
    let labels = [method, route, code.as_str()];
    counted.http_requests.with_label_values(&labels).inc();
    // Whoever asked to wait has waited.
    if !response.headers().contains_key("preference-applied") {
        let duration = counted.http_duration.with_label_values(&[route]);
        duration.observe(began.elapsed().as_secs_f64());
    }
    response
}

fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
