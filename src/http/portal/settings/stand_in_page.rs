//! `/settings/stand-in`: naming who decides while whoever is signed in is away. The answer is the
//! same whether the address was known here before or not.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::done;
use crate::{
    domain::{
        account::Account, calendar_day::CalendarDay, email_address::EmailAddress,
        language::Language,
    },
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages,
        portal::{
            colleague,
            view::{self, Here},
        },
        session_cookie::{FreshSession, Session},
    },
    store::{accounts, stand_ins},
    workflow::{
        appoint::Newcomer,
        name_stand_in::{self, NameStandInError, Naming},
    },
};

const NAME_MAX: usize = 200;

/// The form; whoever has named somebody is shown that instead.
pub(super) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let own = own_accounts(&web, &session).await?;
    let now = web.app.clock.now();
    let mut conn = web.app.store.read().await?;
    let named = stand_ins::named_by(&mut conn, session.administrator.id, now).await?;
    drop(conn);
    if named.is_some() {
        return Ok(Redirect::to("/settings").into_response());
    }
    let filled = Filled {
        language: session.administrator.language.as_str(),
        ..Filled::default()
    };
    Page::of(&own, filled).render(&web, &session, &headers, StatusCode::OK)
}

/// Names somebody.
pub(super) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let own = own_accounts(&web, &session).await?;
    let filled = Filled {
        name: form.get("name"),
        email: form.get("email"),
        language: form.get("language"),
        first: form.get("first"),
        last: form.get("last"),
    };
    let mut page = Page::of(&own, filled);
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.errors.push(fault("foreign_form", None));
        return page.render(&web, &session, &headers, StatusCode::FORBIDDEN);
    }
    let Some(understood) = page.understand() else {
        return page.render(&web, &session, &headers, StatusCode::BAD_REQUEST);
    };
    if !session.is_fresh(&web) {
        page.confirm_first = true;
        return page.render(&web, &session, &headers, StatusCode::FORBIDDEN);
    }
    let naming = Naming {
        who: &Newcomer {
            email: &understood.email,
            name: filled.name.trim(),
            language: understood.language,
            phone: None,
        },
        first: understood.first,
        last: understood.last,
    };
    page.errors.push(
        match name_stand_in::name(&web.app, &session.signed_in, naming).await {
            Ok(()) => return Ok(done("stand_in_named")),
            Err(NameStandInError::Unmailable) => fault("unmailable", Some("email")),
            Err(NameStandInError::LooksAlike) => fault("look_alike", Some("email")),
            Err(NameStandInError::Yourself) => fault("yourself", Some("email")),
            Err(NameStandInError::NamedAlready) => fault("named_already", None),
            Err(NameStandInError::Past) => fault("past", Some("first")),
            Err(NameStandInError::Backwards) => fault("backwards", Some("last")),
            Err(NameStandInError::TooLong) => fault("long", Some("last")),
            Err(NameStandInError::NoRight(error)) => return Err(colleague::no_right(error)),
            Err(NameStandInError::Store(error)) => return Err(error.into()),
        },
    );
    page.render(&web, &session, &headers, StatusCode::BAD_REQUEST)
}

/// The accounts of whoever is signed in; a page of nobody's for somebody who has none, and only
/// stands in for others.
async fn own_accounts(web: &Web, session: &Session) -> Result<Vec<Account>, Failure> {
    let mut conn = web.app.store.read().await?;
    let own = accounts::appointed_of(&mut conn, session.administrator.id).await?;
    if own.is_empty() {
        return Err(Failure::not_found());
    }
    Ok(own)
}

/// What stands in the fields.
#[derive(Clone, Copy, Default)]
struct Filled<'a> {
    name: &'a str,
    email: &'a str,
    language: &'a str,
    first: &'a str,
    last: &'a str,
}

/// What was understood of them.
struct Understood {
    email: EmailAddress,
    language: Language,
    first: CalendarDay,
    last: CalendarDay,
}

struct Page<'a> {
    own: &'a [Account],
    filled: Filled<'a>,
    errors: Vec<Value>,
    confirm_first: bool,
}

fn fault(kind: &str, field: Option<&str>) -> Value {
    json!({ "kind": kind, "field": field })
}

impl<'a> Page<'a> {
    fn of(own: &'a [Account], filled: Filled<'a>) -> Self {
        Self {
            own,
            filled,
            errors: Vec::new(),
            confirm_first: false,
        }
    }

    /// Reads the fields; none where something is wrong with them, which is then among the errors.
    fn understand(&mut self) -> Option<Understood> {
        let name = self.filled.name.trim();
        if name.is_empty() {
            self.errors.push(fault("name_missing", Some("name")));
        } else if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            self.errors.push(fault("name_long", Some("name")));
        }
        let email = colleague::address(self.filled.email);
        if let Err(wrong) = &email {
            self.errors.push(fault(wrong, Some("email")));
        }
        let language = Language::parse(self.filled.language);
        if language.is_none() {
            self.errors
                .push(fault("language_missing", Some("language")));
        }
        let first = CalendarDay::parse(self.filled.first);
        if first.is_err() {
            self.errors.push(fault("no_day", Some("first")));
        }
        let last = CalendarDay::parse(self.filled.last);
        if last.is_err() {
            self.errors.push(fault("no_day", Some("last")));
        }
        match (email, language, first, last) {
            (Ok(email), Some(language), Ok(first), Ok(last)) if self.errors.is_empty() => {
                Some(Understood {
                    email,
                    language,
                    first,
                    last,
                })
            }
            _ => None,
        }
    }

    fn render(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let zone = self.own.first().map_or("UTC", |one| one.time_zone.as_str());
        let is_wrong = |name: &str| self.errors.iter().any(|error| error["field"] == name);
        let accounts: Vec<Value> = self
            .own
            .iter()
            .map(|one| json!({ "number": one.number.as_str(), "name": one.name }))
            .collect();
        let rest = json!({
            "accounts": accounts,
            "name": self.filled.name,
            "email": self.filled.email,
            "language": self.filled.language,
            "first": self.filled.first,
            "last": self.filled.last,
            "today": CalendarDay::of(web.app.clock.now(), zone).to_string(),
            "wrong": {
                "name": is_wrong("name"),
                "email": is_wrong("email"),
                "language": is_wrong("language"),
                "first": is_wrong("first"),
                "last": is_wrong("last"),
            },
            "errors": self.errors,
            "confirm_first": self.confirm_first,
        });
        let view = view::signed_in(web, session, Here::Settings, "/settings/stand-in", rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("stand_in", language, &view)?;
        Ok(pages::with_status(status, body))
    }
}
