//! The text we sent, to be taken out of the answer.

use std::{
    cell::{Cell, OnceCell},
    collections::{HashMap, HashSet, VecDeque},
};

use super::line::{self, Line};
use super::{Original, charset, html};

/// A line is only ever taken for ours when it is at least this long: with a
/// lower limit the answer GOEDKEUREN, which is also a word of our mail, vanished.
const MIN_CHARS: usize = 25;
const WINDOW: usize = 4;

/// Our mails are far shorter.
const MAX_TEXT: usize = 64 * 1024;

/// The sent mail as its runs of four words, so that lines are known again
/// however they were wrapped; of a mail that is not at hand nothing is known.
pub(super) struct OwnText<'a> {
    original: Option<&'a Original>,
    /// Learned when somebody asks: of most mails nobody does.
    runs: OnceCell<Runs>,
    missed: Cell<bool>,
}

/// Each word has a number; a run is four of them.
#[derive(Default)]
struct Runs {
    words: HashMap<String, usize>,
    runs: HashSet<[usize; WINDOW]>,
}

impl<'a> OwnText<'a> {
    /// The mail that was sent.
    pub(super) fn of(original: Option<&'a Original>) -> Self {
        Self {
            original,
            runs: OnceCell::new(),
            missed: Cell::new(false),
        }
    }

    /// Whether the line stands in the mail that was sent.
    pub(super) fn contains(&self, line: &Line) -> bool {
        if line.text.trim().chars().count() < MIN_CHARS {
            return false;
        }
        if words(&line.text).nth(WINDOW - 1).is_none() {
            return false;
        }
        let Some(original) = self.original else {
            self.missed.set(true);
            return false;
        };
        let runs = self.runs.get_or_init(|| Runs::of(original));
        runs.contain(&line.text)
    }

    /// Whether a line was asked about that only the sent mail could tell ours.
    pub(super) fn was_missed(&self) -> bool {
        self.missed.get()
    }
}

impl Runs {
    fn of(original: &Original) -> Self {
        let text = charset::normal_form(&original.text, MAX_TEXT);
        let mut lines = line::of_text(&text, false, false);
        if let Some(html) = &original.html {
            lines.extend(html::lines(html).0);
        }
        let mut all = Self::default();
        let mut run = VecDeque::with_capacity(WINDOW);
        for word in lines.iter().flat_map(|line| words(&line.text)) {
            let next = all.words.len();
            let number = *all.words.entry(word).or_insert(next);
            all.runs.extend(goes_on(&mut run, number));
        }
        all
    }

    /// Whether all words of a text follow each other as in the mail.
    fn contain(&self, text: &str) -> bool {
        let mut run = VecDeque::with_capacity(WINDOW);
        words(text).all(|word| {
            self.words.get(&word).is_some_and(|number| {
                goes_on(&mut run, *number).is_none_or(|run| self.runs.contains(&run))
            })
        })
    }
}

/// The run that ends with a word, once there are so many.
fn goes_on(run: &mut VecDeque<usize>, number: usize) -> Option<[usize; WINDOW]> {
    if run.len() == WINDOW {
        run.pop_front();
    }
    run.push_back(number);
    <[usize; WINDOW]>::try_from(run.make_contiguous() as &[usize]).ok()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_lines_are_known_again_when_wrapped_but_short_ones_are_left() {
        let original = Original {
            text:
                "Antwoorden met \"afwijzen\" kan ook.\nDat kan alleen in het portaal.\n\nAfwijzen"
                    .into(),
            html: None,
        };
        let own = OwnText::of(Some(&original));
        let is_ours = |text: &str| own.contains(&line(text));
        assert!(is_ours("met afwijzen kan ook. Dat kan"));
        assert!(!is_ours("Afwijzen"));
        assert!(!is_ours("Antwoorden met afwijzen graag, dank je wel"));
        assert!(!own.was_missed());
    }

    #[test]
    fn the_sent_mail_is_missed_only_for_a_line_that_could_be_ours() {
        let own = OwnText::of(None);
        assert!(!own.contains(&line("Afwijzen")));
        assert!(!own.contains(&line("Afdelingsvoorzitterschap Goederenvervoer")));
        assert!(!own.was_missed());
        assert!(!own.contains(&line("Antwoorden met afwijzen graag")));
        assert!(own.was_missed());
    }

    fn line(text: &str) -> Line {
        Line {
            text: text.into(),
            ..Line::default()
        }
    }
}
