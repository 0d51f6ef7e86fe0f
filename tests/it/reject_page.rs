//! The page behind the red button: for people, and against scanners.

mod bad_tokens;
mod form;
mod states;

use crate::support::browser::Page;

/// The languages of the blocks of a page, in their order.
fn languages(page: &Page) -> Vec<&str> {
    page.body
        .split("<section lang=\"")
        .skip(1)
        .map(|rest| &rest[..2])
        .collect()
}
