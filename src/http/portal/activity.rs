//! `/activity`: what happened to the accounts of the reader, the newest first, and nothing of
//! anybody else's; `/activity.csv`: the same for a spreadsheet.

mod export;
mod filter;

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    events::{self, Words},
    view::{self, Here},
};
use crate::{
    domain::account::Account,
    http::{Web, errors::Failure, pages, session_cookie::Session},
    store::{
        StoreError, accounts,
        activity::{self, Place},
    },
};
pub(in crate::http) use export::download;
use filter::{Filter, Typed};

/// Events on one page.
const PAGE_SIZE: usize = 50;

/// The page.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Query(typed): Query<Typed>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let mine = accounts::of_administrator(&mut conn, session.administrator.id).await?;
    let (filter, wrong) = match Filter::read(&typed, &mine) {
        Ok(filter) => (filter, None),
        Err(wrong) => (Filter::all(&mine), Some(wrong)),
    };
    let behind = filter::place(&typed.behind);
    let wanted = filter.wanted();
    let numbers = filter.numbers();
    let mut found =
        activity::newest(&mut conn, &numbers, &wanted, behind.as_ref(), PAGE_SIZE + 1).await?;
    let more = found.len() > PAGE_SIZE;
    found.truncate(PAGE_SIZE);
    let last = found.last().map(Place::of);
    let mut words = Words::default();
    let mut shown = Vec::with_capacity(found.len());
    for event in &found {
        let zone = filter::zone_of(&mine, &event.chain);
        shown.push(words.of(&web, &mut conn, event, zone).await?);
    }
    drop(conn);

    let older = last.filter(|_| more);
    let rest = json!({
        "accounts": mine.iter().map(one_account).collect::<Vec<_>>(),
        "kinds": filter::KINDS,
        "filter": typed,
        "filtered": typed.is_filtered(),
        "error": wrong,
        "events": shown,
        "first": behind.is_none(),
        "newest_url": typed.url("/activity", None),
        "older_url": older.map(|place| typed.url("/activity", Some(&place))),
        "export_url": typed.url("/activity.csv", None),
    });
    let path = typed.url("/activity", behind.as_ref());
    let view = view::signed_in(&web, &session, Here::Activity, &path, rest);
    let language = pages::language(&web, &headers);
    let body = web.app.templates.page("activity", language, &view)?;
    let status = if wrong.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    Ok(pages::with_status(status, body))
}

fn one_account(account: &Account) -> Value {
    json!({ "number": account.number.as_str(), "name": account.name })
}

/// The accounts of whoever asks.
async fn accounts_of(web: &Web, session: &Session) -> Result<Vec<Account>, StoreError> {
    let mut conn = web.app.store.read().await?;
    accounts::of_administrator(&mut conn, session.administrator.id).await
}

/// The words for an event, in a language; its name where there are none.
fn in_words(web: &Web, event: &str, language: crate::domain::language::Language) -> String {
    let label = events::words(web, event);
    let words = label.and_then(|key| web.app.templates.labels().get(&key, language));
    words.unwrap_or(event).to_owned()
}
