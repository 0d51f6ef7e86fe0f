//! Access requests, and what is answered where a rule decides without one.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema},
};

use super::schema;
use crate::{
    domain::{
        note::Note,
        people::Administrator,
        request::{Door, Status},
        rules::Rule,
        test_request::{TestRequest, TestState},
        timestamp::Timestamp,
    },
    workflow::look::Shown,
};

/// One e-mail address asking to use one account number. What is not there is left out, never `null`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccessRequest)]
pub struct RequestShape {
    /// Names the request for ever.
    #[schema(format = "uuid")]
    id: String,
    /// Its short name, for people; mails and pages show it.
    number: String,
    /// Digits alone.
    #[schema(pattern = "^[0-9]{9,10}$")]
    account_number: String,
    /// As it was first typed.
    email: String,
    #[schema(schema_with = status)]
    status: &'static str,
    #[schema(schema_with = rule)]
    rule: &'static str,
    /// How it was closed, once it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DecisionShape)]
    decision: Option<DecisionShape>,
    /// The mail to each administrator.
    notifications: Vec<NotificationShape>,
    /// Whether at least one administrator can be reached. Where it is false, nobody knows of the
    /// request yet: tell the operator.
    reachable: bool,
    /// How often the same address asked again.
    #[schema(minimum = 0)]
    repeats: i64,
    /// What you called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    reference: Option<String>,
    /// When it was opened.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it changed last.
    #[schema(value_type = String, format = "date-time")]
    updated_at: Timestamp,
    /// When silence becomes no access.
    #[schema(value_type = String, format = "date-time")]
    expires_at: Timestamp,
}

/// How something was decided or closed.
#[derive(Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionShape {
    #[schema(schema_with = door)]
    pub(super) door: &'static str,
    /// The administrator, masked, where one decided; `… for …` where a stand-in did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub(super) by: Option<String>,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    pub(super) at: Timestamp,
    /// What the administrator lets the requester read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub(super) note: Option<String>,
}

/// The mail to an administrator.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
struct NotificationShape {
    /// Masked.
    administrator: String,
    #[schema(schema_with = notification_state)]
    state: &'static str,
    /// Since when.
    #[schema(value_type = String, format = "date-time")]
    at: Timestamp,
}

/// What a rule decided, without an access request behind it.
#[derive(Serialize, ToSchema)]
#[schema(as = DecidedByRule)]
pub struct ByRuleShape {
    #[schema(schema_with = status_by_rule)]
    status: &'static str,
    #[schema(schema_with = rule)]
    rule: &'static str,
}

/// What somebody is told who asks for access.
#[derive(Serialize)]
#[serde(untagged)]
pub enum AnswerShape {
    /// The request.
    Request(Box<RequestShape>),
    /// There is none.
    ByRule(ByRuleShape),
}

impl PartialSchema for AnswerShape {
    fn schema() -> RefOr<Schema> {
        schema::any_of(&[&RequestShape::name(), &ByRuleShape::name()])
    }
}

impl ToSchema for AnswerShape {
    fn name() -> std::borrow::Cow<'static, str> {
        "Answer".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ByRuleShape::name().into_owned(), ByRuleShape::schema()));
    }
}

impl From<RequestShape> for AnswerShape {
    fn from(request: RequestShape) -> Self {
        Self::Request(Box::new(request))
    }
}

/// Some of the requests, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccessRequestPage)]
pub struct RequestPage {
    /// The requests.
    pub data: Vec<RequestShape>,
    /// Ask with it for the next page; without it there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub next_cursor: Option<String>,
}

fn status() -> Object {
    let said = "Only `approved` means access. A rejection by mail can be undone for a short while; \
                then the request is `pending` again.";
    schema::one_of(Status::ALL, said)
}

fn status_by_rule() -> Object {
    schema::one_of(
        &[Status::Approved, Status::Rejected],
        "Only `approved` means access.",
    )
}

fn rule() -> Object {
    schema::one_so_far(
        Rule::ALL,
        "The rule that decided, or that lets the administrators decide.",
    )
}

fn door() -> Object {
    schema::one_so_far(Door::ALL, "How it came.")
}

/// What [`NotificationShape::state`] can be.
const NOTIFICATION_STATES: [&str; 4] = ["queued", "delivered", "bounced", "failed"];

fn notification_state() -> Object {
    schema::one_so_far(&NOTIFICATION_STATES, "Where it stands.")
}

impl RequestShape {
    /// As shipping systems see it: administrators masked.
    pub fn of(shown: &Shown) -> Self {
        let request = &shown.request;
        let state = request.state;
        Self {
            id: request.id.to_string(),
            number: request.number.to_string(),
            account_number: request.account.as_str().to_owned(),
            email: request.email.as_typed().to_owned(),
            status: state.status().as_str(),
            rule: request.rule.as_str(),
            decision: state
                .door()
                .zip(state.closed_at())
                .map(|(door, at)| DecisionShape {
                    door: door.as_str(),
                    by: decided_by(shown.decided_by.as_ref(), shown.decided_for.as_ref()),
                    at,
                    note: request
                        .note
                        .as_ref()
                        .and_then(Note::shown)
                        .map(str::to_owned),
                }),
            notifications: shown
                .notifications
                .iter()
                .map(|one| NotificationShape {
                    administrator: one.email.masked(),
                    state: match one.state {
                        // To a shipping system it is one that has not gone out.
                        "gathered" => "queued",
                        state => state,
                    },
                    at: one.at,
                })
                .collect(),
            reachable: shown.reachable,
            repeats: request.repeats,
            reference: request.reference.clone(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            expires_at: request.expires_at,
        }
    }

    /// One of a test key, in the same form: nobody is asked, so nobody is out of reach.
    pub fn of_test(request: &TestRequest) -> Self {
        Self {
            id: request.id.to_string(),
            number: request.number.to_string(),
            account_number: request.account.as_str().to_owned(),
            email: request.email.as_typed().to_owned(),
            status: request.state.status().as_str(),
            rule: Rule::Ask.as_str(),
            decision: match request.state {
                TestState::Pending => None,
                TestState::Closed { outcome, at } => Some(DecisionShape {
                    door: outcome.door().as_str(),
                    by: (outcome.door() == Door::Policy).then(|| "test mode".to_owned()),
                    at,
                    note: None,
                }),
            },
            notifications: Vec::new(),
            reachable: true,
            repeats: request.repeats,
            reference: request.reference.clone(),
            created_at: request.created_at,
            updated_at: request.updated_at,
            expires_at: request.expires_at,
        }
    }

    /// The same as the answer to somebody who asked again, with the rule that answered.
    pub fn answered_by(self, rule: Rule) -> Self {
        Self {
            rule: rule.as_str(),
            ..self
        }
    }
}

/// Who decided, and for whom where a stand-in did: `b***@example.com for a***@example.com`.
pub(super) fn decided_by(
    by: Option<&Administrator>,
    absent: Option<&Administrator>,
) -> Option<String> {
    let by = by?.email.masked();
    Some(match absent {
        Some(absent) => format!("{by} for {}", absent.email.masked()),
        None => by,
    })
}

impl ByRuleShape {
    /// A rule allowed it at once.
    pub fn allowed(rule: Rule) -> Self {
        Self::of(Status::Approved, rule)
    }

    /// A rule denied it at once.
    pub fn denied(rule: Rule) -> Self {
        Self::of(Status::Rejected, rule)
    }

    fn of(status: Status, rule: Rule) -> Self {
        Self {
            status: status.as_str(),
            rule: rule.as_str(),
        }
    }
}
