//! Secrets are hidden wherever something is printed.

use std::fs;

use super::*;

#[test]
fn a_secret_is_never_printed() {
    let files =
        least_with("[database]\nurl = \"postgres://esecured:s3cret@db.example.com/esecured\"\n")
            .env("ESECURED_SMTP__URL", "smtps://anna:s3cret@mx.example.com")
            .set("inbox.url=imaps://reply:s3cret@imap.example.com/INBOX")
            .set("inbox.authserv_id=mx")
            .set("mail.reply_to=reply@example.com");
    let loaded = files.load();
    for (origin, json) in [(false, false), (true, false), (false, true), (true, true)] {
        let shown = loaded.show(origin, json);
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(
            shown.contains("smtps://***:***@mx.example.com:465"),
            "{shown}"
        );
    }
    assert!(!format!("{loaded:?}").contains("s3cret"));
    let faults = files
        .set("smtp.url=gopher://anna:s3cret@mx.example.com")
        .set("inbox.ulr=imaps://reply:s3cret@imap.example.com")
        .faults()
        .join("\n");
    assert!(faults.contains("smtp.url: has the scheme"), "{faults}");
    assert!(
        faults.contains("--set inbox.ulr=***: inbox.ulr is not a key"),
        "{faults}"
    );
    assert!(!faults.contains("s3cret"), "{faults}");
}

#[test]
fn a_password_in_a_file_for_everybody_is_warned_about() {
    let files =
        least_with("[database]\nurl = \"postgres://esecured:s3cret@db.example.com/esecured\"\n");
    let path = files.sources.file.clone().unwrap();
    let warnings_at = |mode| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let warnings = files.load().warnings;
        // The other one is about the proxy in front.
        let others = warnings
            .iter()
            .filter(|one| !one.contains("trusted_proxies"));
        others.cloned().collect::<Vec<_>>().join("\n")
    };
    assert!(warnings_at(0o644).contains("(database.url) and can be read by everybody"));
    assert_eq!(warnings_at(0o640), "");
}

#[test]
fn a_proxy_in_front_that_nobody_named_is_warned_about() {
    let warns = |rest| {
        let warnings = least_with(rest).load().warnings;
        warnings
            .iter()
            .any(|one| one.contains("server.trusted_proxies is empty"))
    };
    assert!(warns(""));
    let loaded = least_with("")
        .set("server.trusted_proxies=127.0.0.1")
        .load();
    assert_eq!(loaded.warnings, [""; 0]);
}
