//! `/u/TOKEN`: takes a rejection by mail back. The same discipline as the reject page.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::json;
use tracing::info;

use super::{
    Web, browser,
    errors::Failure,
    forms::Form,
    link_visitor::{Token, Visitor},
    pages, reject_page, request_view,
};
use crate::{
    domain::request::{Door, RequestState},
    nonce,
    reject_link::LinkPurpose,
    workflow::undo::{self, UndoError},
};

const NONCE_LASTS: Duration = Duration::from_secs(30 * 60);

/// Shows what will happen.
pub(super) async fn show(
    State(web): State<Web>,
    Token(token): Token,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match Visitor::find(&web, &token, LinkPurpose::Undo).await? {
        Some(visitor) => {
            info!(
                event = "link.viewed",
                request.number = %visitor.shown.request.number,
                "The undo link of request {} was opened",
                visitor.shown.request.number,
            );
            page(&web, &visitor, None, StatusCode::OK)
        }
        None => reject_page::unknown(&web, &headers),
    }
}

/// Opens the request again.
pub(super) async fn undo(
    State(web): State<Web>,
    Token(token): Token,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let Some(visitor) = Visitor::find(&web, &token, LinkPurpose::Undo).await? else {
        return reject_page::unknown(&web, &headers);
    };
    if visitor.undo(&web).is_none() {
        return page(&web, &visitor, None, StatusCode::OK);
    }
    let nonce = nonce::check(
        &web.app.keys.current(),
        form.get("nonce"),
        token.as_bytes(),
        web.app.clock.now(),
        web.app.config.reject.min_dwell,
        NONCE_LASTS,
    );
    if nonce.is_err() || !browser::is_same_origin(&headers, &web.app.config.server.origin()) {
        return page(&web, &visitor, Some("nonce"), StatusCode::BAD_REQUEST);
    }
    match undo::undo(&web.app, visitor.shown.request.id, visitor.administrator.id).await {
        Ok(shown) => {
            visitor
                .now(&web, shown)
                .await?
                .page(&web, "undo/done", json!({}), StatusCode::OK)
        }
        Err(UndoError::TooLate(shown)) => page(
            &web,
            &visitor.now(&web, *shown).await?,
            None,
            StatusCode::OK,
        ),
        Err(UndoError::Unknown) => reject_page::unknown(&web, &headers),
        Err(UndoError::Store(error)) => Err(error.into()),
    }
}

fn page(
    web: &Web,
    visitor: &Visitor,
    notice: Option<&str>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let zone = &visitor.account.time_zone;
    let decision = request_view::decision(&visitor.shown, zone);
    let state = visitor.shown.request.state;
    if let Some((_, until)) = visitor.undo(web) {
        let nonce = nonce::issue(
            &web.app.keys.current(),
            visitor.token.as_bytes(),
            web.app.clock.now(),
        );
        let view = json!({
            "decision": decision,
            "undo_until": pages::Moment::of(until, zone),
            "nonce": nonce,
            "notice": notice,
        });
        return visitor.page(web, "undo/open", view, status);
    }
    let by_mail = matches!(
        state,
        RequestState::Rejected {
            door: Door::Link | Door::Reply,
            ..
        }
    );
    let reason = match state {
        // Whoever undid it and looks again.
        RequestState::Pending => "open",
        _ if by_mail && !visitor.was_overturned() => "late",
        _ => "changed",
    };
    let view = json!({
        "status": state.status().as_str(),
        "decision": decision,
        "reason": reason,
    });
    visitor.page(web, "undo/too_late", view, StatusCode::OK)
}
