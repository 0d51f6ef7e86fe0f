//! Which account and which of its administrators a page or a form of `/customer-administrators` is
//! about: always one of the reader's own.

use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view::{self, Here};
use crate::{
    domain::{
        account::Account,
        account_number::AccountNumber,
        email_address::{EmailAddress, InvalidEmailAddress},
        people::{Administrator, AdministratorId},
    },
    http::{Web, errors::Failure, forms::Form, pages, session_cookie::Session},
    store::{accounts, appointments, rights},
    workflow::decide::DecideError,
};

/// What stands behind the path of such a page.
#[derive(Deserialize, Default)]
pub(in crate::http) struct ColleagueQuery {
    #[serde(default)]
    pub(super) account: String,
    #[serde(default)]
    pub(super) administrator: String,
    #[serde(default)]
    pub(super) done: String,
}

impl ColleagueQuery {
    /// The same from a form.
    pub(super) fn of(form: &Form) -> Self {
        Self {
            account: form.get("account").to_owned(),
            administrator: form.get("administrator").to_owned(),
            done: String::new(),
        }
    }
}

/// An account of the reader; somebody else's is not to be told from one that does not exist.
pub(super) async fn own_account(
    web: &Web,
    session: &Session,
    number: &str,
) -> Result<Account, Failure> {
    let number = AccountNumber::parse(number).map_err(|_| Failure::not_found())?;
    let mut conn = web.app.store.read().await?;
    if !rights::is_appointed(&mut conn, &number, session.administrator.id).await? {
        return Err(Failure::not_found());
    }
    accounts::find(&mut conn, &number)
        .await?
        .ok_or_else(Failure::not_found)
}

/// An account of the reader and one of its administrators, who may be the reader.
pub(super) struct Chosen {
    pub(super) account: Account,
    pub(super) administrator: Administrator,
}

impl Chosen {
    /// Looks both up.
    pub(super) async fn find(
        web: &Web,
        session: &Session,
        query: &ColleagueQuery,
    ) -> Result<Self, Failure> {
        let account = own_account(web, session, &query.account).await?;
        let id: AdministratorId = query
            .administrator
            .parse()
            .map_err(|_| Failure::not_found())?;
        let caller = session.administrator.id;
        let mut conn = web.app.store.read().await?;
        let administrator =
            appointments::colleague_on(&mut conn, caller, &account.number, id).await?;
        Ok(Self {
            account,
            administrator: administrator.ok_or_else(Failure::not_found)?,
        })
    }

    /// A page about them; `rest` is what only that page shows.
    pub(super) fn page(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        name: &str,
        rest: Value,
        status: StatusCode,
    ) -> Result<axum::response::Response, Failure> {
        let mut shown = json!({
            "account": { "number": self.account.number.as_str(), "name": self.account.name },
            "administrator": {
                "id": self.administrator.id.to_string(),
                "name": self.administrator.name,
                "email": self.administrator.email.as_typed(),
            },
            "you": self.administrator.id == session.administrator.id,
        });
        view::extend(&mut shown, rest);
        render(web, session, headers, name, shown, status)
    }
}

/// A page below `/customer-administrators`. Its language switch leads to the list: these pages are
/// not opened without knowing whom they are about.
pub(super) fn render(
    web: &Web,
    session: &Session,
    headers: &HeaderMap,
    name: &str,
    rest: Value,
    status: StatusCode,
) -> Result<axum::response::Response, Failure> {
    let path = "/customer-administrators";
    let view = view::signed_in(web, session, Here::CustomerAdministrators, path, rest);
    let body = web
        .app
        .templates
        .page(name, pages::language(web, headers), &view)?;
    Ok(pages::with_status(status, body))
}

/// An address as it was filled in, or the word of the templates for what is wrong with it.
pub(super) fn address(text: &str) -> Result<EmailAddress, &'static str> {
    if text.trim().is_empty() {
        return Err("email_missing");
    }
    let email = EmailAddress::parse(text).map_err(|wrong| match wrong {
        InvalidEmailAddress::NoAt => "no_at",
        InvalidEmailAddress::TooLong => "too_long",
        InvalidEmailAddress::LocalPart => "local_part",
        InvalidEmailAddress::Domain => "domain",
    })?;
    if email.is_mailable() {
        Ok(email)
    } else {
        Err("unmailable")
    }
}

/// A change that the reader has no right to: the session ended, or the account is not theirs (any
/// more), which nobody is to tell from one that does not exist.
pub(super) fn no_right(error: DecideError) -> Failure {
    match error {
        DecideError::SessionEnded => Failure::forbidden("The session has ended"),
        DecideError::Store(error) => error.into(),
        DecideError::NotYours | DecideError::Unknown | DecideError::AlreadyDecided(_) => {
            Failure::not_found()
        }
    }
}
