//! Reading the mailbox: against a real Dovecot, and against a server that
//! misbehaves as it is told.

mod connection;
mod filing;
mod reading;
mod real_server;
mod waiting;

use std::time::Duration;

use esecured::mail::imap::{Fetched, ImapError, ImapUrl, Mailbox, MailboxOptions};
use tokio_util::sync::CancellationToken;

use crate::support::scripted_imap::ScriptedImap;

/// A wait that something ends earlier.
const LONG: Duration = Duration::from_secs(30);

const LIMIT: u32 = 10_000;

/// What listing one message of 12 octets, and handing it out, look like on
/// the wire.
const LISTED: &[&str] = &["* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())", "{tag} OK done"];
const HANDED_OUT: &[&str] = &[
    "* 1 FETCH (UID 7 BODY[]<0> {12}",
    "Subject: x",
    ")",
    "{tag} OK done",
];

fn options() -> MailboxOptions {
    MailboxOptions {
        folders: vec!["Processed".to_owned(), "Quarantine".to_owned()],
        ..MailboxOptions::default()
    }
}

/// For servers that fall silent.
fn impatient() -> MailboxOptions {
    MailboxOptions {
        connect_within: Duration::from_millis(300),
        answer_within: Duration::from_millis(300),
        poll: Duration::from_millis(20),
        ..options()
    }
}

async fn open(url: &str) -> Result<Mailbox, ImapError> {
    Mailbox::open(&ImapUrl::parse(url).unwrap(), &options()).await
}

async fn open_impatiently(server: &ScriptedImap) -> Result<Mailbox, ImapError> {
    Mailbox::open(&ImapUrl::parse(&server.url()).unwrap(), &impatient()).await
}

fn mail(number: usize) -> Vec<u8> {
    format!("Subject: answer {number}\r\n\r\nweigeren\r\n").into_bytes()
}

fn uids(fetched: &[Fetched]) -> Vec<u32> {
    fetched.iter().map(|message| message.uid).collect()
}

fn text_of(message: &Fetched) -> String {
    String::from_utf8(message.raw.clone().unwrap()).unwrap()
}

fn never() -> CancellationToken {
    CancellationToken::new()
}
