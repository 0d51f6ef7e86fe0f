//! What an administrator wrote beside a decision.

use super::plain_line::plain_line;

/// A note, for the colleagues; for the requester too, where the administrator said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    shown: bool,
}

/// More than [`Note::LONGEST`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a note has at most {} characters", Note::LONGEST)]
pub struct NoteTooLong;

impl Note {
    /// In characters.
    pub const LONGEST: usize = 500;

    /// Makes one line of what somebody typed; none where nothing is left of it.
    pub fn parse(text: &str, shown: bool) -> Result<Option<Self>, NoteTooLong> {
        let text = plain_line(text);
        match text.chars().count() {
            0 => Ok(None),
            1..=Self::LONGEST => Ok(Some(Self { text, shown })),
            _ => Err(NoteTooLong),
        }
    }

    /// The line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the requester reads it.
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// The line, where the requester and the shipping system may read it.
    pub fn shown(&self) -> Option<&str> {
        self.shown.then_some(self.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_that_is_what_it_looks_like() {
        let note = Note::parse(" een\r\nBcc: x\u{202e}\u{200b}\ttwee ", true);
        assert_eq!(note.unwrap().unwrap().text(), "een Bcc: x twee");
        assert_eq!(Note::parse(" \u{200b}\n", true), Ok(None));
        assert!(Note::parse(&"é".repeat(500), false).unwrap().is_some());
        assert_eq!(Note::parse(&"é".repeat(501), false), Err(NoteTooLong));
    }

    #[test]
    fn a_note_for_colleagues_is_shown_to_nobody_else() {
        let note = |shown| Note::parse("ken ik niet", shown).unwrap().unwrap();
        assert_eq!(note(false).shown(), None);
        assert_eq!(note(true).shown(), Some("ken ik niet"));
    }
}
