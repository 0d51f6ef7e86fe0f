//! The cookie of a sign-in, or of a change of how somebody signs in, that takes more than one step.

use axum::http::{HeaderMap, HeaderValue};

use super::{Web, forms};
use crate::workflow::ceremony::{self, CeremonySecret};

/// Sets it. It comes back from other sites too, when they lead a browser here (`SameSite=Lax`):
/// an identity provider does.
pub(super) fn set(web: &Web, secret: &CeremonySecret) -> HeaderValue {
    let attributes = format!("; Max-Age={}", ceremony::LASTS.as_secs());
    forms::set_cookie(web, name(web), secret.expose(), &attributes)
}

/// Takes it away.
pub(super) fn clear(web: &Web) -> HeaderValue {
    forms::set_cookie(web, name(web), "", "; Max-Age=0")
}

/// The secret that a browser keeps.
pub(super) fn read<'h>(web: &Web, headers: &'h HeaderMap) -> Option<&'h str> {
    forms::cookie(headers, name(web)).filter(|secret| !secret.is_empty())
}

/// As the session cookie: tied to this very host over https.
fn name(web: &Web) -> &'static str {
    if web.app.config.server.is_https() {
        "__Host-esecured-ceremony"
    } else {
        "esecured-ceremony"
    }
}
