//! What a whole configuration must and may not be.

mod faults;
mod layering;
mod mail_servers;
mod secrets;
mod sign_in;

use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;
use crate::domain::reminder::Reminder;

/// The least a configuration must say, with one reply mailbox.
const LEAST: &str = r#"
[server]
public_url = "https://esecure.example.com"
[mail]
from = "eSecure <esecure@example.com>"
[smtp]
url = "smtp://localhost:25"
"#;

/// A file in a directory of its own, and the layers over it.
struct Files {
    home: tempfile::TempDir,
    sources: Sources,
}

impl Files {
    fn with(text: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut files = Self {
            home,
            sources: Sources::default(),
        };
        files.sources.file = Some(files.write("esecured.toml", text));
        files
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn set(mut self, text: &str) -> Self {
        self.sources.set.push(text.to_owned());
        self
    }

    fn load(&self) -> Loaded {
        match Config::load(&self.sources) {
            Ok(loaded) => loaded,
            Err(faults) => panic!("{faults:#?}"),
        }
    }

    /// Every fault as it is printed, without the directory of the test.
    fn faults(&self) -> Vec<String> {
        let home = format!("{}/", self.home.path().display());
        match Config::load(&self.sources) {
            Ok(_) => Vec::new(),
            Err(faults) => faults
                .iter()
                .map(|fault| fault.to_string().replace(&home, ""))
                .collect(),
        }
    }

    fn only_fault(&self) -> String {
        let mut faults = self.faults();
        assert_eq!(faults.len(), 1, "{faults:#?}");
        faults.remove(0)
    }
}

fn least_with(text: &str) -> Files {
    Files::with(&format!("{LEAST}{text}"))
}

#[test]
fn the_shipped_file_is_what_the_table_of_keys_says() {
    let shipped = include_str!("../../config/esecured.toml");
    assert!(
        shipped == reference(),
        "config/esecured.toml is not up to date; it should read:\n{}",
        reference()
    );
}

#[test]
fn the_shipped_file_sets_nothing() {
    let with_it = Files::with(&reference());
    let without = Files::with("");
    assert_eq!(
        with_it.faults().len(),
        without.faults().len(),
        "only the required keys are missing"
    );
    assert!(
        with_it
            .faults()
            .iter()
            .all(|fault| fault.contains("is missing"))
    );
}

#[test]
fn a_least_configuration_has_the_documented_defaults() {
    let config = least_with("").load().config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.origin(), "https://esecure.example.com");
    assert_eq!(config.database.url.expose_secret(), "sqlite:esecured.db");
    assert_eq!(
        config.requests.undo,
        Some(std::time::Duration::from_secs(900))
    );
    assert_eq!(config.requests.reminder, Reminder::WorkingDays(2));
    assert_eq!(config.reject.confirm, Confirm::Button);
    assert_eq!(config.replies.require_auth, RequireAuth::Dmarc);
    assert!(config.inbox.is_none());
    assert!(config.mail.bounce_to.is_none());
    assert_eq!(config.smtp.unwrap().connections, 4);
}

#[test]
fn what_is_shown_can_be_read_again() {
    let loaded = least_with("")
        .set("server.trusted_proxies=10.0.0.0/8")
        .set("mail.reply_to=reply@example.com")
        .set("inbox.require_auth=token")
        .load();
    let shown = loaded.show(true, false);
    assert!(
        shown.contains("server.trusted_proxies = [\"10.0.0.0/8\"]  # --set"),
        "{shown}"
    );
    assert!(
        shown.contains("reject.confirm = \"button\"  # default\n"),
        "{shown}"
    );
    assert!(shown.contains("# mail.bounce_to is not set\n"), "{shown}");
    assert_eq!(
        Files::with(&shown).load().show(false, false),
        loaded.show(false, false)
    );

    let json = loaded.show(true, true);
    assert_eq!(json.lines().count(), shown.lines().count());
    for line in json.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["key"].is_string() && line.get("value").is_some());
    }
    assert!(
        json.contains(r#""key":"smtp.connections","origin":"default","value":4"#),
        "{json}"
    );
}

#[test]
fn the_demo_is_on_one_port_and_on_loopback_alone() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::demo("127.0.0.1:8090".parse().unwrap(), dir.path()).unwrap();
    assert_eq!(config.server.origin(), "http://127.0.0.1:8090");
    assert_eq!(config.server.admin_listen, None);
    assert_eq!(config.mail.transport, Transport::Dev);
    assert_eq!(config.replies.require_auth, RequireAuth::Token);
    assert!(config.inbox.is_none() && config.smtp.is_none());
    assert_eq!(config.keys.file, dir.path().join("esecured.keys"));

    let refused = Config::demo("0.0.0.0:8090".parse().unwrap(), dir.path()).unwrap_err();
    assert!(refused[0].message.contains("0.0.0.0:8090"), "{refused:?}");
}
