//! What goes wrong with the connection and the sign-in.

use std::time::{Duration, Instant};

use esecured::mail::imap::{ImapError, Woken};

use super::{LIMIT, never, open, open_impatiently};
use crate::support::free_port::free_address;
use crate::support::scripted_imap::{ScriptedImap, Turn, lines_of};
#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let url = format!("imap://esecure:geheim@{}/INBOX", free_address());
    let error = open(&url).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn each_fault_while_opening_is_an_error_of_its_own_kind() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "GREETING",
            &["* BYE too many connections"],
            "Unreachable: too many",
        ),
        (
            "GREETING",
            &["220 mail.example.com ESMTP"],
            "Protocol: not IMAP",
        ),
        ("GREETING", &["* 3 EXISTS"], "Protocol: no greeting"),
        (
            "LOGIN",
            &["{tag} NO [AUTHENTICATIONFAILED] geheim of anna@example.com"],
            "LoginRefused: *** of ***",
        ),
        (
            "LOGIN",
            &["{tag} NO [UNAVAILABLE] Temporary failure"],
            "Unreachable: Temporary",
        ),
        ("LOGIN", &["{tag} BAD not now"], "LoginRefused: not now"),
        ("LOGIN", &["* BYE", "{tag} OK"], "Unreachable: ended"),
        ("CAPABILITY", &["{tag} OK done"], "Protocol: what it can do"),
        ("LIST", &["{tag} NO denied"], "Refused: Processed"),
        (
            "SELECT",
            &["{tag} NO [NONEXISTENT] unknown"],
            "Refused: INBOX",
        ),
        ("SELECT", &["{tag} BAD unknown"], "Refused: INBOX"),
        (
            "SELECT",
            &["* OK [UIDVALIDITY 7]", "{tag} OK [READ-ONLY]"],
            "Refused: only be read",
        ),
        (
            "SELECT",
            &["* 1 EXISTS", "{tag} OK"],
            "Protocol: UIDVALIDITY",
        ),
        ("SELECT", &["+ go on"], "Protocol: go on"),
    ];
    for (command, lines, expected) in cases {
        let server = ScriptedImap::start().await;
        server.say(command, lines);
        let error = open(&server.url()).await.unwrap_err();
        let (kind, words) = expected.split_once(": ").unwrap();
        assert!(
            format!("{error:?}").starts_with(kind),
            "{lines:?}: {error:?}"
        );
        let said = error.to_string();
        assert!(said.contains(words), "{lines:?}: {said}");
        assert!(said.contains(&server.address.to_string()), "{said}");
        assert!(!said.contains("geheim"), "{said}");
    }
}

#[tokio::test]
async fn a_refused_folder_says_what_to_try() {
    let server = ScriptedImap::start().await;
    server.say("LIST", &["{tag} OK nothing"]);
    server.say("CREATE", &["{tag} NO outside of the namespace"]);
    let error = open(&server.url()).await.unwrap_err().to_string();
    assert!(error.contains("INBOX.Processed"), "{error}");
    assert!(error.contains("outside of the namespace"), "{error}");
}

#[tokio::test]
async fn without_login_the_password_goes_by_authenticate() {
    let server = ScriptedImap::start().await;
    server.say(
        "GREETING",
        &["* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready"],
    );
    open(&server.url()).await.unwrap();
    let heard = server.heard();
    assert!(heard[0].starts_with("AUTHENTICATE PLAIN"), "{heard:?}");
    assert!(!heard.iter().any(|command| command.starts_with("LOGIN")));
}

#[tokio::test]
async fn a_sign_in_before_tls_is_not_believed() {
    let server = ScriptedImap::start().await;
    server.say("GREETING", &["* PREAUTH welcome"]);
    let error = open(&format!("{}?tls=required", server.url()))
        .await
        .unwrap_err();
    assert!(matches!(error, ImapError::Tls { .. }), "{error}");

    let server = ScriptedImap::start().await;
    server.say("STARTTLS", &["{tag} BAD unknown"]);
    let error = open(&format!("{}?tls=required", server.url()))
        .await
        .unwrap_err();
    assert!(matches!(error, ImapError::Tls { .. }), "{error}");
    assert_eq!(server.heard(), ["STARTTLS"], "no password in clear text");
}

#[tokio::test]
async fn a_silent_server_is_an_error_at_every_step() {
    let steps = [
        "GREETING",
        "LOGIN",
        "CAPABILITY",
        "LIST",
        "SELECT",
        "UID FETCH",
        "IDLE",
        "DONE",
        "NOOP",
    ];
    for step in steps {
        let server = ScriptedImap::start().await;
        server.on(step, Turn::SayAndHang(Vec::new()));
        let start = Instant::now();
        let error = look_and_wait(&server).await.expect_err(step);
        assert!(
            matches!(error, ImapError::Unreachable { .. }),
            "{step}: {error}"
        );
        assert!(start.elapsed() < Duration::from_secs(3), "{step}");
    }
}

#[tokio::test]
async fn a_server_that_goes_away_is_an_error_at_every_step() {
    let steps = [
        "GREETING",
        "LOGIN",
        "CAPABILITY",
        "LIST",
        "SELECT",
        "UID FETCH",
        "IDLE",
        "DONE",
        "NOOP",
    ];
    for step in steps {
        for last_words in [
            "",
            "* OK half a li",
            "* 1 FETCH (UID 7 BODY[] {500}\r\nhalf",
            "* BYE\r\n",
        ] {
            let server = ScriptedImap::start().await;
            server.on(step, Turn::SayAndClose(last_words.as_bytes().to_vec()));
            let error = look_and_wait(&server).await.expect_err(step);
            assert!(
                matches!(error, ImapError::Unreachable { .. }),
                "{step} {last_words:?}: {error}"
            );
        }
    }
}

async fn look_and_wait(server: &ScriptedImap) -> Result<Woken, ImapError> {
    let mut mailbox = open_impatiently(server).await?;
    mailbox.fetch_after(0, 100, LIMIT).await?;
    mailbox.wait(Duration::from_millis(20), &never()).await
}

#[tokio::test]
async fn a_command_that_was_dropped_half_way_spoils_the_connection() {
    let server = ScriptedImap::start().await;
    server.on("UID FETCH", Turn::SayAndHang(lines_of(&["* OK wait"])));
    let mut mailbox = open(&server.url()).await.unwrap();
    let soon = Duration::from_millis(50);
    let dropped = tokio::time::timeout(soon, mailbox.fetch_after(0, 100, LIMIT)).await;
    assert!(dropped.is_err());
    let error = mailbox.move_to(&[7], "Processed").await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}
