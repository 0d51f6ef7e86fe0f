//! An audit event: a line that is never changed.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    account_number::AccountNumber,
    people::{AdministratorId, Capacity, ClientId, PersonId},
    request::{Door, RequestId},
    timestamp::Timestamp,
};

/// The chain of everything that belongs to no account.
pub const SYSTEM_CHAIN: &str = "system";

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An administrator.
    Administrator(AdministratorId),
    /// A shipping system.
    Client(ClientId),
    /// Somebody at the command line.
    Operator,
    /// The daemon by itself.
    Daemon,
}

impl Actor {
    /// As the row keeps it: the kind, and the id where there is one.
    pub fn as_text(self) -> String {
        match self {
            Self::Administrator(id) => format!("administrator:{id}"),
            Self::Client(id) => format!("client:{id}"),
            Self::Operator => "operator".to_owned(),
            Self::Daemon => "daemon".to_owned(),
        }
    }
}

/// What happened, before it has a place in its chain.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// The account number, or [`SYSTEM_CHAIN`].
    pub chain: String,
    /// `noun.verb`, such as `access_request.rejected`.
    pub name: &'static str,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Through which door.
    pub door: Option<Door>,
    /// Which request.
    pub request: Option<RequestId>,
    /// Whose address it is about; names nobody by address, so that a person can be erased.
    pub subject: Option<PersonId>,
    /// What shows it: Message-ID, verdict of the authentication, key id, …
    pub evidence: Map<String, Value>,
}

impl AuditEvent {
    /// An event of one account.
    pub fn of_account(
        account: &AccountNumber,
        name: &'static str,
        actor: Actor,
        at: Timestamp,
    ) -> Self {
        Self::in_chain(account.as_str(), name, actor, at)
    }

    /// An event of the whole installation.
    pub fn of_system(name: &'static str, actor: Actor, at: Timestamp) -> Self {
        Self::in_chain(SYSTEM_CHAIN, name, actor, at)
    }

    fn in_chain(chain: &str, name: &'static str, actor: Actor, at: Timestamp) -> Self {
        Self {
            chain: chain.to_owned(),
            name,
            at,
            actor,
            door: None,
            request: None,
            subject: None,
            evidence: Map::new(),
        }
    }

    /// Through which door it came.
    pub fn through(mut self, door: Option<Door>) -> Self {
        self.door = door;
        self
    }

    /// Which request and whose address it is about.
    pub fn about(mut self, request: Option<RequestId>, subject: PersonId) -> Self {
        self.request = request;
        self.subject = Some(subject);
        self
    }

    /// Names the administrator for whom it was done, where a stand-in did it.
    pub fn in_capacity(self, capacity: Capacity) -> Self {
        match capacity.absent() {
            Some(absent) => self.shown_by("for", absent.to_string()),
            None => self,
        }
    }

    /// Adds what shows it.
    pub fn shown_by(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }
}

/// One row of a chain, as the table keeps it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Which chain.
    pub chain: String,
    /// Its place there, from 1.
    pub seq: i64,
    /// When, in microseconds.
    pub at: i64,
    /// What.
    pub name: String,
    /// Who.
    pub actor: String,
    /// Through which door.
    pub door: Option<String>,
    /// Which request.
    pub request: Option<String>,
    /// Whose address.
    pub subject: Option<String>,
    /// What shows it, as JSON with sorted keys.
    pub evidence: String,
    /// The hash of the row before; all zeros for the first.
    pub previous: String,
    /// [`AuditRow::expected_hash`] of this row.
    pub hash: String,
}

/// What the first row of a chain names as the hash before it.
pub const FIRST_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditRow {
    /// The administrator who did it, where it was one.
    pub fn administrator(&self) -> Option<AdministratorId> {
        self.actor.strip_prefix("administrator:")?.parse().ok()
    }

    /// The administrator for whom it was done, where a stand-in did it.
    pub fn done_for(&self) -> Option<AdministratorId> {
        let evidence: Value = serde_json::from_str(&self.evidence).ok()?;
        evidence.get("for")?.as_str()?.parse().ok()
    }

    /// Gives an event its place in a chain.
    pub fn place(event: &AuditEvent, seq: i64, previous: String) -> Self {
        let mut row = Self {
            chain: event.chain.clone(),
            seq,
            at: event.at.as_micros(),
            name: event.name.to_owned(),
            actor: event.actor.as_text(),
            door: event.door.map(|door| door.as_str().to_owned()),
            request: event.request.map(|id| id.to_string()),
            subject: event.subject.map(|id| id.to_string()),
            evidence: Value::Object(event.evidence.clone()).to_string(),
            previous,
            hash: String::new(),
        };
        row.hash = row.expected_hash();
        row
    }

    /// SHA-256 in hexadecimal over every other column, each with its length before it, so that no
    /// two different rows write the same bytes.
    pub fn expected_hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"esecured/audit/v1");
        let mut part = |bytes: Option<&[u8]>| {
            match bytes {
                Some(bytes) => {
                    hasher.update([1]);
                    hasher.update((bytes.len() as u64).to_be_bytes());
                    hasher.update(bytes);
                }
                None => hasher.update([0]),
            };
        };
        part(Some(self.previous.as_bytes()));
        part(Some(self.chain.as_bytes()));
        part(Some(&self.seq.to_be_bytes()));
        part(Some(&self.at.to_be_bytes()));
        part(Some(self.name.as_bytes()));
        part(Some(self.actor.as_bytes()));
        part(self.door.as_ref().map(String::as_bytes));
        part(self.request.as_ref().map(String::as_bytes));
        part(self.subject.as_ref().map(String::as_bytes));
        part(Some(self.evidence.as_bytes()));
        data_encoding::HEXLOWER.encode(&hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_column_changes_the_hash() {
        let at = Timestamp::from_seconds(1);
        let event = AuditEvent::of_system("account.added", Actor::Operator, at);
        let row = AuditRow::place(&event, 1, FIRST_PREVIOUS.to_owned());
        assert_eq!(row.hash, row.expected_hash());

        let changed: [fn(&mut AuditRow); 9] = [
            |row| row.chain.push('x'),
            |row| row.seq += 1,
            |row| row.at += 1,
            |row| row.name.push('x'),
            |row| row.actor.push('x'),
            |row| row.door = Some(String::new()),
            |row| row.request = Some(String::new()),
            |row| row.subject = Some(String::new()),
            |row| row.evidence.push(' '),
        ];
        for change in changed {
            let mut other = row.clone();
            change(&mut other);
            assert_ne!(other.expected_hash(), row.hash);
        }
    }
}
