//! `GET /v1/openapi.json`: the description of the API (OpenAPI 3.1). Operations are made of what stands
//! above their handlers, shapes of their types; what all of them have in common is added here.

pub mod parameters;
mod webhooks;

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::{entity_tag, json_answer};
use crate::{
    http::problem::{Fault, ProblemShape},
    shapes::TestEventShape,
};

/// The description. It says nothing of where it is served, and is the same everywhere.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(describe);
static TEXT: LazyLock<String> = LazyLock::new(|| json_answer::text(&*DOCUMENT));

/// Shows it to anybody.
pub(in crate::http) async fn show(headers: HeaderMap) -> Response {
    let tag = entity_tag::of(&TEXT);
    let mut response = if entity_tag::is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_answer::with_status(StatusCode::OK, TEXT.clone())
    };
    let answer = response.headers_mut();
    answer.insert(header::ETAG, entity_tag::header(&tag));
    let for_an_hour = header::HeaderValue::from_static("public, max-age=3600");
    answer.insert(header::CACHE_CONTROL, for_an_hour);
    response
}

fn describe() -> Value {
    let (_, mut described) = super::routes().split_for_parts();
    let schemas = &mut described.components.get_or_insert_default().schemas;
    // These stand in no answer of an operation that went well.
    schemas.insert(ProblemShape::name().into_owned(), ProblemShape::schema());
    schemas.insert(Fault::name().into_owned(), Fault::schema());
    schemas.insert(
        TestEventShape::name().into_owned(),
        TestEventShape::schema(),
    );

    let mut document = json!(described);
    introduce(&mut document);
    for operation in each(&mut document["paths"]).flat_map(each) {
        for response in each(&mut operation["responses"]) {
            for name in ["X-Request-Id", "RateLimit", "RateLimit-Policy"] {
                response["headers"][name] = reference("headers", name);
            }
        }
    }
    for path in each(&mut document["paths"]) {
        path["parameters"] = json!([reference("parameters", "X-Request-Id")]);
    }
    close_bodies(&mut document);
    document["webhooks"] = webhooks::all();
    document
}

/// What stands at the beginning, and what operations refer to.
fn introduce(document: &mut Value) {
    document["info"] = json!({
        "title": "eSecure for shipping systems",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "May this e-mail address use this account number?",
        "description": "Whoever is not known yet becomes an access request, which the administrators \
            of the account answer from their inbox or the portal. You read the outcome, wait for it, or \
            are called. The page `/docs` beside this document says the rest. Every answer of 400 and \
            above is `application/problem+json`, also 404 and 405 for paths and methods that do not \
            exist.",
    });
    document["servers"] = json!([{ "url": "/", "description": "Where this document is served." }]);
    document["security"] = json!([{ "bearer": [] }, { "basic": [] }]);
    document["tags"] = json!([
        { "name": "Access requests", "description": "Asking, and learning what became of it." },
        { "name": "Access checks", "description": "What the rules say, without asking anybody." },
        { "name": "Events", "description": "What happened, to be read one after the other." },
        { "name": "Webhooks", "description": "Being called when something happens." },
    ]);
    let components = &mut document["components"];
    components["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "esk_…",
            "description": "The API key, which the operator makes with `esecured client add NAME`.",
        },
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The API key as the user name, and an empty password.",
        },
    });
    components["headers"] = json!({
        "X-Request-Id": {
            "description": "Names the call: say it when you ask the operator about it.",
            "schema": { "type": "string" },
            "example": "0196d3f1-0c2a-7b11-8d2e-0a1b2c3d4e5f",
        },
        "RateLimit": {
            "description": "How many calls (`r`) the key has left now, and in how many seconds (`t`) as \
                many as ever. On every answer to a key that works, unless the operator has set no limit.",
            "schema": { "type": "string" },
            "example": "\"key\";r=597;t=1",
        },
        "RateLimit-Policy": {
            "description": "How many calls (`q`) a key may make in how many seconds (`w`).",
            "schema": { "type": "string" },
            "example": "\"key\";q=600;w=60",
        },
    });
    components["parameters"] = json!({
        "X-Request-Id": {
            "name": "X-Request-Id",
            "in": "header",
            "description": "A name of yours for the call, which the answer carries: 1 to 128 \
                letters, digits and `-_.:`. Another is passed over.",
            "schema": { "type": "string" },
            "example": "booking-8841",
        },
    });
}

/// Bodies are read member by member, and what is left over is refused (`body::Members::finish`).
fn close_bodies(document: &mut Value) {
    let bodies: Vec<String> = each(&mut document["paths"])
        .flat_map(each)
        .filter_map(|operation| {
            operation.pointer("/requestBody/content/application~1json/schema/$ref")
        })
        .filter_map(|reference| reference.as_str()?.rsplit('/').next().map(str::to_owned))
        .collect();
    for body in bodies {
        document["components"]["schemas"][body]["additionalProperties"] = json!(false);
    }
}

fn each(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object.as_object_mut().into_iter().flat_map(Map::values_mut)
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
