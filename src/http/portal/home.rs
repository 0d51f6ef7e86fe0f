//! `/`: where the sign-in leads without a page in mind.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde_json::{Value, json};

use super::view::{self, Here};
use crate::{
    domain::{account::Esecure, request::Status},
    http::{Web, errors::Failure, pages, session_cookie::Session, time_away_view},
    store::{
        accounts, appointments, entries,
        stand_ins::{self, Turn},
    },
    workflow::time_away::TimeAway,
};

pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let mine = accounts::of_administrator(&mut conn, session.administrator.id).await?;
    let turns = stand_ins::rights_of(&mut conn, session.administrator.id).await?;
    let mut open_requests = 0;
    let mut tiles = Vec::with_capacity(mine.len());
    for account in &mine {
        let open = entries::count_of(&mut conn, &account.number, Status::Pending).await?;
        open_requests += open;
        let turn = turns.iter().find(|turn| turn.account == account.number);
        let stands_in = match turn {
            Some(Turn { stand_in, .. }) => {
                let away = TimeAway::of(&mut conn, stand_in.clone()).await?;
                time_away_view::for_stand_in(&away, web.app.clock.now())
            }
            None => Value::Null,
        };
        tiles.push(json!({
            "number": account.number.as_str(),
            "name": account.name,
            "active": account.esecure == Esecure::Active,
            "open_requests": open,
            "stands_in": stands_in,
        }));
    }
    let now = web.app.clock.now();
    let whose = session.administrator.id;
    let later = mine.is_empty() && appointments::decides_at_all(&mut conn, whose, now).await?;
    drop(conn);
    let rest = json!({ "open_requests": open_requests, "accounts": tiles, "later": later });
    let view = view::signed_in(&web, &session, Here::Home, "/", rest);
    let language = pages::language(&web, &headers);
    Ok(pages::html(
        web.app.templates.page("home", language, &view)?,
    ))
}
