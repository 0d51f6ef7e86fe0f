//! How a transaction is committed.
//!
//! PostgreSQL has a transaction for each. SQLite has one writer, and a commit waits for the disk;
//! so transactions that come while others run join one *group*: each is a savepoint, and one commit
//! makes them all durable. [`Tx::commit`] returns only after that commit, so an answer that went out
//! is on disk. The last member that has nobody waiting behind it commits for all.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Any, AnyConnection, AnyPool, Connection, pool::PoolConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::StoreError;

/// A group is committed at this size even when more are waiting.
const GROUP_MAX: usize = 256;
/// And at this age: whoever came first does not wait for a crowd.
const GROUP_AGE_MAX: Duration = Duration::from_millis(10);

/// Where transactions come from.
#[derive(Clone)]
pub(super) enum Writer {
    /// One connection for all.
    Group(Arc<GroupWriter>),
    /// A connection for each.
    Pool(AnyPool),
}

impl Writer {
    pub(super) fn group(connection: AnyConnection) -> Self {
        Self::Group(Arc::new(GroupWriter {
            waiting: AtomicUsize::new(0),
            groups: AtomicU64::new(0),
            members: AtomicU64::new(0),
            group: Arc::new(Mutex::new(Group {
                connection: Some(connection),
                open: None,
                members: Vec::new(),
            })),
        }))
    }

    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Group(writer) => GroupWriter::begin(writer).await,
            Self::Pool(pool) => {
                // A transaction already, so that its drop cleans up should this be given up half-way.
                let mut tx = Tx(Some(Inner::Own(pool.acquire().await?)));
                sqlx::raw_sql("BEGIN").execute(&mut *tx).await?;
                Ok(tx)
            }
        }
    }

    pub(super) fn commits(&self) -> Option<Commits> {
        match self {
            Self::Group(writer) => Some(Commits {
                groups: writer.groups.load(Ordering::Relaxed),
                members: writer.members.load(Ordering::Relaxed),
            }),
            Self::Pool(_) => None,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Group(writer) => {
                let mut group = writer.group.lock().await;
                if let Some(connection) = group.connection.take() {
                    // Nothing is pending: every member waits for its commit while it holds the lock.
                    let _ = connection.close().await;
                }
            }
            Self::Pool(pool) => pool.close().await,
        }
    }
}

/// How many commits there were, and how many transactions they made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commits {
    /// Commits.
    pub groups: u64,
    /// Transactions.
    pub members: u64,
}

/// A transaction.
pub struct Tx(Option<Inner>);

enum Inner {
    Member(Arc<GroupWriter>, OwnedMutexGuard<Group>),
    Own(PoolConnection<Any>),
}

impl Tx {
    /// Makes it durable. After an error nothing of it stands, but for a lost connection to
    /// PostgreSQL at this very moment: then it may stand, and nobody settles that yet.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        match self.0.take() {
            Some(Inner::Member(writer, group)) => GroupWriter::commit(writer, group).await,
            Some(Inner::Own(mut connection)) => {
                sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Inner::Member(writer, group)) => {
                tokio::spawn(GroupWriter::roll_back(writer, group));
            }
            Some(Inner::Own(connection)) => {
                tokio::spawn(give_back(connection));
            }
            None => {}
        }
    }
}

/// A connection in the middle of a transaction never goes back to its pool.
async fn give_back(mut connection: PoolConnection<Any>) {
    let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
    if ended.is_err() {
        drop(connection.detach());
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match &self.0 {
            Some(Inner::Member(_, group)) => group.connection.as_ref().expect(OPEN),
            Some(Inner::Own(connection)) => connection,
            None => unreachable!(
                "only commit and drop take the connection, and they own the transaction"
            ),
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match &mut self.0 {
            Some(Inner::Member(_, group)) => group.connection.as_mut().expect(OPEN),
            Some(Inner::Own(connection)) => connection,
            None => unreachable!(
                "only commit and drop take the connection, and they own the transaction"
            ),
        }
    }
}

const OPEN: &str = "begin checked that the connection is there, and the lock has been held since";

/// The one writing connection and who waits for it.
pub(super) struct GroupWriter {
    waiting: AtomicUsize,
    /// Counted for [`Commits`].
    groups: AtomicU64,
    members: AtomicU64,
    group: Arc<Mutex<Group>>,
}

struct Group {
    connection: Option<AnyConnection>,
    /// Since when a transaction has begun and is not yet committed.
    open: Option<Instant>,
    /// Who wants to hear of the commit.
    members: Vec<oneshot::Sender<Result<(), String>>>,
}

impl Group {
    /// After some errors, such as a full disk, SQLite rolls back the whole transaction. Then nothing
    /// of any member stands: each of them hears so, and the next one begins anew.
    async fn notice_loss(&mut self) {
        let Some(connection) = self.connection.as_mut().filter(|_| self.open.is_some()) else {
            return;
        };
        // Within a transaction no other can begin.
        if sqlx::raw_sql("BEGIN")
            .execute(&mut *connection)
            .await
            .is_err()
        {
            return;
        }
        let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        self.open = None;
        for member in self.members.drain(..) {
            let _ = member.send(Err(ROLLED_BACK.to_owned()));
        }
    }
}

const ROLLED_BACK: &str = "the database rolled it back when another transaction failed";

/// Counts somebody who waits, also where the waiting is given up.
struct Waiting(Option<Arc<GroupWriter>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(writer) = self.0.take() {
            writer.waiting.fetch_sub(1, Ordering::SeqCst);
            // Somebody may have left the commit to the one that now gives up.
            tokio::spawn(async move {
                let group = Arc::clone(&writer.group).lock_owned().await;
                GroupWriter::finish(&writer, group).await;
            });
        }
    }
}

impl GroupWriter {
    async fn begin(writer: &Arc<Self>) -> Result<Tx, StoreError> {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        let mut waiting = Waiting(Some(Arc::clone(writer)));
        let group = Arc::clone(&writer.group).lock_owned().await;
        waiting.0 = None;
        writer.waiting.fetch_sub(1, Ordering::SeqCst);

        // From here on the transaction's own drop cleans up, should this be given up half-way.
        if group.connection.is_none() {
            return Err(StoreError::Commit("the database is closed".to_owned()));
        }
        let opened = group.open.is_some();
        let mut tx = Tx(Some(Inner::Member(Arc::clone(writer), group)));
        if !opened {
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *tx).await?;
            if let Some(Inner::Member(_, group)) = &mut tx.0 {
                group.open = Some(Instant::now());
            }
        }
        sqlx::raw_sql("SAVEPOINT member").execute(&mut *tx).await?;
        Ok(tx)
    }

    async fn commit(
        writer: Arc<Self>,
        mut group: OwnedMutexGuard<Group>,
    ) -> Result<(), StoreError> {
        let (sender, committed) = oneshot::channel();
        // Spawned, so that giving up the waiting leaves no group half-way.
        tokio::spawn(async move {
            let released = match group.connection.as_mut() {
                Some(connection) => sqlx::raw_sql("RELEASE member").execute(connection).await,
                None => return,
            };
            match released {
                Ok(_) => group.members.push(sender),
                Err(error) => {
                    let _ = sender.send(Err(error.to_string()));
                    group.notice_loss().await;
                }
            }
            Self::finish(&writer, group).await;
        });
        match committed.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(StoreError::Commit(reason)),
            Err(_) => Err(StoreError::Commit("the database was closed".to_owned())),
        }
    }

    async fn roll_back(writer: Arc<Self>, mut group: OwnedMutexGuard<Group>) {
        let undo = if group.open.is_some() {
            "ROLLBACK TO member; RELEASE member"
        } else {
            // Given up while it began. Nobody else has a part in it yet.
            "ROLLBACK"
        };
        if let Some(connection) = group.connection.as_mut()
            && sqlx::raw_sql(undo).execute(connection).await.is_err()
        {
            group.notice_loss().await;
        }
        Self::finish(&writer, group).await;
    }

    /// Commits the group, unless somebody is waiting who will.
    async fn finish(writer: &Self, mut group: OwnedMutexGuard<Group>) {
        let Some(opened_at) = group.open else { return };
        let others_follow = writer.waiting.load(Ordering::SeqCst) > 0;
        let full = group.members.len() >= GROUP_MAX || opened_at.elapsed() >= GROUP_AGE_MAX;
        if others_follow && !full {
            return;
        }
        let members = std::mem::take(&mut group.members);
        group.open = None;
        let Some(connection) = group.connection.as_mut() else {
            return;
        };
        let result = sqlx::raw_sql("COMMIT").execute(&mut *connection).await;
        if let Err(error) = &result {
            if is_io_error(error) {
                // After a failed fsync nothing that SQLite says can be relied on: stop at once.
                tracing::error!(
                    event = "database.failed",
                    "The disk failed at a commit: {error}"
                );
                std::process::abort();
            }
            let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        } else {
            writer.groups.fetch_add(1, Ordering::Relaxed);
            let count = u64::try_from(members.len()).unwrap_or_default();
            writer.members.fetch_add(count, Ordering::Relaxed);
        }
        for member in members {
            let _ = member.send(result.as_ref().map(|_| ()).map_err(ToString::to_string));
        }
    }
}

/// SQLITE_IOERR and its extended codes (the low byte is 10).
fn is_io_error(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error)
        if error.code().and_then(|code| code.parse::<i64>().ok()).is_some_and(|code| code & 0xff == 10))
}
