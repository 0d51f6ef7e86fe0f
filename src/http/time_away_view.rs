//! How pages show that somebody stands in: to whoever does, and to everybody else.

use serde_json::{Value, json};

use super::pages::Day;
use crate::{
    domain::{email_address::EmailAddress, timestamp::Timestamp},
    mail::compose::shown_name,
    workflow::time_away::TimeAway,
};

/// To whoever stands in: `{absent, first, last (days), running (bool), accounts[] {number, name}}`.
pub(super) fn for_stand_in(away: &TimeAway, now: Timestamp) -> Value {
    let accounts = away.accounts.iter().map(|account| {
        json!({
            "number": account.number.as_str(),
            "name": shown_name(&account.name),
        })
    });
    let mut view = days(away, now);
    view["absent"] = json!(shown_name(&away.absent.name));
    view["accounts"] = accounts.collect();
    view
}

/// To whoever is away, and to its colleagues: `{name, email (null where it was erased), first, last
/// (days), running (bool)}`.
pub(super) fn for_colleagues(
    away: &TimeAway,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Value {
    let mut view = days(away, now);
    view["name"] = json!(away.stand_in.name);
    view["email"] = json!(email.map(EmailAddress::as_typed));
    view
}

fn days(away: &TimeAway, now: Timestamp) -> Value {
    let [first, last] = away.days.map(Day::of);
    json!({ "first": first, "last": last, "running": away.stand_in.from <= now })
}
