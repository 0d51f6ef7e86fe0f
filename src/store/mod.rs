//! All SQL. One text for SQLite and PostgreSQL; what differs between them is in this file, in
//! [`writer`] (how a transaction is committed) and in [`open`] (what a database must promise).
//!
//! Functions take a connection and do one thing. Whoever wants a change takes a transaction with
//! [`Store::begin`]; whoever only looks takes [`Store::read`].

pub mod accounts;
pub mod activity;
pub mod aliases;
pub mod appointments;
pub mod audit;
pub mod call_buckets;
pub mod ceremonies;
pub mod clients;
pub mod depths;
pub mod domains;
pub mod endpoints;
pub mod entries;
pub mod event_feed;
pub mod feed_pruning;
pub mod gathering;
pub mod hearing;
pub mod idempotency;
pub mod identities;
pub mod inbox;
pub mod invitations;
pub mod known_as;
pub mod known_domains;
pub mod link_generations;
pub mod mail_counts;
pub mod mailbox_leases;
mod message_rows;
pub mod notifications;
mod open;
pub mod outbox;
pub mod paging;
pub mod passkeys;
pub mod people;
pub mod queue;
pub mod recovery_codes;
pub mod reminders;
pub mod request_lists;
mod request_rows;
pub mod requests;
pub mod rights;
mod rows;
mod search;
pub mod sessions;
pub mod stand_in_lists;
pub mod stand_ins;
pub mod standings;
pub mod test_events;
pub mod test_requests;
pub mod told_before;
pub mod totps;
pub mod webhook_log;
pub mod webhook_queue;
mod writer;

use std::{future::Future, time::Duration};

use sqlx::{Any, AnyPool, pool::PoolConnection};

pub use open::{OpenError, SCHEMA_VERSION, migrate};
use writer::Writer;
pub use writer::{Commits, Tx};

/// The database.
#[derive(Clone)]
pub struct Store {
    dialect: Dialect,
    readers: AnyPool,
    writer: Writer,
    _only_daemon: Option<std::sync::Arc<std::fs::File>>,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one writer that commits in groups.
    Sqlite,
    /// A server, shared by several daemons.
    Postgres,
}

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no, or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Others that shared the commit failed, and so did this.
    #[error("database: the commit failed: {0}")]
    Commit(String),
    /// What was read before is not so any more: the whole transaction is worth doing again.
    #[error("database: somebody else was faster")]
    Moved,
    /// A row says something that cannot be.
    #[error("table {table}, row {id}: {what} does not fit any state")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// The column or columns.
        what: &'static str,
    },
}

impl StoreError {
    /// Whether doing the whole transaction again may succeed: a serialization failure or a deadlock
    /// (SQLSTATE 40001, 40P01), or somebody else's row that came first under a unique key.
    pub fn is_retryable(&self) -> bool {
        let error = match self {
            Self::Moved => return true,
            Self::Database(sqlx::Error::Database(error)) => error,
            Self::Database(_) | Self::Commit(_) | Self::Corrupt { .. } => return false,
        };
        error.is_unique_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }
}

impl StoreError {
    /// Whether the very values are the trouble, so that trying again cannot help: a row that makes no
    /// sense, or a value that the database refuses (SQLSTATE classes 22, 23 and 54).
    pub fn is_about_the_values(&self) -> bool {
        match self {
            Self::Corrupt { .. } => true,
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
                code.len() == 5
                    && ["22", "23", "54"]
                        .iter()
                        .any(|class| code.starts_with(class))
            }),
            Self::Database(_) | Self::Commit(_) | Self::Moved => false,
        }
    }
}

impl Store {
    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How transactions were committed so far; none where each has a commit of its own.
    pub fn commits(&self) -> Option<Commits> {
        self.writer.commits()
    }

    /// A connection that only looks.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.readers.acquire().await?)
    }

    /// A transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.writer.begin().await
    }

    /// Ends all connections; what was acknowledged is on disk.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

/// Runs one whole transaction, again where the database asks for that. Those that met each other
/// wait for unequal times before, so that they do not meet again.
pub async fn retrying<T, E, F, Fut>(mut transaction: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: MayRetry,
{
    const ATTEMPTS: u32 = 12;
    const LONGEST_WAIT: Duration = Duration::from_millis(128);
    let mut wait = Duration::from_millis(1);
    for _ in 1..ATTEMPTS {
        match transaction().await {
            Err(error) if error.is_retryable() => {}
            settled => return settled,
        }
        tokio::time::sleep(wait.mul_f64(crate::random::fraction())).await;
        wait = LONGEST_WAIT.min(wait * 2);
    }
    transaction().await
}

/// An error of a transaction that may be worth doing again.
pub trait MayRetry {
    /// Whether it is.
    fn is_retryable(&self) -> bool;
}

impl MayRetry for StoreError {
    fn is_retryable(&self) -> bool {
        Self::is_retryable(self)
    }
}

/// Gives a workflow's error enum with a `Store(StoreError)` variant its [`MayRetry`].
macro_rules! may_retry {
    ($error:ty) => {
        impl $crate::store::MayRetry for $error {
            fn is_retryable(&self) -> bool {
                matches!(self, Self::Store(error) if error.is_retryable())
            }
        }
    };
}
pub(crate) use may_retry;
