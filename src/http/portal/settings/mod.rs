//! `/settings`: what belongs to a person, not to an account. One page, a section for each matter.
//!
//! # A new section
//!
//! 1. A file here with `view(&mut conn, &viewer)`, which says what the section shows, and a handler
//!    for each of its forms (`POST /settings/…`): it takes an [`OwnForm`](own_form::OwnForm), calls
//!    one workflow function and ends in [`done`] or, where the form is refused, in
//!    [`refused`](own_form::OwnForm::refused).
//! 2. A part `templates/page/settings/SECTION.hbs` (in the list of `templates/pages.rs`), whose
//!    context is that value: `<section class="card" id="SECTION">`. A form in it carries
//!    `{{@root/csrf}}`. What may be missing is `null` in `view`, the section's `error` first of all.
//! 3. Its line in [`page`], its routes in [`router`], its partial in `templates/page/settings.hbs`,
//!    and the words for what was [`done`] in `templates/page/settings/done.hbs`.

#[cfg(feature = "oidc")]
mod identity_list;
mod language_choice;
mod mail_choice;
mod own_form;
#[cfg(feature = "passkeys")]
mod passkey_list;
mod password_change;
mod recovery_code_page;
mod session_list;
mod stand_in_card;
mod stand_in_page;
mod totp_device;
mod totp_enrolment;

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view::{self, Here};
use crate::{
    http::{Web, errors::Failure, pages, session_cookie::Session},
    store::accounts,
};

/// The page and the forms of its sections.
pub(in crate::http) fn router() -> Router<Web> {
    let router = Router::new()
        .route("/settings", get(show))
        .route("/settings/language", post(language_choice::choose))
        .route("/settings/notifications", post(mail_choice::choose))
        .route("/settings/password", post(password_change::change))
        .route(
            "/settings/stand-in",
            get(stand_in_page::show).post(stand_in_page::submit),
        )
        .route("/settings/stand-in/end", post(stand_in_card::end))
        .route("/settings/sessions/end", post(session_list::end))
        .route(
            "/settings/sessions/end-others",
            post(session_list::end_others),
        )
        .route(
            "/settings/totp",
            get(totp_enrolment::show).post(totp_enrolment::confirm),
        )
        .route("/settings/totp/begin", post(totp_device::begin))
        .route("/settings/totp/remove", post(totp_device::remove))
        .route(
            "/settings/recovery-codes",
            get(recovery_code_page::show).post(recovery_code_page::renew),
        );
    #[cfg(feature = "passkeys")]
    let router = router
        .route("/settings/passkeys", post(passkey_list::begin_adding))
        .route("/settings/passkeys/remove", post(passkey_list::remove));
    #[cfg(feature = "oidc")]
    let router = router
        .route(
            "/settings/identities/{name}/link",
            post(identity_list::link),
        )
        .route(
            "/settings/identities/{name}/unlink",
            post(identity_list::unlink),
        );
    router
}

/// Who looks at the page.
struct Viewer<'a> {
    web: &'a Web,
    session: &'a Session,
    /// The time zone of their accounts, or UTC where they have none.
    zone: String,
}

/// What may stand behind `/settings`.
#[derive(Deserialize, Default)]
struct SettingsQuery {
    #[serde(default)]
    done: String,
}

async fn show(
    State(web): State<Web>,
    session: Session,
    Query(query): Query<SettingsQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    page(&web, &session, &headers, Said::Done(&query.done)).await
}

/// What the page says besides its sections.
enum Said<'a> {
    /// What was done, by its name in `done.hbs`; any other word says nothing.
    Done(&'a str),
    /// A form came from elsewhere, or from a page of long ago.
    Foreign,
    /// A form was refused.
    Refused {
        /// The section it stands in.
        section: &'static str,
        /// What the section shows instead of its own view: its `error`, and what was typed.
        shows: Value,
    },
}

async fn page(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    said: Said<'_>,
) -> Result<Response, Failure> {
    let mut conn = web.app.store.read().await?;
    let mine = accounts::of_administrator(&mut conn, session.administrator.id).await?;
    let zone = mine.into_iter().next().map(|account| account.time_zone);
    let viewer = Viewer {
        web,
        session,
        zone: zone.unwrap_or_else(|| "UTC".to_owned()),
    };
    let mut sections = json!({
        "language_choice": language_choice::view(&viewer),
        "mail_choice": mail_choice::view(&mut conn, &viewer).await?,
        "password_change": password_change::view(&mut conn, &viewer).await?,
        "totp_device": totp_device::view(&mut conn, &viewer).await?,
        "stand_in_card": stand_in_card::view(&mut conn, &viewer).await?,
        "session_list": session_list::view(&mut conn, &viewer).await?,
        "passkey_list": null,
        "identity_list": null,
    });
    #[cfg(feature = "passkeys")]
    {
        sections["passkey_list"] = passkey_list::view(&mut conn, &viewer).await?;
    }
    #[cfg(feature = "oidc")]
    {
        sections["identity_list"] = identity_list::view(&mut conn, &viewer).await?;
    }
    drop(conn);
    let (status, done, error) = match said {
        Said::Done(done) => (StatusCode::OK, Some(done), None),
        Said::Foreign => (StatusCode::FORBIDDEN, None, Some("foreign_form")),
        Said::Refused { section, shows } => {
            view::extend(&mut sections[section], shows);
            (StatusCode::BAD_REQUEST, None, Some("refused"))
        }
    };
    let rest = json!({ "done": done, "error": error, "sections": sections });
    let view = view::signed_in(web, session, Here::Settings, "/settings", rest);
    let language = pages::language(web, headers);
    let body = web.app.templates.page("settings", language, &view)?;
    Ok(pages::with_status(status, body))
}

/// A form was taken: back to the page, which says so.
fn done(what: &str) -> Response {
    Redirect::to(&format!("/settings?done={what}")).into_response()
}
