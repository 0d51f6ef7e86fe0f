//! The configuration file as it is shipped: every key with sentence, default and variable.

use super::keys::{Fallback, KEYS, Key, SECTIONS};
use super::kind::Kind;

const INTRODUCTION: &str = "\
# Configuration of esecured: every key with its default.
#
# A line that begins with # and a key is not in force: it shows the default, or
# an example where there is none. Take the # away to change it.
#
# Order, the last one wins: defaults, this file, the variable ESECURED_SECTION__KEY,
# the file that ESECURED_SECTION__KEY_FILE names, the systemd credential section.key,
# and --set section.key=value on the command line.
#
# Durations read 30s, 15m, 8h, 14d; 0s switches a window off. Limits read 5/1d, or \"off\".
# `esecured check-config` names every fault with its line.
";

/// Sections that change something by being there; their headers are left to the operator.
const OPTIONAL_SECTIONS: [&str; 1] = ["inbox"];

/// The width comments are broken at.
const WIDTH: usize = 96;

/// The reference file with some keys set: pairs of path and text.
///
/// With none it is `config/esecured.toml`, in which nothing is in force.
pub(super) fn render(set: &[(&str, String)]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (section, sentence) in SECTIONS {
        text.push('\n');
        comment(&mut text, sentence);
        let keys = || KEYS.iter().filter(|key| key.section() == *section);
        let is_set = keys().any(|key| set.iter().any(|(path, _)| *path == key.path));
        let left_out = OPTIONAL_SECTIONS.contains(section) && !is_set;
        let mark = if left_out { "#" } else { "" };
        text.push_str(&format!("{mark}[{section}]\n"));
        for key in keys() {
            text.push('\n');
            render_key(&mut text, key, set);
        }
    }
    text
}

fn render_key(text: &mut String, key: &Key, set: &[(&str, String)]) {
    let state = match (key.built, key.default) {
        (false, Fallback::Is(_)) => " Not built yet: only the default is accepted.",
        (false, _) => " Not built yet: leave it out.",
        (true, Fallback::Required(_)) => " Required.",
        (true, _) => "",
    };
    comment(text, &format!("{}{state}", key.sentence.trim()));
    comment(text, &key.variable());
    let chosen = set.iter().find(|(path, _)| *path == key.path);
    let (Fallback::Is(shown) | Fallback::Required(shown) | Fallback::None(shown)) = key.default;
    let (mark, shown) = match chosen {
        Some((_, value)) => ("", value.as_str()),
        None => ("#", shown),
    };
    let name = key
        .path
        .trim_start_matches(key.section())
        .trim_start_matches('.');
    text.push_str(&format!("{mark}{name} = {}\n", written(key.kind, shown)));
}

fn written(kind: Kind, value: &str) -> String {
    if kind.is_quoted() {
        toml::Value::String(value.to_owned()).to_string()
    } else {
        value.to_owned()
    }
}

fn comment(text: &mut String, sentence: &str) {
    let mut line = String::from("#");
    for word in sentence.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
