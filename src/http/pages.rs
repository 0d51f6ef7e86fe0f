//! What all pages share: their language, their moments in time, the style sheet, the error page.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::json;

use super::{
    Web,
    errors::Failure,
    forms,
    portal::view::{self, Here},
    session_cookie::Session,
};
use crate::{
    domain::{calendar_day::CalendarDay, language::Language, timestamp::Timestamp},
    passwords::strength::WeakPassword,
    workflow::new_password::NewPasswordError,
};

/// The cookie that remembers the language somebody chose.
pub(super) const LANGUAGE_COOKIE: &str = "language";
/// What it ends in where the settings of whoever signed in say so, and not a choice made in this
/// browser.
pub(super) const LANGUAGE_OF_SETTINGS: &str = ".settings";

/// The language of whoever asks: chosen before, else what the browser prefers, else the default.
pub(super) fn language(web: &Web, headers: &HeaderMap) -> Language {
    let remembered = forms::cookie(headers, LANGUAGE_COOKIE);
    let chosen = remembered
        .and_then(|text| Language::parse(text.strip_suffix(LANGUAGE_OF_SETTINGS).unwrap_or(text)));
    let preferred = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::accepted(header)
    };
    chosen
        .or_else(preferred)
        .unwrap_or(web.app.config.portal.default_language)
}

/// A page.
pub(super) fn html(body: String) -> Response {
    with_status(StatusCode::OK, body)
}

/// A page with another status than 200.
pub(super) fn with_status(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, kind, body).into_response()
}

/// The page for something that went wrong, with the portal's menu for whoever is signed in. Its
/// language switch leads to the beginning: the page is the same wherever it was met.
pub(super) fn error(
    web: &Web,
    language: Language,
    session: Option<&Session>,
    status: StatusCode,
    request_id: &str,
) -> String {
    let rest = json!({ "status_code": status.as_u16(), "request_id": request_id });
    let view = match session {
        Some(session) => view::signed_in(web, session, Here::Nowhere, "/", rest),
        None => view::signed_out(web, rest),
    };
    web.app
        .templates
        .page("error", language, &view)
        .unwrap_or_else(|_| status.to_string())
}

/// What is wrong with a new password, as `parts/weak_password` calls it; where it is not the
/// password, that nothing can be shown.
pub(super) fn weak_password(error: NewPasswordError) -> Result<&'static str, Failure> {
    match error {
        NewPasswordError::Weak(WeakPassword::Short { .. }) => Ok("short"),
        NewPasswordError::Weak(WeakPassword::Long) => Ok("long"),
        NewPasswordError::Weak(WeakPassword::Guessable) => Ok("guessable"),
        NewPasswordError::Hashing(error) => Err(error.into()),
        NewPasswordError::Store(error) => Err(error.into()),
    }
}

/// `GET /style.css`.
pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../templates/page/style.css")).into_response()
}

/// `GET /icon.svg`: what browsers show beside the title.
pub(super) async fn icon() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, include_str!("../../templates/page/icon.svg")).into_response()
}

/// A day as pages show it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Day {
    iso: String,
    day: i8,
    /// The label of the month.
    month: String,
    year: i16,
}

impl Day {
    /// How a day is shown.
    pub(super) fn of(day: CalendarDay) -> Self {
        Self {
            iso: day.to_string(),
            day: day.day(),
            month: format!("month_{}", day.month()),
            year: day.year(),
        }
    }

    /// The last day of what ends at a moment, in a time zone by its IANA name.
    pub(super) fn last_until(end: Timestamp, time_zone: &str) -> Self {
        let whole = CalendarDay::ending_at(end, time_zone);
        Self::of(whole.unwrap_or_else(|| CalendarDay::of(end, time_zone)))
    }
}

/// A moment as pages show it, in the time zone of the account.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Moment {
    iso: String,
    day: i8,
    /// The label of the month.
    month: String,
    year: i16,
    time: String,
    zone: String,
}

impl Moment {
    /// In a time zone by its IANA name; a name that is none counts as UTC.
    pub(super) fn of(at: Timestamp, time_zone: &str) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let local = at.to_jiff().to_zoned(zone);
        Self {
            iso: at.to_string(),
            day: local.day(),
            month: format!("month_{}", local.month()),
            year: local.year(),
            time: local.strftime("%H:%M").to_string(),
            zone: local.strftime("%Z").to_string(),
        }
    }
}
