//! `POST /language`: the language switch. The browser remembers it, no row does.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    domain::language::Language,
    http::{
        Web, browser,
        errors::Failure,
        forms::{self, Form},
        pages::LANGUAGE_COOKIE,
    },
};

pub(in crate::http) async fn choose(
    State(web): State<Web>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return Err(Failure::forbidden("This form was sent from another site"));
    }
    let language = Language::parse(form.get("language"))
        .ok_or_else(|| Failure::bad_request("language is nl or en"))?;
    let mut response = Redirect::to(forms::local_path(form.get("next"))).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie(&web, language));
    Ok(response)
}

/// Remembers a language for a year.
pub(super) fn cookie(web: &Web, language: Language) -> HeaderValue {
    forms::set_cookie(
        web,
        LANGUAGE_COOKIE,
        language.as_str(),
        "; Max-Age=31536000",
    )
}
