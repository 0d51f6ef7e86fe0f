//! `/problems/…`: the page about a kind of problem, at the address that is its `type`.

use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;

use super::{Web, errors::Failure, pages, portal::view, problem::Problem, reading_language};

/// Shows it.
pub(super) async fn show(
    State(web): State<Web>,
    Path(word): Path<String>,
    Query(asked): Query<reading_language::Asked>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let problem = Problem::parse(&word).ok_or_else(Failure::not_found)?;
    let language = asked.or_usual(&web, &headers);
    let rest = json!({
        "language_links": reading_language::links(&problem.path()),
        "problem": problem.as_str(),
        "title": problem.title(),
        "problem_status": problem.status().as_u16(),
        "type": format!("{}{}", web.app.config.server.origin(), problem.path()),
    });
    let view = view::signed_out(&web, rest);
    let page = web.app.templates.page("problem", language, &view)?;
    Ok(asked.remember(&web, pages::html(page)))
}
