//! `/settings/recovery-codes`: new recovery codes, shown once.
//!
//! Between the form that makes them and the page that shows them, they travel in a cookie, sealed
//! for this very session: the database has only their hashes.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{own_form::OwnForm, totp_device};
use crate::{
    domain::recovery_code::RecoveryCode,
    http::{
        Web,
        errors::Failure,
        forms, pages,
        portal::view::{self, Here},
        session_cookie::Session,
    },
    workflow::second_factor,
};

const COOKIE: &str = "recovery-codes";

/// Shows them, once: with the page the cookie goes.
pub(super) async fn show(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(codes) = read(&web, &session, &headers) else {
        return Ok(Redirect::to("/settings").into_response());
    };
    let rest = json!({ "codes": codes });
    let view = view::signed_in(&web, &session, Here::Settings, "/settings", rest);
    let language = pages::language(&web, &headers);
    let body = web.app.templates.page("recovery_codes", language, &view)?;
    let mut response = pages::html(body);
    let gone = forms::set_cookie(&web, COOKIE, "", "; Max-Age=0");
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}

/// Makes new ones; the old ones are worth nothing any more.
pub(super) async fn renew(State(web): State<Web>, sent: OwnForm) -> Result<Response, Failure> {
    let session = &sent.session;
    if let Some(refused) = sent.refused_unless_fresh(&web, "totp_device").await? {
        return Ok(refused);
    }
    match second_factor::renew_recovery_codes(&web.app, &session.signed_in).await {
        Ok(codes) => Ok(lead_on(&web, session, &codes)),
        Err(error) => totp_device::failed(error),
    }
}

/// The way to the page that shows them.
pub(super) fn lead_on(web: &Web, session: &Session, codes: &[RecoveryCode]) -> Response {
    let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let ring = web.app.keys.current();
    let sealed = ring.seal(&bound_to(session), codes.join(" ").as_bytes());
    let mut response = Redirect::to("/settings/recovery-codes").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie(web, &sealed));
    response
}

fn cookie(web: &Web, sealed: &str) -> HeaderValue {
    forms::set_cookie(web, COOKIE, sealed, "; Max-Age=300")
}

fn read(web: &Web, session: &Session, headers: &HeaderMap) -> Option<Vec<String>> {
    let sealed = forms::cookie(headers, COOKIE)?;
    let ring = web.app.keys.current();
    let codes = ring.unseal(&bound_to(session), sealed).ok()?;
    let codes = String::from_utf8(codes).ok()?;
    Some(codes.split(' ').map(str::to_owned).collect())
}

fn bound_to(session: &Session) -> [&[u8]; 2] {
    let id = &session.signed_in.session().0;
    [b"recovery-codes", id.as_bytes()]
}
