//! The language somebody is spoken to in, in mails and on pages.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{Viewer, done, foreign, refused};
use crate::{
    domain::language::Language,
    http::{Web, errors::Failure, forms::Form, portal::language, session_cookie::Session},
    workflow::own_settings,
};

pub(super) fn view(viewer: &Viewer<'_>) -> Value {
    json!({
        "chosen": viewer.session.administrator.language,
        "error": null,
    })
}

/// `POST /settings/language`
pub(super) async fn choose(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !session.sent(&web, &headers, form.get("csrf")) {
        return foreign(&web, &session, &headers).await;
    }
    let Some(chosen) = Language::parse(form.get("language")) else {
        let shows = json!({ "error": "missing" });
        return refused(&web, &session, &headers, "language_choice", shows).await;
    };
    own_settings::set_language(&web.app, &session.signed_in, chosen).await?;
    let mut response = done("language");
    response
        .headers_mut()
        .append(header::SET_COOKIE, language::cookie(&web, chosen));
    Ok(response)
}
