//! How often somebody is mailed about requests: for each at once, or one digest a day.

use axum::{extract::State, response::Response};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    domain::hour_of_day::HourOfDay,
    http::{Web, errors::Failure},
    store::{StoreError, gathering},
    workflow::own_settings,
};

/// What the list of hours stands at before somebody chooses one.
const USUAL_HOUR: i64 = 8;

pub(super) async fn view(
    conn: &mut AnyConnection,
    viewer: &Viewer<'_>,
) -> Result<Value, StoreError> {
    let hour = gathering::digest_hour(conn, viewer.session.administrator.id).await?;
    let chosen = hour.map_or(USUAL_HOUR, HourOfDay::number);
    let hours: Vec<Value> = (0..24)
        .map(|number| json!({ "number": number, "time": format!("{number:02}:00"), "chosen": number == chosen }))
        .collect();
    Ok(json!({
        "daily": hour.is_some(),
        "hours": hours,
        "zone": viewer.zone,
        "error": null,
    }))
}

/// `POST /settings/notifications`
pub(super) async fn choose(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    let number = sent.get("hour").parse().ok();
    let hour = match (sent.get("notifications"), number) {
        ("each", _) => Ok(None),
        ("digest", Some(number)) => HourOfDay::from_number(number).map(Some).ok_or("hour"),
        ("digest", None) => Err("hour"),
        _ => Err("missing"),
    };
    let hour = match hour {
        Ok(hour) => hour,
        Err(error) => {
            let daily = sent.get("notifications") == "digest";
            let shows = json!({ "error": error, "daily": daily });
            return sent.refused(&web, "mail_choice", shows).await;
        }
    };
    own_settings::set_digest_hour(&web.app, &sent.session.signed_in, hour).await?;
    Ok(done("notifications"))
}
