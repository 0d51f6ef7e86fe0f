//! Where every way of signing in ends: the browser gets its session and goes on.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};

use super::language;
use crate::{
    http::{Web, errors::Failure, session_cookie},
    workflow::session::{self, SessionSecret},
};

/// Lets somebody in who goes on to `next`, in the language of their settings.
pub(super) async fn let_in(
    web: &Web,
    headers: &HeaderMap,
    secret: &SessionSecret,
    next: &str,
) -> Result<Response, Failure> {
    let mut response = Redirect::to(next).into_response();
    let cookies = response.headers_mut();
    cookies.append(header::SET_COOKIE, session_cookie::set(web, secret));
    let session = session_cookie::by_id(web, session::session_id(secret.expose())).await?;
    if let Some(session) = session
        && let Some(cookie) = language::follow(web, headers, session.administrator.language)
    {
        cookies.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
