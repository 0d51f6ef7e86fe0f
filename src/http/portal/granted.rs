//! What adding users came to, as the list shows it once.
//!
//! The cookie names account and moment only; the audit trail has what became of each address then.

use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::{
    domain::{account_number::AccountNumber, people::PersonId, timestamp::Timestamp},
    http::{Web, errors::Failure, forms, session_cookie::Session},
    store::{audit, people},
    workflow::grant::Granted,
};

const NAME: &str = "granted";
/// So many addresses are named in each group; the list itself has all of them.
const NAMED: usize = 20;

/// The cookie that carries it to the list.
pub(super) fn set(web: &Web, account: &AccountNumber, granted: &Granted) -> HeaderValue {
    let value = format!(
        "{}.{}.{}",
        account.as_str(),
        granted.at.as_micros(),
        granted.unchanged
    );
    forms::set_cookie(web, NAME, &value, "; Max-Age=60")
}

/// The cookie gone, once it is shown.
pub(super) fn clear(web: &Web) -> HeaderValue {
    forms::set_cookie(web, NAME, "", "; Max-Age=0")
}

/// What the cookie says; null where there is none, or it is not about an account of the reader.
pub(super) async fn read(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
) -> Result<Value, Failure> {
    let Some((account, at, unchanged)) = parse(headers) else {
        return Ok(Value::Null);
    };
    let administrator = session.administrator.id;
    let mut conn = web.app.store.read().await?;
    if !people::decides_for(&mut conn, &account, administrator).await? {
        return Ok(Value::Null);
    }
    let mut groups = [const { Vec::new() }; 4];
    let mut counts = [0_usize; 4];
    for event in audit::of_moment(&mut conn, &account, administrator, at).await? {
        let evidence: Value = serde_json::from_str(&event.evidence).unwrap_or_default();
        let group = match (event.name.as_str(), evidence["was"].as_str()) {
            ("authorized_user.added", Some("pending")) => 1,
            ("authorized_user.added", Some("rejected")) => 2,
            ("authorized_user.added", _) => 0,
            ("authorized_user.until_set", _) => 3,
            _ => continue,
        };
        counts[group] += 1;
        let person: Option<PersonId> = event.subject.and_then(|id| id.parse().ok());
        if groups[group].len() < NAMED
            && let Some(person) = person
            && let Some(email) = people::address(&mut conn, person).await?
        {
            groups[group].push(email.as_typed().to_owned());
        }
    }
    let [added, requests, overturned, until_set] = groups;
    let group = |index: usize, addresses: Vec<String>| {
        json!({
            "count": counts[index],
            "more": counts[index] - addresses.len(),
            "addresses": addresses,
        })
    };
    Ok(json!({
        "account_number": account.as_str(),
        "added": group(0, added),
        "requests": group(1, requests),
        "overturned": group(2, overturned),
        "until_set": group(3, until_set),
        "unchanged": unchanged,
    }))
}

fn parse(headers: &HeaderMap) -> Option<(AccountNumber, Timestamp, usize)> {
    let mut parts = forms::cookie(headers, NAME)?.split('.');
    let account = AccountNumber::parse(parts.next()?).ok()?;
    let at = Timestamp::from_micros(parts.next()?.parse().ok()?);
    Some((account, at, parts.next()?.parse().ok()?))
}
