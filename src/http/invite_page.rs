//! `/invite/TOKEN`: a new administrator chooses a first password. Reading the page changes nothing.
//!
//! In a browser where somebody else is signed in it says so, and takes no password before that one is
//! signed out: the way into the portal that follows would lead into the other's things.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tracing::info;

use super::{
    Web, browser,
    errors::Failure,
    forms::Form,
    link_visitor::Token,
    pages,
    pages::Moment,
    session_cookie::{self, Session},
    time_away_view,
};
use crate::{
    mail::compose::shown_name,
    nonce,
    workflow::{
        accept_invitation::{self, AcceptError, Invited, Standing},
        session as workflow_session,
    },
};

/// How long the page may be open before its button is pressed. There is no shortest time: nothing
/// that opens links by itself types the same password twice.
const NONCE_LASTS: Duration = Duration::from_secs(30 * 60);

/// Shows the form, or why there is none.
pub(super) async fn show(
    State(web): State<Web>,
    Token(token): Token,
    session: Option<Session>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(invited) = accept_invitation::find(&web.app, &token).await? else {
        return unknown(&web, &headers);
    };
    info!(
        event = "link.viewed",
        account.last4 = invited.account.number.last4(),
        "An invitation for account {} was opened",
        invited.account.number,
    );
    match somebody_else(session, &invited) {
        Some(other) => taken(&web, &other, &invited, StatusCode::OK),
        None => page(&web, &token, &invited, None, StatusCode::OK),
    }
}

/// Sets the password; from there to the sign-in. Or signs somebody else out first.
pub(super) async fn accept(
    State(web): State<Web>,
    Token(token): Token,
    session: Option<Session>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let Some(invited) = accept_invitation::find(&web.app, &token).await? else {
        return unknown(&web, &headers);
    };
    if let Some(other) = somebody_else(session, &invited) {
        if form.get("action") != "sign_out" || !other.sent(&web, &headers, form.get("csrf")) {
            return taken(&web, &other, &invited, StatusCode::FORBIDDEN);
        }
        workflow_session::end(&web.app, &other.signed_in, other.signed_in.session()).await?;
        let mut response = Redirect::to(&format!("/invite/{token}")).into_response();
        let cookie = session_cookie::clear(&web);
        response.headers_mut().append(header::SET_COOKIE, cookie);
        return Ok(response);
    }
    if invited.standing != Standing::Open {
        return page(&web, &token, &invited, None, StatusCode::OK);
    }
    let again = |error| page(&web, &token, &invited, Some(error), StatusCode::BAD_REQUEST);
    let nonce = nonce::check(
        &web.app.keys.current(),
        form.get("nonce"),
        token.as_bytes(),
        web.app.clock.now(),
        Duration::ZERO,
        NONCE_LASTS,
    );
    if nonce.is_err() || !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return again("nonce");
    }
    let password = form.get("new");
    if password != form.get("again") {
        return again("differ");
    }
    match accept_invitation::accept(&web.app, &invited, SecretString::from(password)).await {
        Ok(()) => Ok(Redirect::to("/login?welcome=1").into_response()),
        Err(AcceptError::Password(error)) => again(pages::weak_password(error)?),
        Err(AcceptError::Over) => match accept_invitation::find(&web.app, &token).await? {
            Some(now) => page(&web, &token, &now, None, StatusCode::OK),
            None => unknown(&web, &headers),
        },
        Err(AcceptError::Store(error)) => Err(error.into()),
    }
}

/// The session of somebody whom the invitation is not for.
fn somebody_else(session: Option<Session>, invited: &Invited) -> Option<Session> {
    session.filter(|session| session.administrator.id != invited.administrator.id)
}

/// Whose invitation it is, and who is signed in.
fn taken(
    web: &Web,
    other: &Session,
    invited: &Invited,
    status: StatusCode,
) -> Result<Response, Failure> {
    let view = json!({
        "product_name": web.app.config.portal.product_name,
        "name": shown_name(&invited.administrator.name),
        "email": invited.administrator.email.as_typed(),
        "other": other.administrator.email.as_typed(),
        "csrf": other.csrf(web),
    });
    let language = invited.administrator.language;
    let body = web
        .app
        .templates
        .page("invite/somebody_else", language, &view)?;
    Ok(pages::with_status(status, body))
}

/// One page for every kind of bad token.
fn unknown(web: &Web, headers: &HeaderMap) -> Result<Response, Failure> {
    let view = json!({ "product_name": web.app.config.portal.product_name });
    let language = pages::language(web, headers);
    let body = web.app.templates.page("invite/unknown", language, &view)?;
    Ok(pages::with_status(StatusCode::NOT_FOUND, body))
}

/// The page for the invitation as it stands, in the language of whoever is invited.
fn page(
    web: &Web,
    token: &str,
    invited: &Invited,
    error: Option<&str>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let mut view = json!({
        "product_name": web.app.config.portal.product_name,
        "name": shown_name(&invited.administrator.name),
        "email": invited.administrator.email.as_typed(),
        "account_number": invited.account.number.as_str(),
        "account_name": shown_name(&invited.account.name),
        "by": invited.by.as_ref().map(|one| shown_name(&one.name)),
        "until": Moment::of(invited.invitation.expires_at, &invited.account.time_zone),
    });
    let name = match invited.standing {
        Standing::Open => {
            let nonce = nonce::issue(
                &web.app.keys.current(),
                token.as_bytes(),
                web.app.clock.now(),
            );
            view["nonce"] = json!(nonce);
            let away = invited.stands_in.as_ref();
            view["stands_in"] = away.map_or(Value::Null, |away| {
                time_away_view::for_stand_in(away, web.app.clock.now())
            });
            view["error"] = json!(error);
            view["least"] = json!(web.app.config.portal.password_min_length);
            "invite/open"
        }
        Standing::Used => "invite/used",
        Standing::Expired => "invite/expired",
        Standing::Replaced => "invite/replaced",
    };
    let language = invited.administrator.language;
    let body = web.app.templates.page(name, language, &view)?;
    Ok(pages::with_status(status, body))
}
