//! The part of a view that every page of the portal shares.

use serde_json::{Value, json};

use crate::http::{Web, session_cookie::Session};

/// Where on the portal a page is.
#[derive(Clone, Copy)]
pub(in crate::http) enum Here {
    /// The beginning.
    Home,
    /// The list.
    AuthorizedUsers,
    /// Adding authorized users.
    AddUsers,
    /// One authorized user.
    AuthorizedUser,
    /// Who decides, and what belongs to that.
    CustomerAdministrators,
    /// The rules by mail domain.
    Domains,
    /// One request.
    Request,
    /// What happened.
    Activity,
    /// What somebody sets for themselves.
    Settings,
    /// On no page of its own.
    Nowhere,
}

/// What every page of the portal shows, and `rest`.
pub(in crate::http) fn signed_in(
    web: &Web,
    session: &Session,
    here: Here,
    path: &str,
    rest: Value,
) -> Value {
    let mut view = json!({
        "product_name": web.app.config.portal.product_name,
        "csrf": session.csrf(web),
        "path": path,
        "signed_in": {
            "name": session.administrator.name,
            "email": session.administrator.email.as_typed(),
        },
        "here": match here {
            Here::Home => Some("home"),
            Here::AuthorizedUsers => Some("authorized_users"),
            Here::AddUsers => Some("add_users"),
            Here::AuthorizedUser => Some("authorized_user"),
            Here::CustomerAdministrators => Some("customer_administrators"),
            Here::Domains => Some("domains"),
            Here::Request => Some("request"),
            Here::Activity => Some("activity"),
            Here::Settings => Some("settings"),
            Here::Nowhere => None,
        },
    });
    extend(&mut view, rest);
    view
}

/// What people can sign in with instead of a password.
pub(in crate::http) fn elsewhere(web: &Web) -> Value {
    let portal = &web.app.config.portal;
    let providers = portal
        .identity_providers
        .iter()
        .map(|provider| json!({ "name": provider.name, "called": provider.label }));
    json!({ "passkeys": portal.passkeys, "providers": providers.collect::<Value>() })
}

/// What a page shows to whoever is not signed in, and `rest`.
pub(in crate::http) fn signed_out(web: &Web, rest: Value) -> Value {
    let mut view = json!({
        "product_name": web.app.config.portal.product_name,
        "signed_in": null,
    });
    extend(&mut view, rest);
    view
}

/// Puts the members of one object over those of another.
pub(super) fn extend(view: &mut Value, rest: Value) {
    if let (Value::Object(view), Value::Object(rest)) = (view, rest) {
        view.extend(rest);
    }
}
