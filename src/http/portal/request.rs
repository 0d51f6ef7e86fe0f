//! `/requests/{id}`: one request with its history; the mail's approve link leads here.
//!
//! An open request is decided here, with a note where somebody has one. A decided one stays as it
//! is: the buttons then change what stands for its address.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    authorized_user,
    events::Words,
    result_cookie,
    row::{self, Pressed, RowId},
    view::{self, Here},
};
use crate::{
    domain::{
        account::Account, message::MessageKind, note::Note, request::RequestId,
        unusual_letters::UnusualLetters,
    },
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::{self, Day, Moment},
        request_view,
        session_cookie::Session,
    },
    store::{
        StoreError, accounts, audit, clients,
        entries::{self, Entry},
        people,
    },
    workflow::look::{self, Shown},
};

/// The request.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let about = About::find(&web, &session, &id).await?;
    let mut response = about
        .render(&web, &session, &headers, Said::default())
        .await?;
    if !result_cookie::read(&headers).is_empty() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, result_cookie::clear(&web));
    }
    Ok(response)
}

/// Approves or rejects it, or what stands for its address.
pub(in crate::http) async fn decide(
    State(web): State<Web>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let about = About::find(&web, &session, &id).await?;
    let mut said = Said {
        note: form.get("note").to_owned(),
        note_shown: form.get("note_shown") == "yes",
        error: None,
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        said.error = Some("foreign_form");
        return about.render(&web, &session, &headers, said).await;
    }
    let pressed = Pressed::parse(form.get("action"))
        .ok_or_else(|| Failure::bad_request("action is approve or reject"))?;
    let row = RowId::parse(form.get("entry"))
        .filter(|row| about.is_about(row))
        .ok_or_else(|| Failure::bad_request("entry is not this request"))?;
    let Ok(note) = Note::parse(&said.note, said.note_shown) else {
        said.error = Some("note_too_long");
        return about.render(&web, &session, &headers, said).await;
    };
    let shown = form.get(&format!("status_{row}"));
    let outcome = row::decide(&web, &session, &row, shown, pressed, note.as_ref()).await?;
    let url = format!("/requests/{}", about.shown.request.id);
    let mut response = Redirect::to(&url).into_response();
    let cookie = result_cookie::set(&web, &[(row.to_string(), outcome)]);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// What the page says besides the request.
#[derive(Default)]
struct Said {
    error: Option<&'static str>,
    /// The note as it was typed.
    note: String,
    note_shown: bool,
}

/// The request, and what stands for its address now.
struct About {
    shown: Shown,
    account: Account,
    entry: Option<Entry>,
}

impl About {
    async fn find(web: &Web, session: &Session, id: &str) -> Result<Self, Failure> {
        let id: RequestId = id.parse().map_err(|_| Failure::not_found())?;
        let mut conn = web.app.store.read().await?;
        let shown = look::find(&mut conn, id)
            .await?
            .ok_or_else(Failure::not_found)?;
        let number = &shown.request.account;
        // Somebody else's request is not to be told from one that does not exist.
        if !people::decides_for(&mut conn, number, session.administrator.id).await? {
            return Err(Failure::not_found());
        }
        let account = accounts::find(&mut conn, number)
            .await?
            .ok_or_else(Failure::not_found)?;
        let entry = entries::find(&mut conn, number, shown.request.requester).await?;
        Ok(Self {
            shown,
            account,
            entry,
        })
    }

    /// Whether a form's row is this request, or the entry of its address.
    fn is_about(&self, row: &RowId) -> bool {
        let request = &self.shown.request;
        match row {
            RowId::Request(id) => *id == request.id,
            RowId::Entry(account, person) => {
                *account == request.account && *person == request.requester
            }
        }
    }

    fn is_open(&self) -> bool {
        self.shown.request.state.closed_at().is_none()
    }

    /// What the buttons decide, and what was shown of it.
    fn row(&self) -> (RowId, &str) {
        let request = &self.shown.request;
        match &self.entry {
            Some(entry) if !self.is_open() => (
                RowId::Entry(entry.account.clone(), entry.person),
                entry.status.as_str(),
            ),
            Some(_) | None => (RowId::Request(request.id), request.state.status().as_str()),
        }
    }

    async fn render(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        said: Said,
    ) -> Result<Response, Failure> {
        let mut conn = web.app.store.read().await?;
        let history = self.history(web, &mut conn).await?;
        let client = match self.shown.request.client {
            Some(id) => clients::name_of(&mut conn, id).await?,
            None => None,
        };
        let stands = self.stands(&mut conn).await?;
        drop(conn);
        let results = row::results(web, session, &result_cookie::read(headers)).await?;
        let (row, shown) = self.row();
        let rest = json!({
            "request": self.facts(client),
            "status": self.shown.request.state.status().as_str(),
            "decision": request_view::decision(&self.shown, &self.account.time_zone),
            "note": self.shown.request.note.as_ref().map(|note| json!({
                "text": request_view::note(note.text()),
                "shown": note.is_shown(),
            })),
            "stands": stands,
            "entry_id": row.to_string(),
            "entry_status": shown,
            "can_approve": matches!(shown, "pending" | "rejected" | "expired"),
            "can_reject": matches!(shown, "pending" | "approved" | "expired"),
            "open": self.is_open(),
            "note_longest": Note::LONGEST,
            "note_typed": said.note,
            "note_ticked": said.note_shown,
            "result": results.get(0).cloned().unwrap_or(Value::Null),
            "error": said.error,
            "mails": self.mails(),
            "history": history,
        });
        let path = format!("/requests/{}", self.shown.request.id);
        let view = view::signed_in(web, session, Here::Request, &path, rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("request", language, &view)?;
        let status = match said.error {
            Some("foreign_form") => StatusCode::FORBIDDEN,
            Some(_) => StatusCode::BAD_REQUEST,
            None => StatusCode::OK,
        };
        Ok(pages::with_status(status, body))
    }

    fn facts(&self, client: Option<String>) -> Value {
        let request = &self.shown.request;
        let zone = self.account.time_zone.as_str();
        let unusual = UnusualLetters::of(&request.email);
        json!({
            "id": request.id.to_string(),
            "number": request.number.as_str(),
            "email": request.email.as_typed(),
            "account_number": self.account.number.as_str(),
            "account_name": self.account.name,
            "domain": request.email.domain(),
            "looks_like": request.looks_like.as_ref().map(ToString::to_string),
            "unusual_domain": unusual.domain,
            "unusual_letters": unusual.local_part,
            "name": request_view::name(request.name.as_deref()),
            "reason": request_view::reason(request.reason.as_deref()),
            "reference": request_view::name(request.reference.as_deref()),
            "client": client,
            "created": Moment::of(request.created_at, zone),
            "expires": request.expires().map(|at| Moment::of(at, zone)),
            "repeats": request.repeats,
            "reachable": self.shown.reachable,
            "requester_mailable": request.email.is_mailable(),
        })
    }

    /// What stands for the address by now, once the request is closed.
    async fn stands(&self, conn: &mut AnyConnection) -> Result<Value, StoreError> {
        let Some(entry) = self.entry.as_ref().filter(|_| !self.is_open()) else {
            return Ok(Value::Null);
        };
        let zone = self.account.time_zone.as_str();
        Ok(json!({
            "status": entry.status,
            "differs": entry.status != self.shown.request.state.status().as_str(),
            "decision": row::decision(conn, entry, zone).await?,
            "until": entry.until.map(|until| Day::last_until(until, zone)),
            "use_count": entry.used.0,
            "last_used": entry.used.1.map(|at| Moment::of(at, zone)),
            "url": authorized_user::url(&entry.account, entry.person),
        }))
    }

    fn mails(&self) -> Vec<Value> {
        let zone = self.account.time_zone.as_str();
        let all = self.shown.notifications.iter().chain(&self.shown.reminders);
        let mails = all.map(|one| {
            json!({
                "reminder": one.kind == MessageKind::Reminder,
                "administrator": one.email.as_typed(),
                "state": one.state,
                "address_state": one.address_state.as_str(),
                "at": Moment::of(one.at, zone),
            })
        });
        mails.collect()
    }

    async fn history(&self, web: &Web, conn: &mut AnyConnection) -> Result<Vec<Value>, StoreError> {
        let mut words = Words::default();
        let mut events = Vec::new();
        for event in audit::of_request(conn, self.shown.request.id).await? {
            let zone = self.account.time_zone.as_str();
            events.push(words.of(web, conn, &event, zone).await?);
        }
        Ok(events)
    }
}
