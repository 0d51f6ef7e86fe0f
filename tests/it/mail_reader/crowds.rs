//! Very many mails, very large ones, and no room to put them.

use std::time::Duration;

use esecured::config::{AfterReading, Inbox};

use super::{Reader, app, inbox_at, rejected_by_mail, until, until_rejected};
use crate::support::{
    Database, TestApp,
    captured_log::CapturedLog,
    dovecot::Dovecot,
    invariants,
    own_word::{MetricsPage, ready},
    scripted_imap::{ScriptedImap, Turn, lines_of},
};

/// A daemon that knows of its mailbox.
async fn app_with(inbox: &Inbox) -> TestApp {
    TestApp::start_with(Database::Sqlite, |config| {
        config.inbox = Some(inbox.clone())
    })
    .await
}

#[tokio::test]
async fn a_crowd_is_drained_by_hundreds_and_the_answer_in_it_is_heard() {
    const CROWD: usize = 1_000;
    let app = app().await;
    let mut dovecot = Dovecot::start();
    let log = CapturedLog::start();
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    for number in 1..CROWD {
        let mail = format!("Message-ID: <{number}@crowd.example>\r\nSubject: x\r\n\r\nHello\r\n");
        dovecot.drop_in(mail.as_bytes());
        if number == CROWD / 2 {
            dovecot.drop_in(&answer);
        }
    }
    let reader = Reader::start(&app, inbox_at(&dovecot.imap_url()));
    until("all are moved", || {
        log.of("inbox.ignored").len() == CROWD - 1
    })
    .await;
    until_rejected(&app, id).await;
    until("all are moved", || {
        dovecot.count("INBOX") == 0 && dovecot.count("Processed") == CROWD
    })
    .await;
    reader.stop().await;
    assert_eq!(log.of("access_request.decided").len(), 1);
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn while_a_folder_takes_no_mail_answers_count_and_are_filed_when_it_does_again() {
    let mut dovecot = Dovecot::start();
    let inbox = inbox_at(&dovecot.imap_url());
    let app = app_with(&inbox).await;
    let log = CapturedLog::start();
    let (first, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let (second, later) = rejected_by_mail(&app, "marie@elsewhere.example").await;
    let (third, last) = rejected_by_mail(&app, "piet@elsewhere.example").await;
    let reader = Reader::start(&app, inbox);
    until("it is connected", || log.of("inbox.connected").len() == 1).await;
    dovecot.lets_write_into("Processed", false);
    dovecot.drop_in(&answer);
    until_rejected(&app, first).await;
    dovecot.drop_in(&later);
    until_rejected(&app, second).await;
    until("it says so", || log.of("inbox.not_filed").len() == 1).await;
    assert_eq!(dovecot.count("INBOX"), 2);
    let ready = ready(&app.app).await;
    assert!(ready.contains("; read mails stay in it: "), "{ready}");
    let page = MetricsPage::of(&app.app).await;
    assert_eq!(page.sum("esecured_inbox_not_filed", ""), 1.0);

    dovecot.lets_write_into("Processed", true);
    dovecot.drop_in(&last);
    until_rejected(&app, third).await;
    until("all are moved", || dovecot.count("Processed") == 3).await;
    until("it says so", || log.of("inbox.filed").len() == 1).await;
    reader.stop().await;
    assert_eq!(log.of("inbox.not_filed").len(), 1);
    assert_eq!(log.of("inbox.ignored").len(), 0, "nothing was read twice");
    assert_eq!(log.of("inbox.unreachable").len(), 0);
    invariants::hold(&app.app).await;
}

/// The folder cannot even keep a mark: then each mail is known by its content.
#[tokio::test]
async fn a_full_folder_does_not_hide_what_lies_behind_the_first_hundred() {
    let server = ScriptedImap::start().await;
    let app = app().await;
    let (id, answer) = rejected_by_mail(&app, "joris@elsewhere.example").await;
    let mail = b"Subject: x\r\n\r\n";
    let mut listed: Vec<String> = (1..=100)
        .map(|uid| {
            format!(
                "* {uid} FETCH (UID {uid} RFC822.SIZE {} FLAGS ())",
                mail.len()
            )
        })
        .collect();
    listed.push(format!(
        "* 101 FETCH (UID 101 RFC822.SIZE {} FLAGS ())",
        answer.len()
    ));
    listed.push("{tag} OK done".to_owned());
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    server.say("UID FETCH 1:*", &listed);
    let mut bodies = Vec::new();
    for uid in 1..=100 {
        bodies.extend(format!("* {uid} FETCH (UID {uid} BODY[]<0> {{{}}}\r\n", mail.len()).bytes());
        bodies.extend(mail);
        bodies.extend(b")\r\n");
    }
    bodies.extend(b"{tag} OK done\r\n");
    server.on("UID FETCH 1,2,", Turn::Say(bodies));
    server.say(
        "UID MOVE 1,2,",
        &["{tag} NO [OVERQUOTA] the folder is full"],
    );
    server.say("UID STORE", &["{tag} NO [OVERQUOTA] the folder is full"]);
    let opening = format!("* 101 FETCH (UID 101 BODY[]<0> {{{}}}\r\n", answer.len());
    let said = [opening.as_bytes(), &answer, b")\r\n{tag} OK done\r\n"].concat();
    server.on("UID FETCH 101 (UID BODY", Turn::Say(said));
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox_at(&server.url()));
    until_rejected(&app, id).await;
    until("it says so", || log.of("inbox.not_filed").len() == 1).await;
    reader.stop().await;
    let heard = server.heard();
    let moves = heard.iter().filter(|said| said.starts_with("UID MOVE"));
    assert_eq!(moves.count(), 1, "a full folder is asked once in a round");
    assert!(heard.contains(&"UID STORE 101 +FLAGS.SILENT ($Processed)".to_owned()));
}

#[tokio::test]
async fn ready_log_and_metrics_say_alike_how_the_mailbox_fares_and_when_all_was_read_last() {
    let server = ScriptedImap::start().await;
    let inbox = Inbox {
        after: AfterReading::Flag,
        ..inbox_at(&server.url())
    };
    let app = app_with(&inbox).await;
    assert_eq!(
        ready(&app.app).await,
        "database: ok\nmail server: ok\nmailbox: ok, beginning\nok\n"
    );
    let farewell = lines_of(&["+ idling", "* BYE shutting down"]);
    server.on("IDLE", Turn::SayAndClose(farewell));
    let log = CapturedLog::start();
    let reader = Reader::start(&app, inbox);
    until("it was cut off", || log.of("inbox.unreachable").len() == 1).await;
    let read_at = log.of("inbox.unreachable")[0]["read_at"].clone();
    let read_at = read_at.as_str().unwrap();
    assert_eq!(read_at, app.app.clock.now().to_string());
    let said = ready(&app.app).await;
    let expected = [
        format!("mailbox: failing since {read_at}: the IMAP server "),
        format!("shutting down; last read at {read_at}\nok\n"),
    ];
    assert!(expected.iter().all(|part| said.contains(part)), "{said}");
    let page = MetricsPage::of(&app.app).await;
    let last = "esecured_inbox_last_success_timestamp_seconds";
    assert_eq!(page.at(last).unwrap().to_string(), read_at);
    assert_eq!(page.sum("esecured_inbox_failing", ""), 1.0);
    assert_eq!(page.sum("esecured_inbox_reader_lease_held", ""), 0.0);

    app.pass(Duration::from_secs(60));
    until("it is back", || log.of("inbox.connected").len() == 2).await;
    let now = app.app.clock.now();
    until("all is well", || {
        app.app.inbox_watch.noticed().read_at == Some(now)
    })
    .await;
    let said = ready(&app.app).await;
    assert!(
        said.contains(&format!("mailbox: ok; last read at {now}\n")),
        "{said}"
    );
    let page = MetricsPage::of(&app.app).await;
    assert_eq!(page.at(last), Some(now));
    assert_eq!(page.sum("esecured_inbox_failing", ""), 0.0);
    assert_eq!(page.sum("esecured_inbox_reader_lease_held", ""), 1.0);
    reader.stop().await;
}
