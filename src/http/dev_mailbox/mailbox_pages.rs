//! The pages: the list of mails, and one mail in its three views.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{TIME_ZONE, find, mail_links, mailbox, opened_mail::OpenedMail};
use crate::{
    domain::language::Language,
    http::{
        Web,
        errors::Failure,
        pages::{self, Moment},
    },
    mail::dev_mailbox::DevMail,
    workflow::read_mail::Outcome,
};

/// The page with the mail in its frame.
const MESSAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The mail itself: the styles it brings, links that open in a tab of their own, nothing else.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'";

/// Which mails are listed.
#[derive(Deserialize)]
pub(super) struct Listed {
    /// Those to this address alone.
    to: Option<String>,
}

/// `GET /dev/mailbox`.
pub(super) async fn list(
    State(web): State<Web>,
    Query(listed): Query<Listed>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mails = mailbox(&web)?.all();
    let recipient = listed.to.filter(|to| !to.is_empty());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for mail in &mails {
        *counts.entry(&mail.to).or_default() += 1;
    }
    let recipients: Vec<Value> = counts
        .into_iter()
        .map(|(email, count)| {
            let name = utf8_percent_encode(email, NON_ALPHANUMERIC);
            json!({
                "email": email,
                "count": count,
                "url": format!("/dev/mailbox?to={name}"),
                "current": recipient.as_deref() == Some(email),
            })
        })
        .collect();
    let messages: Vec<Value> = mails
        .iter()
        .filter(|mail| recipient.as_ref().is_none_or(|to| *to == mail.to))
        .map(|mail| {
            let opened = OpenedMail::of(mail);
            json!({
                "id": mail.id.to_string(),
                "subject": opened.subject,
                "to": mail.to,
                "from": opened.from.to_string(),
                "at": Moment::of(mail.at, TIME_ZONE),
            })
        })
        .collect();
    let view = json!({
        "product_name": web.app.config.portal.product_name,
        "total": mails.len(),
        "all_url": "/dev/mailbox",
        "recipient": recipient,
        "recipients": recipients,
        "messages": messages,
    });
    let language = pages::language(&web, &headers);
    Ok(pages::html(web.app.templates.page(
        "mailbox/list",
        language,
        &view,
    )?))
}

/// How one mail is shown, and what happened with an answer to it.
#[derive(Default)]
pub(super) struct Shown {
    view: View,
    width: Width,
    readings: Option<Vec<Outcome>>,
    empty_reply: bool,
}

impl Shown {
    /// With how what was fed in was read.
    pub(super) fn readings(readings: Vec<Outcome>) -> Self {
        Self {
            readings: Some(readings),
            ..Self::default()
        }
    }

    /// With the complaint that the answer is empty.
    pub(super) fn empty_reply() -> Self {
        Self {
            empty_reply: true,
            ..Self::default()
        }
    }
}

#[derive(Clone, Copy, Default)]
enum View {
    #[default]
    Html,
    Text,
    Source,
}

#[derive(Clone, Copy, Default)]
enum Width {
    #[default]
    Desktop,
    Phone,
}

/// The two choices of the message page, as they stand in its address.
#[derive(Deserialize)]
pub(super) struct Choices {
    view: Option<String>,
    width: Option<String>,
}

/// `GET /dev/mailbox/{id}`.
pub(super) async fn message(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(choices): Query<Choices>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mail = find(&web, &id)?;
    let shown = Shown {
        view: match choices.view.as_deref() {
            Some("text") => View::Text,
            Some("source") => View::Source,
            Some(_) | None => View::Html,
        },
        width: match choices.width.as_deref() {
            Some("phone") => Width::Phone,
            Some(_) | None => Width::Desktop,
        },
        ..Shown::default()
    };
    render(&web, pages::language(&web, &headers), &mail, shown)
}

/// The page of one mail.
pub(super) fn render(
    web: &Web,
    language: Language,
    mail: &DevMail,
    shown: Shown,
) -> Result<Response, Failure> {
    let opened = OpenedMail::of(mail);
    let reject_word = web
        .app
        .templates
        .labels()
        .get("reject_word", opened.language);
    let readings = shown.readings.map(|readings| -> Vec<Value> {
        readings
            .iter()
            .map(|one| {
                json!({
                    "kind": one.kind,
                    "decision": one.decision,
                    "effect": one.effect.as_str(),
                    "reason": one.reason,
                })
            })
            .collect()
    });
    let view = json!({
        "product_name": web.app.config.portal.product_name,
        "message": {
            "id": mail.id.to_string(),
            "subject": opened.subject,
            "from": opened.from.to_string(),
            "to": opened.to.to_string(),
            "reply_to": opened.reply_to.as_ref().map(|party| &party.address),
            "at": Moment::of(mail.at, TIME_ZONE),
            "text": opened.text,
            "source": String::from_utf8_lossy(&mail.bytes).replace("\r\n", "\n"),
        },
        "view": match shown.view {
            View::Html => "html",
            View::Text => "text",
            View::Source => "source",
        },
        "width": match shown.width {
            Width::Desktop => "desktop",
            Width::Phone => "phone",
        },
        "links": opened.html.as_deref().map(mail_links::of).unwrap_or_default(),
        "can_reply": opened.reply_to.is_some(),
        "can_bounce": mail.from.is_some(),
        "suggested_reply": if shown.empty_reply { "" } else { reject_word.unwrap_or_default() },
        "reply_language": opened.language.as_str(),
        "readings": readings,
        "error": shown.empty_reply.then_some("empty_reply"),
    });
    let page = web.app.templates.page("mailbox/message", language, &view)?;
    let mut response = pages::html(page);
    set_policy(&mut response, MESSAGE_POLICY);
    Ok(response)
}

/// `GET /dev/mailbox/{id}/html`: the HTML part alone, for the frame.
pub(super) async fn html(
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let mail = find(&web, &id)?;
    let html = OpenedMail::of(&mail)
        .html
        .ok_or_else(|| Failure::not_found_because("This mail has no HTML part"))?;
    let mut response = pages::html(with_links_outside(&html));
    set_policy(&mut response, MAIL_POLICY);
    // A sandboxed page that asks for an opener policy is not shown in a tab of its own (HTML,
    // section 7.1.3).
    let open = HeaderValue::from_static("unsafe-none");
    response
        .headers_mut()
        .insert("cross-origin-opener-policy", open);
    Ok(response)
}

fn set_policy(response: &mut Response, policy: &'static str) {
    let policy = HeaderValue::from_static(policy);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// A link of the mail opens beside the mailbox, not in the frame.
fn with_links_outside(html: &str) -> String {
    html.replacen("<head>", "<head><base target=\"_blank\">", 1)
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;

    #[test]
    fn the_links_of_our_mails_open_outside_the_frame() {
        let html = OpenedMail::of(&samples::approval_request()).html.unwrap();
        let framed = with_links_outside(&html);
        assert!(framed.contains("<head><base target=\"_blank\">"));
        assert_eq!(framed.matches("<base").count(), 1);
    }
}
