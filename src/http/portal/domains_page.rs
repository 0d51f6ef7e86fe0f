//! `/domains`: the rules by mail domain of the reader's accounts, and what would happen to an address.

use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    domain_preview,
    view::{self, Here},
};
use crate::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        domain_name::DomainName,
        domain_rule::{DomainKind, DomainRule, is_idle},
    },
    http::{Web, errors::Failure, forms::Form, pages, session_cookie::Session},
    store::{StoreError, accounts, domains},
    workflow::domain_rules::{self, By, DomainRuleError},
};

/// What may stand behind `/domains`.
#[derive(Deserialize, Default)]
pub(in crate::http) struct DomainsQuery {
    /// What was just done: `added` or `removed`.
    #[serde(default)]
    done: String,
}

/// The rules.
pub(in crate::http) async fn show(
    State(web): State<Web>,
    session: Session,
    Query(query): Query<DomainsQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let known = Known::of(&web, &session).await?;
    let done = ["added", "removed"]
        .into_iter()
        .find(|word| query.done == *word);
    let page = Page {
        done,
        ..Page::default()
    };
    page.render(&web, &session, &headers, &known, StatusCode::OK)
}

/// Adds a rule or takes one away.
pub(in crate::http) async fn change(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let known = Known::of(&web, &session).await?;
    let kind = DomainKind::parse(form.get("kind"))
        .ok_or_else(|| Failure::bad_request("kind is my or authorized"))?;
    let typed = form.get("domain");
    let account = known.account(form.get("account"));
    let field = account.map_or_else(String::new, |account| field(account, kind));
    let is_new = form.get("action") == "add";
    let mut page = Page {
        refused: field.clone(),
        typed: if is_new {
            typed.to_owned()
        } else {
            String::new()
        },
        ..Page::default()
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.error = json!({ "kind": "foreign_form", "field": null });
        return page.render(&web, &session, &headers, &known, StatusCode::FORBIDDEN);
    }
    if !session.is_fresh(&web) {
        page.error = json!({ "kind": "not_fresh", "field": null });
        return page.render(&web, &session, &headers, &known, StatusCode::FORBIDDEN);
    }
    let Some(account) = account else {
        page.error = json!({ "kind": "account_unknown", "field": null });
        return page.render(&web, &session, &headers, &known, StatusCode::BAD_REQUEST);
    };
    let Ok(domain) = DomainName::parse(typed) else {
        let kind = match typed.trim() {
            "" => "domain_missing",
            _ => "domain_invalid",
        };
        page.error = json!({ "kind": kind, "field": field });
        return page.render(&web, &session, &headers, &known, StatusCode::BAD_REQUEST);
    };
    let by = By::Administrator(&session.signed_in);
    let (done, changed) = match form.get("action") {
        "add" => {
            let added = domain_rules::add(&web.app, by, &account.number, kind, &domain).await;
            ("added", added)
        }
        "remove" => {
            let removed = domain_rules::remove(&web.app, by, &account.number, kind, &domain).await;
            ("removed", removed)
        }
        _ => return Err(Failure::bad_request("action is add or remove")),
    };
    page.error = match changed {
        Ok(()) => return Ok(Redirect::to(&format!("/domains?done={done}")).into_response()),
        Err(DomainRuleError::FreeMail(domain)) => {
            json!({ "kind": "free_mail", "field": field, "domain": domain.as_str() })
        }
        Err(DomainRuleError::SoldUnder(domain)) => {
            json!({ "kind": "sold_under", "field": field, "domain": domain.as_str() })
        }
        Err(DomainRuleError::SlipOfFreeMail { domain, meant }) => json!({
            "kind": "slip_of_free_mail",
            "field": field,
            "domain": domain.as_str(),
            "meant": meant,
        }),
        Err(DomainRuleError::UnusualLetters(domain)) => {
            json!({ "kind": "unusual_letters", "field": field, "domain": domain.as_str() })
        }
        Err(DomainRuleError::LooksLike { domain, looks_like }) => json!({
            "kind": "looks_like",
            "field": field,
            "domain": domain.as_str(),
            "looks_like": looks_like.to_string(),
        }),
        Err(DomainRuleError::Known) => json!({ "kind": "known", "field": field }),
        Err(DomainRuleError::Missing) => json!({ "kind": "missing", "field": null }),
        Err(DomainRuleError::NotYours | DomainRuleError::UnknownAccount) => {
            json!({ "kind": "account_unknown", "field": null })
        }
        Err(DomainRuleError::SessionEnded) => {
            return Err(Failure::forbidden("The session has ended"));
        }
        Err(DomainRuleError::Store(error)) => return Err(error.into()),
    };
    page.render(&web, &session, &headers, &known, StatusCode::BAD_REQUEST)
}

/// Says what would happen to an address. It changes nothing; it is no GET, so that no address
/// stands in a URL.
pub(in crate::http) async fn preview(
    State(web): State<Web>,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let known = Known::of(&web, &session).await?;
    let mut page = Page {
        asked: json!({ "account": form.get("account"), "email": form.get("email") }),
        ..Page::default()
    };
    if !session.sent(&web, &headers, form.get("csrf")) {
        page.error = json!({ "kind": "foreign_form", "field": null });
        return page.render(&web, &session, &headers, &known, StatusCode::FORBIDDEN);
    }
    let account = known.account(form.get("account"));
    let status = match domain_preview::of(&web, account, form.get("email")).await? {
        Ok(answer) => {
            page.answer = answer;
            StatusCode::OK
        }
        Err((kind, field)) => {
            page.error = json!({ "kind": kind, "field": field });
            StatusCode::BAD_REQUEST
        }
    };
    page.render(&web, &session, &headers, &known, status)
}

/// Where somebody arrives who had to sign in before the preview could be shown.
pub(in crate::http) async fn go_to_form(_: Session) -> Redirect {
    Redirect::to("/domains")
}

/// The accounts of the reader and their rules.
struct Known {
    accounts: Vec<Account>,
    rules: Vec<DomainRule>,
}

impl Known {
    async fn of(web: &Web, session: &Session) -> Result<Self, StoreError> {
        let administrator = session.administrator.id;
        let mut conn = web.app.store.read().await?;
        Ok(Self {
            accounts: accounts::appointed_of(&mut conn, administrator).await?,
            rules: domains::of_administrator(&mut conn, administrator).await?,
        })
    }

    /// One of these accounts by its number.
    fn account(&self, number: &str) -> Option<&Account> {
        let number = AccountNumber::parse(number).ok()?;
        self.accounts.iter().find(|one| one.number == number)
    }

    fn view(&self, page: &Page) -> Vec<Value> {
        let one = |account: &Account| {
            json!({
                "number": account.number.as_str(),
                "name": account.name,
                "active": account.esecure == Esecure::Active,
                "my": self.list(page, account, DomainKind::My),
                "authorized": self.list(page, account, DomainKind::Authorized),
            })
        };
        self.accounts.iter().map(one).collect()
    }

    /// One list of an account, with what stands in its form.
    fn list(&self, page: &Page, account: &Account, kind: DomainKind) -> Value {
        let is_of_it = |rule: &&DomainRule| rule.account == account.number && rule.kind == kind;
        let rules = || self.rules.iter().filter(is_of_it);
        let shown = rules().map(
            |rule| json!({ "name": rule.domain.as_str(), "idle": is_idle(rule, &self.rules) }),
        );
        let field = field(account, kind);
        json!({
            "account": account.number.as_str(),
            "kind": kind.as_str(),
            "domains": shown.collect::<Value>(),
            "any_idle": rules().any(|rule| is_idle(rule, &self.rules)),
            "typed": if page.refused == field { page.typed.as_str() } else { "" },
            "wrong": page.error["field"] == field.as_str(),
            "field": field,
        })
    }
}

/// What the field of a list is called.
fn field(account: &Account, kind: DomainKind) -> String {
    format!("{kind}-{}", account.number.as_str())
}

/// What the page shows beside the rules.
#[derive(Default)]
struct Page {
    done: Option<&'static str>,
    error: Value,
    /// The field of a rule that was not added, and what stands in it.
    refused: String,
    typed: String,
    /// What stands in the form of the preview, and what is said to it.
    asked: Value,
    answer: Value,
}

impl Page {
    fn render(
        self,
        web: &Web,
        session: &Session,
        headers: &HeaderMap,
        known: &Known,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        let rest = json!({
            "accounts": known.view(&self),
            "only_one": known.accounts.len() == 1,
            "done": self.done,
            "error": self.error,
            "asked": self.asked,
            "answer": self.answer,
        });
        let view = view::signed_in(web, session, Here::Domains, "/domains", rest);
        let language = pages::language(web, headers);
        let body = web.app.templates.page("domains", language, &view)?;
        Ok(pages::with_status(status, body))
    }
}
