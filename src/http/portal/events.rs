//! Audit events in plain words: in the history of a request or an address, and in the activity.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{
    domain::{
        account_number::AccountNumber,
        event::AuditRow,
        people::{AdministratorId, PersonId},
        timestamp::Timestamp,
    },
    http::{
        Web,
        pages::{Day, Moment},
    },
    store::{StoreError, clients, known_as, people},
};

/// Looks up who did what to whom, each of them once.
#[derive(Default)]
pub(super) struct Words {
    /// Names and addresses by account, which calls people what it likes, and by the id under which
    /// the trail knows them.
    known: HashMap<(String, String), Option<String>>,
}

impl Words {
    /// An event as the part `page/parts/event` shows it.
    pub(super) async fn of(
        &mut self,
        web: &Web,
        conn: &mut AnyConnection,
        event: &AuditRow,
        zone: &str,
    ) -> Result<Value, StoreError> {
        let evidence: Value = serde_json::from_str(&event.evidence).unwrap_or_default();
        let until = evidence["until"]
            .as_str()
            .and_then(|until| until.parse::<jiff::Timestamp>().ok())
            .map(|until| Day::last_until(Timestamp::from_jiff(until), zone));
        // What the operator does comes by no other door.
        let by_operator = (event.actor == "operator").then_some("operator");
        let door = event.door.as_deref().or(by_operator);
        Ok(json!({
            "name": event.name,
            "words": words(web, &event.name),
            "kind": kind(event, &evidence),
            "at": Moment::of(Timestamp::from_micros(event.at), zone),
            "by": self.actor(conn, event).await?,
            "absent": self.absent(conn, event).await?,
            "door": door,
            "account_number": event.chain,
            "number": evidence["number"],
            "request": event.request,
            "about": self.subject(conn, event, &evidence).await?,
            "until": until,
        }))
    }

    /// The administrator or shipping system that did it, by name.
    pub(super) async fn actor(
        &mut self,
        conn: &mut AnyConnection,
        event: &AuditRow,
    ) -> Result<Option<String>, StoreError> {
        let key = (event.chain.clone(), event.actor.clone());
        if let Some(name) = self.known.get(&key) {
            return Ok(name.clone());
        }
        let name = match event.actor.split_once(':') {
            Some(("administrator", id)) => administrator(conn, &event.chain, id).await?,
            Some(("client", id)) => match id.parse() {
                Ok(id) => clients::name_of(conn, id).await?,
                Err(_) => None,
            },
            Some(_) | None => None,
        };
        self.known.insert(key, name.clone());
        Ok(name)
    }

    /// The administrator for whom it was done, where a stand-in did it.
    pub(super) async fn absent(
        &mut self,
        conn: &mut AnyConnection,
        event: &AuditRow,
    ) -> Result<Option<String>, StoreError> {
        let Some(absent) = event.done_for() else {
            return Ok(None);
        };
        let key = (event.chain.clone(), absent.to_string());
        if let Some(name) = self.known.get(&key) {
            return Ok(name.clone());
        }
        let name = administrator(conn, &event.chain, &key.1).await?;
        self.known.insert(key, name.clone());
        Ok(name)
    }

    /// Whose address it is about, which administrator, or which domain.
    pub(super) async fn subject(
        &mut self,
        conn: &mut AnyConnection,
        event: &AuditRow,
        evidence: &Value,
    ) -> Result<Option<String>, StoreError> {
        let administrator_id = evidence["administrator"].as_str();
        let Some(id) = event.subject.as_deref().or(administrator_id) else {
            return Ok(evidence["domain"].as_str().map(str::to_owned));
        };
        let key = (event.chain.clone(), id.to_owned());
        if let Some(name) = self.known.get(&key) {
            return Ok(name.clone());
        }
        let name = match (&event.subject, id.parse::<PersonId>()) {
            (Some(_), Ok(person)) => people::address(conn, person)
                .await?
                .map(|email| email.as_typed().to_owned()),
            (Some(_), Err(_)) => None,
            (None, _) => administrator(conn, &event.chain, id).await?,
        };
        self.known.insert(key, name.clone());
        Ok(name)
    }
}

/// The label of an event's words, where it has one.
pub(super) fn words(web: &Web, event: &str) -> Option<String> {
    let key = format!("event_{}", event.replace('.', "_"));
    let language = web.app.config.portal.default_language;
    let known = web.app.templates.labels().get(&key, language).is_some();
    known.then_some(key)
}

/// The label of the kind of domain rule that an event is about.
pub(super) fn kind(event: &AuditRow, evidence: &Value) -> Option<&'static str> {
    let is_rule = event.name.starts_with("domain.");
    match evidence["kind"].as_str().filter(|_| is_rule)? {
        "my" => Some("my_domain"),
        "authorized" => Some("authorized_domain"),
        _ => None,
    }
}

/// Somebody by the name that the account of a chain knows.
async fn administrator(
    conn: &mut AnyConnection,
    chain: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    let (Ok(account), Ok(id)) = (AccountNumber::parse(chain), id.parse::<AdministratorId>()) else {
        return Ok(None);
    };
    let administrator = known_as::find(conn, &account, id).await?;
    Ok(administrator.map(|one| one.name))
}
