//! Signs outside the words that a command is not meant as it stands: a wink, a
//! laugh, a ticked box, a stroke through it, a colon behind a «not».

use super::{clause, line::Line, verb};

/// Pictures that go with a rejection; any other may turn it round.
const EARNEST: &str = "🚫🙏❌⛔👎🛑✋✉📧🙂😊";

/// In front of a colon these, one of which denies, deny what follows: «niet doen: weigeren».
const NOT_TO_DO: &str = "niet not dont nooit never doen do this that dit deze dat het it please aub
    svp graag";

/// Whether one of the signs stands in one of the lines.
pub(super) fn is_in(lines: &[Line]) -> bool {
    has_a_choice(lines)
        || lines.iter().any(|line| {
            line.text.chars().any(is_other_picture)
                || line.text.split_whitespace().any(is_wink)
                || is_struck_out(&line.text)
                || denies_what_follows(&line.text)
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

/// «~~weigeren~~», «-weigeren-».
fn is_struck_out(text: &str) -> bool {
    text.contains("~~")
        || text.split_whitespace().any(|chunk| {
            let inside = chunk
                .strip_prefix('-')
                .and_then(|rest| rest.strip_suffix('-'));
            inside.is_some_and(|word| word.contains(char::is_alphabetic))
        })
}

fn denies_what_follows(text: &str) -> bool {
    let Some((before, _)) = text.split_once(':') else {
        return false;
    };
    let mut words = before.split_whitespace().map(clause::fold).peekable();
    let mut denies = false;
    words.all(|word| {
        denies |= verb::is_in("niet not dont nooit never", &word);
        verb::is_in(NOT_TO_DO, &word)
    }) && denies
}

/// «( ) weigeren (x) doorlaten», `[ ] weigeren`; but one box alone that is ticked leaves no choice.
fn has_a_choice(lines: &[Line]) -> bool {
    let count = |text: &str, marks: &[&str]| -> usize {
        marks.iter().map(|mark| text.matches(mark).count()).sum()
    };
    let mut ticked = 0;
    for line in lines {
        if !line.text.contains(['(', '[']) {
            continue;
        }
        let squeezed: String = line.text.to_lowercase().split_whitespace().collect();
        if count(&squeezed, &["()", "[]"]) > 0 {
            return true;
        }
        ticked += count(&squeezed, &["(x)", "[x]", "(v)", "[v]"]);
    }
    ticked > 1
}
