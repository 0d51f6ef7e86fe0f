//! Doing something once, however often a shipping system asks for it under one Idempotency-Key.
//!
//! The answer is kept in the transaction that makes it, so the one is never there without the other.

use sqlx::AnyConnection;

use crate::{
    domain::{people::ClientId, timestamp::Timestamp},
    store::{
        StoreError,
        idempotency::{self, Answer},
    },
};

/// An Idempotency-Key, and what is kept under it.
#[derive(Clone, Copy)]
pub struct Once<'a, T> {
    /// The key.
    pub key: &'a str,
    /// The hash of what was asked.
    pub body_hash: &'a str,
    /// Status and body of the answer to an outcome.
    pub render: &'a (dyn Fn(&T) -> (u16, String) + Sync),
}

/// The outcome, or the answer that was given under the same key before.
pub enum Answered<T> {
    /// It happened now.
    Now(T),
    /// It happened before.
    Before(Answer),
}

/// Why there is no earlier answer to give.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The Idempotency-Key was used with another body.
    #[error("this Idempotency-Key was used with another body")]
    KeyUsedOtherwise,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<T> Once<'_, T> {
    /// What this client was answered under the key.
    pub(super) async fn earlier(
        &self,
        conn: &mut AnyConnection,
        client: ClientId,
    ) -> Result<Option<Answer>, OnceError> {
        match idempotency::find(conn, client, self.key).await? {
            Some(answer) if answer.body_hash != self.body_hash => Err(OnceError::KeyUsedOtherwise),
            answer => Ok(answer),
        }
    }

    /// Keeps the answer to an outcome, written as `write` has it.
    pub(super) async fn keep(
        &self,
        conn: &mut AnyConnection,
        client: ClientId,
        outcome: &T,
        write: impl FnOnce(String) -> String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (status, body) = (self.render)(outcome);
        let answer = Answer {
            body_hash: self.body_hash.to_owned(),
            status: i64::from(status),
            body: write(body),
        };
        idempotency::keep(conn, client, self.key, &answer, now).await
    }
}
