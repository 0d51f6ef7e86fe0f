//! Lines cut into sentences, clauses and words.

use super::line::Line;
use super::verb::is_reject_word;

/// A plain-text line this long may have been wrapped inside a sentence.
const WRAPPED_AT: usize = 55;

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
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    /// A name, number or address rather than a word of the language.
    pub(super) is_name: bool,
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
}

impl Sentence {
    pub(super) fn words(&self) -> impl Iterator<Item = &str> + Clone {
        self.clauses
            .iter()
            .flat_map(|clause| clause.words.iter().map(|word| word.text.as_str()))
    }

    /// All words and conjunctions as one string between spaces, to look for phrases.
    pub(super) fn spoken(&self) -> String {
        let mut text = String::from(" ");
        for clause in &self.clauses {
            for word in clause
                .conjunction
                .iter()
                .chain(clause.words.iter().map(|word| &word.text))
            {
                text.push_str(word);
                text.push(' ');
            }
        }
        text
    }
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
        let goes_on = next.is_some_and(|next| next.starts_with(char::is_lowercase));
        if !ends_open || !(wrapped || goes_on) {
            split.end_sentence(false);
        }
    }
    split.end_sentence(false);
    split.sentences
}

#[derive(Default)]
struct Splitter {
    sentences: Vec<Sentence>,
    sentence: Sentence,
    clause: Clause,
    /// The last word was a «maar» without a comma in front of it. Where one
    /// follows it is no «but»: «weiger dit maar, wij kennen haar niet».
    after_particle: bool,
}

impl Splitter {
    fn line(&mut self, line: &str) {
        for chunk in line.split_whitespace() {
            self.chunk(chunk);
        }
    }

    /// What stands between two spaces: a word with its punctuation.
    fn chunk(&mut self, chunk: &str) {
        let bare = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        if bare.is_empty() {
            // A dash or slash on its own separates like a comma.
            self.punctuation(chunk);
            return;
        }
        let lead = chunk
            .split(|c: char| c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let trail = chunk
            .rsplit(|c: char| c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        if lead.contains(['(', '–', '—']) {
            self.end_clause(None);
        }
        if chunk.contains('@') || chunk.contains("://") || bare.starts_with("www.") {
            self.word(bare, true);
        } else if is_abbreviation(&bare.to_lowercase()) {
            self.word(&bare.replace('.', ""), false);
            self.punctuation(&trail.replace('.', ""));
            return;
        } else {
            self.joined_words(bare);
        }
        self.punctuation(trail);
    }

    /// «weigeren,want» and «e-mail»: punctuation inside counts, hyphens join two words.
    fn joined_words(&mut self, text: &str) {
        let mut word = String::new();
        for c in text.chars() {
            if c.is_alphanumeric() || c == '\'' {
                word.push(c);
                continue;
            }
            let is_name = word.chars().any(char::is_numeric);
            self.word(&std::mem::take(&mut word), is_name);
            if !matches!(c, '.' | '-') {
                self.punctuation(c.encode_utf8(&mut [0; 4]));
            }
        }
        let is_name = word.chars().any(char::is_numeric);
        self.word(&word, is_name);
    }

    fn word(&mut self, raw: &str, is_name: bool) {
        let text = fold(raw);
        if text.is_empty() {
            return;
        }
        let starts_sentence = self.clause.words.is_empty() && self.sentence.clauses.is_empty();
        // «Af en toe» is «now and then», not the particle of «wijs … af».
        if text == "toe"
            && self.clause.words.is_empty()
            && self.clause.conjunction.as_deref() == Some("en")
            && let Some(begun) = self
                .sentence
                .clauses
                .pop_if(|last| last.words.last().is_some_and(|word| word.text == "af"))
        {
            self.clause = begun;
            if let Some(particle) = self.clause.words.last_mut() {
                "afentoe".clone_into(&mut particle.text);
            }
            return;
        }
        // «eSecure» is a name as well.
        let capital = raw.contains(char::is_uppercase) && raw.contains(char::is_lowercase);
        // English «I want» is not Dutch «want», which is «because».
        let wants = text == "want" && self.clause.words.last().is_some_and(is_english_subject);
        // «Reject as we don't know them».
        let gives_reason = text == "as"
            && self
                .clause
                .words
                .iter()
                .any(|word| is_reject_word(&word.text));
        if (is_conjunction(&text) && !wants) || gives_reason {
            let particle = text == "maar" && !self.clause.words.is_empty();
            self.end_clause(Some(text));
            self.after_particle = particle;
            return;
        }
        self.after_particle = false;
        // «Wijs maar af», «laat Floor maar weigeren»: no contrast, but one clause.
        let begun = self.sentence.clauses.last();
        let lets = begun.is_some_and(|begun| begun.texts().any(|word| word == "laat"));
        if (matches!(text.as_str(), "af" | "goed" | "toe") || lets)
            && self.clause.words.is_empty()
            && self.clause.conjunction.as_deref() == Some("maar")
            && let Some(begun) = self.sentence.clauses.pop()
        {
            self.clause = begun;
        }
        self.clause.words.push(Word {
            text,
            is_name: is_name || (capital && !starts_sentence),
        });
    }

    fn punctuation(&mut self, marks: &str) {
        if std::mem::take(&mut self.after_particle) && marks.starts_with(',') {
            self.clause.conjunction = None;
        }
        if marks.contains('?') {
            self.end_sentence(true);
        } else if marks.contains(['.', '!', '…']) {
            self.end_sentence(false);
        } else if marks.contains(['>', '→']) {
            self.end_clause(None);
        } else if marks.contains('=') {
            // «Weigeren = fout» says something about the word.
            self.clause.words.push(Word {
                text: marks.to_owned(),
                is_name: false,
            });
        } else if marks.contains([',', ';', ':', ')', '–', '—', '/', '|'])
            || marks == "-"
            || marks == "&"
            || marks == "--"
        {
            self.end_clause(None);
        }
    }

    fn end_clause(&mut self, conjunction: Option<String>) {
        let next = Clause {
            words: Vec::new(),
            conjunction,
        };
        let clause = std::mem::replace(&mut self.clause, next);
        if !clause.words.is_empty() {
            self.sentence.clauses.push(clause);
        } else if self.clause.conjunction.is_none() {
            self.clause.conjunction = clause.conjunction;
        }
    }

    fn end_sentence(&mut self, question: bool) {
        self.end_clause(None);
        self.clause.conjunction = None;
        let mut sentence = std::mem::take(&mut self.sentence);
        if sentence.clauses.is_empty() {
            // «weigeren !?» ends in a question as well.
            if let Some(last) = self.sentences.last_mut().filter(|_| question) {
                last.question = true;
            }
            return;
        }
        sentence.question = question;
        self.sentences.push(sentence);
    }
}

fn is_english_subject(word: &Word) -> bool {
    matches!(
        word.text.as_str(),
        "i" | "we" | "they" | "you" | "to" | "dont" | "not" | "just" | "really" | "would" | "who"
    )
}

fn is_conjunction(word: &str) -> bool {
    matches!(
        word,
        "maar"
            | "but"
            | "want"
            | "omdat"
            | "aangezien"
            | "because"
            | "since"
            | "dus"
            | "so"
            | "en"
            | "and"
            | "however"
            | "echter"
    )
}

/// Abbreviations whose full stop ends no sentence.
fn is_abbreviation(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.'),
        "s.v.p"
            | "a.u.b"
            | "i.v.m"
            | "m.b.t"
            | "t.a.v"
            | "o.a"
            | "d.w.z"
            | "n.a.v"
            | "i.p.v"
            | "b.v"
            | "n.v"
            | "dhr"
            | "mevr"
            | "mw"
            | "mr"
            | "mrs"
            | "ms"
            | "dr"
            | "nr"
            | "e.g"
            | "i.e"
            | "evt"
            | "bijv"
            | "ca"
            | "ltd"
            | "inc"
            | "o.b.v"
            | "z.s.m"
            | "a.j.b"
    )
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
