//! The development mailbox: every mail that was sent, and the answers to it that mail programs and
//! mail servers give. There with `mail.transport = "dev"` alone, which the configuration allows on
//! loopback only.
//!
//! - `opened_mail` takes a mail apart, `mail_links` finds what can be clicked in it;
//! - `mailbox_pages` shows it, `mailpit` shows it to programs;
//! - `client_reply` (with `quoting`) and `automatic_mail` write what comes back;
//! - `feed` hands that to the reader of the real inbox and shows how it was read.

mod automatic_mail;
mod client_reply;
mod feed;
mod mail_links;
mod mailbox_pages;
mod mailpit;
mod opened_mail;
mod quoting;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{header, uri::Authority},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Web, errors::Failure};
use crate::{
    config::is_loopback,
    mail::dev_mailbox::{DevMail, DevMailbox},
};

/// Times are shown, and dates in replies are written, as in the time zone that accounts have
/// unless they are given another.
const TIME_ZONE: &str = "Europe/Amsterdam";

/// Its pages, its forms and its JSON.
pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/dev/mailbox", get(mailbox_pages::list))
        .route("/dev/mailbox/{id}", get(mailbox_pages::message))
        .route("/dev/mailbox/{id}/html", get(mailbox_pages::html))
        .route("/dev/mailbox/{id}/reply", post(feed::reply))
        .route("/dev/mailbox/{id}/out-of-office", post(feed::out_of_office))
        .route("/dev/mailbox/{id}/bounce", post(feed::bounce))
        .route("/api/v1/messages", get(mailpit::messages))
        .route("/api/v1/message/{id}", get(mailpit::message))
        .layer(middleware::from_fn(under_a_name_of_this_machine))
}

/// A page of another site must not read mails by giving its own name the address of this machine.
async fn under_a_name_of_this_machine(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<Authority>().ok());
    match host {
        Some(host) if is_loopback(host.host()) => next.run(request).await,
        _ => Failure::forbidden("The mailbox answers under a name of this machine alone")
            .into_response(),
    }
}

fn mailbox(web: &Web) -> Result<&DevMailbox, Failure> {
    web.app
        .transport
        .dev_mailbox()
        .ok_or_else(Failure::not_found)
}

fn find(web: &Web, id: &str) -> Result<Arc<DevMail>, Failure> {
    let id = id.parse().ok();
    id.and_then(|id| mailbox(web).ok()?.find(id))
        .ok_or_else(|| Failure::not_found_because("There is no such mail in the mailbox"))
}
