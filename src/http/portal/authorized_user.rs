//! `/authorized-users/{entry}`: one address on one account: until when it may, and what happened.

use axum::{
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{
    add_users::end_of,
    events::Words,
    result_cookie::{self, RowOutcome},
    row::{self, Pressed, RowId},
    view::{self, Here},
};
use crate::{
    domain::{
        account_number::AccountNumber, calendar_day::CalendarDay, people::PersonId,
        unusual_letters::UnusualLetters,
    },
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::{self, Day, Moment},
        session_cookie::Session,
    },
    store::{
        accounts, audit,
        entries::{self, Entry},
        people,
    },
    workflow::{authorized_users, decide::DecideError, look},
};

/// So many of the newest events are shown.
const EVENTS_SHOWN: i64 = 100;

/// Where an entry has its page.
pub(super) fn url(account: &AccountNumber, person: PersonId) -> String {
    format!(
        "/authorized-users/{}",
        RowId::Entry(account.clone(), person)
    )
}

/// The end of its path. What cannot be one is not there, whoever asks.
pub(in crate::http) struct EntryPath(AccountNumber, PersonId);

impl FromRequestParts<Web> for EntryPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, web).await;
        match path.ok().and_then(|Path(id)| RowId::parse(&id)) {
            Some(RowId::Entry(account, person)) => Ok(Self(account, person)),
            Some(RowId::Request(_)) | None => Err(Failure::not_found()),
        }
    }
}

/// The page.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    path: EntryPath,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let entry = find(&web, &session, path).await?;
    let results = result_cookie::read(&headers);
    let said = Said {
        results: row::results(&web, &session, &results).await?,
        ..Said::default()
    };
    let mut response = render(&web, &session, &entry, &headers, said).await?;
    if !results.is_empty() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, result_cookie::clear(&web));
    }
    Ok(response)
}

/// Sets the end of the permission, or approves or rejects.
pub(in crate::http) async fn change(
    State(web): State<Web>,
    path: EntryPath,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let entry = find(&web, &session, path).await?;
    if !session.sent(&web, &headers, form.get("csrf")) {
        let said = Said::refused("foreign_form");
        return render(&web, &session, &entry, &headers, said).await;
    }
    let id = RowId::Entry(entry.account.clone(), entry.person);
    let outcome = match Pressed::parse(form.get("action")) {
        Some(pressed) => {
            let shown = form.get(&format!("status_{id}"));
            row::decide(&web, &session, &id, shown, pressed, None).await?
        }
        None if form.get("action") == "until" => {
            match set_until(&web, &session, &entry, form.get("until")).await? {
                Ok(outcome) => outcome,
                Err(error) => {
                    let typed = Some(form.get("until").to_owned());
                    let said = Said {
                        typed,
                        ..Said::refused(error)
                    };
                    return render(&web, &session, &entry, &headers, said).await;
                }
            }
        }
        None => return Err(Failure::bad_request("action is until, approve or reject")),
    };
    let mut response = Redirect::to(&url(&entry.account, entry.person)).into_response();
    let cookie = result_cookie::set(&web, &[(id.to_string(), outcome)]);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn set_until(
    web: &Web,
    session: &Session,
    entry: &Entry,
    text: &str,
) -> Result<Result<RowOutcome, &'static str>, Failure> {
    let mut conn = web.app.store.read().await?;
    let account = accounts::find(&mut conn, &entry.account).await?;
    drop(conn);
    let zone = account.map_or_else(|| "UTC".to_owned(), |account| account.time_zone);
    let until = match end_of(text, &zone, web.app.clock.now()) {
        Ok(until) => until.map(|(_, end)| end),
        Err(error) => return Ok(Err(error)),
    };
    let by = &session.signed_in;
    match authorized_users::set_until(&web.app, by, &entry.account, entry.person, until).await {
        Ok(()) => Ok(Ok(RowOutcome::UntilSet)),
        Err(DecideError::Unknown | DecideError::AlreadyDecided(_)) => Ok(Ok(RowOutcome::Already)),
        Err(DecideError::NotYours) => Ok(Ok(RowOutcome::NotYours)),
        Err(DecideError::SessionEnded) => Err(Failure::forbidden("The session has ended")),
        Err(DecideError::Store(error)) => Err(error.into()),
    }
}

/// The entry; one of somebody else's account is not to be told from one that does not exist.
async fn find(web: &Web, session: &Session, path: EntryPath) -> Result<Entry, Failure> {
    let EntryPath(account, person) = path;
    let mut conn = web.app.store.read().await?;
    if !people::decides_for(&mut conn, &account, session.administrator.id).await? {
        return Err(Failure::not_found());
    }
    entries::find(&mut conn, &account, person)
        .await?
        .ok_or_else(Failure::not_found)
}

/// What the page says besides the entry.
#[derive(Default)]
struct Said {
    results: Value,
    error: Option<&'static str>,
    /// The date as it was typed.
    typed: Option<String>,
}

impl Said {
    fn refused(error: &'static str) -> Self {
        Self {
            error: Some(error),
            ..Self::default()
        }
    }

    fn status(&self) -> StatusCode {
        match self.error {
            Some("foreign_form") => StatusCode::FORBIDDEN,
            Some(_) => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        }
    }
}

async fn render(
    web: &Web,
    session: &Session,
    entry: &Entry,
    headers: &HeaderMap,
    said: Said,
) -> Result<Response, Failure> {
    let now = web.app.clock.now();
    let mut conn = web.app.store.read().await?;
    let account = accounts::find(&mut conn, &entry.account)
        .await?
        .ok_or_else(Failure::not_found)?;
    let zone = account.time_zone.as_str();
    let mut words = Words::default();
    let mut history = Vec::new();
    for event in audit::of_person(&mut conn, &entry.account, entry.person, EVENTS_SHOWN).await? {
        history.push(words.of(web, &mut conn, &event, zone).await?);
    }
    let decision = row::decision(&mut conn, entry, zone).await?;
    let asked = match &entry.request {
        Some((request, _)) => look::find(&mut conn, *request).await?,
        None => None,
    };
    let looks_like = row::looks_like(&mut conn, entry, asked.as_ref()).await?;
    drop(conn);
    let unusual = UnusualLetters::of(&entry.email);
    let status = said.status();
    let until = entry.until.map(|until| {
        CalendarDay::ending_at(until, zone).unwrap_or_else(|| CalendarDay::of(until, zone))
    });
    let typed = said.typed.or_else(|| until.map(|day| day.to_string()));
    let approved = entry.status == "approved";
    let id = RowId::Entry(entry.account.clone(), entry.person).to_string();
    let request = entry.request.as_ref();
    let rest = json!({
        "email": entry.email.as_typed(),
        "account_number": account.number.as_str(),
        "account_name": account.name,
        "status": entry.status,
        "decision": decision,
        "request": request.map(|(id, number)| json!({ "id": id.to_string(), "number": number.as_str() })),
        "until": until.map(Day::of),
        "ended": entry.until.is_some_and(|until| until <= now),
        "until_typed": typed.unwrap_or_default(),
        "today": CalendarDay::of(now, zone).to_string(),
        "use_count": entry.used.0,
        "last_used": entry.used.1.map(|at| Moment::of(at, zone)),
        "entry_id": id,
        "can_approve": matches!(entry.status.as_str(), "rejected" | "expired"),
        "can_reject": matches!(entry.status.as_str(), "approved" | "expired"),
        "has_access": approved,
        "domain": entry.email.domain(),
        "looks_like": looks_like.map(|one| one.to_string()),
        "unusual_domain": unusual.domain,
        "unusual_letters": unusual.local_part,
        "history": history,
        "results": said.results,
        "error": said.error,
    });
    let path = url(&entry.account, entry.person);
    let view = view::signed_in(web, session, Here::AuthorizedUser, &path, rest);
    let language = pages::language(web, headers);
    let body = web.app.templates.page("authorized_user", language, &view)?;
    Ok(pages::with_status(status, body))
}
