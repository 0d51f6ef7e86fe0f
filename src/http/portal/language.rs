//! `POST /language`: the language switch.
//!
//! Whoever is signed in has one language, for mails and pages, wherever they sign in: the switch sets
//! it as the settings do, and the browser follows it. A choice made in a browser before anybody signs
//! in is remembered there, and stays until somebody chooses while signed in.

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
        pages::{self, LANGUAGE_COOKIE, LANGUAGE_OF_SETTINGS},
        session_cookie::Session,
    },
    workflow::own_settings,
};

pub(in crate::http) async fn choose(
    State(web): State<Web>,
    session: Option<Session>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let is_ours = match &session {
        Some(session) => session.sent(&web, &headers, form.get("csrf")),
        None => browser::is_same_origin(&headers, &web.app.config.server.origin()),
    };
    if !is_ours {
        return Err(Failure::forbidden("This form was sent from another site"));
    }
    let language = Language::parse(form.get("language"))
        .ok_or_else(|| Failure::bad_request("language is nl or en"))?;
    let cookie = match session {
        Some(session) => {
            if session.administrator.language != language {
                own_settings::set_language(&web.app, &session.signed_in, language).await?;
            }
            of_settings(&web, language)
        }
        None => chosen(&web, language),
    };
    let mut response = Redirect::to(forms::local_path(form.get("next"))).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Remembers what was chosen in a browser in which nobody is signed in.
pub(in crate::http) fn chosen(web: &Web, language: Language) -> HeaderValue {
    cookie(web, language.as_str())
}

/// Remembers what the settings of whoever is signed in say.
pub(super) fn of_settings(web: &Web, language: Language) -> HeaderValue {
    cookie(web, &format!("{language}{LANGUAGE_OF_SETTINGS}"))
}

/// The cookie for a browser that is to follow the settings of whoever signs in; none where it does,
/// or where somebody chose a language in it before.
pub(super) fn follow(web: &Web, headers: &HeaderMap, language: Language) -> Option<HeaderValue> {
    let cookie = forms::cookie(headers, LANGUAGE_COOKIE);
    let is_chosen = cookie.is_some_and(|value| Language::parse(value).is_some());
    let follows = is_chosen || pages::language(web, headers) == language;
    (!follows).then(|| of_settings(web, language))
}

/// For a year.
fn cookie(web: &Web, value: &str) -> HeaderValue {
    forms::set_cookie(web, LANGUAGE_COOKIE, value, "; Max-Age=31536000")
}
