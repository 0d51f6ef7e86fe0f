//! What a mail about addresses is made of, for which administrators changed in the portal what stood:
//! all that was changed from the audit event on that its occasion names, until the moment there.

use std::collections::HashSet;

use sqlx::AnyConnection;

use crate::{
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::AuditRow,
        message::Message,
        people::{Administrator, PersonId},
        request::Status,
        timestamp::Timestamp,
    },
    mail::compose::ChangedAddress,
    store::{StoreError, audit, entries, known_as, people},
};

/// The audit event of an address that may use an account from then on.
pub(super) const ALLOWED: &str = "authorized_user.added";
/// Likewise of one that may not any more.
pub(super) const DENIED: &str = "authorized_user.revoked";

/// So many addresses are named; the others are counted.
const NAMED: usize = 8;
/// So many events are looked at.
const LOOKED_AT: i64 = 5_000;

/// What was changed for each address, the newest first.
pub(super) struct AboutOverturning {
    changes: Vec<Change>,
    more: usize,
}

struct Change {
    person: PersonId,
    email: EmailAddress,
    at: Timestamp,
    allowed: bool,
    by: Option<Administrator>,
}

/// The occasion of a mail about changes: the place of the first, and until when others join it.
pub(super) fn occasion(place: i64, until: Timestamp) -> String {
    format!("{place}-{}", until.as_micros())
}

impl AboutOverturning {
    /// None where the message is about something else, or nothing is left to tell its recipient.
    pub(super) async fn find(
        conn: &mut AnyConnection,
        account: &AccountNumber,
        message: &Message,
    ) -> Result<Option<Self>, StoreError> {
        let Some((place, until)) = message.occasion.split_once('-') else {
            return Ok(None);
        };
        let (Ok(place), Ok(until)) = (place.parse::<i64>(), until.parse::<i64>()) else {
            return Ok(None);
        };
        let events = audit::of_chain(conn, account.as_str(), place - 1, LOOKED_AT).await?;
        let told = events.iter().rev().filter(|event| {
            event.at <= until
                && overturns(event)
                && event.administrator().is_some()
                && event.administrator() != message.administrator
        });
        let mut seen = HashSet::new();
        let mut changes = Vec::new();
        let mut more = 0;
        for event in told {
            let person = event.subject.as_deref().and_then(|id| id.parse().ok());
            let Some(person) = person.filter(|person: &PersonId| seen.insert(*person)) else {
                continue;
            };
            if changes.len() == NAMED {
                more += 1;
                continue;
            }
            let Some(email) = people::address(conn, person).await? else {
                continue;
            };
            changes.push(Change {
                person,
                email,
                at: Timestamp::from_micros(event.at),
                allowed: event.name == ALLOWED,
                by: known_as::find_any(conn, account, event.administrator()).await?,
            });
        }
        Ok((!changes.is_empty()).then_some(Self { changes, more }))
    }

    /// Whether any of it is what stands.
    pub(super) async fn stands(
        &self,
        conn: &mut AnyConnection,
        account: &AccountNumber,
    ) -> Result<bool, StoreError> {
        for change in &self.changes {
            let entry = entries::find(conn, account, change.person).await?;
            let status = if change.allowed {
                "approved"
            } else {
                "rejected"
            };
            if entry.is_some_and(|entry| entry.status == status && entry.changed_at == change.at) {
                return Ok(true);
            }
        }
        Ok(self.more > 0)
    }

    /// As the mail says it: what is named, and how many others there are.
    pub(super) fn shown(&self) -> (Vec<ChangedAddress<'_>>, usize) {
        let named = self.changes.iter().map(|change| ChangedAddress {
            email: &change.email,
            allowed: change.allowed,
            by: change.by.as_ref().map(|one| one.name.as_str()),
            at: change.at,
        });
        (named.collect(), self.more)
    }
}

/// Whether an event changed what somebody had decided, or nobody in time.
fn overturns(event: &AuditRow) -> bool {
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).unwrap_or_default();
    let was = evidence["was"].as_str().and_then(Status::parse);
    matches!(
        (event.name.as_str(), was),
        (ALLOWED, Some(Status::Rejected | Status::Expired)) | (DENIED, Some(Status::Approved))
    )
}
