//! What an operation can be refused with, as its description says it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, Header, Ref, RefOr, Response, ResponseBuilder, example::ExampleBuilder,
    },
};

use crate::http::problem::{Fault, Problem, ProblemShape};

/// Names the problems of an operation, beside those that every call with a key can meet.
macro_rules! refusals {
    ($name:ident { $($problem:ident),* $(,)? }) => {
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::http::api::refusals::responses(&[$($crate::http::problem::Problem::$problem),*])
            }
        }
    };
}
pub(super) use refusals;

/// Every call with a key can meet them.
const OF_EVERY_CALL: [Problem; 4] = [
    Problem::Unauthorized,
    Problem::RateLimited,
    Problem::Internal,
    Problem::Unavailable,
];

/// The answers that tell of these problems, and of those of every call, by their status.
pub(super) fn responses(own: &[Problem]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Problem>> = BTreeMap::new();
    for problem in own.iter().chain(&OF_EVERY_CALL) {
        let status = problem.status().as_u16();
        by_status.entry(status).or_default().push(*problem);
    }
    by_status
        .into_iter()
        .map(|(status, problems)| (status.to_string(), response(&problems).into()))
        .collect()
}

fn response(problems: &[Problem]) -> Response {
    let titles: Vec<&str> = problems.iter().map(|problem| problem.title()).collect();
    let examples = problems.iter().map(|problem| {
        let example = ExampleBuilder::new()
            .summary(problem.title())
            .value(Some(example(*problem)));
        (problem.as_str(), example)
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ProblemShape::name())))
        .examples_from_iter(examples)
        .build();
    let mut response = ResponseBuilder::new()
        .description(format!("{}.", titles.join(". ")))
        .content("application/problem+json", content);
    if problems.iter().copied().any(says_when_to_try_again) {
        response = response.header("Retry-After", header("In how many seconds to try again."));
    }
    if problems.contains(&Problem::Unauthorized) {
        response = response.header("WWW-Authenticate", header("`Bearer`: send an API key."));
    }
    response.build()
}

fn says_when_to_try_again(problem: Problem) -> bool {
    matches!(problem, Problem::RateLimited | Problem::Unavailable)
}

fn header(description: &str) -> Header {
    let mut header = Header::new(String::schema());
    header.description = Some(description.to_owned());
    header
}

fn example(problem: Problem) -> Value {
    let mut errors = Vec::new();
    if problem == Problem::InvalidBody {
        errors.push(Fault {
            pointer: "/emial".to_owned(),
            detail: "is not known here".to_owned(),
        });
    }
    json!(ProblemShape {
        r#type: format!("https://esecure.example.com{}", problem.path()),
        title: problem.title(),
        status: problem.status().as_u16(),
        detail: "Why it was so this time".to_owned(),
        instance: "/v1/…".to_owned(),
        request_id: "0196d3f1-0c2a-7b11-8d2e-0a1b2c3d4e5f".to_owned(),
        errors,
    })
}
