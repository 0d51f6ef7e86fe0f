//! `/r/TOKEN`: the page behind the red button. Reading it changes nothing; its one button rejects.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};
use tracing::info;

use super::{
    Web, browser,
    errors::Failure,
    forms::Form,
    link_visitor::{Token, Visitor},
    pages, request_view,
};
use crate::{
    config::Confirm,
    domain::request::{MailDoor, RequestState, Status},
    nonce,
    reject_link::LinkPurpose,
    workflow::decide::{self, Answer, ByMail, DecideError},
};

/// How long a page may be open before its button is pressed.
const NONCE_LASTS: Duration = Duration::from_secs(30 * 60);

/// Shows what will happen, or what has.
pub(super) async fn show(
    State(web): State<Web>,
    Token(token): Token,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(visitor) = Visitor::find(&web, &token, LinkPurpose::Reject).await? else {
        return unknown(&web, &headers);
    };
    info!(
        event = "link.viewed",
        request.number = %visitor.shown.request.number,
        status = %visitor.shown.request.state.status(),
        "The reject link of request {} was opened",
        visitor.shown.request.number,
    );
    page(&web, &visitor, None, StatusCode::OK)
}

/// Rejects.
pub(super) async fn reject(
    State(web): State<Web>,
    Token(token): Token,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let Some(visitor) = Visitor::find(&web, &token, LinkPurpose::Reject).await? else {
        return unknown(&web, &headers);
    };
    if visitor.shown.request.state != RequestState::Pending {
        return page(&web, &visitor, None, StatusCode::OK);
    }
    let reject = &web.app.config.reject;
    let nonce = nonce::check(
        &web.app.keys.current(),
        form.get("nonce"),
        token.as_bytes(),
        web.app.clock.now(),
        reject.min_dwell,
        NONCE_LASTS,
    );
    if nonce.is_err() || !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return page(&web, &visitor, Some("nonce"), StatusCode::BAD_REQUEST);
    }
    if reject.confirm == Confirm::Tick && form.get("confirm") != "yes" {
        return page(&web, &visitor, Some("tick"), StatusCode::BAD_REQUEST);
    }
    let by_mail = ByMail {
        administrator: visitor.administrator.id,
        door: MailDoor::Link,
        evidence: vec![("keyId", visitor.key_id.to_string())],
    };
    let id = visitor.shown.request.id;
    match decide::decide(&web.app, id, &Answer::RejectByMail(&by_mail)).await {
        Ok(shown) => {
            let visitor = visitor.now(&web, shown).await?;
            let view = outcome(&web, &visitor);
            visitor.page(&web, "reject/done", view, StatusCode::OK)
        }
        Err(DecideError::AlreadyDecided(shown)) => page(
            &web,
            &visitor.now(&web, *shown).await?,
            None,
            StatusCode::OK,
        ),
        Err(DecideError::Unknown | DecideError::NotYours | DecideError::SessionEnded) => {
            unknown(&web, &headers)
        }
        Err(DecideError::Store(error)) => Err(error.into()),
    }
}

/// One page for every kind of bad token.
pub(super) fn unknown(web: &Web, headers: &HeaderMap) -> Result<Response, Failure> {
    let view = json!({ "product_name": web.app.config.portal.product_name });
    let language = pages::language(web, headers);
    let body = web.app.templates.page("reject/unknown", language, &view)?;
    Ok(pages::with_status(StatusCode::NOT_FOUND, body))
}

/// The page for the request as it stands.
fn page(
    web: &Web,
    visitor: &Visitor,
    notice: Option<&str>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let state = visitor.shown.request.state;
    match state.status() {
        Status::Pending => {
            let nonce = nonce::issue(
                &web.app.keys.current(),
                visitor.token.as_bytes(),
                web.app.clock.now(),
            );
            let view = json!({
                "nonce": nonce,
                "confirm_tick": web.app.config.reject.confirm == Confirm::Tick,
                "notice": notice,
            });
            visitor.page(web, "reject/open", view, status)
        }
        Status::Approved | Status::Rejected => {
            visitor.page(web, "reject/decided", outcome(web, visitor), StatusCode::OK)
        }
        Status::Expired | Status::Cancelled => {
            let closed_at = state
                .closed_at()
                .map(|at| pages::Moment::of(at, &visitor.account.time_zone));
            let view = json!({ "status": state.status().as_str(), "closed_at": closed_at });
            visitor.page(web, "reject/closed", view, StatusCode::OK)
        }
    }
}

/// The decision and, while there is one, the way back.
fn outcome(web: &Web, visitor: &Visitor) -> Value {
    let undo = visitor.undo(web);
    let zone = &visitor.account.time_zone;
    json!({
        "status": visitor.shown.request.state.status().as_str(),
        "decision": request_view::decision(&visitor.shown, zone),
        "undo_url": undo.as_ref().map(|(url, _)| url),
        "undo_until": undo.as_ref().map(|(_, until)| pages::Moment::of(*until, zone)),
    })
}
