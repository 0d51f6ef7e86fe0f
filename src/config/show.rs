//! The configuration as `config show` prints it.

use std::collections::BTreeMap;

use super::fault::Origin;
use super::keys::KEYS;
use super::value::Value;

/// Every key with its value, one on a line, as TOML or as JSON Lines.
pub(super) fn render(
    values: &BTreeMap<String, (Value, Origin)>,
    with_origin: bool,
    as_json: bool,
) -> String {
    let mut text = String::new();
    let mut line = |path: &str, value: Option<&(Value, Origin)>| {
        let line = match as_json {
            true => json_line(path, value, with_origin),
            false => toml_line(path, value, with_origin),
        };
        text.push_str(&line);
        text.push('\n');
    };
    for key in KEYS {
        // A key for things the operator names has no value of its own, but one for each of them.
        if key.is_for_names() {
            for (path, value) in values.iter().filter(|(path, _)| key.is(path)) {
                line(path, Some(value));
            }
        } else {
            line(key.path, values.get(key.path));
        }
    }
    text
}

fn toml_line(path: &str, value: Option<&(Value, Origin)>, with_origin: bool) -> String {
    match value {
        Some((value, origin)) if with_origin => {
            format!("{path} = {}  # {origin}", value.to_toml())
        }
        Some((value, _)) => format!("{path} = {}", value.to_toml()),
        None => format!("# {path} is not set"),
    }
}

fn json_line(path: &str, value: Option<&(Value, Origin)>, with_origin: bool) -> String {
    let (shown, origin) = match value {
        Some((value, origin)) => (value.to_json(), Some(origin)),
        None => (serde_json::Value::Null, None),
    };
    let mut line = serde_json::json!({ "key": path, "value": shown });
    if with_origin {
        line["origin"] = origin.map(ToString::to_string).into();
    }
    line.to_string()
}
