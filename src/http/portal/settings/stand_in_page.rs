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
    domain::{account::Account, calendar_day::CalendarDay},
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::{self, Moment},
        portal::{
            colleague,
            person_fields::{Person, PersonFields, fault},
            unlike_known,
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
    let filled = PersonFields {
        language: session.administrator.language.as_str(),
        ..PersonFields::default()
    };
    Page::of(&own, filled, ["", ""]).render(&web, &session, &headers, StatusCode::OK)
}

/// Names somebody.
pub(super) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let own = own_accounts(&web, &session).await?;
    let days = [form.get("first"), form.get("last")];
    let mut page = Page::of(&own, PersonFields::of(&form), days);
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.errors.push(fault("foreign_form", None));
        return page.render(&web, &session, &headers, StatusCode::FORBIDDEN);
    }
    let Some((who, [first, last])) = page.understand() else {
        return page.render(&web, &session, &headers, StatusCode::BAD_REQUEST);
    };
    if !session.is_fresh(&web) {
        page.confirm_first = true;
        return page.render(&web, &session, &headers, StatusCode::FORBIDDEN);
    }
    let numbers = own.iter().map(|one| &one.number);
    page.sure = unlike_known::doubt(&web, numbers, &who.email, &form).await?;
    if page.sure.is_some() {
        page.errors.push(fault("unlike", Some("sure")));
        return page.render(&web, &session, &headers, StatusCode::BAD_REQUEST);
    }
    let naming = Naming {
        who: &Newcomer {
            email: &who.email,
            name: &who.name,
            language: who.language,
            phone: None,
        },
        first,
        last,
    };
    let mut status = StatusCode::BAD_REQUEST;
    page.errors.push(
        match name_stand_in::name(&web.app, &session.signed_in, naming).await {
            Ok(()) => return Ok(done("stand_in_named")),
            Err(NameStandInError::TooMany(until)) => {
                status = StatusCode::TOO_MANY_REQUESTS;
                let mut fault = fault("too_many", None);
                fault["until"] = json!(Moment::of(until, page.zone()));
                fault
            }
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
    page.render(&web, &session, &headers, status)
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

struct Page<'a> {
    own: &'a [Account],
    filled: PersonFields<'a>,
    /// The first day and the last one, as they were filled in.
    days: [&'a str; 2],
    errors: Vec<Value>,
    confirm_first: bool,
    sure: Option<Value>,
}

impl<'a> Page<'a> {
    fn of(own: &'a [Account], filled: PersonFields<'a>, days: [&'a str; 2]) -> Self {
        Self {
            own,
            filled,
            days,
            errors: Vec::new(),
            confirm_first: false,
            sure: None,
        }
    }

    /// Who, and the first and the last day; none where something is wrong with the fields, which is
    /// then among the errors.
    fn understand(&mut self) -> Option<(Person, [CalendarDay; 2])> {
        let person = self.filled.understand(&mut self.errors);
        let [first, last] = self.days.map(CalendarDay::parse);
        for (day, field) in [(&first, "first"), (&last, "last")] {
            if day.is_err() {
                self.errors.push(fault("no_day", Some(field)));
            }
        }
        Some((person?, [first.ok()?, last.ok()?]))
    }

    fn zone(&self) -> &str {
        self.own.first().map_or("UTC", |one| one.time_zone.as_str())
    }

    fn render(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let accounts: Vec<Value> = self
            .own
            .iter()
            .map(|one| json!({ "number": one.number.as_str(), "name": one.name }))
            .collect();
        let [first, last] = self.days;
        let days = json!({ "first": first, "last": last });
        let mut rest = self.filled.view(&self.errors, days);
        let shown = json!({
            "accounts": accounts,
            "today": CalendarDay::of(web.app.clock.now(), self.zone()).to_string(),
            "errors": self.errors,
            "confirm_first": self.confirm_first,
            "sure": self.sure,
        });
        view::extend(&mut rest, shown);
        let view = view::signed_in(web, session, Here::Settings, "/settings/stand-in", rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("stand_in", language, &view)?;
        Ok(pages::with_status(status, body))
    }
}
