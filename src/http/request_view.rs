//! How a request and its decision look to the templates of portal and link pages.

use serde_json::{Value, json};

use super::pages::Moment;
use crate::{
    domain::{account::Account, request::RequestState},
    workflow::look::Shown,
};

/// Who decided, how and when; null where nobody has.
pub(super) fn decision(shown: &Shown, time_zone: &str) -> Value {
    let state = shown.request.state;
    match (state.door(), state.closed_at()) {
        (Some(door), Some(at)) => json!({
            "by": shown.decided_by.as_ref().map(|one| &one.name),
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
        "name": request.name,
        "reason": request.reason,
        "created": Moment::of(request.created_at, &account.time_zone),
        "expires": pending.then(|| Moment::of(request.expires_at, &account.time_zone)),
    })
}
