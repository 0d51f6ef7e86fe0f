//! The forms that answer a mail. What they write goes to the reader of the real inbox.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    automatic_mail,
    client_reply::{self, AnswerError, Client},
    find,
    mailbox_pages::{self, Shown},
    opened_mail::{OpenedMail, Party},
};
use crate::{
    app::App,
    config::RequireAuth,
    domain::language::Language,
    http::{Web, browser, errors::Failure, forms::Form, pages},
    workflow::read_mail::{Outcome, ReadMailError, read_mail},
};

/// Delivered so often at most.
const COPIES_MAX: usize = 2;

/// `POST /dev/mailbox/{id}/reply`: fields `text`, `client`, `language` and `copies`.
pub(super) async fn reply(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    from_our_page(&web, &headers)?;
    let mail = find(&web, &id)?;
    let page_language = pages::language(&web, &headers);
    let original = answerable(OpenedMail::of(&mail))?;
    let client = Client::parse(form.get("client"))
        .ok_or_else(|| Failure::bad_request("client: expected plain, outlook, gmail or apple"))?;
    let copies = match form.get("copies") {
        "" => 1,
        number => number
            .parse()
            .ok()
            .filter(|copies| (1..=COPIES_MAX).contains(copies))
            .ok_or_else(|| Failure::bad_request("copies: expected 1 or 2"))?,
    };
    if form.get("text").trim().is_empty() {
        let shown = Shown::empty_reply();
        let mut page = mailbox_pages::render(&web, page_language, &mail, shown)?;
        *page.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(page);
    }
    let language = language(&form)?;
    let now = web.app.clock.now();
    let raw = client_reply::reply(&original, client, language, form.get("text"), now)?;
    let raw = authenticated(&web.app, &original.to, raw);
    let readings = feed(&web.app, &raw, copies).await?;
    mailbox_pages::render(&web, page_language, &mail, Shown::readings(readings))
}

/// `POST /dev/mailbox/{id}/out-of-office`: field `language`.
pub(super) async fn out_of_office(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    from_our_page(&web, &headers)?;
    let mail = find(&web, &id)?;
    let original = answerable(OpenedMail::of(&mail))?;
    let now = web.app.clock.now();
    let raw = automatic_mail::out_of_office(&original, language(&form)?, now)?;
    let raw = authenticated(&web.app, &original.to, raw);
    let readings = feed(&web.app, &raw, 1).await?;
    let page_language = pages::language(&web, &headers);
    mailbox_pages::render(&web, page_language, &mail, Shown::readings(readings))
}

/// `POST /dev/mailbox/{id}/bounce`: no fields.
pub(super) async fn bounce(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    from_our_page(&web, &headers)?;
    let mail = find(&web, &id)?;
    let raw = automatic_mail::bounce(&mail, &OpenedMail::of(&mail), web.app.clock.now())
        .ok_or_else(|| Failure::bad_request("This mail has no envelope sender to bounce to"))?;
    let readings = feed(&web.app, &raw, 1).await?;
    let page_language = pages::language(&web, &headers);
    mailbox_pages::render(&web, page_language, &mail, Shown::readings(readings))
}

fn from_our_page(web: &Web, headers: &HeaderMap) -> Result<(), Failure> {
    if browser::is_same_origin(headers, &web.app.config.server.origin()) {
        Ok(())
    } else {
        Err(Failure::forbidden("This form was sent from another site"))
    }
}

fn answerable(mail: OpenedMail) -> Result<OpenedMail, Failure> {
    if mail.reply_to.is_some() {
        Ok(mail)
    } else {
        Err(Failure::bad_request(
            "This mail has no Reply-To: it takes no answer",
        ))
    }
}

fn language(form: &Form) -> Result<Language, Failure> {
    Language::parse(form.get("language"))
        .ok_or_else(|| Failure::bad_request("language: expected nl or en"))
}

/// Hands a mail to the reader so many times, as a mailbox does that delivers twice.
async fn feed(app: &App, raw: &[u8], copies: usize) -> Result<Vec<Outcome>, Failure> {
    let mut outcomes = Vec::with_capacity(copies);
    for _ in 0..copies {
        outcomes.push(read_mail(app, raw, false).await?);
    }
    Ok(outcomes)
}

/// With the verdict that the receiving mail server would put at the top, where replies need one.
fn authenticated(app: &App, from: &Party, raw: Vec<u8>) -> Vec<u8> {
    let replies = &app.config.replies;
    match (replies.require_auth, &replies.authserv_id) {
        (RequireAuth::Dmarc, Some(authserv_id)) => with_dmarc_pass(authserv_id, from, &raw),
        (RequireAuth::Dmarc, None) | (RequireAuth::Token, _) => raw,
    }
}

fn with_dmarc_pass(authserv_id: &str, from: &Party, raw: &[u8]) -> Vec<u8> {
    let domain = from.domain();
    let header = format!(
        "Authentication-Results: {authserv_id};\r\n\tdmarc=pass (p=reject) header.from={domain}\r\n"
    );
    [header.as_bytes(), raw].concat()
}

impl From<ReadMailError> for Failure {
    fn from(failed: ReadMailError) -> Self {
        match failed {
            ReadMailError::Store(error) => error.into(),
            error @ ReadMailError::Decide(_) => anyhow::Error::from(error).into(),
        }
    }
}

impl From<AnswerError> for Failure {
    fn from(failed: AnswerError) -> Self {
        anyhow::Error::from(failed).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;
    use crate::{
        domain::timestamp::Timestamp,
        reading::{self, Verdict},
    };

    #[test]
    fn the_receiving_server_s_verdict_is_believed() {
        let original = OpenedMail::of(&samples::approval_request());
        let at = Timestamp::from_seconds(1_778_580_000);
        for raw in [
            client_reply::reply(&original, Client::Outlook, Language::Nl, "weigeren", at).unwrap(),
            automatic_mail::out_of_office(&original, Language::Nl, at).unwrap(),
        ] {
            let before = reading::open(&raw).unwrap();
            assert_eq!(
                before.dmarc("mx.example.net", original.to.domain()),
                Verdict::Absent
            );
            let raw = with_dmarc_pass("mx.example.net", &original.to, &raw);
            let mail = reading::open(&raw).unwrap();
            assert_eq!(
                mail.dmarc("mx.example.net", original.to.domain()),
                Verdict::Pass
            );
        }
    }
}
