//! Mails that the server lists and cannot hand out: they hold up no other.

use std::time::Duration;

use esecured::config::{AfterReading, Inbox};

use super::{
    Reader, app, inbox_at, interruptions::hands_out, rejected_by_mail, until, until_rejected,
};
use crate::support::{
    captured_log::CapturedLog, dovecot::Dovecot, invariants, scripted_imap::ScriptedImap,
};

const MINUTE: Duration = Duration::from_secs(60);

/// It looks again and again, though nothing new comes.
fn restless(inbox: Inbox) -> Inbox {
    Inbox {
        idle_renew: Some(Duration::from_millis(50)),
        ..inbox
    }
}

#[tokio::test]
async fn a_mail_that_dovecot_cannot_read_holds_up_no_other_and_is_read_once_it_can_be() {
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let (damaged, answer) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    dovecot.drop_in(&answer);
    let (last, answer) = rejected_by_mail(&app, "piet@elsewhere.example").await;
    dovecot.drop_in(&answer);
    dovecot.lets_read(2, false);
    let log = CapturedLog::start();
    let reader = Reader::start(&app, restless(inbox_at(&dovecot.imap_url())));
    until_rejected(&app, first).await;
    until_rejected(&app, last).await;
    until("both are moved", || dovecot.count("Processed") == 2).await;
    // Dovecot ends the connection when it lists that mail, and each time it hands it out.
    assert_eq!(log.of("inbox.unreachable").len(), 3);

    // From then on it is not asked for: nothing breaks, and nothing more is said.
    let (later, answer) = rejected_by_mail(&app, "noor@elsewhere.example").await;
    dovecot.drop_in(&answer);
    until_rejected(&app, later).await;
    until("it is moved", || dovecot.count("Processed") == 3).await;
    assert_eq!(app.status_of(damaged).await, "pending");
    assert_eq!(
        (dovecot.count("Quarantine"), log.of("inbox.withheld").len()),
        (0, 1)
    );

    // What only seemed unreadable is not given up.
    dovecot.lets_read(2, true);
    app.pass(5 * MINUTE);
    until_rejected(&app, damaged).await;
    until("it is moved too", || dovecot.count("Processed") == 4).await;
    reader.stop().await;
    assert_eq!(log.of("inbox.unreachable").len(), 3);
    assert_eq!(log.of("inbox.withheld").len(), 1);
    assert_eq!(log.of("inbox.ignored").len(), 0, "nothing was read twice");
    invariants::hold(&app.app).await;
}

/// The mail 7 is in the folder, alone and asked for alone, and refused.
fn refuses_once_more(server: &ScriptedImap) {
    server.say(
        "UID FETCH 1:*",
        &["* 1 FETCH (UID 7 FLAGS ())", "{tag} OK done"],
    );
    refuses(server);
}

fn refuses(server: &ScriptedImap) {
    server.say("UID FETCH 7 (UID BODY", &["{tag} NO the file is damaged"]);
    server.say("UID FETCH 7 (UID)", &["* 1 FETCH (UID 7)", "{tag} OK done"]);
}

#[tokio::test]
async fn a_mail_is_put_aside_when_the_server_keeps_to_its_refusal() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let second = format!("* 2 FETCH (UID 8 RFC822.SIZE {} FLAGS ())", answer.len());
    let first = "* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())";
    server.say("UID FETCH 1:*", &[first, &second, "{tag} OK done"]);
    server.say("UID FETCH 7,8 (UID BODY", &["{tag} NO the file is damaged"]);
    refuses(&server);
    hands_out(&server, 8, &answer);
    let heard = |words: &str| server.heard().iter().filter(|said| *said == words).count();
    let log = CapturedLog::start();
    let reader = Reader::start(&app, restless(inbox_at(&server.url())));
    until_rejected(&app, id).await;
    until("it looks again", || {
        heard("UID FETCH 1:6,8:4294967295 (UID RFC822.SIZE FLAGS)") > 1
    })
    .await;
    assert_eq!(heard("UID MOVE 8 \"Processed\""), 1);

    // One refusal may pass, and so may two.
    assert_eq!(heard("UID FETCH 7 (UID)"), 1);
    refuses_once_more(&server);
    app.pass(5 * MINUTE);
    until("it asks again", || heard("UID FETCH 7 (UID)") == 2).await;
    let looks = heard("UID FETCH 1:6,8:4294967295 (UID RFC822.SIZE FLAGS)");
    until("it looks once more", || {
        heard("UID FETCH 1:6,8:4294967295 (UID RFC822.SIZE FLAGS)") > looks
    })
    .await;
    assert_eq!(heard("UID MOVE 7 \"Quarantine\""), 0);
    assert_eq!(log.of("inbox.quarantined").len(), 0);
    refuses_once_more(&server);
    app.pass(10 * MINUTE);
    until("it is put aside", || log.of("inbox.quarantined").len() == 1).await;
    reader.stop().await;
    assert_eq!(heard("UID MOVE 7 \"Quarantine\""), 1);
    assert_eq!(log.of("inbox.withheld").len(), 1);
    assert_eq!(log.of("inbox.unreachable").len(), 0);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn where_mails_stay_one_that_was_passed_over_is_asked_for_by_the_next_daemon_too() {
    let app = app().await;
    let server = ScriptedImap::start().await;
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let listed = |uid: u32, flags: &str| {
        let octets = answer.len();
        format!("* 1 FETCH (UID {uid} RFC822.SIZE {octets} FLAGS ({flags}))")
    };
    server.say(
        "UID FETCH 1:*",
        &[&listed(7, ""), &listed(8, ""), "{tag} OK done"],
    );
    server.say("UID FETCH 7,8 (UID BODY", &["{tag} NO the file is busy"]);
    refuses(&server);
    hands_out(
        &server,
        8,
        b"Subject: a word from somebody\r\n\r\nHello\r\n",
    );
    let inbox = Inbox {
        after: AfterReading::Flag,
        ..inbox_at(&server.url())
    };
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox.clone());
    until("the other one is read", || {
        log.of("inbox.ignored").len() == 1
    })
    .await;
    until("it waits", || {
        server.heard().ends_with(&["IDLE".to_owned()])
    })
    .await;
    reader.stop().await;

    server.say(
        "UID FETCH 7:*",
        &[&listed(7, ""), &listed(8, "$Processed"), "{tag} OK done"],
    );
    hands_out(&server, 7, &answer);
    let reader = Reader::start(&app, inbox);
    until_rejected(&app, id).await;
    reader.stop().await;
    assert_eq!(log.of("inbox.ignored").len(), 1, "nothing was read twice");
    invariants::hold(&app.app).await;
}
