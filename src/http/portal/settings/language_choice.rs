//! The language somebody is spoken to in, in mails and on pages.

use axum::{extract::State, http::header, response::Response};
use serde_json::{Value, json};

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    domain::language::Language,
    http::{Web, errors::Failure, portal::language},
    workflow::own_settings,
};

pub(super) fn view(viewer: &Viewer<'_>) -> Value {
    json!({
        "chosen": viewer.session.administrator.language,
        "error": null,
    })
}

/// `POST /settings/language`
pub(super) async fn choose(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    let Some(chosen) = Language::parse(sent.get("language")) else {
        let shows = json!({ "error": "missing" });
        return sent.refused(&web, "language_choice", shows).await;
    };
    own_settings::set_language(&web.app, &sent.session.signed_in, chosen).await?;
    let mut response = done("language");
    response
        .headers_mut()
        .append(header::SET_COOKIE, language::of_settings(&web, chosen));
    Ok(response)
}
