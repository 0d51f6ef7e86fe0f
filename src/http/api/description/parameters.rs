//! Parameters that stand in headers and paths.

use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{Schema, SchemaFormat},
    },
};

use crate::http::api::examples;

/// Which request a path is about.
pub(in crate::http::api) struct RequestPath;

impl IntoParams for RequestPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let said = "The `id` of the request, not its short number.";
        vec![id(said, examples::REQUEST_ID)]
    }
}

/// Which webhook endpoint a path is about.
pub(in crate::http::api) struct EndpointPath;

impl IntoParams for EndpointPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![id("The `id` of the endpoint.", examples::ENDPOINT_ID)]
    }
}

/// `If-None-Match`.
pub(in crate::http::api) struct IfNoneMatch;

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let said = "The `ETag` of what you know: 304 without a body where it is the newest.";
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let tag = "\"5f3c9d0a1b2c3d4e5f607182\"";
        vec![header("If-None-Match", said, schema, tag)]
    }
}

/// `Prefer` (RFC 7240).
pub(in crate::http::api) struct Prefer;

impl IntoParams for Prefer {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let said = "`wait=N`: how many seconds you are willing to wait for a change, at most 60.";
        let schema = ObjectBuilder::new().schema_type(Type::String);
        vec![header("Prefer", said, schema, "wait=30")]
    }
}

fn id(said: &str, example: &str) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())));
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(said))
        .schema(Some(Schema::from(schema)))
        .example(Some(example.into()))
        .build()
}

/// A parameter in a header that may be left out.
pub(in crate::http::api) fn header(
    name: &str,
    said: &str,
    schema: ObjectBuilder,
    example: &str,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(said))
        .schema(Some(Schema::from(schema)))
        .example(Some(example.into()))
        .build()
}
