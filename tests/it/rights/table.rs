//! What each route needs: the one list that a new route has to be written into.

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use super::{of_keys, world::Things};

/// A method on a path pattern.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub pattern: String,
}

impl Call {
    /// Whether a stand-in has no part in it: who decides, and by which rules, is not theirs to change.
    pub fn is_for_administrators_alone(&self) -> bool {
        ["/customer-administrators", "/domains"]
            .iter()
            .any(|pages| self.pattern.starts_with(pages))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)
    }
}

type Form = (String, Vec<(String, String)>);

/// What a call needs, and how it is made about the things of one account.
#[derive(Clone, Copy)]
pub enum Right {
    /// Nothing of an account is behind it, or the token in it is the right; why it is so.
    Everyone(&'static str),
    /// A sign-in; it is about the person who signed in.
    Person,
    /// A sign-in of an administrator: a form about the accounts of whoever sends it, whatever else it
    /// names.
    OwnAccounts(fn(&Things) -> Form),
    /// A sign-in of an administrator of the account: a page.
    See(fn(&Things) -> String),
    /// The same: a form that changes something.
    Change(fn(&Things) -> Form),
    /// The same: a form that only answers.
    Ask(fn(&Things) -> Form),
    /// An API key whose scope has the account; the path and the JSON.
    Key(fn(&Things) -> (String, Option<Value>)),
    /// The same: a list of what is in its scope.
    KeyList(&'static str),
    /// An API key that works, about its own webhook endpoints, of which this is one.
    KeyOwn(fn(&str) -> (String, Option<Value>)),
}

/// The row of a call.
pub fn right(call: &Call) -> Right {
    let name = call.to_string();
    rows()
        .into_iter()
        .find(|(row, _)| *row == name)
        .unwrap_or_else(|| panic!("{name} has no row: say who may call it"))
        .1
}

fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Form {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    (path.into(), fields.iter().map(owned).collect())
}

/// All rows.
pub fn rows() -> Vec<(&'static str, Right)> {
    use Right::{Ask, Change, Everyone, OwnAccounts, Person, See};
    let mut rows = of_keys::rows();
    rows.extend([
        ("GET /docs", Everyone("it describes the API")),
        ("GET /v1/openapi.json", Everyone("it describes the API")),
        ("GET /problems/{name}", Everyone("it describes the API")),
        ("GET /r/{token}", Everyone("the token is the right")),
        ("POST /r/{token}", Everyone("the token is the right")),
        ("GET /u/{token}", Everyone("the token is the right")),
        ("POST /u/{token}", Everyone("the token is the right")),
        ("GET /invite/{token}", Everyone("the token is the right")),
        ("POST /invite/{token}", Everyone("the token is the right")),
        ("GET /login", Everyone("the sign-in itself")),
        ("POST /login", Everyone("the sign-in itself")),
        (
            "GET /login/code",
            Everyone("the second step of the sign-in"),
        ),
        (
            "POST /login/code",
            Everyone("the second step of the sign-in"),
        ),
        ("POST /login/passkey", Everyone("the sign-in itself")),
        (
            "GET /passkey",
            Everyone("a step of the sign-in, or of adding a passkey"),
        ),
        (
            "POST /passkey",
            Everyone("a step of the sign-in, or of adding a passkey"),
        ),
        ("GET /passkey.js", Everyone("the one script")),
        ("POST /login/oidc/{name}", Everyone("the sign-in itself")),
        (
            "GET /login/oidc/{name}/callback",
            Everyone("the provider leads back here"),
        ),
        (
            "POST /login/oidc/{name}/callback",
            Everyone("the provider leads back here"),
        ),
        ("POST /language", Everyone("a cookie with a language")),
        ("GET /icon.svg", Everyone("a picture")),
        ("GET /style.css", Everyone("the look")),
        ("GET /dev/mailbox", Everyone("the developer's own mailbox")),
        (
            "GET /dev/mailbox/{id}",
            Everyone("the developer's own mailbox"),
        ),
        (
            "GET /dev/mailbox/{id}/html",
            Everyone("the developer's own mailbox"),
        ),
        (
            "POST /dev/mailbox/{id}/reply",
            Everyone("the developer's own mailbox"),
        ),
        (
            "POST /dev/mailbox/{id}/out-of-office",
            Everyone("the developer's own mailbox"),
        ),
        (
            "POST /dev/mailbox/{id}/bounce",
            Everyone("the developer's own mailbox"),
        ),
        (
            "GET /api/v1/messages",
            Everyone("the developer's own mailbox"),
        ),
        (
            "GET /api/v1/message/{id}",
            Everyone("the developer's own mailbox"),
        ),
        ("POST /logout", Person),
        ("GET /confirm", Person),
        ("POST /confirm", Person),
        ("POST /confirm/passkey", Person),
        ("POST /confirm/oidc/{name}", Person),
        ("GET /settings", Person),
        ("POST /settings/language", Person),
        ("POST /settings/notifications", Person),
        ("POST /settings/password", Person),
        ("GET /settings/stand-in", Person),
        (
            "POST /settings/stand-in",
            OwnAccounts(|its| {
                let fields = [
                    ("account", its.number.as_str()),
                    ("name", "Mallory"),
                    ("email", its.newcomer.as_str()),
                    ("language", "en"),
                    ("first", "2026-05-14"),
                    ("last", "2026-05-20"),
                ];
                form("/settings/stand-in", &fields)
            }),
        ),
        ("POST /settings/stand-in/end", Person),
        ("POST /settings/sessions/end", Person),
        ("POST /settings/sessions/end-others", Person),
        ("GET /settings/totp", Person),
        ("POST /settings/totp", Person),
        ("POST /settings/totp/begin", Person),
        ("POST /settings/totp/remove", Person),
        ("GET /settings/recovery-codes", Person),
        ("POST /settings/recovery-codes", Person),
        ("POST /settings/passkeys", Person),
        ("POST /settings/passkeys/remove", Person),
        ("POST /settings/identities/{name}/link", Person),
        ("POST /settings/identities/{name}/unlink", Person),
        ("GET /", Person),
        ("GET /domains/preview", Person),
        (
            "GET /authorized-users",
            See(|_| "/authorized-users".to_owned()),
        ),
        (
            "GET /authorized-users/add",
            See(|_| "/authorized-users/add".to_owned()),
        ),
        (
            "GET /authorized-users/{entry}",
            See(|its| format!("/authorized-users/{}", its.entry)),
        ),
        (
            "GET /requests/{id}",
            See(|its| format!("/requests/{}", its.request)),
        ),
        ("GET /activity", See(|_| "/activity".to_owned())),
        ("GET /activity.csv", See(|_| "/activity.csv".to_owned())),
        ("GET /domains", See(|_| "/domains".to_owned())),
        (
            "GET /customer-administrators",
            See(|_| "/customer-administrators".to_owned()),
        ),
        (
            "GET /customer-administrators/add",
            See(|its| format!("/customer-administrators/add?account={}", its.number)),
        ),
        (
            "GET /customer-administrators/remove",
            See(|its| about(its, "remove")),
        ),
        (
            "GET /customer-administrators/aliases",
            See(|its| about(its, "aliases")),
        ),
        (
            "GET /customer-administrators/esecure",
            See(|its| format!("/customer-administrators/esecure?account={}", its.number)),
        ),
        (
            "GET /customer-administrators/invite",
            See(|its| about(its, "invite")),
        ),
        (
            "POST /authorized-users",
            Change(|its| {
                let shown = format!("status_{}", its.request);
                let fields = [
                    ("list", "pending"),
                    ("action", "approve"),
                    ("entry", &its.request),
                    (&shown, "pending"),
                ];
                form("/authorized-users", &fields)
            }),
        ),
        (
            "POST /authorized-users/add",
            Change(|its| {
                let fields = [
                    ("account", its.number.as_str()),
                    ("email", its.newcomer.as_str()),
                    ("action", "save"),
                ];
                form("/authorized-users/add", &fields)
            }),
        ),
        (
            "POST /authorized-users/{entry}",
            Change(|its| {
                let path = format!("/authorized-users/{}", its.entry);
                form(path, &[("action", "until"), ("until", "2026-12-31")])
            }),
        ),
        (
            "POST /requests/{id}",
            Change(|its| {
                let path = format!("/requests/{}", its.request);
                let shown = format!("status_{}", its.request);
                let fields = [
                    ("action", "approve"),
                    ("entry", its.request.as_str()),
                    (&shown, "pending"),
                ];
                form(path, &fields)
            }),
        ),
        (
            "POST /domains",
            Change(|its| {
                let fields = [
                    ("account", its.number.as_str()),
                    ("kind", "authorized"),
                    ("domain", its.domain.as_str()),
                    ("action", "add"),
                ];
                form("/domains", &fields)
            }),
        ),
        (
            "POST /domains/preview",
            Ask(|its| {
                let fields = [
                    ("account", its.number.as_str()),
                    ("email", its.newcomer.as_str()),
                ];
                form("/domains/preview", &fields)
            }),
        ),
        (
            "POST /customer-administrators/add",
            Change(|its| {
                let fields = [
                    ("account", its.number.as_str()),
                    ("name", "Mallory"),
                    ("email", its.newcomer.as_str()),
                    ("language", "en"),
                ];
                form("/customer-administrators/add", &fields)
            }),
        ),
        (
            "POST /customer-administrators/remove",
            Change(|its| to(its, "remove", &[])),
        ),
        (
            "POST /customer-administrators/aliases",
            Change(|its| {
                let alias = [("action", "remove"), ("alias", its.alias.as_str())];
                to(its, "aliases", &alias)
            }),
        ),
        (
            "POST /customer-administrators/invite",
            Change(|its| to(its, "invite", &[])),
        ),
        (
            "POST /customer-administrators/esecure",
            Change(|its| {
                let path = "/customer-administrators/esecure";
                form(path, &[("account", its.number.as_str()), ("to", "off")])
            }),
        ),
    ]);
    rows
}

/// A page about an administrator of the account.
fn about(its: &Things, page: &str) -> String {
    let (number, administrator) = (&its.number, &its.administrator);
    format!("/customer-administrators/{page}?account={number}&administrator={administrator}")
}

/// A form about an administrator of the account.
fn to(its: &Things, page: &str, more: &[(&str, &str)]) -> Form {
    let mut fields = vec![
        ("account", its.number.as_str()),
        ("administrator", its.administrator.as_str()),
    ];
    fields.extend(more);
    form(format!("/customer-administrators/{page}"), &fields)
}
