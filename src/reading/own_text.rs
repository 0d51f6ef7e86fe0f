//! The text we sent, to be taken out of the answer.

use std::{cell::Cell, collections::HashSet};

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
pub(super) struct OwnText {
    runs: Option<HashSet<[String; WINDOW]>>,
    missed: Cell<bool>,
}

impl OwnText {
    /// Learns the mail that was sent.
    pub(super) fn of(original: Option<&Original>) -> Self {
        Self {
            runs: original.map(Self::runs),
            missed: Cell::new(false),
        }
    }

    fn runs(original: &Original) -> HashSet<[String; WINDOW]> {
        let mut lines = line::of_text(
            &charset::normal_form(&original.text, MAX_TEXT),
            false,
            false,
        );
        if let Some(html) = &original.html {
            lines.extend(html::lines(html).0);
        }
        let text: Vec<String> = lines.iter().map(|line| line.text.clone()).collect();
        windows(&words(&text.join(" "))).collect()
    }

    /// Whether the line stands in the mail that was sent.
    pub(super) fn contains(&self, line: &Line) -> bool {
        if line.text.trim().chars().count() < MIN_CHARS {
            return false;
        }
        let words = words(&line.text);
        if words.len() < WINDOW {
            return false;
        }
        let Some(runs) = &self.runs else {
            self.missed.set(true);
            return false;
        };
        windows(&words).all(|window| runs.contains(&window))
    }

    /// Whether a line was asked about that only the sent mail could tell ours.
    pub(super) fn was_missed(&self) -> bool {
        self.missed.get()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn windows(words: &[String]) -> impl Iterator<Item = [String; WINDOW]> {
    words
        .windows(WINDOW)
        .filter_map(|window| window.to_vec().try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_lines_are_known_again_when_wrapped_but_short_ones_are_left() {
        let own = OwnText::of(Some(&Original {
            text:
                "Antwoorden met \"afwijzen\" kan ook.\nDat kan alleen in het portaal.\n\nAfwijzen"
                    .into(),
            html: None,
        }));
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
