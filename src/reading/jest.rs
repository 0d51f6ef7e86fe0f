//! Signs outside the words that a command is not meant as it stands: a wink, a
//! laugh, a ticked box.

use super::line::Line;

/// Pictures that go with a rejection; any other may turn it round.
const EARNEST: &str = "🚫🙏❌⛔👎🛑✋✉📧🙂😊";

/// Whether a wink, a laughing face or a box to tick stands in one of the lines.
pub(super) fn is_in(lines: &[Line]) -> bool {
    lines.iter().any(|line| {
        line.text.chars().any(is_other_picture)
            || line.text.split_whitespace().any(is_wink)
            || has_box(&line.text)
    })
}

fn is_other_picture(c: char) -> bool {
    let picture =
        matches!(c, '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f300}'..='\u{1faff}');
    // A skin colour belongs to the picture before it.
    let skin = matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    picture && !skin && !EARNEST.contains(c)
}

fn is_wink(chunk: &str) -> bool {
    let lower = chunk.to_ascii_lowercase();
    let words = lower.trim_matches(|c: char| c.is_ascii_punctuation() && c != '/');
    [";)", ";-)", ";p", ";-p", ":p", ":-p", ";d", ":d", ":-d"]
        .iter()
        .any(|wink| lower.ends_with(wink))
        || matches!(words, "/s" | "/j" | "/jk" | "/sarcasm" | "/irony")
}

/// «( ) weigeren (x) doorlaten», `[x]`.
fn has_box(text: &str) -> bool {
    let squeezed: String = text.to_lowercase().split_whitespace().collect();
    ["()", "[]", "(x)", "[x]", "(v)", "[v]"]
        .iter()
        .any(|mark| squeezed.contains(mark))
}
