//! What may not be configured, and how it is said.

use super::*;

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let files = Files::with(
        r#"[server]
listen = 8080
publicUrl = "https://esecure.example.com"

[sever]
listen = "127.0.0.1:8080"

[inbox]
url = "imaps://reply:s3cret@imap.example.com/INBOX"
poll = "often"
"#,
    )
    .env("ESECURED_REJECT__CONFIRM", "shake")
    .set("smtp.connections=0")
    .set("reject.min_dwell");
    let faults = files.faults();
    for expected in [
        "esecured.toml:2: server.listen is 8080, expected an IP address and a port such as 127.0.0.1:8080 or [::]:8080",
        "esecured.toml:3: server.publicUrl is not a key of the configuration, did you mean server.public_url?",
        "esecured.toml:5: [sever] is not a section of the configuration, did you mean [server]?",
        "esecured.toml:10: inbox.poll is \"often\", expected a duration such as 60s",
        "ESECURED_REJECT__CONFIRM: reject.confirm is \"shake\", expected button or tick",
        "--set smtp.connections=0: smtp.connections is \"0\", expected a whole number from 1 to 64",
        "--set reject.min_dwell: expected section.key=value",
        "esecured.toml:1: server.public_url is missing, expected a value such as \"https://esecure.example.com\" (or ESECURED_SERVER__PUBLIC_URL)",
    ] {
        assert!(
            faults.iter().any(|fault| fault == expected),
            "{expected}\n{faults:#?}"
        );
    }
    for missing in ["mail.from", "mail.reply_to", "smtp.url"] {
        assert!(
            faults
                .iter()
                .any(|fault| fault.contains(&format!("{missing} is missing"))),
            "{missing}\n{faults:#?}"
        );
    }
    assert_eq!(faults.len(), 11, "{faults:#?}");
    let places: Vec<bool> = faults
        .iter()
        .map(|fault| fault.starts_with("esecured.toml"))
        .collect();
    assert!(
        places.is_sorted_by(|a, b| a >= b),
        "the file comes first: {faults:#?}"
    );
}

#[test]
fn a_file_that_is_not_toml_is_named_by_line_and_not_called_incomplete() {
    let faults =
        Files::with("[server]\npublic_url = https://esecure.example.com\nlistn = \"x\"\n").faults();
    assert!(
        faults[0].starts_with("esecured.toml:2: is not TOML: "),
        "{faults:#?}"
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("esecured.toml:3: server.listn")),
        "{faults:#?}"
    );
    assert!(
        !faults.iter().any(|fault| fault.contains("missing")),
        "{faults:#?}"
    );
}

#[test]
fn sections_and_values_are_not_mistaken_for_each_other() {
    assert_eq!(
        Files::with(&format!("reject = 3\n{LEAST}")).only_fault(),
        "esecured.toml:1: reject is a value, expected the section [reject]"
    );
    assert_eq!(
        least_with("[log.level]\nall = true\n").only_fault(),
        "esecured.toml:8: log.level is a section, expected a value"
    );
    assert_eq!(
        least_with("[portal]\nproduct_name = [\"a\"]\n").only_fault(),
        "esecured.toml:9: portal.product_name is [\"a\"], expected one value, not a list"
    );
}

#[test]
fn what_is_not_built_yet_says_so_and_its_default_is_accepted() {
    assert_eq!(
        least_with("[retention]\naudit = \"5d\"\n").only_fault(),
        "esecured.toml:9: retention.audit is not built yet: leave it out"
    );
    for text in [
        "retention.requests=400d",
        "retention.audit=30d",
        "telemetry.otlp_endpoint=http://127.0.0.1:4318",
    ] {
        let faults = least_with("").set(text).faults().join("\n");
        let key = text.split('=').next().unwrap();
        assert!(
            faults.contains(&format!("{key} is not built yet: leave it out")),
            "{faults}"
        );
        assert!(!faults.contains("s3cret"), "{faults}");
    }
    for text in [
        "api.rate_limit=600/60s",
        "webhooks.allow_private=",
        "requests.reminder=48h",
        "requests.reminders_max=3",
    ] {
        assert_eq!(
            least_with("").set(text).faults(),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

#[test]
fn an_inbox_needs_a_mailbox_for_tokens() {
    let url = "imaps://reply:s3cret@imap.example.com/Antwoorden";
    let files = least_with("[inbox]\n").env("ESECURED_INBOX__URL", url);
    let faults = files.faults().join("\n");
    assert!(faults.contains("mail.reply_to is missing"), "{faults}");

    let loaded = least_with("")
        .env("ESECURED_INBOX__URL", url)
        .set("inbox.require_auth=token")
        .set("mail.reply_to=reply@example.com")
        .load();
    let inbox = loaded.config.inbox.unwrap();
    assert_eq!(inbox.url.folder(), "Antwoorden");
    assert_eq!(inbox.url.server(), "imap.example.com:993");
    assert_eq!(
        loaded.config.mail.bounce_to.unwrap().to_string(),
        "reply@example.com"
    );
}

#[test]
fn an_inbox_without_its_url_is_warned_about() {
    let loaded = least_with("[inbox]\nauthserv_id = \"mx\"\n")
        .set("mail.reply_to=reply@example.com")
        .load();
    assert!(loaded.config.inbox.is_none());
    assert!(
        loaded.warnings[0].contains("inbox.url is not set"),
        "{:?}",
        loaded.warnings
    );
}

#[test]
fn keys_that_contradict_each_other_are_faults() {
    for (sets, expected) in [
        (
            &["server.admin_listen=127.0.0.1:8080"][..],
            "server.admin_listen is \"127.0.0.1:8080\", the same as server.listen",
        ),
        (
            &["mail.transport=dev", "server.listen=0.0.0.0:80"],
            "expected server.listen on loopback",
        ),
        (
            &["mail.transport=file"],
            "mail.file_dir is missing for mail.transport = \"file\"",
        ),
        (
            &["requests.undo=15d"],
            "requests.undo is \"15d\", expected at most requests.expires, which is \"14d\"",
        ),
        (
            &["portal.session_idle=13h"],
            "portal.session_idle is \"13h\", expected at most portal.session_max, which is \"12h\"",
        ),
        (
            &[
                "inbox.url=imaps://u:p@h/INBOX",
                "inbox.require_auth=token",
                "mail.reply_to=a@b.example",
                "inbox.processed=INBOX",
            ],
            "inbox.processed is \"INBOX\", the folder of inbox.url",
        ),
        (
            &[
                "inbox.require_auth=token",
                "mail.reply_to=a@b.example",
                "inbox.processed=X",
                "inbox.quarantine=X",
            ],
            "inbox.quarantine is \"X\", the same as inbox.processed",
        ),
    ] {
        let mut files = least_with("");
        for text in sets {
            files = files.set(text);
        }
        let fault = files.only_fault();
        assert!(fault.contains(expected), "{fault}");
    }
    let off = least_with("")
        .set("requests.expires=0s")
        .set("requests.undo=15d")
        .load();
    assert_eq!(off.config.requests.expires, None);
}

#[test]
fn mails_without_smtp_need_no_server() {
    let file = LEAST.replace("[smtp]\nurl = \"smtp://localhost:25\"\n", "");
    let fault = Files::with(&file).only_fault();
    assert!(
        fault.contains("smtp.url is missing for mail.transport = \"smtp\""),
        "{fault}"
    );
    let loaded = Files::with(&file)
        .set("mail.transport=file")
        .set("mail.file_dir=/mails")
        .load();
    assert!(loaded.config.smtp.is_none());
    assert_eq!(
        loaded.config.mail.transport,
        Transport::File("/mails".into())
    );
}
