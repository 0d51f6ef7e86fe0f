//! Where mails are when they are read.

use esecured::config::{AfterReading, Inbox};

use super::{Reader, app, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{captured_log::CapturedLog, dovecot::Dovecot, invariants};

#[tokio::test]
async fn answers_are_moved_away_and_what_exceeds_a_limit_is_put_aside_while_the_rest_flows_on() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.drop_in(&[b"Subject: large\r\n\r\n".to_vec(), vec![b'x'; 50 << 20]].concat());
    dovecot.drop_in(&["X-Many: header\r\n".repeat(1_001).as_bytes(), b"\r\nx\r\n"].concat());
    dovecot.drop_in(&answer);
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until_rejected(&app, first).await;
    until("the inbox is empty", || dovecot.count("INBOX") == 0).await;
    assert_eq!(dovecot.count("Quarantine"), 2);
    assert_eq!(dovecot.count("Processed"), 1);
    assert_eq!(log.of("inbox.quarantined").len(), 2);

    // What comes while it waits is announced to it.
    let (second, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    dovecot.deliver(&answer);
    until_rejected(&app, second).await;
    until("it is moved", || dovecot.count("Processed") == 2).await;
    reader.stop().await;
    invariants::hold(&app.app).await;
}

/// The database as it is, whoever reads the mailbox.
fn but_for_leases(dump: &str) -> String {
    let lines = dump.lines();
    let kept: Vec<&str> = lines
        .filter(|line| !line.starts_with("mailbox_lease "))
        .collect();
    kept.join("\n")
}

#[tokio::test]
async fn flagged_mails_stay_and_are_not_read_again_not_even_with_new_uids() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let inbox = Inbox {
        after: AfterReading::Flag,
        ..inbox_at(&dovecot.imap_url())
    };
    let log = CapturedLog::start();
    let read = || log.of("inbox.received").len() + log.of("inbox.ignored").len();

    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.deliver(b"Subject: a word from somebody\r\n\r\nHello\r\n");
    dovecot.deliver(&answer);
    let reader = Reader::start(&app, inbox.clone());
    until_rejected(&app, first).await;
    until("both are read", || read() == 2).await;
    reader.stop().await;
    assert_eq!(dovecot.count("INBOX"), 2);
    assert!(!dovecot.has_folder("Processed"));

    let before = but_for_leases(&app.dump().await);
    let reader = Reader::start(&app, inbox.clone());
    until("it is connected again", || {
        log.of("inbox.connected").len() == 2
    })
    .await;
    reader.stop().await;
    assert_eq!(read(), 2, "nothing is read again");
    assert_eq!(but_for_leases(&app.dump().await), before);

    // With a new UIDVALIDITY the new mail is the first of the folder: its UID is below the last one
    // that was read.
    let (second, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    dovecot.drop_in(&answer);
    dovecot.renumber(4711);
    let inbox = Inbox {
        after: AfterReading::Flag,
        ..inbox_at(&dovecot.imap_url())
    };
    let reader = Reader::start(&app, inbox);
    until_rejected(&app, second).await;
    reader.stop().await;
    assert_eq!(dovecot.count("INBOX"), 3);
    assert_eq!(log.of("inbox.received").len(), 2);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_mailbox_restored_from_a_copy_does_nothing_twice() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until_rejected(&app, id).await;
    until("it is moved", || dovecot.count("Processed") == 1).await;
    reader.stop().await;

    // The administrator thought better of it meanwhile, and then the copy comes back.
    app.deliver_mail().await;
    let undo = app.last_mail_to(crate::support::ANNA).path("/u/");
    let browser = app.browser();
    let page = browser.open(&undo).await;
    app.pass(std::time::Duration::from_secs(5));
    let nonce = page.field("nonce");
    assert_eq!(
        browser.submit(&undo, &[("nonce", &nonce)]).await.status,
        200
    );
    assert_eq!(app.status_of(id).await, "pending");
    dovecot.drop_in(&answer);
    dovecot.renumber(4711);
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("it is moved too", || dovecot.count("Processed") == 2).await;
    reader.stop().await;
    assert_eq!(app.status_of(id).await, "pending");
    let ignored = log.of("inbox.ignored");
    assert_eq!(ignored.len(), 1);
    let reason = ignored[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("this mail was read before, and rejected then"),
        "{reason}"
    );
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn deleted_mails_are_gone_and_a_mail_delivered_twice_counts_once() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    // The copy that went by another way has other lines at its top.
    dovecot.drop_in(&answer);
    dovecot.drop_in(&answer);
    dovecot.deliver(&answer);
    let inbox = Inbox {
        after: AfterReading::Delete,
        ..inbox_at(&dovecot.imap_url())
    };
    let reader = Reader::start(&app, inbox);
    until_rejected(&app, id).await;
    until("all are deleted", || dovecot.count("INBOX") == 0).await;
    reader.stop().await;
    assert!(!dovecot.has_folder("Processed"));
    assert_eq!(log.of("inbox.received").len(), 1);
    assert_eq!(log.of("inbox.ignored").len(), 2);
    assert_eq!(log.of("access_request.decided").len(), 1);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn mails_that_were_flagged_once_are_moved_unread_when_the_operator_chooses_moving() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    dovecot.drop_in(b"Subject: a word from somebody\r\n\r\nHello\r\n");
    let inbox = Inbox {
        after: AfterReading::Flag,
        ..inbox_at(&dovecot.imap_url())
    };
    let reader = Reader::start(&app, inbox);
    until("it is read", || log.of("inbox.ignored").len() == 1).await;
    reader.stop().await;
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("it is moved", || dovecot.count("Processed") == 1).await;
    reader.stop().await;
    assert_eq!(log.of("inbox.ignored").len(), 1);
}

#[tokio::test]
async fn a_server_that_can_neither_move_nor_expunge_single_mails_gets_each_copied_once() {
    let app = app().await;
    let mut dovecot =
        Dovecot::start_with(|_| "imap_capability = IMAP4rev1 LITERAL+ IDLE\n".to_owned());
    let log = CapturedLog::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until_rejected(&app, first).await;
    until("it is copied", || dovecot.count("Processed") == 1).await;

    // The next look finds it, marked as deleted; so does that of another connection.
    let (second, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    dovecot.deliver(&answer);
    until_rejected(&app, second).await;
    reader.stop().await;
    assert_eq!((dovecot.count("INBOX"), dovecot.count("Processed")), (2, 2));
    let (third, answer) = rejected_by_mail(&app, "piet@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until_rejected(&app, third).await;
    reader.stop().await;
    assert_eq!((dovecot.count("INBOX"), dovecot.count("Processed")), (3, 3));

    // The same where they are only to be deleted.
    let inbox = Inbox {
        after: AfterReading::Delete,
        ..inbox_at(&dovecot.imap_url())
    };
    for requester in ["noor@elsewhere.example", "sara@elsewhere.example"] {
        let (id, answer) = rejected_by_mail(&app, requester).await;
        dovecot.drop_in(&answer);
        let reader = Reader::start(&app, inbox.clone());
        until_rejected(&app, id).await;
        reader.stop().await;
    }
    assert_eq!((dovecot.count("INBOX"), dovecot.count("Processed")), (5, 3));
    assert_eq!(log.of("inbox.received").len(), 5);
    assert_eq!(log.of("inbox.ignored").len(), 0, "nothing was read twice");
    invariants::hold(&app.app).await;
}
