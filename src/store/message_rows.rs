//! A row of the outbox, written and read: most of it is plain, what it is about is not.

use sqlx::any::AnyRow;

use super::{
    StoreError,
    rows::{Reader, from_str},
};
use crate::domain::{
    account_number::AccountNumber,
    message::{About, Message, MessageKind},
};

/// What a message is about, in its columns: one name for each thing, and what that refers to.
pub(super) struct AboutColumns {
    pub(super) name: String,
    pub(super) request: Option<String>,
    pub(super) invitation: Option<String>,
    pub(super) account: Option<String>,
}

impl AboutColumns {
    pub(super) fn of(about: &About) -> Self {
        let name = match about {
            About::Request(id) => id.to_string(),
            About::Invitation(id) => id.to_string(),
            About::Account(number) => number.as_str().to_owned(),
            About::SignIn(id) => id.to_string(),
            About::Digest(id) => id.to_string(),
        };
        let mut columns = Self {
            request: None,
            invitation: None,
            account: None,
            name: name.clone(),
        };
        match about {
            About::Request(_) => columns.request = Some(name),
            About::Invitation(_) => columns.invitation = Some(name),
            About::Account(_) => columns.account = Some(name),
            // Whom it goes to says it, or the messages that it carries do.
            About::SignIn(_) | About::Digest(_) => {}
        }
        columns
    }
}

pub(super) fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "message",
        key: "id",
    }
}

pub(super) fn message(row: &AnyRow) -> Result<Message, StoreError> {
    let read = reader(row);
    let kind = read.parsed("kind", MessageKind::parse)?;
    Ok(Message {
        id: read.parsed("id", from_str)?,
        kind,
        about: about(&read, kind)?,
        recipient: read.parsed("recipient_id", from_str)?,
        administrator: read.maybe_parsed("administrator_id", from_str)?,
        occasion: read.text("occasion")?,
        key_id: read.text("key_id")?,
        dated_at: read.time("dated_at")?,
        answers: read.maybe_text("answers")?,
        due_at: read.time("due_at")?,
    })
}

fn about(read: &Reader<'_>, kind: MessageKind) -> Result<About, StoreError> {
    let request = read.maybe_parsed("request_id", from_str)?;
    let invitation = read.maybe_parsed("invitation_id", from_str)?;
    let account = read.maybe_parsed("account_number", |text| AccountNumber::parse(text).ok())?;
    let recipient = read.maybe_parsed("administrator_id", from_str)?;
    match (request, invitation, account, recipient) {
        (Some(request), None, None, _) => Ok(About::Request(request)),
        (None, Some(invitation), None, _) => Ok(About::Invitation(invitation)),
        (None, None, Some(account), _) => Ok(About::Account(account)),
        (None, None, None, _) if kind.is_about_a_digest() => {
            Ok(About::Digest(read.parsed("about", from_str)?))
        }
        (None, None, None, Some(recipient)) => Ok(About::SignIn(recipient)),
        _ => Err(read.corrupt("about")),
    }
}
