//! `/customer-administrators/add`: somebody is made an administrator of the accounts that were ticked.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{
    colleague, customer_administrators,
    person_fields::{Person, PersonFields, fault},
    unlike_known, view,
};
use crate::{
    domain::{account::Account, account_number::AccountNumber},
    http::{
        Web,
        errors::Failure,
        forms::Form,
        pages::Moment,
        session_cookie::{FreshSession, Session},
    },
    store::accounts,
    workflow::appoint::{self, AppointError, Called, Newcomer},
};

const PHONE_MAX: usize = 32;

/// The form for the accounts that were ticked.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    FreshSession(session): FreshSession,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let ticked: Vec<String> = query
        .into_iter()
        .filter(|(name, _)| name == "account")
        .map(|(_, number)| number)
        .collect();
    let accounts = match ticked_accounts(&web, &session, &ticked).await? {
        Ok(accounts) => accounts,
        Err(error) => {
            return customer_administrators::again(&web, &session, &headers, &ticked, error).await;
        }
    };
    let language = match accounts.first() {
        Some(account) => account.language.as_str(),
        None => "",
    };
    let filled = PersonFields {
        language,
        ..PersonFields::default()
    };
    Page::of(&accounts, filled, "").render(&web, &session, &headers, StatusCode::OK)
}

/// Appoints.
pub(in crate::http) async fn submit(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let ticked: Vec<String> = form.all("account").map(str::to_owned).collect();
    let accounts = match ticked_accounts(&web, &session, &ticked).await? {
        Ok(accounts) => accounts,
        Err(error) => {
            return customer_administrators::again(&web, &session, &headers, &ticked, error).await;
        }
    };
    let mut page = Page::of(&accounts, PersonFields::of(&form), form.get("phone"));
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
    let numbers: Vec<AccountNumber> = accounts.iter().map(|one| one.number.clone()).collect();
    page.sure = unlike_known::doubt(&web, numbers.iter(), &understood.email, &form).await?;
    if page.sure.is_some() {
        page.errors.push(fault("unlike", Some("sure")));
        return page.render(&web, &session, &headers, StatusCode::BAD_REQUEST);
    }
    let newcomer = Newcomer {
        email: &understood.email,
        name: &understood.name,
        language: understood.language,
        phone: Some(page.phone.trim()).filter(|phone| !phone.is_empty()),
    };
    let refused = match appoint::appoint(&web.app, &session.signed_in, &numbers, &newcomer).await {
        Ok(Called::AsSaid) => {
            let list = "/customer-administrators?done=added";
            return Ok(Redirect::to(list).into_response());
        }
        Ok(Called::AsBefore) => {
            let list = "/customer-administrators?done=added_as_before";
            return Ok(Redirect::to(list).into_response());
        }
        Err(refused) => refused,
    };
    let mut status = StatusCode::BAD_REQUEST;
    page.errors.push(match refused {
        AppointError::TooMany(until) => {
            status = StatusCode::TOO_MANY_REQUESTS;
            let zone = page.zone();
            let mut fault = fault("too_many", None);
            fault["until"] = json!(Moment::of(until, zone));
            fault
        }
        AppointError::Unmailable => fault("unmailable", Some("email")),
        AppointError::IsAlias => fault("taken", Some("email")),
        AppointError::LooksAlike => fault("look_alike", Some("email")),
        AppointError::AlreadyThere(numbers) => {
            let numbers: Vec<&str> = numbers.iter().map(AccountNumber::as_str).collect();
            let mut fault = fault("already_there", Some("email"));
            fault["accounts"] = json!(numbers.join(", "));
            fault
        }
        AppointError::NoRight(error) => return Err(colleague::no_right(error)),
        AppointError::Store(error) => return Err(error.into()),
    });
    page.render(&web, &session, &headers, status)
}

/// The accounts that were ticked, all of them the reader's; or the word of the list for what is wrong.
async fn ticked_accounts(
    web: &Web,
    session: &Session,
    ticked: &[String],
) -> Result<Result<Vec<Account>, &'static str>, Failure> {
    if ticked.is_empty() {
        return Ok(Err("nothing_ticked"));
    }
    let mut conn = web.app.store.read().await?;
    let mine = accounts::appointed_of(&mut conn, session.administrator.id).await?;
    let wanted: Option<Vec<AccountNumber>> = ticked
        .iter()
        .map(|number| AccountNumber::parse(number).ok())
        .collect();
    let is_mine = |number: &AccountNumber| mine.iter().any(|account| account.number == *number);
    match wanted {
        Some(wanted) if wanted.iter().all(is_mine) => Ok(Ok(mine
            .into_iter()
            .filter(|account| wanted.contains(&account.number))
            .collect())),
        Some(_) | None => Ok(Err("not_yours")),
    }
}

struct Page<'a> {
    accounts: &'a [Account],
    filled: PersonFields<'a>,
    phone: &'a str,
    errors: Vec<Value>,
    confirm_first: bool,
    sure: Option<Value>,
}

impl<'a> Page<'a> {
    fn of(accounts: &'a [Account], filled: PersonFields<'a>, phone: &'a str) -> Self {
        Self {
            accounts,
            filled,
            phone,
            errors: Vec::new(),
            confirm_first: false,
            sure: None,
        }
    }

    /// Reads the fields; none where something is wrong with them, which is then among the errors.
    fn understand(&mut self) -> Option<Person> {
        let person = self.filled.understand(&mut self.errors);
        if !is_phone(self.phone.trim()) {
            self.errors.push(fault("phone_invalid", Some("phone")));
            return None;
        }
        person
    }

    fn zone(&self) -> &str {
        self.accounts
            .first()
            .map_or("UTC", |one| one.time_zone.as_str())
    }

    fn render(
        &self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let accounts: Vec<Value> = self
            .accounts
            .iter()
            .map(|one| json!({ "number": one.number.as_str(), "name": one.name }))
            .collect();
        let mut rest = self
            .filled
            .view(&self.errors, json!({ "phone": self.phone }));
        let shown = json!({
            "accounts": accounts,
            "errors": self.errors,
            "confirm_first": self.confirm_first,
            "sure": self.sure,
        });
        view::extend(&mut rest, shown);
        colleague::render(web, session, headers, "add_administrator", rest, status)
    }
}

/// Empty, or digits with what people put between them.
fn is_phone(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
    text.is_empty()
        || (text.len() <= PHONE_MAX
            && text.chars().all(fits)
            && text.chars().any(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_may_be_missing_but_not_be_something_else() {
        for good in ["", "020 123 45 67", "+31 (0)20-1234567", "0201234567"] {
            assert!(is_phone(good), "{good}");
        }
        for bad in ["call me", "+", "<b>1</b>", "١٢٣", &"1".repeat(33)] {
            assert!(!is_phone(bad), "{bad}");
        }
    }
}
