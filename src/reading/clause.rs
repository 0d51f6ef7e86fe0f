//! The sentences of a text, their clauses and their words.

use super::line::Line;
use super::splitter::Splitter;
use super::verb::is_in;

/// A plain-text line this long may have been wrapped inside a sentence.
const WRAPPED_AT: usize = 55;

/// What a greeting begins with, or a whole line is.
pub(super) const GREETINGS: &str =
    "hallo hoi hey hi hello dag beste geachte dear goedemorgen goedemiddag goedenavond goededag
    goeiemorgen goeiedag ls morning";

/// A sentence and how it ends.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    pub(super) clauses: Vec<Clause>,
    pub(super) question: bool,
}

/// What stands between two commas or conjunctions.
#[derive(Debug, Default, Clone)]
pub(super) struct Clause {
    pub(super) words: Vec<Word>,
    /// The conjunction it begins with, if any; it is not among the words.
    pub(super) conjunction: Option<String>,
}

/// A word in lower case and without accents.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// A name, number or address rather than a word of the language.
    pub(super) is_name: bool,
    /// It is the first one on its line.
    pub(super) opens_line: bool,
}

impl Clause {
    /// Its words as text.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// Its words with single spaces between.
    pub(super) fn spoken(&self) -> String {
        self.texts().collect::<Vec<_>>().join(" ")
    }

    /// Whether one of its words is in the list.
    pub(super) fn has(&self, list: &str) -> bool {
        self.texts().any(|word| is_in(list, word))
    }

    /// Whether each of its words is in one of the lists.
    pub(super) fn consists_of(&self, lists: &[&str]) -> bool {
        let known = |word: &str| lists.iter().any(|list| is_in(list, word));
        self.texts().all(known)
    }

    /// «Maar …»: it limits what stands before it.
    pub(super) fn is_contrast(&self) -> bool {
        let conjunction = self.conjunction.as_deref();
        conjunction.is_some_and(|word| is_in("maar but however echter", word))
    }
}

impl Sentence {
    pub(super) fn words(&self) -> impl Iterator<Item = &str> + Clone {
        self.clauses
            .iter()
            .flat_map(|clause| clause.words.iter().map(|word| word.text.as_str()))
    }

    /// All words and conjunctions as one string between spaces, to look for phrases.
    pub(super) fn spoken(&self) -> String {
        spoken(self.clauses.iter())
    }
}

/// The words and conjunctions of some clauses as one string between spaces.
pub(super) fn spoken<'a>(clauses: impl Iterator<Item = &'a Clause>) -> String {
    let mut text = String::from(" ");
    for clause in clauses {
        let words = clause.words.iter().map(|word| &word.text);
        for word in clause.conjunction.iter().chain(words) {
            text.push_str(word);
            text.push(' ');
        }
    }
    text
}

/// The sentences of a text. An empty line ends one, and so does the end of a
/// line, unless the mail program may have wrapped it or the next line begins
/// with a small letter: «graag niet», new line, «weigeren» is one sentence.
pub(super) fn sentences(lines: &[Line]) -> Vec<Sentence> {
    let mut split = Splitter::default();
    for (number, line) in lines.iter().enumerate() {
        split.line(&line.text);
        let text = line.text.trim_end();
        let ends_open = text.ends_with(|c: char| c.is_alphanumeric() || c == ',');
        let wrapped = line.wrappable && text.chars().count() >= WRAPPED_AT;
        let next = lines.get(number + 1).map(|next| next.text.trim_start());
        let goes_on = next.is_some_and(|next| next.starts_with(char::is_lowercase))
            && !is_in(GREETINGS, &fold(text));
        if !ends_open || !(wrapped || goes_on) {
            split.end_sentence(false);
        }
    }
    split.end_sentence(false);
    split.sentences
}

/// Lower case, without accents and apostrophes, and without drawn-out letters
/// («neeeee»).
pub(super) fn fold(word: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let mut folded = String::new();
    let (mut last, mut run) = ('\0', 0);
    for c in word.to_lowercase().nfkd().filter(|c| c.is_alphanumeric()) {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        if run <= 2 || c.is_numeric() {
            folded.push(c);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::line::of_text;

    fn split(text: &str) -> Vec<(Vec<String>, bool)> {
        let words = |clause: &Clause| {
            clause
                .words
                .iter()
                .map(|word| word.text.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        sentences(&of_text(text, false, false))
            .iter()
            .map(|s| (s.clauses.iter().map(words).collect(), s.question))
            .collect()
    }

    #[test]
    fn text_is_cut_at_punctuation_and_conjunctions() {
        assert_eq!(
            split("Ik ken X niet en weiger, s.v.p. snel.  Waarom?\nDon't (oké) neeeee"),
            [
                (
                    vec!["ik ken x niet".into(), "weiger".into(), "svp snel".into()],
                    false
                ),
                (vec!["waarom".into()], true),
                (vec!["dont".into(), "oke".into(), "nee".into()], false),
            ]
        );
    }

    #[test]
    fn a_wrapped_line_goes_on_and_a_short_one_does_not() {
        let long = "dit is een regel die zo lang is dat het mailprogramma hem afbrak";
        assert_eq!(split(&format!("{long}\nniet weigeren")).len(), 1);
        assert_eq!(split("Ik ken hem niet\nWeigeren").len(), 2);
        assert_eq!(split("graag niet\nweigeren").len(), 1);
        assert_eq!(
            split("wijs dit maar af"),
            [(vec!["wijs dit af".into()], false)]
        );
    }
}
