//! `/customer-administrators`: the reader's accounts, and who decides for each.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::colleague;
use crate::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        calendar_day::CalendarDay,
        people::AdministratorId,
        timestamp::Timestamp,
    },
    http::{Web, errors::Failure, pages::Day, session_cookie::Session, time_away_view},
    store::{
        accounts,
        aliases::{self, Alias},
        appointments::{self, Colleague},
        people, stand_in_lists,
    },
    workflow::time_away::TimeAway,
};

/// Mails are counted that far back.
const MAILS_DAYS: u64 = 30;

/// What may stand behind `/customer-administrators`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct ListQuery {
    #[serde(default)]
    done: String,
}

/// The list.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let done = [
        "added",
        "added_as_before",
        "mailed_again",
        "removed",
        "left",
        "esecure_on",
        "esecure_off",
    ]
    .into_iter()
    .find(|done| *done == query.done);
    let rest = json!({ "done": done, "error": null });
    list(&web, &session, &headers, &[], rest, StatusCode::OK).await
}

/// The list again, with what is wrong with the accounts that were ticked.
pub(super) async fn again(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    ticked: &[String],
    error: &str,
) -> Result<Response, Failure> {
    let rest = json!({ "done": null, "error": error });
    list(web, session, headers, ticked, rest, StatusCode::BAD_REQUEST).await
}

async fn list(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    ticked: &[String],
    mut rest: Value,
    status: StatusCode,
) -> Result<Response, Failure> {
    let caller = session.administrator.id;
    let now = web.app.clock.now();
    let since = now.minus(Duration::from_secs(MAILS_DAYS * 86_400));
    let mut conn = web.app.store.read().await?;
    let mine = accounts::appointed_of(&mut conn, caller).await?;
    let colleagues = appointments::colleagues(&mut conn, caller, since).await?;
    let aliases = aliases::of_colleagues(&mut conn, caller).await?;
    let away = stand_ins_of_colleagues(&mut conn, caller, now).await?;
    let standing_in = TimeAway::all_of(&mut conn, caller, now).await?;
    drop(conn);
    let ticked: HashSet<&str> = ticked.iter().map(String::as_str).collect();
    let accounts: Vec<Value> = mine
        .iter()
        .map(|account| {
            let administrators: Vec<Value> = colleagues
                .iter()
                .filter(|one| one.account == account.number)
                .map(|one| {
                    let mut row = row(session, account, one, &aliases);
                    row["stand_in"] = json!(away.get(&(one.account.clone(), one.administrator.id)));
                    row
                })
                .collect();
            json!({
                "number": account.number.as_str(),
                "name": account.name,
                "active": account.esecure == Esecure::Active,
                "ticked": ticked.contains(account.number.as_str()),
                "administrators": administrators,
            })
        })
        .collect();
    rest["accounts"] = Value::Array(accounts);
    rest["standing_in"] = standing_in
        .iter()
        .map(|away| time_away_view::for_stand_in(away, now))
        .collect();
    rest["mails_days"] = json!(MAILS_DAYS);
    colleague::render(
        web,
        session,
        headers,
        "customer_administrators",
        rest,
        status,
    )
}

/// Who stands in, or will, for the caller and its colleagues, on which account.
async fn stand_ins_of_colleagues(
    conn: &mut AnyConnection,
    caller: AdministratorId,
    now: Timestamp,
) -> Result<HashMap<(AccountNumber, AdministratorId), Value>, Failure> {
    let mut away = HashMap::new();
    for named in stand_in_lists::for_colleagues(conn, caller, now).await? {
        let email = people::address(conn, named.person).await?;
        let one = TimeAway::of(conn, named).await?;
        let shown = time_away_view::for_colleagues(&one, email.as_ref(), now);
        for account in &one.accounts {
            let place = (account.number.clone(), one.absent.id);
            away.insert(place, shown.clone());
        }
    }
    Ok(away)
}

fn row(session: &Session, account: &Account, one: &Colleague, aliases: &[Alias]) -> Value {
    let zone = account.time_zone.as_str();
    let id = one.administrator.id;
    let answers_from: Vec<&str> = aliases
        .iter()
        .filter(|alias| alias.administrator == id)
        .map(|alias| alias.email.as_typed())
        .collect();
    json!({
        "id": id.to_string(),
        "name": one.administrator.name,
        "email": one.administrator.email.as_typed(),
        "phone": one.phone,
        "you": id == session.administrator.id,
        "since": Day::of(CalendarDay::of(one.since, zone)),
        "waiting": !one.has_signed_in,
        "delivered": one.delivered,
        "failed": one.failed,
        "aliases": answers_from,
        "address_state": one.administrator.address_state.as_str(),
    })
}
