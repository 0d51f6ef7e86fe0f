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
/// somebody who appoints accomplices has no more of them.
pub const AT_MOST: Limit = Limit {
    count: 20,
    per: Duration::from_secs(3_600),
};

/// Takes a place for a change of these accounts, in the transaction that makes it and before it holds
/// a person; when there is one again, where there is none.
pub(super) async fn full_until(
    conn: &mut AnyConnection,
    by: AdministratorId,
    accounts: &[AccountNumber],
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut of_accounts: Vec<&AccountNumber> = accounts.iter().collect();
    // In one order, so that two who hold several never wait for each other.
    of_accounts.sort();
    let mut counted: Vec<CountedBy> = of_accounts
        .into_iter()
        .map(|account| CountedBy::ChangesOf(account.clone()))
        .collect();
    counted.push(CountedBy::ChangesBy(by));
    for one in &counted {
        let full = flood_brake::full_until(conn, Some(AT_MOST), one, now).await?;
        if let Some(until) = full {
            warn!(
                event = "administrator.throttled",
                administrator.id = %by,
                "Administrator {by} appoints, invites, registers aliases or switches eSecure off too often, \
                 alone or with others, and has to wait until {until}"
            );
            return Ok(Some(until));
        }
    }
    let change = Uuid::now_v7().to_string();
    for one in &counted {
        mail_counts::add(conn, one, &change, now).await?;
    }
    Ok(None)
}
