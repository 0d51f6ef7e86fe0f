//! Commands that have a name already and are not built yet.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// All of them, as they are typed.
pub const COMMANDS: &[&str] = &[
    "backup",
    "doctor",
    "person",
    "queue cancel",
    "queue flush",
    "queue hold",
    "queue release",
    "queue show",
    "restore",
];

/// The one of them that clap did not know.
pub fn named_in(error: &clap::Error, words: &[OsString]) -> Option<&'static str> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    COMMANDS
        .iter()
        .copied()
        .find(|path| match path.split_once(' ') {
            Some((group, word)) => word == unknown && words.iter().any(|word| word == group),
            None => path == unknown,
        })
}
