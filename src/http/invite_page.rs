//! `/invite/TOKEN`: a new administrator chooses a first password. Reading the page changes nothing.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tracing::info;

use super::{
    Web, browser, errors::Failure, forms::Form, link_visitor::Token, pages, pages::Moment,
    time_away_view,
};
use crate::{
    mail::compose::shown_name,
    nonce,
    workflow::accept_invitation::{self, AcceptError, Invited, Standing},
};

/// How long the page may be open before its button is pressed. There is no shortest time: nothing
/// that opens links by itself types the same password twice.
const NONCE_LASTS: Duration = Duration::from_secs(30 * 60);

/// Shows the form, or why there is none.
pub(super) async fn show(
    State(web): State<Web>,
    Token(token): Token,
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
    page(&web, &token, &invited, None, StatusCode::OK)
}

/// Sets the password; from there to the sign-in.
pub(super) async fn accept(
    State(web): State<Web>,
    Token(token): Token,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let Some(invited) = accept_invitation::find(&web.app, &token).await? else {
        return unknown(&web, &headers);
    };
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
