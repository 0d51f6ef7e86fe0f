//! What arrives over HTTP. The table of routes is [`router`]; a handler parses, calls one workflow
//! function and shows the result.

pub mod api;
mod bare_refusals;
mod browser;
#[cfg(any(feature = "oidc", feature = "passkeys"))]
mod ceremony_cookie;
mod client_address;
mod count_answers;
mod dev_mailbox;
mod device;
mod docs;
pub mod errors;
mod failure_form;
mod forms;
pub mod health;
mod invite_page;
mod link_visitor;
mod pages;
pub mod portal;
pub mod problem;
mod problem_page;
mod qr_code;
mod reading_language;
pub mod reject_page;
mod request_view;
mod security_headers;
pub mod serve;
mod session_cookie;
mod sign_in_throttle;
mod time_away_view;
mod undo_page;
mod wait;
mod whole_body;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use api::rate_limit::{self, RateLimits};
use errors::Failure;
use sign_in_throttle::SignInThrottle;

/// What handlers are given.
#[derive(Clone)]
pub struct Web {
    /// The daemon.
    pub app: App,
    throttle: Arc<SignInThrottle>,
    rate_limits: Arc<RateLimits>,
}

/// The largest body that is taken, in octets.
const BODY_MAX: usize = 64 * 1024;

/// Every public route.
pub fn router(app: App) -> Router {
    let has_dev_mailbox = app.transport.dev_mailbox().is_some();
    let web = Web {
        rate_limits: Arc::new(RateLimits::of(app.config.api.rate_limit, &app.clock)),
        app,
        throttle: Arc::new(SignInThrottle::default()),
    };
    let (shipping_systems, _) = api::routes().split_for_parts();
    let mut router = shipping_systems
        .route("/v1/openapi.json", get(api::description::show))
        .route("/docs", get(docs::show))
        .route("/problems/{name}", get(problem_page::show))
        // From the mails: no sign-in.
        .route(
            "/r/{token}",
            get(reject_page::show).post(reject_page::reject),
        )
        .route("/u/{token}", get(undo_page::show).post(undo_page::undo))
        .route(
            "/invite/{token}",
            get(invite_page::show).post(invite_page::accept),
        )
        // The portal.
        .route("/", get(portal::home::show))
        .route(
            "/login",
            get(portal::sign_in::show).post(portal::sign_in::sign_in),
        )
        .route(
            "/login/code",
            get(portal::login_code::show).post(portal::login_code::enter),
        )
        .route("/logout", post(portal::sign_in::sign_out))
        .route(
            "/confirm",
            get(portal::confirm::show).post(portal::confirm::confirm),
        )
        .route("/language", post(portal::language::choose))
        .route(
            "/authorized-users",
            get(portal::authorized_users::list).post(portal::authorized_users::decide),
        )
        .route(
            "/authorized-users/add",
            get(portal::add_users::show)
                .post(portal::add_users::submit)
                .layer(DefaultBodyLimit::max(portal::add_users::BODY_MAX)),
        )
        .route(
            "/authorized-users/{entry}",
            get(portal::authorized_user::show).post(portal::authorized_user::change),
        )
        .route(
            "/customer-administrators",
            get(portal::customer_administrators::show),
        )
        .route(
            "/customer-administrators/add",
            get(portal::add_administrator::show).post(portal::add_administrator::submit),
        )
        .route(
            "/customer-administrators/remove",
            get(portal::remove_administrator::show).post(portal::remove_administrator::submit),
        )
        .route(
            "/customer-administrators/aliases",
            get(portal::alias_list::show).post(portal::alias_list::submit),
        )
        .route(
            "/customer-administrators/esecure",
            get(portal::esecure::show).post(portal::esecure::submit),
        )
        .route(
            "/customer-administrators/invite",
            get(portal::invite_again::show).post(portal::invite_again::submit),
        )
        .route(
            "/domains",
            get(portal::domains_page::show).post(portal::domains_page::change),
        )
        .route(
            "/domains/preview",
            get(portal::domains_page::go_to_form).post(portal::domains_page::preview),
        )
        .route(
            "/requests/{id}",
            get(portal::request::show).post(portal::request::decide),
        )
        .merge(portal::settings::router())
        .route("/activity", get(portal::activity::show))
        .route("/activity.csv", get(portal::activity::download))
        .route("/icon.svg", get(pages::icon))
        .route("/style.css", get(pages::style));
    #[cfg(feature = "passkeys")]
    if web.app.config.portal.passkeys {
        use portal::passkey_page;
        router = router
            .route(
                "/passkey",
                get(passkey_page::show).post(passkey_page::answer),
            )
            .route("/passkey.js", get(passkey_page::script))
            .route("/login/passkey", post(passkey_page::begin_signing_in))
            .route("/confirm/passkey", post(passkey_page::begin_confirming));
    }
    #[cfg(feature = "oidc")]
    {
        use portal::provider_page;
        router = router
            .route("/login/oidc/{name}", post(provider_page::leave_to_sign_in))
            .route(
                "/confirm/oidc/{name}",
                post(provider_page::leave_to_confirm),
            )
            .route(
                "/login/oidc/{name}/callback",
                get(provider_page::come_back).post(provider_page::arrive),
            );
    }
    if has_dev_mailbox {
        router = router.merge(dev_mailbox::router());
    }
    let router = router
        .fallback(|| async { Failure::not_found() })
        .method_not_allowed_fallback(|| async { Failure::method_not_allowed() })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(CatchPanicLayer::custom(errors::after_panic));
    router
        .layer(middleware::from_fn_with_state(
            web.clone(),
            failure_form::render,
        ))
        .layer(middleware::from_fn(rate_limit::announce))
        .layer(middleware::from_fn_with_state(
            web.app.clone(),
            security_headers::add,
        ))
        .layer(middleware::from_fn_with_state(
            web.app.clone(),
            count_answers::count,
        ))
        .with_state(web)
}
