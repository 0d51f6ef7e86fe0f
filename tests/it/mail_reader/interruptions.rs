//! Servers that break off, fall silent, refuse or are away.

use std::time::Duration;

use esecured::{config::Inbox, mail::imap::MailboxOptions, worker::mail_reader};

use super::{Reader, app, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{
    captured_log::CapturedLog,
    dovecot::Dovecot,
    invariants,
    scripted_imap::{ScriptedImap, Turn, lines_of},
};

/// The folder holds this mail alone, under the UID 7.
fn holds(server: &ScriptedImap, mail: &[u8]) {
    let listed = format!("* 1 FETCH (UID 7 RFC822.SIZE {} FLAGS ())", mail.len());
    server.say("UID FETCH 1:*", &[&listed, "{tag} OK done"]);
    hands_out(server, 7, mail);
}

pub(super) fn hands_out(server: &ScriptedImap, uid: u32, mail: &[u8]) {
    let opening = format!("* 1 FETCH (UID {uid} BODY[]<0> {{{}}}\r\n", mail.len());
    let said = [opening.as_bytes(), mail, b")\r\n{tag} OK done\r\n"].concat();
    server.on(&format!("UID FETCH {uid} (UID BODY"), Turn::Say(said));
}

#[tokio::test]
async fn a_mail_that_could_neither_be_moved_nor_marked_comes_again_and_has_no_second_effect() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    holds(&server, &answer);
    server.say("UID MOVE 7", &["{tag} NO [OVERQUOTA] the folder is full"]);
    server.say("UID STORE 7", &["{tag} NO [OVERQUOTA] the folder is full"]);
    let log = CapturedLog::start();
    let inbox = Inbox {
        idle_renew: Some(Duration::from_millis(50)),
        ..inbox_at(&server.url())
    };
    let reader = Reader::start(&app, inbox);
    until_rejected(&app, id).await;
    until("it says so", || log.of("inbox.not_filed").len() == 1).await;
    holds(&server, &answer);
    until("it reads the mail again", || {
        log.of("inbox.ignored").len() == 1
    })
    .await;
    until("it is moved", || log.of("inbox.filed").len() == 1).await;
    reader.stop().await;
    let moves = server.heard();
    let moves = moves.iter().filter(|said| said.starts_with("UID MOVE 7"));
    assert_eq!(moves.count(), 2);
    assert_eq!(log.of("access_request.decided").len(), 1);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_server_that_goes_ends_or_falls_silent_is_asked_anew_and_nothing_is_lost() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let farewell = lines_of(&["+ idling", "* BYE shutting down"]);
    server.on("IDLE", Turn::SayAndClose(farewell));
    server.on("IDLE", Turn::SayAndClose(Vec::new()));
    server.on("IDLE", Turn::SayAndHang(lines_of(&["+ idling"])));
    let log = CapturedLog::start();
    let inbox = Inbox {
        idle_renew: Some(Duration::from_millis(50)),
        ..inbox_at(&server.url())
    };
    let options = MailboxOptions {
        answer_within: Duration::from_millis(300),
        ..mail_reader::options(&inbox)
    };
    let reader = Reader::start_with(&app, inbox, options);
    until("it was cut off twice", || {
        log.of("inbox.unreachable").len() == 2
    })
    .await;
    until("it is there a third time", || {
        log.of("inbox.connected").len() == 3
    })
    .await;
    until("the silence is noticed", || {
        log.of("inbox.unreachable").len() == 3
    })
    .await;
    holds(&server, &answer);
    until_rejected(&app, id).await;
    reader.stop().await;
    // A server that was read in between is not punished for going: each wait is the first.
    for line in log.of("inbox.unreachable") {
        assert_eq!(line["retry_s"], 1, "{line}");
    }
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_or_restarted_later_loses_nothing() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.stop();
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("it says so", || log.of("inbox.unreachable").len() == 1).await;
    dovecot.drop_in(&answer);
    dovecot.start_again();
    until_rejected(&app, id).await;

    // The same when it is restarted in the middle.
    let (id, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    until("the first is moved", || dovecot.count("Processed") == 1).await;
    dovecot.stop();
    dovecot.drop_in(&answer);
    dovecot.start_again();
    until_rejected(&app, id).await;
    until("the second is moved", || dovecot.count("Processed") == 2).await;
    reader.stop().await;
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn a_server_that_breaks_off_at_every_move_is_asked_less_and_less() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    let mail = b"Subject: a word from somebody\r\n\r\nHello\r\n";
    for _ in 0..2 {
        holds(&server, mail);
        server.on("UID MOVE 7", Turn::SayAndClose(Vec::new()));
    }
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox_at(&server.url()));
    until("it tried twice", || log.of("inbox.unreachable").len() == 2).await;
    assert_eq!(log.of("inbox.unreachable")[1]["retry_s"], 2);
    reader.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_silent_server() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    server.on("GREETING", Turn::SayAndHang(Vec::new()));
    let reader = Reader::start(&app, inbox_at(&server.url()));
    until("it is connected", || server.connections() == 1).await;
    let stopped = tokio::time::timeout(Duration::from_secs(1), reader.stop()).await;
    assert!(stopped.is_ok());
}
