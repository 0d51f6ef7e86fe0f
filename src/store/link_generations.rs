//! Which links and reply addresses still count: those mailed to somebody since it last ceased to
//! decide for the account. Whoever decides there again is asked anew, so nothing older comes to life.

use sqlx::{AnyConnection, Row};

use super::StoreError;
use crate::domain::{account_number::AccountNumber, people::AdministratorId, timestamp::Timestamp};

/// What counts of all that was mailed to one administrator about one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkGeneration {
    /// Signed into each link; starts again after 255.
    pub number: u8,
    /// When it began; none where nobody ever ceased to decide.
    pub since: Option<Timestamp>,
}

impl LinkGeneration {
    /// Whether a mail of that moment is older.
    #[must_use]
    pub fn outlived(self, dated: Timestamp) -> bool {
        self.since.is_some_and(|since| dated <= since)
    }
}

/// The one that counts now.
pub async fn current(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
) -> Result<LinkGeneration, StoreError> {
    let row = sqlx::query(
        "SELECT number, since FROM link_generation
         WHERE account_number = $1 AND administrator_id = $2",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Ok(LinkGeneration::default());
    };
    let number: i64 = row.try_get("number")?;
    let [.., number] = number.to_be_bytes();
    Ok(LinkGeneration {
        number,
        since: Some(Timestamp::from_micros(row.try_get("since")?)),
    })
}

/// Somebody ceases to decide for an account: what was mailed until now counts no more.
pub async fn end(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO link_generation (account_number, administrator_id, number, since)
         VALUES ($1, $2, 1, $3) ON CONFLICT (account_number, administrator_id) DO UPDATE
             SET number = link_generation.number + 1, since = excluded.since",
    )
    .bind(account.as_str())
    .bind(administrator.to_string())
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(())
}
