//! The session check: the only place that makes a [`SignedIn`].

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{Web, browser, errors::Failure, forms};
use crate::{
    domain::people::{Administrator, SessionId, SignedIn},
    nonce,
    workflow::sign_in::{self, SessionSecret},
};

/// A request of somebody who is signed in.
pub(super) struct Session {
    /// Proof for whoever decides.
    pub(super) signed_in: SignedIn,
    /// Who it is.
    pub(super) administrator: Administrator,
}

impl Session {
    /// The token that a form of this session carries.
    pub(super) fn csrf(&self, web: &Web) -> String {
        let ring = web.app.keys.current();
        nonce::issue(&ring, self.binding(), web.app.clock.now())
    }

    /// Whether a form was sent from a page of this session.
    pub(super) fn sent(&self, web: &Web, parts: &HeaderMap, csrf: &str) -> bool {
        let oldest = web.app.config.portal.session_max;
        browser::is_same_origin(parts, &web.app.config.server.origin())
            && nonce::check(
                &web.app.keys.current(),
                csrf,
                self.binding(),
                web.app.clock.now(),
                std::time::Duration::ZERO,
                oldest,
            )
            .is_ok()
    }

    fn binding(&self) -> &[u8] {
        self.signed_in.session().0.as_bytes()
    }
}

/// Nobody is signed in: the way to the sign-in page, and back from there.
pub(super) enum NotSignedIn {
    /// To the sign-in page.
    SignIn(Redirect),
    /// The session could not be looked up.
    Failure(Failure),
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(redirect) => redirect.into_response(),
            Self::Failure(failure) => failure.into_response(),
        }
    }
}

impl FromRequestParts<Web> for Session {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, NotSignedIn> {
        match look_up(parts, web).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => {
                let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
                let had_one = id_in(&parts.headers, web).is_some();
                Err(NotSignedIn::SignIn(to_sign_in(wanted, had_one)))
            }
            Err(failure) => Err(NotSignedIn::Failure(failure)),
        }
    }
}

impl OptionalFromRequestParts<Web> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Option<Self>, Infallible> {
        Ok(look_up(parts, web).await.ok().flatten())
    }
}

async fn look_up(parts: &Parts, web: &Web) -> Result<Option<Session>, Failure> {
    match id_in(&parts.headers, web) {
        Some(id) => by_id(web, id).await,
        None => Ok(None),
    }
}

/// The live session that is called so.
pub(super) async fn by_id(web: &Web, id: SessionId) -> Result<Option<Session>, Failure> {
    let administrator = sign_in::look_up(&web.app, &id).await?;
    Ok(administrator.map(|administrator| Session {
        signed_in: SignedIn::by_session(id, administrator.id),
        administrator,
    }))
}

/// What the session is called whose cookie a browser sends, be it alive or not.
pub(super) fn id_in(headers: &HeaderMap, web: &Web) -> Option<SessionId> {
    forms::cookie(headers, name(web)).map(sign_in::session_id)
}

/// The way to the sign-in page for somebody who wanted `path`.
fn to_sign_in(path: &str, had_session: bool) -> Redirect {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if path != "/" {
        query.append_pair("next", path);
    }
    if had_session {
        query.append_pair("ended", "1");
    }
    let query = query.finish();
    if query.is_empty() {
        Redirect::to("/login")
    } else {
        Redirect::to(&format!("/login?{query}"))
    }
}

/// `__Host-` ties the cookie to this very host over https. Plain http is for loopback alone.
fn name(web: &Web) -> &'static str {
    if web.app.config.server.is_https() {
        "__Host-esecured"
    } else {
        "esecured"
    }
}

/// Sets the cookie of a fresh session.
pub(super) fn set(web: &Web, secret: &SessionSecret) -> HeaderValue {
    forms::set_cookie(web, name(web), secret.expose(), "")
}

/// Takes the cookie away.
pub(super) fn clear(web: &Web) -> HeaderValue {
    forms::set_cookie(web, name(web), "", "; Max-Age=0")
}
