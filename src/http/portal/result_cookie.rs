//! What a bulk decision came to, carried over the redirect to the page that shows it.
//!
//! The cookie holds ids and outcomes only; the page looks the rest up among the reader's own things.

use axum::http::{HeaderMap, HeaderValue};

use crate::http::{Web, forms};

const NAME: &str = "result";

/// What became of one ticked row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowOutcome {
    /// It is approved now.
    Approved,
    /// It is rejected now.
    Rejected,
    /// The end of its permission is set.
    UntilSet,
    /// Somebody decided otherwise meanwhile.
    Already,
    /// It is not, or no longer, of an account of the reader.
    NotYours,
}

impl RowOutcome {
    /// The word of the page.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::UntilSet => "until_set",
            Self::Already => "already",
            Self::NotYours => "not_yours",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Approved => 'a',
            Self::Rejected => 'r',
            Self::UntilSet => 'u',
            Self::Already => 'd',
            Self::NotYours => 'n',
        }
    }

    fn by_letter(letter: &str) -> Option<Self> {
        [
            Self::Approved,
            Self::Rejected,
            Self::UntilSet,
            Self::Already,
            Self::NotYours,
        ]
        .into_iter()
        .find(|outcome| letter.starts_with(outcome.letter()))
    }
}

/// The cookie that carries results to the next page.
pub(super) fn set(web: &Web, results: &[(String, RowOutcome)]) -> HeaderValue {
    let rows: Vec<String> = results
        .iter()
        .map(|(id, outcome)| format!("{}{id}", outcome.letter()))
        .collect();
    forms::set_cookie(web, NAME, &rows.join("~"), "; Max-Age=60")
}

/// The cookie gone, once its results are shown.
pub(super) fn clear(web: &Web) -> HeaderValue {
    forms::set_cookie(web, NAME, "", "; Max-Age=0")
}

/// The results that the last page left.
pub(super) fn read(headers: &HeaderMap) -> Vec<(String, RowOutcome)> {
    let text = forms::cookie(headers, NAME).unwrap_or_default();
    text.split('~')
        .filter_map(|row| {
            let (letter, id) = row.split_at_checked(1)?;
            Some((id.to_owned(), RowOutcome::by_letter(letter)?))
        })
        .collect()
}
