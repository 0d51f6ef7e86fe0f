//! The configuration file: TOML with the line of every value.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Origin};
use super::keys;
use super::layers::{Layers, is_section};
use super::suggestion;
use super::value::Raw;

/// Reads the text of a file into the layers, with every fault in it.
pub(super) fn read(layers: &mut Layers, path: &Path, text: &str) {
    let at = |offset: usize| Origin::File {
        path: path.to_owned(),
        line: line_of(text, offset),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut torn_lines: Vec<Origin> = Vec::new();
    for error in errors {
        let origin = at(error.span().map_or(0, |span| span.start));
        // One slip can cause several complaints; the first names it best.
        if !torn_lines.contains(&origin) {
            let message = format!("is not TOML: {}", error.message());
            layers.faults.push(Fault::at(&origin, message));
            torn_lines.push(origin);
        }
    }
    layers.is_torn = !torn_lines.is_empty();

    for (name, value) in document.get_ref() {
        let origin = at(name.span().start);
        if torn_lines.contains(&origin) {
            continue;
        }
        let (name, DeValue::Table(table)) = (name.get_ref(), value.get_ref()) else {
            outside_of_sections(layers, name.get_ref(), &origin);
            continue;
        };
        if is_section(name) {
            layers.sections.insert(name.to_string(), origin);
            read_table(layers, name, table, &at, &torn_lines);
        } else {
            let hint = suggestion::section_suggestion(name)
                .map_or(String::new(), |meant| format!(", did you mean [{meant}]?"));
            let message = format!("[{name}] is not a section of the configuration{hint}");
            layers.faults.push(Fault::at(&origin, message));
        }
    }
}

fn read_table(
    layers: &mut Layers,
    section: &str,
    table: &DeTable<'_>,
    at: &impl Fn(usize) -> Origin,
    torn_lines: &[Origin],
) {
    for (name, value) in table {
        let path = format!("{section}.{}", name.get_ref());
        let origin = at(name.span().start);
        if torn_lines.contains(&origin) {
            continue;
        }
        match (value.get_ref(), Raw::from_toml(value.get_ref())) {
            (_, Some(raw)) => layers.set(&path, raw, origin),
            (DeValue::Table(inner), None) if keys::find(&path).is_none() => {
                if holds_keys(&path) {
                    read_table(layers, &path, inner, at, torn_lines);
                } else {
                    layers.unknown(&path, &origin);
                }
            }
            (_, None) => {
                let message = format!("{path} is a section, expected a value");
                layers.faults.push(Fault::at(&origin, message));
            }
        }
    }
}

/// Whether keys stand below a path, as `mail.dkim` or the `portal.oidc.NAME` of an operator.
fn holds_keys(path: &str) -> bool {
    let within = format!("{path}.");
    path.starts_with("portal.oidc.") || keys::KEYS.iter().any(|key| key.path.starts_with(&within))
}

fn outside_of_sections(layers: &mut Layers, name: &str, origin: &Origin) {
    if is_section(name) {
        let message = format!("{name} is a value, expected the section [{name}]");
        layers.faults.push(Fault::at(origin, message));
    } else {
        layers.unknown(name, origin);
    }
}

/// The line of an offset, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
