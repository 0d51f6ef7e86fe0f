//! How a request and its decision look to the templates of portal and link pages.

use serde_json::{Value, json};

use super::pages::Moment;
use crate::{
    domain::{account::Account, note::Note, request::RequestState},
    mail::compose::requesters_words,
    workflow::look::Shown,
};

const NAME_SHOWN: usize = 80;
const REASON_SHOWN: usize = 200;

/// What a requester wrote, made fit to be shown; as in the mails.
fn words(text: Option<&str>, longest: usize) -> Option<String> {
    text.map(|text| requesters_words(text, longest))
}

/// The name a requester gave.
pub(super) fn name(text: Option<&str>) -> Option<String> {
    words(text, NAME_SHOWN)
}

/// The reason a requester gave.
pub(super) fn reason(text: Option<&str>) -> Option<String> {
    words(text, REASON_SHOWN)
}

/// What an administrator wrote beside a decision.
pub(super) fn note(text: &str) -> String {
    requesters_words(text, Note::LONGEST)
}

/// Who decided, how and when; null where nobody has.
pub(super) fn decision(shown: &Shown, time_zone: &str) -> Value {
    let state = shown.request.state;
    match (state.door(), state.closed_at()) {
        (Some(door), Some(at)) => json!({
            "by": shown.decided_by.as_ref().map(|one| &one.name),
            "absent": shown.decided_for.as_ref().map(|one| &one.name),
            "door": door.as_str(),
            "at": Moment::of(at, time_zone),
        }),
        _ => Value::Null,
    }
}

/// The facts of a request on the pages behind a link.
pub(super) fn facts(shown: &Shown, account: &Account) -> Value {
    let request = &shown.request;
    let pending = request.state == RequestState::Pending;
    json!({
        "id": request.id.to_string(),
        "number": request.number.as_str(),
        "email": request.email.as_typed(),
        "account_number": account.number.as_str(),
        "account_name": account.name,
        "name": name(request.name.as_deref()),
        "reason": reason(request.reason.as_deref()),
        "created": Moment::of(request.created_at, &account.time_zone),
        "expires": request.expires().filter(|_| pending).map(|at| Moment::of(at, &account.time_zone)),
        "stays_open": pending && request.expires().is_none(),
    })
}
