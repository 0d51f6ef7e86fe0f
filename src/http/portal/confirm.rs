//! `/confirm`: proving again who it is, before what matters most is changed.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tracing::warn;

use super::view::{self, Here};
use crate::{
    http::{
        Web, client_address,
        errors::Failure,
        forms::{self, Form},
        pages,
        session_cookie::Session,
        wait::{self, Wait},
    },
    workflow::{
        confirm::{self, ConfirmError},
        second_factor,
    },
};

/// What may stand behind `/confirm`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct ConfirmQuery {
    /// Where to go on to. Without it this is another tab, and the page says that it can be closed.
    next: Option<String>,
}

/// The form. Whoever need not confirm anything goes on at once.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Query(query): Query<ConfirmQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = ConfirmPage::new(query.next.as_deref().unwrap_or_default());
    if page.next.is_some() && session.is_fresh(&web) {
        return Ok(page.onward().into_response());
    }
    page.render(&web, &session, &headers, StatusCode::OK).await
}

/// Checks the password, or the code of whoever has a second factor, and makes the session fresh.
pub(in crate::http) async fn confirm(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let mut page = ConfirmPage::new(form.get("next"));
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.error = Some("foreign_form");
        return page
            .render(&web, &session, &headers, StatusCode::FORBIDDEN)
            .await;
    }
    let by_code = asks_for_code(&web, &session).await?;
    let typed = form.get(if by_code { "code" } else { "password" });
    if typed.is_empty() {
        page.error = Some("missing");
        return page
            .render(&web, &session, &headers, StatusCode::BAD_REQUEST)
            .await;
    }
    let email = &session.administrator.email;
    let from = client_address::of(&web, peer, &headers);
    let now = web.app.clock.now();
    let attempt = match web.throttle.begin(email, from, now).await {
        Ok(attempt) => attempt,
        Err(wait) => return page.throttled(&web, &session, &headers, wait).await,
    };
    let by = &session.signed_in;
    let confirmed = match by_code {
        true => confirm::by_code(&web.app, by, typed).await,
        false => confirm::by_password(&web.app, by, email, SecretString::from(typed)).await,
    };
    match confirmed {
        Ok(()) => {
            attempt.succeeded();
            Ok(page.onward().into_response())
        }
        Err(ConfirmError::Wrong) => {
            drop(attempt);
            page.error = Some("wrong");
            page.render(&web, &session, &headers, StatusCode::UNAUTHORIZED)
                .await
        }
        Err(ConfirmError::Wait(wait)) => {
            attempt.broke();
            page.throttled(&web, &session, &headers, wait).await
        }
        Err(ConfirmError::SessionEnded) => {
            attempt.broke();
            Err(Failure::forbidden("The session has ended"))
        }
        Err(ConfirmError::Hashing(error)) => {
            attempt.broke();
            Err(error.into())
        }
        Err(ConfirmError::Store(error)) => {
            attempt.broke();
            Err(error.into())
        }
    }
}

async fn asks_for_code(web: &Web, session: &Session) -> Result<bool, Failure> {
    let mut conn = web.app.store.read().await?;
    Ok(second_factor::is_on(&mut conn, session.administrator.id).await?)
}

struct ConfirmPage<'a> {
    next: Option<&'a str>,
    error: Option<&'static str>,
    wait: Option<Wait>,
}

impl<'a> ConfirmPage<'a> {
    fn new(next: &'a str) -> Self {
        Self {
            next: (!next.is_empty()).then(|| forms::local_path(next)),
            error: None,
            wait: None,
        }
    }

    fn onward(&self) -> Redirect {
        Redirect::to(self.next.unwrap_or("/confirm"))
    }

    async fn throttled(
        mut self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        wait: Duration,
    ) -> Result<Response, Failure> {
        let email = &session.administrator.email;
        web.app.metrics.login("throttled");
        warn!(event = "login.throttled", administrator = %email, "{email} has to wait before confirming again");
        self.error = Some("throttled");
        self.wait = Some(wait.into());
        let status = StatusCode::TOO_MANY_REQUESTS;
        self.render(web, session, headers, status).await
    }

    async fn render(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let path = match self.next {
            Some(next) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("next", next);
                format!("/confirm?{}", query.finish())
            }
            None => "/confirm".to_owned(),
        };
        let rest = json!({
            "next": self.next,
            "error": self.error,
            "wait": self.wait,
            "elsewhere": view::elsewhere(web),
            "by_code": asks_for_code(web, session).await?,
            "is_fresh": session.is_fresh(web),
        });
        let view = view::signed_in(web, session, Here::Nowhere, &path, rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("confirm", language, &view)?;
        let response = pages::with_status(status, body);
        Ok(wait::announced(response, self.wait))
    }
}
