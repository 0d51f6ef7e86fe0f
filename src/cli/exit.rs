//! How a command ends: its exit code, and what is said on stderr.
//!
//! The codes are those of sysexits.h: 0 done, 1 failed, 2 wrong usage, 69 a needed service is
//! unreachable, 75 try later, 78 the configuration is wrong.

use std::io;

use crate::{
    config::Fault,
    signing::key_file::{LoadKeysError, RevokeKeyError, RotateKeysError},
    store::{OpenError, StoreError},
    templates::LoadTemplatesError,
    workflow::{
        authorized_users::AuthorizeError, client_keys::ClientKeyError, decide::DecideError,
        invite::InviteError, manage::ManageError, manage_webhooks::WebhookError,
        read_mail::ReadMailError, submit::SubmitError,
    },
};

use super::{print::PrintError, setup};

/// It could not be done.
pub const FAILED: u8 = 1;
/// The command line says something that cannot be meant.
pub const USAGE: u8 = 2;
/// A needed service is unreachable.
pub const UNAVAILABLE: u8 = 69;
/// Not now; it may well go later.
pub const TRY_LATER: u8 = 75;
/// The configuration is wrong.
pub const CONFIG: u8 = setup::EXIT_CONFIG;

/// A command that ends with a code of its own choice.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    /// What is said on stderr.
    pub words: String,
}

impl Stop {
    /// Ends with this code and these words.
    pub fn with(code: u8, words: impl Into<String>) -> Self {
        Self {
            code,
            words: words.into(),
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong")]
pub struct WrongConfig(pub Vec<Fault>);

/// Says on stderr why a command failed; returns the exit code.
pub fn report(error: &anyhow::Error) -> u8 {
    if let Some(WrongConfig(faults)) = error.downcast_ref() {
        return setup::report(faults);
    }
    let code = code_of(error);
    // Whoever closed our stdout has seen enough: there is nothing to say.
    if code != 0 {
        eprintln!("esecured: {}", in_words(error));
    }
    code
}

/// The exit code of an error.
pub fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(FAILED)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(stop) = cause.downcast_ref::<Stop>() {
        return Some(stop.code);
    }
    if cause.is::<WrongConfig>() || cause.is::<LoadKeysError>() || cause.is::<LoadTemplatesError>()
    {
        return Some(CONFIG);
    }
    if let Some(PrintError(error)) = cause.downcast_ref() {
        return Some(match error.kind() {
            io::ErrorKind::BrokenPipe => 0,
            _ => FAILED,
        });
    }
    if let Some(error) = cause.downcast_ref() {
        return Some(match error {
            OpenError::Url { .. } | OpenError::Unsafe(_) => CONFIG,
            OpenError::Unreachable { .. } => UNAVAILABLE,
            OpenError::InUse { .. } => TRY_LATER,
            OpenError::Migrate(_) | OpenError::Newer(_) => FAILED,
        });
    }
    store_error(cause).map(of_store)
}

/// The database's part of an error; errors that are printed as their cause hide it from the chain.
fn store_error<'e>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e StoreError> {
    macro_rules! inside {
        ($($error:ident),+) => {
            $(if let Some($error::Store(error)) = cause.downcast_ref() {
                return Some(error);
            })+
        };
    }
    inside!(
        ManageError,
        ClientKeyError,
        InviteError,
        AuthorizeError,
        SubmitError,
        DecideError,
        ReadMailError,
        WebhookError
    );
    cause.downcast_ref()
}

fn of_store(error: &StoreError) -> u8 {
    match error {
        StoreError::Database(
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut,
        ) => UNAVAILABLE,
        _ if error.is_retryable() => TRY_LATER,
        StoreError::Database(_)
        | StoreError::Commit(_)
        | StoreError::Moved
        | StoreError::Corrupt { .. } => FAILED,
    }
}

/// The causes in one sentence, each said once: some errors repeat theirs.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !words.contains(&cause) {
            if !words.is_empty() {
                words.push_str(": ");
            }
            words.push_str(&cause);
        }
    }
    words
}

impl From<LoadKeysError> for Stop {
    fn from(error: LoadKeysError) -> Self {
        Self::with(CONFIG, error.to_string())
    }
}

impl From<RotateKeysError> for Stop {
    fn from(error: RotateKeysError) -> Self {
        match error {
            RotateKeysError::Load(error) => error.into(),
            RotateKeysError::Write(error) => Self::with(FAILED, error.to_string()),
        }
    }
}

impl From<RevokeKeyError> for Stop {
    fn from(error: RevokeKeyError) -> Self {
        match error {
            RevokeKeyError::Load(error) => error.into(),
            other => Self::with(FAILED, other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn code(error: impl Into<anyhow::Error>) -> u8 {
        code_of(&error.into())
    }

    fn io_error(kind: io::ErrorKind) -> io::Error {
        io::Error::from(kind)
    }

    #[test]
    fn a_closed_stdout_is_no_failure_and_a_full_disk_is() {
        assert_eq!(code(PrintError(io_error(io::ErrorKind::BrokenPipe))), 0);
        assert_eq!(code(PrintError(io_error(io::ErrorKind::StorageFull))), 1);
        // A broken pipe elsewhere is a failure.
        assert_eq!(code(io_error(io::ErrorKind::BrokenPipe)), 1);
    }

    #[test]
    fn a_database_that_does_not_answer_is_69_wherever_it_shows() {
        let lost = || StoreError::Database(sqlx::Error::Io(io_error(io::ErrorKind::BrokenPipe)));
        assert_eq!(code(lost()), 69);
        assert_eq!(code(ManageError::Store(lost())), 69);
        assert_eq!(code(SubmitError::Store(lost())), 69);
        let unreachable = OpenError::Unreachable {
            url: "postgres://127.0.0.1/esecured".to_owned(),
            source: sqlx::Error::PoolTimedOut,
        };
        let with_context = Err::<(), _>(unreachable).context("opening").unwrap_err();
        assert_eq!(code_of(&with_context), 69);
    }

    #[test]
    fn each_cause_has_its_code() {
        let url = OpenError::Url {
            url: "x".to_owned(),
        };
        assert_eq!(code(url), 78);
        let missing = LoadKeysError::Missing { path: "k".into() };
        assert_eq!(code(missing), 78);
        assert_eq!(code(WrongConfig(Vec::new())), 78);
        let in_use = OpenError::InUse {
            file: "x".to_owned(),
        };
        assert_eq!(code(in_use), 75);
        assert_eq!(code(ManageError::UnknownAdministrator), 1);
        assert_eq!(code(Stop::with(USAGE, "no")), 2);
    }

    #[test]
    fn a_cause_is_said_once() {
        let error = anyhow::anyhow!("the disk is full")
            .context("cannot write x: the disk is full")
            .context("init");
        assert_eq!(in_words(&error), "init: cannot write x: the disk is full");
    }
}
