//! Answers to FETCH that are not what was asked for.

use std::collections::BTreeSet;

use esecured::mail::imap::{Caution, ImapError};

use super::{HANDED_OUT, LIMIT, LISTED, open, text_of, uids};
use crate::support::scripted_imap::{ScriptedImap, Turn, lines_of};
#[tokio::test]
async fn a_refused_listing_is_never_an_empty_mailbox() {
    for refusal in ["{tag} NO busy", "{tag} BAD what"] {
        let server = ScriptedImap::start().await;
        server.say("UID FETCH", &[refusal]);
        let mut mailbox = open(&server.url()).await.unwrap();
        let error = mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
        assert!(matches!(error, ImapError::Refused { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_mail_comes_through_and_unrelated_news_do_not_disturb() {
    let server = ScriptedImap::start().await;
    server.say(
        "UID FETCH",
        &[
            "* 1 FETCH (FLAGS (\\Seen))",
            "* 2 FETCH (UID 6 RFC822.SIZE 1 FLAGS ())",
            "* 3 FETCH (FLAGS ($processed) UID 9 RFC822.SIZE 99999)",
            "* 3 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())",
            "E0 NO an answer to nobody",
            "{tag} OK done",
        ],
    );
    let bodies = [
        &["* OK Still here", "* 1 FETCH (UID 6 BODY[]<0> {1}", "x)"],
        HANDED_OUT,
    ];
    server.say("UID FETCH", &bodies.concat());
    let mut mailbox = open(&server.url()).await.unwrap();
    let fetched = mailbox.fetch_after(6, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [7, 9]);
    assert_eq!(text_of(&fetched[0]), "Subject: x\r\n");
    assert!(fetched[1].raw.is_none() && fetched[1].processed);
    let heard = server.heard();
    assert_eq!(
        heard[heard.len() - 2..],
        [
            "UID FETCH 7:* (UID RFC822.SIZE FLAGS)",
            "UID FETCH 7 (UID BODY.PEEK[]<0.10001>)"
        ]
    );
}

#[tokio::test]
async fn one_mail_that_is_not_handed_out_does_not_hide_the_others() {
    let server = ScriptedImap::start().await;
    let listed = [
        "* 1 FETCH (UID 7 RFC822.SIZE 12 FLAGS ())",
        "* 2 FETCH (UID 8 RFC822.SIZE 12 FLAGS ())",
        "{tag} OK done",
    ];
    server.say("UID FETCH", &listed);
    // Both at once are refused, the first alone comes, the second does not.
    server.say("UID FETCH 7,8 (UID BODY", &["{tag} NO corrupt"]);
    server.say("UID FETCH 7 (UID BODY", HANDED_OUT);
    server.say("UID FETCH 8 (UID BODY", &["{tag} NO corrupt"]);
    server.say("UID FETCH 8 (UID)", &["* 2 FETCH (UID 8)", "{tag} OK done"]);
    let mut mailbox = open(&server.url()).await.unwrap();
    assert_eq!(
        uids(&mailbox.fetch_after(0, 100, LIMIT).await.unwrap()),
        [7]
    );
    let error = mailbox.fetch_after(7, 100, LIMIT).await.unwrap_err();
    assert!(
        matches!(error, ImapError::Unreadable { uid: 8, .. }),
        "{error}"
    );
    // It can be put aside on the same connection.
    mailbox.move_to(&[8], "Quarantine").await.unwrap();
}

#[tokio::test]
async fn an_error_tells_which_messages_were_asked_for() {
    let server = ScriptedImap::start().await;
    let farewell = || Turn::SayAndClose(lines_of(&["* BYE FETCH failed"]));
    server.on("UID FETCH", farewell());
    let mut mailbox = open(&server.url()).await.unwrap();
    assert_eq!(mailbox.interrupted(), None);
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert_eq!(mailbox.interrupted(), Some([].as_slice()));

    server.say("UID FETCH 1:*", LISTED);
    server.on("UID FETCH 7", farewell());
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert_eq!(mailbox.interrupted(), Some([7].as_slice()));

    // No message is the reason where none was asked for, or all came.
    server.on("NOOP", farewell());
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert_eq!(mailbox.interrupted(), None);
    server.say("UID FETCH 1:*", LISTED);
    server.say("UID FETCH 7", HANDED_OUT);
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(mailbox.interrupted(), None);
}

#[tokio::test]
async fn with_caution_messages_are_asked_for_one_by_one_and_some_not_at_all() {
    let server = ScriptedImap::start().await;
    let listed = [
        "* 1 FETCH (UID 7 FLAGS ())",
        "* 2 FETCH (UID 8 FLAGS ())",
        "{tag} OK done",
    ];
    server.say("UID FETCH 1:", &listed);
    server.say("UID FETCH 7 (UID BODY", HANDED_OUT);
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.take_care(Caution {
        one_by_one: true,
        left_out: BTreeSet::from([2, 3, u32::MAX]),
    });
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!((uids(&fetched), fetched[0].size), (vec![7], 12));
    assert!(
        server
            .heard()
            .contains(&"UID FETCH 1:1,4:4294967294 (UID FLAGS)".to_owned()),
        "{:?}",
        server.heard()
    );
}

#[tokio::test]
async fn a_mail_left_out_of_the_answer_is_not_taken_for_gone() {
    let server = ScriptedImap::start().await;
    server.say("UID FETCH", LISTED);
    server.say("UID FETCH", &["{tag} OK done"]);
    server.say("UID FETCH", &["* 1 FETCH (UID 7)", "{tag} OK done"]);
    let mut mailbox = open(&server.url()).await.unwrap();
    let error = mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert!(
        matches!(error, ImapError::Unreadable { uid: 7, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_mail_larger_than_the_server_said_is_still_over_the_limit() {
    let server = ScriptedImap::start().await;
    server.say("UID FETCH", LISTED);
    server.say("UID FETCH", HANDED_OUT);
    let mut mailbox = open(&server.url()).await.unwrap();
    // The server says 12, the limit is 12, and it hands out 13.
    let server = ScriptedImap::start().await;
    server.say("UID FETCH", LISTED);
    server.say(
        "UID FETCH",
        &[
            "* 1 FETCH (UID 7 BODY[]<0> {13}",
            "Subject: xx",
            ")",
            "{tag} OK done",
        ],
    );
    let mut other = open(&server.url()).await.unwrap();
    assert!(
        mailbox.fetch_after(0, 100, 12).await.unwrap()[0]
            .raw
            .is_some()
    );
    assert!(
        other.fetch_after(0, 100, 12).await.unwrap()[0]
            .raw
            .is_none()
    );
}

#[tokio::test]
async fn more_than_was_asked_for_is_refused_before_it_is_kept() {
    let server = ScriptedImap::start().await;
    server.say("UID FETCH", LISTED);
    server.say(
        "UID FETCH",
        &["* 1 FETCH (UID 7 BODY[]<0> {500000000}", "x"],
    );
    let mut mailbox = open(&server.url()).await.unwrap();
    let error = mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert!(matches!(error, ImapError::Protocol { .. }), "{error}");
}

#[tokio::test]
async fn garbage_is_an_error_that_does_not_repeat_it() {
    let server = ScriptedImap::start().await;
    server.on(
        "UID FETCH",
        Turn::Say(b"\x00\xffGeheime inhoud\r\n{tag} OK\r\n".to_vec()),
    );
    let mut mailbox = open(&server.url()).await.unwrap();
    let error = mailbox.fetch_after(0, 100, LIMIT).await.unwrap_err();
    assert!(matches!(error, ImapError::Protocol { .. }), "{error}");
    assert!(!format!("{error:?}").contains("inhoud"), "{error:?}");
}

#[tokio::test]
async fn another_generation_of_uids_shows_when_the_folder_is_opened_again() {
    let server = ScriptedImap::start().await;
    assert_eq!(open(&server.url()).await.unwrap().uid_validity(), 7);
    server.say(
        "SELECT",
        &[
            "* 0 EXISTS",
            "* OK [UIDVALIDITY 8]",
            "{tag} OK [READ-WRITE]",
        ],
    );
    assert_eq!(open(&server.url()).await.unwrap().uid_validity(), 8);
}
