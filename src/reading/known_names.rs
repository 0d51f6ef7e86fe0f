//! The names in the mail that was sent: only what it calls the requester may
//! be the object of a rejection. «Reject Bob» may be about anybody.

use std::{
    cell::{Cell, OnceCell},
    collections::HashSet,
};

use super::Original;
use super::clause::fold;

/// Names, numbers and addresses in a sent mail, folded; none if it is not at hand.
#[derive(Debug, Default)]
pub(super) struct KnownNames<'a> {
    original: Option<&'a Original>,
    /// Learned when somebody asks: of most mails nobody does.
    names: OnceCell<HashSet<String>>,
    missed: Cell<bool>,
}

impl<'a> KnownNames<'a> {
    /// Those of the mail that was sent.
    pub(super) fn of(original: Option<&'a Original>) -> Self {
        Self {
            original,
            ..Self::default()
        }
    }

    /// Whatever is written like a name in the text part.
    fn names(text: &str) -> HashSet<String> {
        let mut names = HashSet::new();
        for chunk in text.split_whitespace() {
            let written_like_a_name =
                |part: &str| part.contains(|c: char| c.is_uppercase() || c.is_numeric());
            if chunk.contains('@') {
                names.insert(fold(chunk));
            } else if !chunk.contains("://") {
                let parts = chunk.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c));
                names.extend(parts.filter(|part| written_like_a_name(part)).map(fold));
            }
        }
        names
    }

    /// Whether the sent mail had this name in it.
    pub(super) fn has(&self, name: &str) -> bool {
        let Some(original) = self.original else {
            self.missed.set(true);
            return false;
        };
        let names = self.names.get_or_init(|| Self::names(&original.text));
        names.contains(name)
    }

    /// Whether a name was asked about that only the sent mail could tell.
    pub(super) fn was_missed(&self) -> bool {
        self.missed.get()
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_numbers_of_the_sent_mail_are_known_and_other_words_are_not() {
        let original = Original {
            text: "Carla Nijman van Nijman Kado's (carla@nijman.example) vraagt R-7Q4K9".into(),
            html: None,
        };
        let names = KnownNames::of(Some(&original));
        for name in ["carla", "nijman", "kados", "carlanijmanexample", "7q4k9"] {
            assert!(names.has(name), "{name}");
        }
        assert!(!names.has("vraagt") && !names.has("bob"));
        assert!(!names.was_missed());
        let nothing = KnownNames::of(None);
        assert!(!nothing.was_missed());
        assert!(!nothing.has("carla") && nothing.was_missed());
    }
}
