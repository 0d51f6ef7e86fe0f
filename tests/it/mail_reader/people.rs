//! People look into the mailbox too: they read mails, move them, and rename its folders.

use esecured::{config::Inbox, mail::imap::ImapUrl};

use super::{Reader, app, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{
    captured_log::CapturedLog, dovecot::Dovecot, invariants, mail_program::MailProgram,
};

#[tokio::test]
async fn a_mail_that_a_person_opened_moved_and_moved_back_is_read_once() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let mut person = MailProgram::at(&dovecot);
    person.says("SELECT INBOX");
    person.says("STORE 1 +FLAGS (\\Seen \\Answered)");
    person.says("CREATE Later");
    person.says("MOVE 1 Later");
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    assert_eq!(app.status_of(id).await, "pending");
    person.says("SELECT Later");
    person.says("MOVE 1 INBOX");
    until_rejected(&app, id).await;
    until("it is moved", || dovecot.count("Processed") == 1).await;

    person.says("SELECT Processed");
    person.says("STORE 1 -FLAGS (\\Seen)");
    person.says("MOVE 1 INBOX");
    until("it is read again", || log.of("inbox.ignored").len() == 1).await;
    until("it is moved again", || dovecot.count("Processed") == 1).await;
    reader.stop().await;
    let reason = log.of("inbox.ignored")[0]["reason"].to_string();
    assert!(reason.contains("was read before, and rejected"), "{reason}");
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_folder_that_a_person_renamed_is_made_anew_and_nothing_is_lost() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    MailProgram::at(&dovecot).says("RENAME Processed Archive");
    dovecot.drop_in(&answer);
    until_rejected(&app, first).await;
    until("it is moved to the new folder", || {
        dovecot.count("Processed") == 1
    })
    .await;
    reader.stop().await;
    assert_eq!(log.of("access_request.decided").len(), 1);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_mailbox_that_a_person_renames_is_missed_aloud_and_read_when_it_is_back() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let mut person = MailProgram::at(&dovecot);
    person.says("CREATE Answers");
    let inbox = Inbox {
        url: ImapUrl::parse(&dovecot.imap_url().replace("/INBOX", "/Answers")).unwrap(),
        ..inbox_at(&dovecot.imap_url())
    };
    let log = CapturedLog::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let (second, later) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    dovecot.drop_into(".Answers", &answer);
    let reader = Reader::start(&app, inbox);
    until_rejected(&app, first).await;
    until("it is moved", || dovecot.count("Processed") == 1).await;

    person.says("RENAME Answers Questions");
    dovecot.drop_into(".Questions", &later);
    until("it says so", || !log.of("inbox.unreachable").is_empty()).await;
    assert_eq!(app.status_of(second).await, "pending");
    person.says("RENAME Questions Answers");
    until_rejected(&app, second).await;
    until("it is moved too", || dovecot.count("Processed") == 2).await;
    reader.stop().await;
    invariants::hold(&app.app).await;
}
