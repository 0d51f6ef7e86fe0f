//! `/login/oidc/NAME`: to an identity provider and back.
//!
//! The provider leads the browser back with a `GET` (RFC 6749, section 4.1.2). No `GET` of ours
//! changes a row, and this one makes no exception: it shows a page with one button, whose form then
//! ends the journey and begins the session. That costs one press, and in return nothing but a form
//! sent from our own page can sign anybody in.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use tracing::warn;

use super::{
    arrival,
    sign_in::LoginPage,
    view::{self, Here},
};
use crate::{
    http::{
        Web, browser, ceremony_cookie, client_address, device,
        errors::Failure,
        forms::{self, Form},
        pages,
        session_cookie::Session,
    },
    oidc::{Answer, AskProviderError, Journey, Proof, Provider},
    workflow::{
        ceremony::CeremonySecret,
        identity::{self, Errand, IdentityError, Traveller},
        session,
    },
};

/// `POST /login/oidc/NAME`
pub(in crate::http) async fn leave_to_sign_in(
    State(web): State<Web>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let provider = by_name(&web, &name)?;
    let next = forms::local_path(form.get("next"));
    let mut page = LoginPage::new(form.get("email"), next);
    let language = pages::language(&web, &headers);
    if !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        page.error = Some("foreign_form");
        return page.render(&web, language, StatusCode::FORBIDDEN);
    }
    let traveller = Traveller {
        errand: Errand::SignIn,
        administrator: None,
        next: next.to_owned(),
    };
    let secret = CeremonySecret::of_stranger(client_address::of(&web, peer, &headers));
    match leave(&web, None, &headers, provider, &traveller, secret).await? {
        Some(response) => Ok(response),
        None => {
            page.error = Some("provider_down");
            page.render(&web, language, StatusCode::BAD_GATEWAY)
        }
    }
}

/// `POST /confirm/oidc/NAME`
pub(in crate::http) async fn leave_to_confirm(
    State(web): State<Web>,
    Path(name): Path<String>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let provider = by_name(&web, &name)?;
    if !session.sent(&web, &headers, form.get("csrf")) {
        return Err(Failure::forbidden(
            "This form was not sent from a page of your session",
        ));
    }
    let next = match form.get("next") {
        "" => "/confirm",
        next => forms::local_path(next),
    };
    let traveller = Traveller {
        errand: Errand::Confirm,
        administrator: Some(session.administrator.id),
        next: next.to_owned(),
    };
    let secret = CeremonySecret::fresh();
    let left = leave(&web, Some(&session), &headers, provider, &traveller, secret).await?;
    left.map_or_else(
        || {
            shown(
                &web,
                Some(&session),
                &headers,
                provider,
                Shown::Error("down"),
            )
        },
        Ok,
    )
}

/// Leads a browser to a provider: `None` where that cannot be asked.
///
/// Not by a redirect: a form may lead nowhere but here (`form-action 'self'`), and browsers hold
/// redirects to that as well. So a page leads on by itself, and by a link for those that do not.
pub(super) async fn leave(
    web: &Web,
    session: Option<&Session>,
    headers: &HeaderMap,
    provider: &Provider,
    traveller: &Traveller,
    secret: CeremonySecret,
) -> Result<Option<Response>, Failure> {
    let journey = Journey::of(secret.expose());
    let url = match provider.begin(&journey, proof(traveller.errand)).await {
        Ok(url) => url,
        Err(error) => {
            log(provider, &error);
            return Ok(None);
        }
    };
    identity::leave(&web.app, &secret, provider.name(), traveller).await?;
    let onward = HeaderValue::from_str(&format!("0; url={url}"))
        .map_err(|error| anyhow::anyhow!("the provider's address makes no header: {error}"))?;
    let mut response = shown(
        web,
        session,
        headers,
        provider,
        Shown::Leaving(url.as_str()),
    )?;
    let to_set = response.headers_mut();
    to_set.insert(header::REFRESH, onward);
    to_set.append(header::SET_COOKIE, ceremony_cookie::set(web, &secret));
    Ok(Some(response))
}

/// What a provider puts behind the address it leads back to (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Deserialize, Default)]
pub(in crate::http) struct ComesBackWith {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    iss: String,
    #[serde(default)]
    error: String,
}

/// `GET /login/oidc/NAME/callback`: shows the button that ends the journey, and changes nothing.
pub(in crate::http) async fn come_back(
    State(web): State<Web>,
    Path(name): Path<String>,
    session: Option<Session>,
    Query(with): Query<ComesBackWith>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let provider = by_name(&web, &name)?;
    let shows = match with.error.as_str() {
        "" if with.code.is_empty() => Shown::Error("ended"),
        "" => Shown::Returned(&with),
        "access_denied" => Shown::Error("broken_off"),
        _ => Shown::Error("refused"),
    };
    shown(&web, session.as_ref(), &headers, provider, shows)
}

/// `POST /login/oidc/NAME/callback`: ends the journey.
pub(in crate::http) async fn arrive(
    State(web): State<Web>,
    Path(name): Path<String>,
    session: Option<Session>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let provider = by_name(&web, &name)?;
    let is_ours = match &session {
        Some(session) => session.sent(&web, &headers, form.get("csrf")),
        None => browser::is_same_origin(&headers, &web.app.config.server.origin()),
    };
    // A state that was made up ends nobody's journey.
    let secret = ceremony_cookie::read(&web, &headers)
        .filter(|secret| is_ours && Journey::of(secret).has_state(form.get("state")));
    let arrived = match secret {
        Some(secret) => end(&web, provider, secret, session.as_ref(), &headers, &form).await?,
        None => Err("ended"),
    };
    let mut response = match arrived {
        Ok(response) => response,
        Err(word) => shown(
            &web,
            session.as_ref(),
            &headers,
            provider,
            Shown::Error(word),
        )?,
    };
    if secret.is_some() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, ceremony_cookie::clear(&web));
    }
    Ok(response)
}

/// Where somebody goes on to who came back, or the word for why they do not.
async fn end(
    web: &Web,
    provider: &Provider,
    secret: &str,
    session: Option<&Session>,
    headers: &HeaderMap,
    form: &Form,
) -> Result<Result<Response, &'static str>, Failure> {
    let Some(traveller) = identity::return_from(&web.app, secret, provider.name()).await? else {
        return Ok(Err("ended"));
    };
    let answer = Answer {
        code: form.get("code"),
        issuer: Some(form.get("iss")).filter(|issuer| !issuer.is_empty()),
    };
    let journey = Journey::of(secret);
    let subject = match provider
        .who(&journey, &answer, proof(traveller.errand))
        .await
    {
        Ok(subject) => subject,
        Err(error) => {
            log(provider, &error);
            return Ok(Err(match error {
                AskProviderError::Unreachable(_) => "down",
                AskProviderError::CodeRefused(_) => "ended",
                AskProviderError::NotBelieved(_) => "not_believed",
            }));
        }
    };
    let by = session
        .map(|session| &session.signed_in)
        .filter(|by| Some(by.administrator()) == traveller.administrator);
    let (app, issuer) = (&web.app, provider.issuer());
    let done = match (traveller.errand, by) {
        (Errand::SignIn, _) => {
            let device = device::described(headers);
            match identity::sign_in(app, issuer, &subject, device).await {
                Ok(secret) => Ok(arrival::let_in(web, headers, &secret, &traveller.next).await?),
                Err(error) => Err(error),
            }
        }
        (Errand::Confirm, Some(by)) => identity::confirm(app, by, issuer, &subject)
            .await
            .map(|()| Redirect::to(&traveller.next).into_response()),
        (Errand::Link, Some(by)) => identity::link(app, by, issuer, &subject)
            .await
            .map(|()| Redirect::to(&traveller.next).into_response()),
        (Errand::Confirm | Errand::Link, None) => Err(IdentityError::SessionEnded),
    };
    match done {
        Ok(response) => Ok(Ok(response)),
        Err(IdentityError::Unknown) => Ok(Err("unknown")),
        Err(IdentityError::Linked) => Ok(Err("linked")),
        Err(IdentityError::NotFresh) => Ok(Err("not_fresh")),
        Err(IdentityError::SessionEnded | IdentityError::LastWayIn) => Ok(Err("ended")),
        Err(IdentityError::Store(error)) => Err(error.into()),
    }
}

/// Whoever confirms must prove it to the provider as well; for the rest its word is enough.
fn proof(errand: Errand) -> Proof {
    match errand {
        Errand::Confirm => Proof::Within(session::FRESH_FOR),
        Errand::SignIn | Errand::Link => Proof::AsItIs,
    }
}

fn by_name<'w>(web: &'w Web, name: &str) -> Result<&'w Provider, Failure> {
    let provider = web.app.providers.by_name(name);
    provider.ok_or_else(Failure::not_found)
}

fn log(provider: &Provider, error: &AskProviderError) {
    let name = provider.name();
    warn!(
        event = "identity_provider.failed",
        provider = name,
        "The identity provider {name}: {error}"
    );
}

/// What the page shows.
enum Shown<'a> {
    /// The way to the provider.
    Leaving(&'a str),
    /// The button that ends the journey.
    Returned(&'a ComesBackWith),
    /// Why nothing comes of it.
    Error(&'static str),
}

fn shown(
    web: &Web,
    session: Option<&Session>,
    headers: &HeaderMap,
    provider: &Provider,
    shows: Shown<'_>,
) -> Result<Response, Failure> {
    let (leaving, returned, error) = match shows {
        Shown::Leaving(url) => (Some(url), None, None),
        Shown::Returned(with) => {
            let fields = json!({ "code": with.code, "state": with.state, "iss": with.iss });
            (None, Some(fields), None)
        }
        Shown::Error(word) => (None, None, Some(word)),
    };
    let status = match error {
        None => StatusCode::OK,
        Some("down") => StatusCode::BAD_GATEWAY,
        Some("unknown" | "not_fresh") => StatusCode::FORBIDDEN,
        Some("linked") => StatusCode::CONFLICT,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    let rest = json!({
        "provider": { "name": provider.name(), "called": provider.label() },
        "leaving": leaving,
        "returned": returned,
        "error": error,
    });
    let view = match session {
        Some(session) => view::signed_in(web, session, Here::Nowhere, "/settings", rest),
        None => view::signed_out(web, rest),
    };
    let language = pages::language(web, headers);
    let body = web.app.templates.page("provider", language, &view)?;
    Ok(pages::with_status(status, body))
}
