//! `/login` and `/logout`.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tracing::warn;

use super::{arrival, language, view};
use crate::{
    domain::{email_address::EmailAddress, language::Language},
    http::{
        Web, browser, ceremony_cookie, client_address, device,
        errors::Failure,
        forms::{self, Form},
        pages,
        session_cookie::{self, Session},
        wait::{self, Wait},
    },
    workflow::{
        session,
        sign_in::{self, Entered, SignInError},
    },
};

/// What may stand behind `/login`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct LoginQuery {
    #[serde(default)]
    next: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    ended: String,
    /// A form came when the session was over.
    #[serde(default)]
    unsaved: String,
    #[serde(default)]
    signed_out: String,
    #[serde(default)]
    welcome: String,
    #[serde(default)]
    again: String,
}

/// The form. Whoever is signed in goes on at once.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Option<Session>,
    Query(query): Query<LoginQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let next = forms::local_path(&query.next);
    if session.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    let chosen = Language::parse(&query.language);
    let notice = if !query.again.is_empty() {
        Some("again")
    } else if !query.unsaved.is_empty() {
        Some("unsaved")
    } else if !query.ended.is_empty() {
        Some("session_ended")
    } else if !query.signed_out.is_empty() {
        Some("signed_out")
    } else if !query.welcome.is_empty() {
        Some("welcome")
    } else {
        None
    };
    let mut page = LoginPage::new("", next);
    page.notice = notice;
    let language = chosen.unwrap_or_else(|| pages::language(&web, &headers));
    let mut response = page.render(&web, language, StatusCode::OK)?;
    if let Some(chosen) = chosen {
        response
            .headers_mut()
            .append(header::SET_COOKIE, language::chosen(&web, chosen));
    }
    Ok(response)
}

/// Checks the password and begins a session.
pub(in crate::http) async fn sign_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let language = pages::language(&web, &headers);
    let mut page = LoginPage::new(form.get("email"), forms::local_path(form.get("next")));
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        page.error = Some("foreign_form");
        return page.render(&web, language, StatusCode::FORBIDDEN);
    }
    let password = form.get("password");
    if page.email.trim().is_empty() || password.is_empty() {
        page.error = Some("missing");
        return page.render(&web, language, StatusCode::BAD_REQUEST);
    }
    let Ok(email) = EmailAddress::parse(page.email) else {
        page.error = Some("wrong_password");
        return page.render(&web, language, StatusCode::UNAUTHORIZED);
    };
    let from = client_address::of(&web, peer, &headers);
    let now = web.app.clock.now();
    let attempt = match web.throttle.begin(&email, from, now).await {
        Ok(attempt) => attempt,
        Err(wait) => {
            web.app.metrics.login("throttled");
            warn!(event = "login.throttled", administrator = %email, "A sign-in as {email} has to wait");
            page.error = Some("throttled");
            page.wait = Some(wait.into());
            return page.render(&web, language, StatusCode::TOO_MANY_REQUESTS);
        }
    };
    let password = SecretString::from(password);
    let device = device::described(&headers);
    match sign_in::sign_in(&web.app, &email, password, device, page.next).await {
        Ok(Entered::FirstStep(secret)) => {
            // Not over yet: a right password must not set free the tries at codes.
            attempt.broke();
            let mut response = Redirect::to("/login/code").into_response();
            response
                .headers_mut()
                .append(header::SET_COOKIE, ceremony_cookie::set(&web, &secret));
            Ok(response)
        }
        Ok(Entered::Session(secret)) => {
            attempt.succeeded();
            arrival::let_in(&web, &headers, &secret, page.next).await
        }
        Err(SignInError::Wrong) => {
            drop(attempt);
            page.error = Some("wrong_password");
            page.render(&web, language, StatusCode::UNAUTHORIZED)
        }
        Ok(Entered::TooShortAlone) => {
            attempt.broke();
            page.error = Some("too_short");
            page.render(&web, language, StatusCode::FORBIDDEN)
        }
        Err(SignInError::Hashing(error)) => {
            attempt.broke();
            Err(error.into())
        }
        Err(SignInError::Store(error)) => {
            attempt.broke();
            Err(error.into())
        }
    }
}

/// Ends the session.
pub(in crate::http) async fn sign_out(
    State(web): State<Web>,
    session: Option<Session>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return Err(Failure::forbidden("This form was sent from another site"));
    }
    if let Some(session) = session {
        if !session.sent(&web, &headers, form.get("csrf")) {
            return Err(Failure::forbidden(
                "This form was not sent from a page of your session",
            ));
        }
        session::end(&web.app, &session.signed_in, session.signed_in.session()).await?;
    }
    let mut response = Redirect::to("/login?signed_out=1").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, session_cookie::clear(&web));
    Ok(response)
}

/// The sign-in page.
pub(super) struct LoginPage<'a> {
    email: &'a str,
    next: &'a str,
    /// Why nobody is signed in, as the page knows it.
    pub(super) error: Option<&'static str>,
    wait: Option<Wait>,
    notice: Option<&'static str>,
}

impl<'a> LoginPage<'a> {
    /// With what was typed, and where to go on to: a path of ours.
    pub(super) fn new(email: &'a str, next: &'a str) -> Self {
        Self {
            email,
            next,
            error: None,
            wait: None,
            notice: None,
        }
    }

    /// The page.
    pub(super) fn render(
        &self,
        web: &Web,
        language: Language,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let link = |language: &str| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("language", language);
            query.append_pair("next", self.next);
            format!("/login?{}", query.finish())
        };
        let view = json!({
            "product_name": web.app.config.portal.product_name,
            "csrf": null,
            "path": "/login",
            "signed_in": null,
            "here": null,
            "email": self.email,
            "next": self.next,
            "login_links": { "nl": link("nl"), "en": link("en") },
            "error": self.error,
            "wait": self.wait,
            "notice": self.notice,
            "elsewhere": view::elsewhere(web),
            "for_request": self.next.starts_with("/requests/"),
        });
        let body = web.app.templates.page("login", language, &view)?;
        let response = pages::with_status(status, body);
        Ok(wait::announced(response, self.wait))
    }
}
