//! The whole journey: the built program, its command line, a real Postfix and a real Dovecot, and
//! people who press, answer and sign in. Postfix hands everything for one domain to Dovecot, whose
//! one mailbox is that of all people and the one that is read.

mod proven;
mod three_answers;

use std::time::Duration;

use esecured::mail::smtp::{Delivery, Smtp, SmtpUrl};
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::support::{
    Browser, Database, Received,
    daemon_process::{DaemonProcess, Installation},
    database::OwnDatabase,
    dovecot::Dovecot,
    postfix::Postfix,
    process::eventually,
};

const ACCOUNT: &str = "112233445";
const ANNA: &str = "anna@example.com";
const BRAM: &str = "bram@example.com";
const PASSWORD: &str = "three blue bicycles";

/// A set-up as an operator makes it, with a running daemon.
struct Journey {
    // In this order: the daemon ends before what it talks to.
    daemon: DaemonProcess,
    installation: Installation,
    http: reqwest::Client,
    api_key: String,
    postfix: Postfix,
    dovecot: Dovecot,
    _database: OwnDatabase,
    _directory: tempfile::TempDir,
}

impl Journey {
    /// Everything is set up with the command line, while the daemon runs.
    fn begin(database: Database, require_auth: &str) -> Self {
        let dovecot = Dovecot::start();
        let postfix = Postfix::with_lmtp("example.com", dovecot.lmtp_address());
        let directory = tempfile::tempdir().unwrap();
        let database = database.create(directory.path());
        let installation = Installation::new(&format!(
            "[database]\nurl = \"{}\"\n\
             [mail]\nfrom = \"eSecure <esecure@example.com>\"\nreply_to = \"esecure@example.com\"\n\
             [smtp]\nurl = \"smtp://{}\"\n\
             [inbox]\nurl = \"{}\"\n{require_auth}\n\
             [reject]\nmin_dwell = \"0s\"\n\
             [requests]\nundo = \"1s\"",
            database.url,
            postfix.address,
            dovecot.imap_url(),
        ));
        let daemon = installation.start();
        let journey = Self {
            api_key: String::new(),
            daemon,
            http: reqwest::Client::new(),
            postfix,
            dovecot,
            _database: database,
            _directory: directory,
            installation,
        };
        journey.set_up()
    }

    fn set_up(self) -> Self {
        let installation = &self.installation;
        installation.says(&["account", "add", ACCOUNT, "--name", "Tulpenhandel De Wit"]);
        for (email, name, language) in [(ANNA, "Anna de Wit", "nl"), (BRAM, "Bram Smith", "en")] {
            let add = ["admin", "add", email, "--account", ACCOUNT];
            let details = ["--name", name, "--language", language, "--password-stdin"];
            installation.hears(&[&add[..], &details[..]].concat(), PASSWORD);
        }
        Self {
            api_key: installation.add_client("booking"),
            ..self
        }
    }

    /// Somebody asks over HTTP; the request as the shipping system sees it.
    async fn asks(&self, email: &str) -> Value {
        let answer = self
            .http
            .post(format!("{}/v1/access-requests", self.installation.base()))
            .bearer_auth(&self.api_key)
            .json(&json!({
                "accountNumber": ACCOUNT,
                "email": email,
                "name": "Joris Jansen",
                "reason": "Retour van een bestelling",
            }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        answer.json().await.unwrap()
    }

    /// The request as it stands, asked for by its number on the command line.
    fn request(&self, number: &str) -> Value {
        let shown = self
            .installation
            .says(&["--json", "request", "show", number]);
        serde_json::from_str(&shown).unwrap()
    }

    #[track_caller]
    fn becomes(&self, number: &str, status: &str) -> Value {
        let is = || self.request(number)["status"] == status;
        assert!(eventually(is), "{}", self.request(number));
        self.request(number)
    }

    /// The mail to somebody about a request that Dovecot holds, wherever the daemon put it.
    #[track_caller]
    fn mail(&self, to: &str, number: &str, what: &str) -> Received {
        let mut found = None;
        let arrived = eventually(|| {
            found = self.mails().into_iter().find(|mail| {
                mail.to == to && mail.subject.contains(number) && mail.text.contains(what)
            });
            found.is_some()
        });
        let subjects: Vec<(String, String)> = self
            .mails()
            .into_iter()
            .map(|mail| (mail.to, mail.subject))
            .collect();
        assert!(
            arrived,
            "no {what} to {to} in {subjects:?}\n{}",
            self.postfix.log()
        );
        found.unwrap()
    }

    fn mails(&self) -> Vec<Received> {
        ["INBOX", "Processed"]
            .iter()
            .flat_map(|folder| self.dovecot.messages(folder))
            .map(|raw| {
                let parsed = MessageParser::default().parse(&raw).unwrap();
                let to = parsed.to().unwrap().first().unwrap().address().unwrap();
                Received::parse(None, to, &raw)
            })
            .collect()
    }

    /// Somebody sends an answer from a mail program.
    async fn sends(&self, from: &str, answer: &[u8], to: &Received) {
        let url = SmtpUrl::parse(&format!("smtp://{}", self.postfix.address)).unwrap();
        let outgoing = Smtp::new(url, 1, Duration::from_secs(10), &[]);
        let to = to.reply_to.as_deref().unwrap();
        let sent = outgoing.send(Some(from), to, answer).await;
        assert!(matches!(sent, Delivery::Delivered { .. }), "{sent:?}");
    }

    fn browser(&self) -> Browser {
        Browser::at(&self.installation.base())
    }

    /// The events of the log about a request, in their order.
    fn logged(&self, number: &str) -> Vec<String> {
        self.daemon
            .log_lines()
            .iter()
            .filter(|line| line["request.number"] == number)
            .map(|line| line["event"].as_str().unwrap().to_owned())
            .collect()
    }
}
