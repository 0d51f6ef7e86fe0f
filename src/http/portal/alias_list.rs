//! `/customer-administrators/aliases`: further addresses that an administrator answers from.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{
    colleague::{self, Chosen, ColleagueQuery},
    unlike_known,
};
use crate::{
    domain::people::PersonId,
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::Moment,
        session_cookie::{FreshSession, Session},
    },
    store::aliases,
    workflow::register_alias::{self, AliasError, Change},
};

/// The addresses, and a form for one more.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    Query(query): Query<ColleagueQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &query).await?;
    let done = ["added", "removed"]
        .into_iter()
        .find(|done| *done == query.done);
    let rest = json!({ "done": done });
    page(&web, &session, &headers, &chosen, rest, StatusCode::OK).await
}

/// Adds an address or takes one away.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let chosen = Chosen::find(&web, &session, &ColleagueQuery::of(&form)).await?;
    let again = async |rest: Value, status| {
        let mut filled = json!({ "email": form.get("email") });
        super::view::extend(&mut filled, rest);
        page(&web, &session, &headers, &chosen, filled, status).await
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        return again(json!({ "error": "foreign_form" }), StatusCode::FORBIDDEN).await;
    }
    if !session.is_fresh(&web) {
        return again(json!({ "confirm_first": true }), StatusCode::FORBIDDEN).await;
    }
    let change = Change {
        by: &session.signed_in,
        account: &chosen.account.number,
        administrator: chosen.administrator.id,
    };
    let (done, changed) = match form.get("action") {
        "add" => match colleague::address(form.get("email")) {
            Ok(email) if email == chosen.administrator.email => {
                return again(json!({ "error": "own" }), StatusCode::BAD_REQUEST).await;
            }
            Ok(email) => {
                let account = std::iter::once(change.account);
                if let Some(sure) = unlike_known::doubt(&web, account, &email, &form).await? {
                    let rest = json!({ "error": "unlike", "sure": sure });
                    return again(rest, StatusCode::BAD_REQUEST).await;
                }
                let registered = register_alias::register(&web.app, change, &email).await;
                ("added", registered)
            }
            Err(wrong) => return again(json!({ "error": wrong }), StatusCode::BAD_REQUEST).await,
        },
        "remove" => {
            let alias: PersonId = form
                .get("alias")
                .parse()
                .map_err(|_| Failure::bad_request("alias is not one of the list"))?;
            (
                "removed",
                register_alias::remove(&web.app, change, alias).await,
            )
        }
        _ => return Err(Failure::bad_request("action is add or remove")),
    };
    let error = match changed {
        Ok(()) => {
            let list = format!(
                "/customer-administrators/aliases?account={}&administrator={}&done={done}",
                chosen.account.number.as_str(),
                chosen.administrator.id,
            );
            return Ok(Redirect::to(&list).into_response());
        }
        Err(AliasError::Taken) => "taken",
        Err(AliasError::LooksAlike) => "look_alike",
        Err(AliasError::TooMany(until)) => {
            let until = Moment::of(until, &chosen.account.time_zone);
            let rest = json!({ "error": "too_many", "until": until });
            return again(rest, StatusCode::TOO_MANY_REQUESTS).await;
        }
        Err(AliasError::Unknown) => "gone",
        Err(AliasError::NotYourself) => {
            return again(json!({ "error": "not_you" }), StatusCode::FORBIDDEN).await;
        }
        Err(AliasError::NotThere) => return Err(Failure::not_found()),
        Err(AliasError::NoRight(error)) => return Err(colleague::no_right(error)),
        Err(AliasError::Store(error)) => return Err(error.into()),
    };
    again(json!({ "error": error }), StatusCode::BAD_REQUEST).await
}

async fn page(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    chosen: &Chosen,
    rest: Value,
    status: StatusCode,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let of_colleagues = aliases::of_colleagues(&mut conn, session.administrator.id).await?;
    drop(conn);
    let listed: Vec<Value> = of_colleagues
        .iter()
        .filter(|alias| alias.administrator == chosen.administrator.id)
        .map(|alias| json!({ "id": alias.person.to_string(), "email": alias.email.as_typed() }))
        .collect();
    let mut shown = json!({
        "aliases": listed,
        "email": "",
        "error": null,
        "until": null,
        "confirm_first": false,
        "sure": null,
        "done": null,
    });
    super::view::extend(&mut shown, rest);
    chosen.page(web, session, headers, "aliases", shown, status)
}
