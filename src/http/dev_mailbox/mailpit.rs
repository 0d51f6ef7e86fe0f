//! The mailbox as Mailpit shows it to programs: the two reads of its API that test helpers use,
//! with its names. Nothing is ever marked as read, because reading changes nothing here.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    find, mailbox,
    opened_mail::{OpenedMail, Party},
};
use crate::{
    http::{Web, errors::Failure},
    mail::dev_mailbox::DevMail,
};

/// So many mails are listed unless another number is asked for.
const LIMIT: usize = 50;

/// The beginning of the text that a list shows, in characters.
const SNIPPET_CHARS: usize = 250;

/// Which part of the list.
#[derive(Deserialize)]
pub(super) struct Range {
    start: Option<usize>,
    limit: Option<usize>,
}

/// `GET /api/v1/messages`: the newest first.
pub(super) async fn messages(
    State(web): State<Web>,
    Query(range): Query<Range>,
) -> Result<Json<Value>, Failure> {
    let mails = mailbox(&web)?.all();
    let start = range.start.unwrap_or(0);
    let shown: Vec<Value> = mails
        .iter()
        .skip(start)
        .take(range.limit.unwrap_or(LIMIT))
        .map(|mail| summary(mail))
        .collect();
    Ok(Json(json!({
        "total": mails.len(),
        "unread": mails.len(),
        "count": shown.len(),
        "messages_count": mails.len(),
        "messages_unread": mails.len(),
        "start": start,
        "tags": [],
        "messages": shown,
    })))
}

/// `GET /api/v1/message/{ID}`; `latest` is the newest.
pub(super) async fn message(
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let mail = if id == "latest" {
        let newest = mailbox(&web)?.all().into_iter().next();
        newest.ok_or_else(|| Failure::not_found_because("The mailbox is empty"))?
    } else {
        find(&web, &id)?
    };
    Ok(Json(whole(&mail)))
}

fn summary(mail: &DevMail) -> Value {
    let opened = OpenedMail::of(mail);
    let words: Vec<&str> = opened.text.split_whitespace().collect();
    let snippet: String = words.join(" ").chars().take(SNIPPET_CHARS).collect();
    json!({
        "ID": mail.id.to_string(),
        "MessageID": opened.message_id,
        "Read": false,
        "From": party(&opened.from),
        "To": [party(&opened.to)],
        "Cc": [],
        "Bcc": [],
        "ReplyTo": opened.reply_to.iter().map(party).collect::<Vec<_>>(),
        "Subject": opened.subject,
        "Created": mail.at,
        "Username": "",
        "Tags": [],
        "Size": mail.bytes.len(),
        "Attachments": 0,
        "Snippet": snippet,
    })
}

fn whole(mail: &DevMail) -> Value {
    let opened = OpenedMail::of(mail);
    json!({
        "ID": mail.id.to_string(),
        "MessageID": opened.message_id,
        "From": party(&opened.from),
        "To": [party(&opened.to)],
        "Cc": [],
        "Bcc": [],
        "ReplyTo": opened.reply_to.iter().map(party).collect::<Vec<_>>(),
        "ReturnPath": mail.from.as_deref().unwrap_or_default(),
        "Subject": opened.subject,
        "ListUnsubscribe": { "Header": "", "Links": [], "Errors": "", "HeaderPost": "" },
        "Date": opened.sent_at,
        "Tags": [],
        "Username": "",
        "Text": opened.text.replace('\n', "\r\n"),
        "HTML": opened.html.unwrap_or_default().replace('\n', "\r\n"),
        "Size": mail.bytes.len(),
        "Inline": [],
        "Attachments": [],
    })
}

fn party(party: &Party) -> Value {
    json!({ "Name": party.name, "Address": party.address })
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;

    #[test]
    fn a_mail_has_the_names_that_helpers_for_mailpit_know() {
        let mail = samples::approval_request();
        let short = summary(&mail);
        assert_eq!(short["ID"], "7");
        assert_eq!(short["To"][0]["Address"], "anna@bakkerij-jansen.example");
        assert!(short["Snippet"].as_str().unwrap().starts_with("eSecure"));
        let long = whole(&mail);
        assert_eq!(long["From"]["Name"], "eSecure");
        assert!(
            long["Text"]
                .as_str()
                .unwrap()
                .contains("\r\nhttps://esecure.example.net/r/")
        );
        assert!(long["HTML"].as_str().unwrap().contains("</html>"));
        assert!(long["ReturnPath"].as_str().unwrap().contains("+b."));
    }
}
