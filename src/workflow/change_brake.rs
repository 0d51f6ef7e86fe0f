//! The brake on what administrators cause: an invitation goes to whatever address they type, and
//! colleagues are told of each change.
//!
//! Counted are appointing somebody, mailing again, naming a stand-in, registering an alias and switching
//! eSecure off. What takes such a change back is never refused: it can only follow one, so that its
//! mails are no more than twice as many, and may be urgent. Other than in a flood of requests nothing is
//! lost by refusing: whoever changes something sits in front of it.

use std::time::Duration;

use sqlx::AnyConnection;
use tracing::warn;
use uuid::Uuid;

use super::flood_brake;
use crate::{
    config::Limit,
    domain::{
        account_number::AccountNumber, counted_by::CountedBy, people::AdministratorId,
        timestamp::Timestamp,
    },
    store::{StoreError, mail_counts},
};

/// So many of these changes are made by one administrator, and for one account whoever makes them:
/// somebody who appoints accomplices has no more of them. What an administrator has left, only its own
/// changes use up; what an account has left, only those who decide for it.
pub const AT_MOST: Limit = Limit {
    count: 20,
    per: Duration::from_secs(3_600),
};

/// Takes a place for a change of these accounts, in the transaction that makes it and before it holds
/// a person; when there is one again, where one of the accounts, or the caller, has none.
pub(super) async fn full_until(
    conn: &mut AnyConnection,
    by: AdministratorId,
    accounts: &[AccountNumber],
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let places = Places::look(conn, by, accounts, now).await?;
    match places.by.or(places.full) {
        Some(until) => Ok(Some(refused(by, until))),
        None => places.take(conn, by, now).await,
    }
}

/// The same for what somebody changes of its own and every account of theirs hears of. It takes a place
/// where there is one, and is refused where none of them has: an account that others have used up
/// stands in nobody's way elsewhere.
pub(super) async fn all_full_until(
    conn: &mut AnyConnection,
    by: AdministratorId,
    accounts: &[AccountNumber],
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let places = Places::look(conn, by, accounts, now).await?;
    let nowhere = places.full.filter(|_| places.with_room.is_empty());
    match places.by.or(nowhere) {
        Some(until) => Ok(Some(refused(by, until))),
        None => places.take(conn, by, now).await,
    }
}

/// Where there is room for a change.
struct Places {
    /// When the caller may again; none where it may now.
    by: Option<Timestamp>,
    /// Likewise the last of the accounts without room.
    full: Option<Timestamp>,
    with_room: Vec<CountedBy>,
}

impl Places {
    async fn look(
        conn: &mut AnyConnection,
        by: AdministratorId,
        accounts: &[AccountNumber],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut of_accounts: Vec<&AccountNumber> = accounts.iter().collect();
        // In one order, so that two who hold several never wait for each other.
        of_accounts.sort();
        let (mut full, mut with_room) = (None, Vec::new());
        for account in of_accounts {
            let one = CountedBy::ChangesOf(account.clone());
            match flood_brake::full_until(conn, Some(AT_MOST), &one, now).await? {
                Some(until) => full = full.max(Some(until)),
                None => with_room.push(one),
            }
        }
        let own = CountedBy::ChangesBy(by);
        let by = flood_brake::full_until(conn, Some(AT_MOST), &own, now).await?;
        Ok(Self {
            by,
            full,
            with_room,
        })
    }

    async fn take(
        self,
        conn: &mut AnyConnection,
        by: AdministratorId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let change = Uuid::now_v7().to_string();
        for one in &self.with_room {
            mail_counts::add(conn, one, &change, now).await?;
        }
        mail_counts::add(conn, &CountedBy::ChangesBy(by), &change, now).await?;
        Ok(None)
    }
}

fn refused(by: AdministratorId, until: Timestamp) -> Timestamp {
    warn!(
        event = "administrator.throttled",
        administrator.id = %by,
        "Administrator {by} appoints, invites, registers aliases or switches eSecure off too often, \
         alone or with others, and has to wait until {until}"
    );
    until
}
