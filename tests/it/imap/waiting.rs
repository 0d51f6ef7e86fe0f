//! Waiting for a server that has its own ideas.

use std::time::{Duration, Instant};

use esecured::mail::imap::Woken;

use super::{LIMIT, LONG, never, open, open_impatiently};
use crate::support::scripted_imap::{ScriptedImap, Turn, lines_of};

#[tokio::test]
async fn a_bye_while_waiting_is_an_error_at_once() {
    let server = ScriptedImap::start().await;
    server.say("IDLE", &["+ idling", "* OK Still here", "* BYE going down"]);
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    let error = mailbox.wait(LONG, &never()).await.unwrap_err();
    assert!(error.to_string().contains("going down"), "{error}");
    assert!(error.is_transient());
    // Nothing more is expected of that connection.
    assert!(
        mailbox
            .fetch_after(0, 100, LIMIT)
            .await
            .unwrap_err()
            .is_transient()
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn keep_alives_do_not_prolong_the_wait() {
    let server = ScriptedImap::start().await;
    let still_here = ["* OK Still here"; 1_000];
    server.say("IDLE", &[&["+ idling"], &still_here[..]].concat());
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    let woken = mailbox.wait(Duration::from_millis(100), &never()).await;
    assert_eq!(woken.unwrap(), Woken::Renewed);
    let heard = server.heard();
    assert_eq!(heard[heard.len() - 3..], ["IDLE", "DONE", "NOOP"]);
}

#[tokio::test]
async fn mail_announced_at_any_moment_ends_the_wait() {
    for moment in ["UID FETCH", "IDLE", "DONE", "NOOP"] {
        let server = ScriptedImap::start().await;
        // The look for mail that comes before the listing.
        server.say("NOOP", &["{tag} OK nothing"]);
        match moment {
            "IDLE" => server.say("IDLE", &["* 1 EXISTS", "+ idling"]),
            moment => server.say(moment, &["* 1 EXISTS", "{tag} OK done"]),
        }
        let mut mailbox = open(&server.url()).await.unwrap();
        assert_eq!(mailbox.fetch_after(0, 100, LIMIT).await.unwrap(), []);
        let woken = mailbox.wait(Duration::from_millis(20), &never()).await;
        assert_eq!(woken.unwrap(), Woken::NewMail, "{moment}");
    }
}

/// It takes the IDLE, announces nothing, and still says what there is when it is asked.
#[tokio::test]
async fn a_server_that_idles_is_asked_from_time_to_time_as_well() {
    let server = ScriptedImap::start().await;
    let mut mailbox = open_impatiently(&server).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    server.say("NOOP", &["{tag} OK nothing"]);
    server.say("NOOP", &["* 1 EXISTS", "{tag} OK done"]);
    assert_eq!(mailbox.wait(LONG, &never()).await.unwrap(), Woken::NewMail);
    let heard = server.heard();
    let waiting = ["IDLE", "DONE", "NOOP", "IDLE", "DONE", "NOOP"];
    assert_eq!(heard[heard.len() - 6..], waiting);
}

#[tokio::test]
async fn a_connection_that_died_during_an_idle_is_noticed_at_the_next_look() {
    let server = ScriptedImap::start().await;
    server.on("IDLE", Turn::SayAndHang(lines_of(&["+ idling"])));
    let mut mailbox = open_impatiently(&server).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    let begun = Instant::now();
    let error = mailbox.wait(LONG, &never()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_without_idle_is_asked_from_time_to_time() {
    for refuses in [false, true] {
        let server = ScriptedImap::start().await;
        if refuses {
            server.say("IDLE", &["{tag} NO not today"]);
        } else {
            server.can_only("IMAP4rev1");
        }
        server.say("NOOP", &["{tag} OK nothing"]);
        server.say("NOOP", &["* 1 EXISTS", "{tag} OK done"]);
        let mut mailbox = open_impatiently(&server).await.unwrap();
        mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
        assert_eq!(mailbox.wait(LONG, &never()).await.unwrap(), Woken::NewMail);
    }
}
