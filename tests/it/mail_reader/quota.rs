//! Dovecot's own quota is full where mails are put that were read.

use std::{path::Path, time::Duration};

use esecured::config::Inbox;

use super::{Reader, app, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{
    captured_log::CapturedLog, dovecot::Dovecot, invariants, mail_program::MailProgram,
};

const MAIL: &[u8] = b"Subject: kept from long ago\r\n\r\nHello\r\n";

const PLUGINS: &str = "mail_plugins = $mail_plugins quota\n\
    protocol imap {\n  mail_plugins = $mail_plugins imap_quota\n}\n";

/// Where mails are moved to has a quota of its own: five mails.
fn full_archive(directory: &Path) -> String {
    let directory = directory.display();
    format!(
        "namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
         namespace archive {{\n  prefix = Archive/\n  separator = /\n\
           location = maildir:{directory}/home/archive\n}}\n\
         plugin {{\n  quota = count:Archive:ns=Archive/\n  quota_rule = *:messages=5\n\
           quota_vsizes = yes\n}}\n"
    )
}

/// The whole mailbox has one, and the server copies and deletes in place of moving.
fn full_mailbox(_: &Path) -> String {
    "imap_capability = IMAP4rev1 SASL-IR LITERAL+ IDLE UIDPLUS ENABLE SPECIAL-USE\n\
     plugin {\n  quota = count:User quota\n  quota_rule = *:messages=6\n  quota_vsizes = yes\n}\n"
        .to_owned()
}

/// Five mails lie in `folder` and leave no room; two answers come, and later there is room.
async fn answers_count_once_and_are_put_away_when_there_is_room(
    settings: fn(&Path) -> String,
    folder: &str,
    processed: &str,
) {
    let app = app().await;
    let mut dovecot = Dovecot::start_with(|directory| PLUGINS.to_owned() + &settings(directory));
    let mut person = MailProgram::at(&dovecot);
    person.says(&format!("CREATE {folder}"));
    for _ in 0..5 {
        let literal = format!("APPEND {folder} {{{}+}}\r\n", MAIL.len());
        person.says(&(literal + std::str::from_utf8(MAIL).unwrap()));
    }
    let mut in_processed = || {
        let status = person.says(&format!("STATUS {processed} (MESSAGES)"));
        let (_, count) = status.rsplit_once("MESSAGES ").unwrap();
        count.trim_end_matches(")\r\n").parse::<usize>().unwrap()
    };
    let inbox = Inbox {
        processed: processed.to_owned(),
        // It looks again after that, though nothing new comes.
        idle_renew: Some(Duration::from_secs(1)),
        ..inbox_at(&dovecot.imap_url())
    };
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let (second, later) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox);
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    let kept = in_processed();
    dovecot.drop_in(&answer);
    until_rejected(&app, first).await;
    until("it says so", || log.of("inbox.not_filed").len() == 1).await;
    dovecot.drop_in(&later);
    until_rejected(&app, second).await;
    assert_eq!((in_processed(), dovecot.count("INBOX")), (kept, 2));
    let reason = log.of("inbox.not_filed")[0]["reason"].to_string();
    assert!(reason.contains("[OVERQUOTA]"), "{reason}");

    person.says(&format!("SELECT {folder}"));
    person.says("STORE 1:5 +FLAGS (\\Deleted)");
    person.says("CLOSE");
    let mut has_room = || {
        let quota = person.says(&format!("GETQUOTAROOT {processed}"));
        let (_, used) = quota.split_once("MESSAGE ").unwrap();
        used.split(' ').next().unwrap().parse::<usize>().unwrap() < 4
    };
    until("the server knows it", &mut has_room).await;
    until("it says so", || log.of("inbox.filed").len() == 1).await;
    until("the inbox is empty", || dovecot.count("INBOX") == 0).await;
    reader.stop().await;
    let status = person.says(&format!("STATUS {processed} (MESSAGES)"));
    assert!(status.contains("(MESSAGES 2)"), "{status}");
    assert_eq!(log.of("inbox.not_filed").len(), 1);
    assert_eq!(log.of("access_request.decided").len(), 2);
    assert_eq!(log.of("inbox.ignored").len(), 0, "nothing was read twice");
    assert_eq!(log.of("inbox.unreachable").len(), 0);
    // Dovecot counts the octets that each client said: a reader that tries again and again, and not
    // once a second, says more.
    until("it is signed out", || dovecot.log().contains(" in=")).await;
    let said = octets_heard(&dovecot.log());
    assert!(said < 6_000, "the reader said {said} octets");
    invariants::hold(&app.app).await;
}

/// By the first client that signed out.
fn octets_heard(log: &str) -> usize {
    let (_, rest) = log.split_once(" in=").unwrap();
    let digits = rest.split(' ').next().unwrap();
    digits.parse().unwrap()
}

#[tokio::test]
async fn while_no_mail_can_be_moved_answers_count_and_are_moved_later() {
    let processed = "Archive/Processed";
    answers_count_once_and_are_put_away_when_there_is_room(full_archive, processed, processed)
        .await;
}

#[tokio::test]
async fn while_no_mail_can_be_copied_answers_count_and_are_copied_later() {
    answers_count_once_and_are_put_away_when_there_is_room(full_mailbox, "Old", "Processed").await;
}
