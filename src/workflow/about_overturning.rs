//! What a mail about an address is made of, for which an administrator changed what stood in the portal.

use sqlx::AnyConnection;

use crate::{
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, event::AuditRow,
        people::PersonId, request::Status, timestamp::Timestamp,
    },
    mail::compose::Overturned,
    store::{StoreError, audit, entries, people},
};

/// The audit event of an address that may use an account from then on.
pub(super) const ALLOWED: &str = "authorized_user.added";
/// Likewise of one that may not any more.
pub(super) const DENIED: &str = "authorized_user.revoked";

/// One address, and what it had been before.
pub(super) struct AboutOverturning {
    person: PersonId,
    email: EmailAddress,
    at: Timestamp,
    allowed: bool,
    was_expired: bool,
    /// How many others changed in one go with it.
    others: usize,
}

impl AboutOverturning {
    /// None where the event is another one.
    pub(super) async fn find(
        conn: &mut AnyConnection,
        account: &AccountNumber,
        event: &AuditRow,
    ) -> Result<Option<Self>, StoreError> {
        let Some(was) = was(event) else {
            return Ok(None);
        };
        let person = event.subject.as_deref().and_then(|id| id.parse().ok());
        let (Some(person), Some(by)) = (person, event.administrator()) else {
            return Ok(None);
        };
        let Some(email) = people::address(conn, person).await? else {
            return Ok(None);
        };
        let at = Timestamp::from_micros(event.at);
        let in_one_go = audit::of_moment(conn, account, by, at).await?;
        let alike = in_one_go
            .iter()
            .filter(|other| other.name == event.name && self::was(other) == Some(was));
        Ok(Some(Self {
            person,
            email,
            at,
            allowed: event.name == ALLOWED,
            was_expired: was == Status::Expired,
            others: alike.count().saturating_sub(1),
        }))
    }

    /// Whether that is what stands.
    pub(super) async fn stands(
        &self,
        conn: &mut AnyConnection,
        account: &AccountNumber,
    ) -> Result<bool, StoreError> {
        let entry = entries::find(conn, account, self.person).await?;
        let status = if self.allowed { "approved" } else { "rejected" };
        Ok(entry.is_some_and(|entry| entry.status == status && entry.changed_at == self.at))
    }

    /// As the mail says it.
    pub(super) fn shown(&self) -> Overturned<'_> {
        Overturned {
            email: &self.email,
            allowed: self.allowed,
            was_expired: self.was_expired,
            others: self.others,
        }
    }
}

/// What stood for the address before.
fn was(event: &AuditRow) -> Option<Status> {
    if event.name != ALLOWED && event.name != DENIED {
        return None;
    }
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).ok()?;
    Status::parse(evidence.get("was")?.as_str()?)
}
