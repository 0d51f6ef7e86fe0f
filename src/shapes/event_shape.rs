//! Events, in the feed and in webhooks.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema},
};

use super::{
    request_shape::{DecisionShape, RequestShape, decided_by},
    schema,
};
use crate::{
    domain::{
        announced::{Announced, FeedEventId},
        timestamp::Timestamp,
        webhook::SentKind,
    },
    workflow::look_back::{About, ShownEntry, Told},
};

/// Something that happened. `data` shows it as it was then.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventShape {
    /// Names the event for ever. A webhook of it has the same as its `webhook-id`.
    #[schema(format = "uuid")]
    id: String,
    #[schema(schema_with = kind)]
    r#type: &'static str,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    timestamp: Timestamp,
    /// Grows with everything that happens on an account: of two events about the same request, the
    /// one with the larger one is the later.
    #[schema(minimum = 0)]
    sequence: i64,
    data: EventSubject,
}

/// What an event is about: the access request, or the authorized user.
#[derive(Serialize)]
#[serde(untagged)]
pub enum EventSubject {
    /// The request.
    Request(RequestShape),
    /// What stands for the address.
    AuthorizedUser(EntryShape),
}

impl PartialSchema for EventSubject {
    fn schema() -> RefOr<Schema> {
        schema::any_of(&[&RequestShape::name(), &EntryShape::name()])
    }
}

impl ToSchema for EventSubject {
    fn name() -> std::borrow::Cow<'static, str> {
        "EventSubject".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema, collect) in [
            (
                RequestShape::name(),
                RequestShape::schema(),
                RequestShape::schemas as fn(&mut _),
            ),
            (
                EntryShape::name(),
                EntryShape::schema(),
                EntryShape::schemas,
            ),
        ] {
            schemas.push((name.into_owned(), schema));
            collect(schemas);
        }
    }
}

/// A part of the event feed, the oldest event first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events.
    pub data: Vec<EventShape>,
    /// Ask with it for what happens next. It is always there, also where `data` is empty.
    pub next_cursor: String,
}

/// What stands for an address on an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthorizedUser)]
pub struct EntryShape {
    /// Digits alone.
    account_number: String,
    /// As it was first typed.
    email: String,
    /// `approved`: it may use the number. `rejected`: asking again gets the same answer for a while.
    /// `none`: it has to ask again.
    status: String,
    /// When the permission ends, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "date-time")]
    until: Option<Timestamp>,
    /// The access request of the address, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = "uuid")]
    request_id: Option<String>,
    decision: DecisionShape,
}

fn kind() -> Object {
    schema::one_so_far(Announced::ALL, "What happened.")
}

impl EntryShape {
    fn of(shown: &ShownEntry, at: Timestamp) -> Self {
        let entry = &shown.then;
        Self {
            account_number: entry.account.as_str().to_owned(),
            email: entry.email.as_typed().to_owned(),
            status: entry.status.clone(),
            until: entry.until,
            request_id: entry.request.map(|id| id.to_string()),
            decision: DecisionShape {
                door: entry.door.as_str(),
                by: decided_by(shown.decided_by.as_ref(), shown.decided_for.as_ref()),
                at,
                note: None,
            },
        }
    }
}

impl EventShape {
    /// An event of the feed: `data` is the request, or what stands for the address, as it was then.
    pub fn of(told: &Told) -> Self {
        Self {
            id: told.id.to_string(),
            r#type: told.kind.as_str(),
            timestamp: told.at,
            sequence: told.sequence,
            data: match &told.about {
                About::Request(shown) => EventSubject::Request(RequestShape::of(shown)),
                About::Test(request) => EventSubject::Request(RequestShape::of_test(request)),
                About::Entry(shown) => EventSubject::AuthorizedUser(EntryShape::of(shown, told.at)),
            },
        }
    }
}

/// Something to try an endpoint with, in the form of an event about nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = TestEvent)]
pub struct TestEventShape {
    /// Names it, as its `webhook-id`.
    #[schema(format = "uuid")]
    id: String,
    /// Always `webhook_endpoint.test`.
    r#type: &'static str,
    /// When.
    #[schema(value_type = String, format = "date-time")]
    timestamp: Timestamp,
    /// Nothing.
    #[schema(value_type = Object)]
    data: Nothing,
}

/// An object without members.
#[derive(Serialize)]
struct Nothing {}

impl TestEventShape {
    /// One of this name.
    pub fn of(id: FeedEventId, at: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            r#type: SentKind::Test.as_str(),
            timestamp: at,
            data: Nothing {},
        }
    }
}
