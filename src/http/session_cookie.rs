//! The session check: the only place that makes a [`SignedIn`].

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, HeaderValue, Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{Web, browser, errors::Failure, forms};
use crate::{
    domain::{
        people::{Administrator, SessionId, SignedIn},
        timestamp::Timestamp,
    },
    nonce,
    workflow::session::{self, SessionSecret},
};

/// A request of somebody who is signed in.
pub(super) struct Session {
    /// Proof for whoever decides.
    pub(super) signed_in: SignedIn,
    /// Who it is.
    pub(super) administrator: Administrator,
    fresh_at: Option<Timestamp>,
}

/// A request of somebody who is signed in and has proved who it is within the last quarter of an
/// hour ([`session::FRESH_FOR`]). Anybody else is led to `/confirm` and from there back to the page.
///
/// For pages. A form is better taken with [`Session`] and [`Session::is_fresh`], and shown again
/// with what was typed and the part `parts/confirm_first`: nothing typed is lost on the way.
pub(super) struct FreshSession(pub(super) Session);

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

    /// Whether it was proved so lately who this is that what matters most may be changed.
    pub(super) fn is_fresh(&self, web: &Web) -> bool {
        session::is_fresh(self.fresh_at, web.app.clock.now())
    }

    fn binding(&self) -> &[u8] {
        self.signed_in.session().0.as_bytes()
    }
}

/// Nobody is signed in, or not lately enough: the way to the page where that is done, and back.
pub(super) enum NotSignedIn {
    /// To that page.
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
            Ok(None) => Err(NotSignedIn::SignIn(to_sign_in(parts, web))),
            Err(failure) => Err(NotSignedIn::Failure(failure)),
        }
    }
}

impl FromRequestParts<Web> for FreshSession {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, NotSignedIn> {
        let session = <Session as FromRequestParts<Web>>::from_request_parts(parts, web).await?;
        if session.is_fresh(web) {
            return Ok(Self(session));
        }
        let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", wanted);
        let confirm = format!("/confirm?{}", query.finish());
        Err(NotSignedIn::SignIn(Redirect::to(&confirm)))
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
    let live = session::look_up(&web.app, &id).await?;
    Ok(live.map(|live| Session {
        signed_in: SignedIn::by_session(id, live.administrator.id),
        administrator: live.administrator,
        fresh_at: live.fresh_at,
    }))
}

/// What the session is called whose cookie a browser sends, be it alive or not.
pub(super) fn id_in(headers: &HeaderMap, web: &Web) -> Option<SessionId> {
    forms::cookie(headers, name(web)).map(session::session_id)
}

/// The way to the sign-in page, and from there to what was wanted. What a form held is lost, which the
/// sign-in page says: it is nowhere kept for somebody who may be another by now.
fn to_sign_in(parts: &Parts, web: &Web) -> Redirect {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let wanted = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let is_form = parts.method == Method::POST;
    let next = if is_form {
        page_of_form(wanted)
    } else {
        wanted
    };
    if next != "/" {
        query.append_pair("next", next);
    }
    if is_form {
        query.append_pair("unsaved", "1");
    } else if id_in(&parts.headers, web).is_some() {
        query.append_pair("ended", "1");
    }
    let query = query.finish();
    if query.is_empty() {
        Redirect::to("/login")
    } else {
        Redirect::to(&format!("/login?{query}"))
    }
}

/// The page on which a form can be filled in again: below some pages there are only forms, or pages
/// that need to know more than their path says.
fn page_of_form(path: &str) -> &str {
    ["/settings", "/customer-administrators", "/confirm"]
        .into_iter()
        .find(|page| {
            path.strip_prefix(page)
                .is_some_and(|rest| rest.starts_with('/'))
        })
        .unwrap_or(path)
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
