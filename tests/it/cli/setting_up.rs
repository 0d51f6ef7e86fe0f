//! Setting up: the configuration, the keys, and how a command ends.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use super::operator::Operator;
use crate::support::{certificates::Authority, postfix::Postfix, process::run};

#[test]
fn every_fault_of_the_configuration_is_named_at_once() {
    let operator = Operator::set_up();
    operator
        .says("check-config")
        .refused(0, "The configuration is right.");
    operator.has(
        "esecured.toml",
        "[server]\nlisten = \"x\"\npublic_url = \"http://127.0.0.1\"\n[mail]\nfrm = \"a@example.com\"\n",
    );
    for line in ["check-config", "account list", "serve", "migrate"] {
        let said = operator
            .says(line)
            .refused(78, "esecured.toml:2: server.listen");
        assert!(
            said.stderr.contains("esecured.toml:5: mail.frm"),
            "{said:?}"
        );
        assert!(said.stderr.contains("mail.from is missing"), "{said:?}");
    }
    let faults = operator.says("check-config --json");
    assert_eq!(faults.code, 78);
    assert!(faults.stdout.lines().count() >= 3, "{faults:?}");
}

#[test]
fn what_cannot_be_reached_and_what_is_missing_have_codes_of_their_own() {
    let operator = Operator::set_up();
    operator
        .says("migrate --set database.url=sqlite:nowhere/esecured.db")
        .refused(69, "cannot open the database");
    operator
        .says("account add 112233445 --name T --set keys.file=nowhere.keys")
        .refused(78, "make one with `esecured signing-key rotate`");
    operator
        .says("check-config --set keys.file=nowhere.keys")
        .refused(78, "make one with `esecured signing-key rotate`");
    let keys = operator.path("esecured.keys");
    fs::set_permissions(&keys, Permissions::from_mode(0o644)).unwrap();
    for line in ["check-config", "serve"] {
        operator
            .says(line)
            .refused(78, "others than its owner can reach the signing keys");
    }
    fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
    let checks = operator.says("check-config --online --json");
    assert_eq!(checks.code, 0, "{checks:?}");
    operator
        .says("check-config --online --set mail.transport=smtp --set smtp.url=smtp://127.0.0.1:1")
        .refused(69, "The configuration is right.");
}

#[test]
fn a_mail_server_that_cannot_be_believed_is_named_with_the_reason() {
    let authority = Authority::new();
    let postfix = Postfix::with_maildir("example.com");
    let operator = Operator::set_up();
    let check = |further: &str| {
        operator.says(&format!(
            "check-config --online --set mail.transport=smtp \
             --set smtp.url=smtps://{0} {further}",
            postfix.address
        ))
    };
    let said = check("");
    assert_eq!(said.code, 69);
    assert!(said.stdout.contains("does not answer in TLS"), "{said:?}");
    let starttls = format!("--set smtp.url=smtp://{}?tls=required", postfix.address);
    let said = check(&starttls);
    assert_eq!(said.code, 69);
    assert!(
        said.stdout.contains("nobody here knows who issued it"),
        "{said:?}"
    );
    let theirs = authority.file();
    let said = check(&format!(
        "{starttls} --set smtp.ca_file={}",
        theirs.display()
    ));
    assert!(said.stdout.contains("smtp.ca_file knows"), "{said:?}");
    let own = postfix.certificate_file();
    let said = check(&format!("{starttls} --set smtp.ca_file={}", own.display()));
    assert_eq!(said.code, 0, "{said:?}");

    operator
        .says("check-config --set smtp.ca_file=nowhere.pem")
        .refused(78, "smtp.ca_file is \"nowhere.pem\", which cannot be read");
}

#[test]
fn the_key_that_signs_mails_prints_what_to_publish() {
    let operator = Operator::set_up();
    operator
        .says("mail dkim-record")
        .refused(1, "set mail.dkim.selector and mail.dkim.key_file");
    let mut openssl = Command::new("openssl");
    let file = operator.path("dkim.pem");
    run(openssl
        .args(["genpkey", "-algorithm", "ED25519", "-out"])
        .arg(&file));
    let flags = "--set mail.dkim.selector=s1 --set mail.dkim.key_file=dkim.pem";
    let line = operator.says(&format!("mail dkim-record {flags}")).done();
    let begins = "s1._domainkey.example.com. IN TXT ( \"v=DKIM1; k=ed25519; p=";
    assert!(line.starts_with(begins), "{line}");
    let shown = operator
        .says(&format!("mail dkim-record --json {flags}"))
        .json();
    assert_eq!(shown[0]["name"], "s1._domainkey.example.com");

    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    operator.says(&format!("check-config {flags}")).refused(
        78,
        "mail.dkim.key_file is \"dkim.pem\", which everybody on this machine can read",
    );
}

#[test]
fn global_flags_count_before_and_after_the_command() {
    let operator = Operator::set_up();
    let shown = operator
        .says("--set api.idempotency_ttl=1d config show --origin --set requests.undo=5m")
        .done();
    assert!(
        shown.contains("1d") && shown.contains("--set api.idempotency_ttl"),
        "{shown}"
    );
    assert!(shown.contains("--set requests.undo=5m"), "{shown}");
    operator
        .says("account --json list --log-level debug")
        .done();
    operator
        .says("account list --log-level loud")
        .refused(2, "error, warn, info, debug, trace");
}

#[test]
fn signing_keys_need_no_database() {
    let operator = Operator::set_up();
    let flags = "--set keys.file=new/esecured.keys --set database.url=sqlite:nowhere/x.db";
    let first = operator.says(&format!("signing-key rotate {flags}")).done();
    let mode = std::fs::metadata(operator.path("new/esecured.keys"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let revoke = format!("signing-key revoke {} {flags}", first.trim());
    operator.says(&revoke).refused(1, "is the key that signs");
    operator.says(&format!("signing-key rotate {flags}")).done();
    operator.says(&revoke).done();
    let listed = operator
        .says(&format!("signing-key list --json {flags}"))
        .json();
    assert_eq!(listed[0]["state"], "signing");
    assert_eq!(listed[1]["state"], "revoked");
    assert_eq!(listed[1]["keyId"], first.trim());
}

#[test]
fn the_events_of_the_log_are_explained() {
    let operator = Operator::new();
    let said = operator.says("events");
    assert!(said.stdout.contains("access_request.decided"), "{said:?}");
    let said = operator.says("--json events");
    let first: serde_json::Value =
        serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    assert!(first["event"].as_str().unwrap().contains('.'), "{first}");
    assert!(!first["meaning"].as_str().unwrap().is_empty(), "{first}");
}

#[test]
fn a_command_that_is_not_built_yet_says_so_in_one_sentence() {
    let operator = Operator::set_up();
    for (line, command) in [
        ("--json doctor", "doctor"),
        ("queue hold abc", "queue hold"),
        ("queue flush", "queue flush"),
    ] {
        let said = operator.says(line);
        assert_eq!(said.code, 2);
        assert_eq!(
            said.stderr,
            format!("`esecured {command}` is not built yet\n")
        );
    }
    operator
        .says("accout list")
        .refused(2, "a similar subcommand exists: 'account'");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let operator = Operator::set_up();
    for line in [
        "config show",
        "mail preview approval_request --format eml",
        "init elsewhere",
    ] {
        let mut child = operator
            .command(line.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    }
}

#[test]
fn every_mail_can_be_previewed_without_a_configuration() {
    let operator = Operator::new();
    let names = operator
        .says("mail preview nonsense")
        .refused(2, "expected one of")
        .stderr;
    let (_, names) = names.split_once("expected one of ").unwrap();
    let names: Vec<&str> = names.lines().next().unwrap().split(", ").collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let html = operator
            .says(&format!("mail preview {name} --language en --format html"))
            .done();
        assert!(html.contains("<html"), "{name}");
    }
}
