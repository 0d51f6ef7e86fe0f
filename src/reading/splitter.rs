//! Cuts text into sentences, clauses and words, chunk by chunk.

use super::clause::{Clause, Sentence, Word, fold};
use super::verb::{is_in, is_reject_word};

/// What was cut so far.
#[derive(Default)]
pub(super) struct Splitter {
    pub(super) sentences: Vec<Sentence>,
    sentence: Sentence,
    clause: Clause,
    /// The last word was a «maar» without a comma in front of it. Where one
    /// follows it is no «but»: «weiger dit maar, wij kennen haar niet».
    after_particle: bool,
    /// The last word was a «s.v.p.», whose full stop may end the sentence.
    after_please: bool,
    at_line_start: bool,
}

impl Splitter {
    /// Takes the next line.
    pub(super) fn line(&mut self, line: &str) {
        self.at_line_start = true;
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
        // «Weigeren s.v.p. Wij kennen haar niet.»
        if std::mem::take(&mut self.after_please) && bare.starts_with(char::is_uppercase) {
            self.end_sentence(false);
        }
        if is_ticked_box(chunk) {
            self.end_clause(None);
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
        } else if is_abbreviation(&bare.to_lowercase()) || is_initial(bare, trail) {
            self.word(&bare.replace('.', ""), false);
            self.punctuation(&trail.replace('.', ""));
            self.after_please = trail.starts_with('.') && is_please(&bare.to_lowercase());
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
        // «Reject as we don't know them», «weigeren i.v.m. fraude».
        let gives_reason = is_in("as ivm wegens vanwege due", &text)
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
        // «We're rejecting this» is not «were».
        if text == "were" && raw.contains('\'') {
            self.word("we", false);
            self.word("are", false);
            return;
        }
        // «Wijs maar af», «laat Floor maar weigeren»: no contrast, but one clause.
        let begun = self.sentence.clauses.last();
        let lets = begun.is_some_and(|begun| begun.texts().any(|word| word == "laat"));
        if (is_in(
            "af goed toe gewoon gelijk direct meteen even snel hoor",
            &text,
        ) || lets)
            && self.clause.words.is_empty()
            && self.clause.conjunction.as_deref() == Some("maar")
            && let Some(begun) = self.sentence.clauses.pop()
        {
            self.clause = begun;
        }
        self.clause.words.push(Word {
            text,
            is_name: is_name || (capital && !starts_sentence),
            opens_line: std::mem::take(&mut self.at_line_start),
        });
    }

    fn punctuation(&mut self, marks: &str) {
        if std::mem::take(&mut self.after_particle) && marks.starts_with(',') {
            // «Nee maar, dat is mooi» is no particle either.
            let begun = self.sentence.clauses.last();
            if !begun.is_some_and(|begun| begun.consists_of(&["nee neen"])) {
                self.clause.conjunction = None;
            }
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
                opens_line: false,
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

    /// Ends the sentence, if one has begun.
    pub(super) fn end_sentence(&mut self, question: bool) {
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

/// The only one in a mail stands for a «yes» to what follows it.
fn is_ticked_box(chunk: &str) -> bool {
    matches!(
        chunk,
        "[x]" | "[X]" | "(x)" | "(X)" | "[v]" | "[V]" | "(v)" | "(V)"
    )
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

/// «A. de Wit».
fn is_initial(bare: &str, trail: &str) -> bool {
    let mut letters = bare.chars();
    trail == "." && letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

fn is_please(word: &str) -> bool {
    matches!(word, "s.v.p" | "a.u.b" | "a.j.b" | "z.s.m")
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
