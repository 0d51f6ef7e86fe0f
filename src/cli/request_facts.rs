//! A request as the operator reads it: facts for people, JSON for machines, and its history.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::print::{self, Facts, PrintError, Table, moment};
use crate::{
    domain::{
        account_number::AccountNumber,
        event::AuditRow,
        people::{Administrator, AdministratorId},
        request::{AccessRequest, Canceller, Decider, RequestState},
        timestamp::Timestamp,
    },
    store::{StoreError, clients, known_as, notifications::Notification, people},
    workflow::look::Shown,
};

/// The members of the API's request object, and the words of the requester beside them. Addresses
/// are whole: an operator acts on them.
pub fn as_json(request: &AccessRequest) -> Value {
    let mut json = json!({
        "id": request.id.to_string(),
        "number": request.number.as_str(),
        "accountNumber": request.account.as_str(),
        "email": request.email.as_typed(),
        "status": request.state.status().as_str(),
        "rule": request.rule.as_str(),
        "language": request.language,
        "repeats": request.repeats,
        "createdAt": request.created_at,
        "updatedAt": request.updated_at,
    });
    let texts = [
        ("name", &request.name),
        ("reason", &request.reason),
        ("reference", &request.reference),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            json[name] = json!(text);
        }
    }
    if let Some(looks_like) = &request.looks_like {
        json["looksLike"] = json!(looks_like.to_string());
    }
    if let Some(expires_at) = request.expires() {
        json["expiresAt"] = json!(expires_at);
    }
    json
}

/// The same with who decided and what became of the mails.
pub fn shown_as_json(shown: &Shown) -> Value {
    let mut json = as_json(&shown.request);
    let state = shown.request.state;
    if let (Some(at), Some(door)) = (state.closed_at(), state.door()) {
        json["decision"] = json!({ "door": door.as_str(), "at": at });
        if let Some(by) = &shown.decided_by {
            json["decision"]["by"] = json!(by.email.as_typed());
        }
        if let Some(absent) = &shown.decided_for {
            json["decision"]["for"] = json!(absent.email.as_typed());
        }
    }
    json["notifications"] = mails_as_json(&shown.notifications);
    if !shown.reminders.is_empty() {
        json["reminders"] = mails_as_json(&shown.reminders);
    }
    if let Some(at) = shown.request.silence.remind_at
        && state == RequestState::Pending
    {
        json["remindAt"] = json!(at);
    }
    json["reachable"] = json!(shown.reachable);
    json
}

fn mails_as_json(mails: &[Notification]) -> Value {
    let each = mails.iter().map(
        |one| json!({ "administrator": one.email.as_typed(), "state": one.state, "at": one.at }),
    );
    each.collect()
}

/// Prints everything about a request.
pub fn print(shown: &Shown, history: &[AuditRow], names: &Names) -> Result<(), PrintError> {
    let request = &shown.request;
    let mut facts = Facts::default();
    facts.say("request", format!("{}  {}", request.number, request.id));
    facts.say("status", status(shown));
    facts.say("e-mail", request.email.as_typed());
    facts.maybe("looks like", request.looks_like.as_ref());
    facts.say("account", request.account.as_str());
    facts.maybe("name", request.name.as_deref());
    facts.maybe("reason", request.reason.as_deref());
    facts.maybe("reference", request.reference.as_deref());
    facts.say("language", request.language);
    facts.say("rule", request.rule);
    let asked_by = match request.client {
        Some(id) => format!(", by client {}", names.known(&id.to_string())),
        None => String::new(),
    };
    facts.say("asked", format!("{}{asked_by}", moment(request.created_at)));
    if request.repeats > 0 {
        facts.say("asked again", format!("{} times", request.repeats));
    }
    if request.state == RequestState::Pending {
        facts.say("expires", moment(request.expires_at));
        facts.maybe("next reminder", request.silence.remind_at.map(moment));
        if !shown.reachable {
            facts.say("reachable", "no: no administrator can hear of it");
        }
    }
    facts.print()?;

    print_mails("APPROVAL MAIL TO", &shown.notifications)?;
    print_mails("REMINDER TO", &shown.reminders)?;
    if !history.is_empty() {
        let mut table = Table::new(&["TIME", "EVENT", "ACTOR", "DOOR"]);
        for row in history {
            table.row([
                moment(Timestamp::from_micros(row.at)),
                row.name.clone(),
                names.actor(&row.actor),
                row.door.clone().unwrap_or_else(|| "-".to_owned()),
            ]);
        }
        print::line("")?;
        table.print("")?;
    }
    Ok(())
}

fn print_mails(heading: &'static str, all: &[Notification]) -> Result<(), PrintError> {
    if !all.is_empty() {
        let mut mails = Table::new(&[heading, "STATE", "SINCE"]);
        for one in all {
            mails.row([
                one.email.as_typed().to_owned(),
                one.state.to_owned(),
                moment(one.at),
            ]);
        }
        print::line("")?;
        mails.print("")?;
    }
    Ok(())
}

/// The status, and for a closed request who closed it, when and by which door.
fn status(shown: &Shown) -> String {
    let name = |one: &Option<Administrator>| match one {
        Some(administrator) => administrator.name.clone(),
        None => "an administrator".to_owned(),
    };
    let decided = |word: &str, by: Decider, at: Timestamp, door: &str| {
        let who = match by {
            Decider::Administrator(_) => name(&shown.decided_by),
            Decider::StandIn { .. } => {
                let absent = name(&shown.decided_for);
                format!("{} for {absent}", name(&shown.decided_by))
            }
            Decider::Operator => "the operator".to_owned(),
            Decider::Policy => "a rule by domain".to_owned(),
        };
        format!("{word} by {who} ({door}), {}", moment(at))
    };
    match shown.request.state {
        RequestState::Pending => "pending".to_owned(),
        RequestState::Approved { by, at, door } => decided("approved", by, at, door.as_str()),
        RequestState::Rejected { by, at, door } => decided("rejected", by, at, door.as_str()),
        RequestState::Expired { at } => format!("expired, {}", moment(at)),
        RequestState::Cancelled { by, at } => {
            let who = match by {
                Canceller::Client => "the client",
                Canceller::Operator => "the operator",
            };
            format!("cancelled by {who}, {}", moment(at))
        }
    }
}

/// What the ids in audit rows stand for.
#[derive(Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Looks up whom these rows name as actors, and all clients.
    pub async fn of(conn: &mut AnyConnection, rows: &[AuditRow]) -> Result<Self, StoreError> {
        let mut names = HashMap::new();
        for row in clients::all(conn).await? {
            names.insert(row.id.to_string(), row.name);
        }
        for row in rows {
            let Some((_, id)) = row.actor.split_once(':') else {
                continue;
            };
            if names.contains_key(id) {
                continue;
            }
            let Ok(administrator) = id.parse::<AdministratorId>() else {
                continue;
            };
            let found = match AccountNumber::parse(&row.chain) {
                Ok(account) => known_as::find(conn, &account, administrator).await?,
                Err(_) => people::find_administrator(conn, administrator).await?,
            };
            if let Some(found) = found {
                names.insert(id.to_owned(), found.name);
            }
        }
        Ok(Self(names))
    }

    /// An actor as the row keeps it, with a name instead of an id.
    pub fn actor(&self, actor: &str) -> String {
        match actor.split_once(':') {
            Some(("client", id)) => format!("client {}", self.known(id)),
            Some((_, id)) => self.known(id),
            None => actor.to_owned(),
        }
    }

    /// The name, or the random end of the id: ids of one minute begin alike.
    fn known(&self, id: &str) -> String {
        match self.0.get(id) {
            Some(name) => name.clone(),
            None => format!("…{}", id.get(id.len().saturating_sub(8)..).unwrap_or(id)),
        }
    }
}
