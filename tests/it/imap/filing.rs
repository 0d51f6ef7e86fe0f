//! Putting messages out of the way on servers of all abilities.

use esecured::mail::imap::ImapError;

use super::{HANDED_OUT, LIMIT, LISTED, open, uids};
use crate::support::scripted_imap::ScriptedImap;
#[tokio::test]
async fn moving_goes_by_the_hundred_and_every_refusal_counts() {
    let server = ScriptedImap::start().await;
    let mut mailbox = open(&server.url()).await.unwrap();
    let many: Vec<u32> = (1..=250).collect();
    mailbox.move_to(&many, "Processed").await.unwrap();
    let moves = server.heard();
    let moves: Vec<&String> = moves
        .iter()
        .filter(|said| said.starts_with("UID MOVE"))
        .collect();
    assert_eq!(moves.len(), 3);
    assert!(moves[2].starts_with("UID MOVE 201,202,") && moves[2].ends_with(",250 \"Processed\""));

    server.say("UID MOVE", &["{tag} NO [TRYCREATE] no such folder"]);
    let error = mailbox.move_to(&[1], "Processed").await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
    server.say("UID STORE", &["{tag} NO read-only"]);
    let error = mailbox.flag(&[1]).await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_server_without_move_copies_and_deletes() {
    let server = ScriptedImap::start().await;
    server.can_only("IMAP4rev1 UIDPLUS");
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.move_to(&[3, 5], "Processed").await.unwrap();
    let heard = server.heard();
    assert_eq!(
        heard[heard.len() - 3..],
        [
            "UID COPY 3,5 \"Processed\"",
            "UID STORE 3,5 +FLAGS.SILENT (\\Deleted)",
            "UID EXPUNGE 3,5"
        ]
    );

    // What could not be copied is not deleted.
    server.say("UID COPY", &["{tag} NO over quota"]);
    mailbox.move_to(&[7], "Processed").await.unwrap_err();
    assert!(server.heard().last().unwrap().starts_with("UID COPY 7"));

    // Without UID EXPUNGE nothing of anybody else is expunged.
    let server = ScriptedImap::start().await;
    server.can_only("IMAP4rev1");
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.move_to(&[3], "Processed").await.unwrap();
    assert!(!server.heard().iter().any(|said| said.contains("EXPUNGE")));
    let marked = "UID STORE 3 +FLAGS.SILENT (\\Deleted $Processed)";
    assert_eq!(server.heard().last().unwrap(), marked);

    // It lies there still when the folder is looked into again, and is left alone. What somebody
    // marked as deleted is read.
    let listed = [
        "* 1 FETCH (UID 3 RFC822.SIZE 12 FLAGS (\\Deleted $Processed))",
        "* 2 FETCH (UID 7 RFC822.SIZE 12 FLAGS (\\Deleted))",
        "{tag} OK done",
    ];
    server.say("UID FETCH 1:*", &listed);
    server.say("UID FETCH 7 (UID BODY", HANDED_OUT);
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [7]);
    // Nor is it taken for the end of the folder.
    server.say("UID FETCH 1:*", &[listed[0], "{tag} OK done"]);
    server.say("UID FETCH 4:*", LISTED);
    server.say("UID FETCH 7 (UID BODY", HANDED_OUT);
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(uids(&fetched), [7]);
}

/// A folder that keeps no words of our own.
const SELECTED: &[&str] = &[
    "* OK [PERMANENTFLAGS (\\Seen \\Deleted)]",
    "* OK [UIDVALIDITY 7]",
    "{tag} OK [READ-WRITE]",
];

#[tokio::test]
async fn a_folder_without_keywords_gets_seen_instead() {
    let server = ScriptedImap::start().await;
    server.say("SELECT", SELECTED);
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.flag(&[3]).await.unwrap();
    assert_eq!(
        server.heard().last().unwrap(),
        "UID STORE 3 +FLAGS.SILENT (\\Seen)"
    );

    // Also beside the mark of what cannot be expunged.
    let server = ScriptedImap::start().await;
    server.can_only("IMAP4rev1");
    server.say("SELECT", SELECTED);
    let mut mailbox = open(&server.url()).await.unwrap();
    mailbox.delete(&[3]).await.unwrap();
    assert_eq!(
        server.heard().last().unwrap(),
        "UID STORE 3 +FLAGS.SILENT (\\Deleted \\Seen)"
    );
    let listed = "* 1 FETCH (UID 3 RFC822.SIZE 12 FLAGS (\\Seen \\Deleted))";
    server.say("UID FETCH 1:*", &[listed, "{tag} OK done"]);
    let fetched = mailbox.fetch_after(0, 100, LIMIT).await.unwrap();
    assert_eq!(fetched, []);
}
