//! Schemas of texts that are more than texts.

use std::fmt::Display;

use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema,
    extensions::ExtensionsBuilder,
    schema::{AnyOfBuilder, Ref, SchemaType, Type},
};

/// A text that is one of these words, and in this version of the API never another.
pub fn one_of(words: &[impl Display], description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(texts(words)))
        .build()
}

/// A text that is one of these words today; others may come.
pub fn one_so_far(words: &[impl Display], description: &str) -> Object {
    let known = texts(words);
    let described = format!(
        "{description} Today one of `{}`; others may come.",
        known.join("`, `")
    );
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(described))
        .extensions(Some(
            ExtensionsBuilder::new()
                .add("x-extensible-enum", known)
                .build(),
        ))
        .build()
}

/// A text that somebody may leave out, of at most so many characters, none of them U+0000.
pub fn optional_text(longest: usize, description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(description))
        .max_length(Some(longest))
        .pattern(Some(r"^[^\u0000]*$"))
        .build()
}

/// What has at least one of these shapes, of which one may have all members of another.
pub fn any_of(names: &[&str]) -> RefOr<Schema> {
    let shapes = names
        .iter()
        .map(|name| Ref::from_schema_name(*name))
        .fold(AnyOfBuilder::new(), AnyOfBuilder::item);
    Schema::AnyOf(shapes.build()).into()
}

fn texts(words: &[impl Display]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}
