//! What happened to an account, the newest first, as its administrators look at it.

use sqlx::AnyConnection;

use super::{StoreError, audit::audit_row, search::patterns};
use crate::domain::{account_number::AccountNumber, event::AuditRow, timestamp::Timestamp};

/// Which events are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The first half of their names, such as `access_request`; empty for all.
    pub noun: &'a str,
    /// Part of the address they are about, of the name of an administrator or a client who did it, of
    /// the administrator whom they are about or for whom it was done, of a domain, or of the number of
    /// a request; empty for all.
    pub person: &'a str,
    /// Not before this.
    pub from: Timestamp,
    /// Before this.
    pub until: Timestamp,
}

/// Where a page ends: the next one begins behind this event. Events of several accounts stand in
/// the order of time, account and place in its chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it happened, in microseconds.
    pub at: i64,
    /// Its account number.
    pub chain: String,
    /// Its place there.
    pub seq: i64,
}

impl Place {
    /// Where an event stands.
    pub fn of(event: &AuditRow) -> Self {
        Self {
            at: event.at,
            chain: event.chain.clone(),
            seq: event.seq,
        }
    }

    /// In the chain of an account, events before this time and place come behind it.
    fn bound_in(&self, account: &AccountNumber) -> (i64, i64) {
        match account.as_str().cmp(&self.chain) {
            std::cmp::Ordering::Less => (self.at, i64::MAX),
            std::cmp::Ordering::Equal => (self.at, self.seq),
            std::cmp::Ordering::Greater => (self.at, 0),
        }
    }
}

/// The newest events of these accounts behind a place. Each account is asked for itself, along an
/// index, so that somebody with one small account does not wait for the large ones.
pub async fn newest(
    conn: &mut AnyConnection,
    accounts: &[AccountNumber],
    wanted: &Wanted<'_>,
    behind: Option<&Place>,
    at_most: usize,
) -> Result<Vec<AuditRow>, StoreError> {
    let mut events = Vec::new();
    for account in accounts {
        let bound = behind.map_or((i64::MAX, i64::MAX), |place| place.bound_in(account));
        events.extend(of_account(conn, account, wanted, bound, at_most).await?);
        events.sort_by_key(|event| std::cmp::Reverse(Place::of(event)));
        events.truncate(at_most);
    }
    Ok(events)
}

async fn of_account(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    wanted: &Wanted<'_>,
    (at, seq): (i64, i64),
    at_most: usize,
) -> Result<Vec<AuditRow>, StoreError> {
    let [lower, upper, title, typed] = patterns(wanted.person);
    sqlx::query(
        "SELECT e.chain, e.seq, e.at, e.name, e.actor, e.door, e.request, e.subject, e.evidence,
             e.previous, e.hash
         FROM audit_event e
         LEFT JOIN person p ON p.id = e.subject AND p.address_key IS NOT NULL
         LEFT JOIN access_request r ON r.id = e.request
         -- Behind `administrator:` and `client:`.
         LEFT JOIN administrator d ON d.id = SUBSTR(e.actor, 15)
         LEFT JOIN known_as k ON k.account_number = e.chain AND k.administrator_id = d.id
         LEFT JOIN client c ON c.id = SUBSTR(e.actor, 8)
         WHERE e.chain = $1 AND (e.at, e.seq) < ($2, $3) AND e.at >= $4 AND e.at < $5
           AND ($6 = '' OR SUBSTR(e.name, 1, LENGTH($6) + 1) = $6 || '.')
           AND ($7 = ''
                OR LOWER(COALESCE(p.address, '') || '|' || COALESCE(k.name, d.name, '') || '|' || COALESCE(c.name, '') || '|' ||
                         COALESCE(r.number, '') || '|' || CASE WHEN e.name LIKE 'domain.%' THEN e.evidence ELSE '' END) LIKE $7 ESCAPE '!'
                OR LOWER(COALESCE(p.address, '') || '|' || COALESCE(k.name, d.name, '') || '|' || COALESCE(c.name, '') || '|' ||
                         COALESCE(r.number, '') || '|' || CASE WHEN e.name LIKE 'domain.%' THEN e.evidence ELSE '' END) LIKE $8 ESCAPE '!'
                OR LOWER(COALESCE(p.address, '') || '|' || COALESCE(k.name, d.name, '') || '|' || COALESCE(c.name, '') || '|' ||
                         COALESCE(r.number, '') || '|' || CASE WHEN e.name LIKE 'domain.%' THEN e.evidence ELSE '' END) LIKE $9 ESCAPE '!'
                OR LOWER(COALESCE(p.address, '') || '|' || COALESCE(k.name, d.name, '') || '|' || COALESCE(c.name, '') || '|' ||
                         COALESCE(r.number, '') || '|' || CASE WHEN e.name LIKE 'domain.%' THEN e.evidence ELSE '' END) LIKE $10 ESCAPE '!'
                -- Whom it is about, or for whom it was done.
                OR ((e.evidence LIKE '%\"administrator\":\"%' OR e.evidence LIKE '%\"for\":\"%')
                    AND EXISTS (
                        SELECT 1 FROM administrator o
                        LEFT JOIN known_as n ON n.account_number = e.chain AND n.administrator_id = o.id
                        WHERE e.evidence LIKE '%\"' || o.id || '\"%'
                          AND (LOWER(COALESCE(n.name, o.name)) LIKE $7 ESCAPE '!' OR LOWER(COALESCE(n.name, o.name)) LIKE $8 ESCAPE '!'
                               OR LOWER(COALESCE(n.name, o.name)) LIKE $9 ESCAPE '!' OR LOWER(COALESCE(n.name, o.name)) LIKE $10 ESCAPE '!'))))
         ORDER BY e.at DESC, e.seq DESC LIMIT $11",
    )
    .bind(account.as_str())
    .bind(at)
    .bind(seq)
    .bind(wanted.from.as_micros())
    .bind(wanted.until.as_micros())
    .bind(wanted.noun)
    .bind(lower)
    .bind(upper)
    .bind(title)
    .bind(typed)
    .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?
    .iter()
    .map(audit_row)
    .collect()
}
