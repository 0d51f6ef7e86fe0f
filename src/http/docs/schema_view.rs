//! Schemas as the reference page shows them.

use serde_json::{Value, json};

use super::said;

/// The shapes that answers and bodies refer to, by their names.
pub(super) fn shapes(document: &Value) -> Value {
    let schemas = document["components"]["schemas"].as_object();
    schemas
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let either = schema["anyOf"].as_array().into_iter().flatten();
            json!({
                "name": name,
                "said": said(&schema["description"]),
                "either": either.filter_map(referred).collect::<Vec<_>>(),
                "members": members(schema),
            })
        })
        .collect()
}

/// The members of an object, those first that are always there.
pub(super) fn members(schema: &Value) -> Vec<Value> {
    let mut members: Vec<Value> = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // Those of another shape stand with that shape.
        if let Some(name) = referred(part) {
            members.push(
                json!({ "name": null, "kind": name, "shape": name, "required": true, "bounds": "", "said": [] }),
            );
        }
        members.extend(self::members(part));
    }
    let required: Vec<&Value> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let own = schema["properties"].as_object().into_iter().flatten();
    members.extend(own.map(|(name, property)| {
        json!({
            "name": name,
            "kind": kind(property),
            "shape": referred(property).or_else(|| referred(&property["items"])),
            "required": required.contains(&&json!(name)),
            "bounds": bounds(property),
            "said": said(&property["description"]),
        })
    }));
    members.sort_by_key(|member| member["required"] != json!(true));
    members
}

/// What may stand there, in a word: a type, a format, or the name of a shape.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return name.to_owned();
    }
    if schema["items"].is_object() {
        return format!("{}[]", kind(&schema["items"]));
    }
    let either = |values: &Value| -> Option<String> {
        let words = values.as_array()?.iter().map(|value| match value {
            Value::String(word) => word.clone(),
            other => kind(other),
        });
        Some(words.collect::<Vec<_>>().join(" | "))
    };
    let named = ["enum", "anyOf", "format", "type"]
        .iter()
        .find_map(|name| match &schema[name] {
            Value::String(word) => Some(word.clone()),
            several => either(several),
        });
    named.unwrap_or_default()
}

/// How long or large it may be, and what it is where nothing is said: in words, perhaps none.
pub(super) fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_u64();
    let longest = number("maxLength").map(|most| format!("at most {most} characters"));
    let range = match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        _ => None,
    };
    let usual = number("default").map(|usual| format!("{usual} where it is left out"));
    let said: Vec<String> = [longest, range, usual].into_iter().flatten().collect();
    said.join(", ")
}

/// The name of the shape that a schema refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}
