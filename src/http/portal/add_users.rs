//! `/authorized-users/add`: giving addresses access by name, as the guide does it.
//!
//! Saving needs no preview; the second button shows what was understood and changes nothing.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    granted,
    view::{self, Here},
};
use crate::{
    domain::{
        account::Account,
        account_number::AccountNumber,
        address_list::AddressList,
        calendar_day::CalendarDay,
        email_address::{EmailAddress, InvalidEmailAddress},
        timestamp::Timestamp,
        unusual_letters::UnusualLetters,
    },
    http::{Web, errors::Failure, forms::Form, pages, pages::Day, session_cookie::Session},
    store::{StoreError, accounts},
    workflow::{
        decide::DecideError,
        grant::{self, Grant, Known},
        judge,
    },
};

/// Room for 500 addresses with long names around them, every letter of them percent-encoded.
pub(in crate::http) const BODY_MAX: usize = 512 * 1024;
/// So many faults are named; the rest is counted.
const FAULTS_SHOWN: usize = 100;
/// So many addresses are shown at once; more are unfolded.
const SHORT: usize = 20;

/// What stands in the fields.
#[derive(Default)]
struct Filled<'a> {
    account: &'a str,
    email: &'a str,
    until: &'a str,
}

/// What was understood of the fields.
struct Understood {
    account: Account,
    addresses: Vec<EmailAddress>,
    repeated: usize,
    until: Option<(CalendarDay, Timestamp)>,
}

/// The form.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mine = accounts_of(&web, &session).await?;
    let only_one = match mine.as_slice() {
        [one] => one.number.as_str(),
        _ => "",
    };
    let filled = Filled {
        account: only_one,
        ..Filled::default()
    };
    let page = Page::of(&filled);
    page.render(&web, &session, &headers, &mine, StatusCode::OK)
}

/// Saves, or shows what saving would do.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let mine = accounts_of(&web, &session).await?;
    let filled = Filled {
        account: form.get("account"),
        email: form.get("email"),
        until: form.get("until"),
    };
    let mut page = Page::of(&filled);
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.errors
            .push(json!({ "kind": "foreign_form", "field": null }));
        return page.render(&web, &session, &headers, &mine, StatusCode::FORBIDDEN);
    }
    let Some(understood) = page.understand(&mine, web.app.clock.now()) else {
        return page.render(&web, &session, &headers, &mine, StatusCode::BAD_REQUEST);
    };
    let mut conn = web.app.store.read().await?;
    let seen = preview(&mut conn, &understood, web.app.clock.now()).await?;
    drop(conn);
    page.sure = doubtful(&seen).join(" ");
    if form.get("action") == "preview" {
        page.preview = seen;
        return page.render(&web, &session, &headers, &mine, StatusCode::OK);
    }
    if form.get("sure") != page.sure {
        page.preview = seen;
        page.errors
            .push(json!({ "kind": "unlike", "field": "sure" }));
        return page.render(&web, &session, &headers, &mine, StatusCode::BAD_REQUEST);
    }
    let grant = Grant {
        account: &understood.account.number,
        addresses: &understood.addresses,
        until: understood.until.map(|(_, end)| end),
    };
    match grant::grant(&web.app, &session.signed_in, &grant).await {
        Ok(done) => {
            let mut response = Redirect::to("/authorized-users?status=approved").into_response();
            let cookie = granted::set(&web, &understood.account.number, &done);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(DecideError::NotYours | DecideError::Unknown) => {
            page.errors
                .push(json!({ "kind": "account_unknown", "field": "account" }));
            page.render(&web, &session, &headers, &mine, StatusCode::BAD_REQUEST)
        }
        Err(DecideError::SessionEnded) => Err(Failure::forbidden("The session has ended")),
        Err(DecideError::AlreadyDecided(_)) => Err(StoreError::Moved.into()),
        Err(DecideError::Store(error)) => Err(error.into()),
    }
}

async fn accounts_of(web: &Web, session: &Session) -> Result<Vec<Account>, StoreError> {
    let mut conn = web.app.store.read().await?;
    accounts::of_administrator(&mut conn, session.administrator.id).await
}

/// The page with its form.
struct Page<'a> {
    filled: &'a Filled<'a>,
    errors: Vec<Value>,
    more_errors: usize,
    preview: Value,
    /// The addresses that are not what they look like.
    sure: String,
}

impl<'a> Page<'a> {
    fn of(filled: &'a Filled<'a>) -> Self {
        Self {
            filled,
            errors: Vec::new(),
            more_errors: 0,
            preview: Value::Null,
            sure: String::new(),
        }
    }

    /// Reads the fields; none where something is wrong, which [`Page::errors`] then says.
    fn understand(&mut self, mine: &[Account], now: Timestamp) -> Option<Understood> {
        let account = match account(self.filled.account, mine) {
            Ok(account) => Some(account.clone()),
            Err(kind) => {
                self.errors
                    .push(json!({ "kind": kind, "field": "account" }));
                None
            }
        };
        let list = AddressList::read(self.filled.email);
        for fault in list.faults.iter().take(FAULTS_SHOWN) {
            let text: String = fault.text.chars().take(120).collect();
            self.errors.push(json!({
                "kind": reason(fault.reason),
                "field": "email",
                "text": text,
            }));
        }
        self.more_errors = list.faults.len().saturating_sub(FAULTS_SHOWN);
        if list.addresses.is_empty() && list.faults.is_empty() {
            self.errors
                .push(json!({ "kind": "email_missing", "field": "email" }));
        }
        let count = list.addresses.len();
        if count > grant::AT_MOST {
            let at_most = grant::AT_MOST;
            self.errors.push(
                json!({ "kind": "too_many", "field": "email", "count": count, "at_most": at_most }),
            );
        }
        let zone = account.as_ref().map_or("UTC", |one| one.time_zone.as_str());
        let until = match end_of(self.filled.until, zone, now) {
            Ok(until) => until,
            Err(kind) => {
                self.errors.push(json!({ "kind": kind, "field": "until" }));
                None
            }
        };
        if !self.errors.is_empty() {
            return None;
        }
        Some(Understood {
            account: account?,
            repeated: list.repeated.len(),
            addresses: list.addresses,
            until,
        })
    }

    fn render(
        self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        mine: &[Account],
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let accounts = mine
            .iter()
            .map(|account| json!({ "number": account.number.as_str(), "name": account.name }));
        let wrong = |field: &str| self.errors.iter().any(|error| error["field"] == field);
        let zone = mine.first().map_or("UTC", |one| one.time_zone.as_str());
        let rest = json!({
            "account": self.filled.account,
            "email": self.filled.email,
            "until": self.filled.until,
            "today": CalendarDay::of(web.app.clock.now(), zone).to_string(),
            "wrong": {
                "account": wrong("account"),
                "email": wrong("email"),
                "until": wrong("until"),
            },
            "accounts": accounts.collect::<Vec<_>>(),
            "at_most": grant::AT_MOST,
            "more_errors": self.more_errors,
            "preview": self.preview,
            "sure": self.sure,
            "errors": self.errors,
        });
        let path = "/authorized-users/add";
        let view = view::signed_in(web, session, Here::AddUsers, path, rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("add_users", language, &view)?;
        Ok(pages::with_status(status, body))
    }
}

/// An account of the caller. Somebody else's is not to be told from one that does not exist.
fn account<'m>(text: &str, mine: &'m [Account]) -> Result<&'m Account, &'static str> {
    if text.trim().is_empty() {
        return Err("account_missing");
    }
    let number = AccountNumber::parse(text).map_err(|_| "account_invalid")?;
    mine.iter()
        .find(|account| account.number == number)
        .ok_or("account_unknown")
}

fn reason(reason: InvalidEmailAddress) -> &'static str {
    match reason {
        InvalidEmailAddress::NoAt => "no_at",
        InvalidEmailAddress::TooLong => "too_long",
        InvalidEmailAddress::LocalPart => "local_part",
        InvalidEmailAddress::Domain => "domain",
    }
}

/// The last day of a permission, and the moment that day is over where the account is; nothing
/// where nothing is filled in.
pub(super) fn end_of(
    text: &str,
    zone: &str,
    now: Timestamp,
) -> Result<Option<(CalendarDay, Timestamp)>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day = CalendarDay::parse(text).map_err(|_| "until_invalid")?;
    let end = day.ends(zone);
    if end <= now {
        return Err("until_past");
    }
    Ok(Some((day, end)))
}

async fn preview(
    conn: &mut AnyConnection,
    understood: &Understood,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let account = &understood.account;
    let known = grant::preview(conn, &account.number, &understood.addresses, now).await?;
    let mut pretends = Vec::new();
    for email in &understood.addresses {
        pretends.push(judge::look_alike_of(conn, &account.number, email).await?);
    }
    let count = |word: &str| known.iter().filter(|known| known.as_str() == word).count();
    let addresses = understood
        .addresses
        .iter()
        .zip(known.iter().zip(&pretends))
        .map(|(email, (known, pretends))| {
            let until = match known {
                Known::Authorized { until: Some(until) } => {
                    Some(Day::last_until(*until, &account.time_zone))
                }
                Known::Authorized { until: None }
                | Known::New
                | Known::Asking
                | Known::Rejected => None,
            };
            json!({
                "email": email.as_typed(),
                "known": known.as_str(),
                "until": until,
                "stays": known.stays(understood.until.map(|(_, end)| end)),
                "until_then": understood.until.map(|(day, _)| Day::of(day)),
                "looks_like": pretends.as_ref().map(ToString::to_string),
                "unusual_letters": UnusualLetters::of(email).in_short(),
            })
        });
    let mut seen = json!({
        "account_number": account.number.as_str(),
        "account_name": account.name,
        "until": understood.until.map(|(day, _)| Day::of(day)),
        "count": understood.addresses.len(),
        "short": understood.addresses.len() <= SHORT,
        "fresh": count("new"),
        "approved": count("approved"),
        "pending": count("pending"),
        "rejected": count("rejected"),
        "repeated": understood.repeated,
        "addresses": addresses.collect::<Vec<_>>(),
    });
    seen["doubtful"] = doubtful(&seen).len().into();
    Ok(seen)
}

/// The addresses of a preview that are not what they look like.
fn doubtful(seen: &Value) -> Vec<&str> {
    let addresses = seen["addresses"].as_array().into_iter().flatten();
    addresses
        .filter(|one| !one["looks_like"].is_null() || !one["unusual_letters"].is_null())
        .filter_map(|one| one["email"].as_str())
        .collect()
}
