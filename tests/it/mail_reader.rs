//! The mail reader: every mail is read, none has its effect twice, whatever the mailbox does.

mod crowds;
mod folders;
mod interruptions;
mod name_servers;
mod people;
mod quota;
mod two_daemons;
mod unreadable;

use std::time::Duration;

use esecured::{
    config::{AfterReading, Inbox},
    domain::request::RequestId,
    mail::imap::{ImapUrl, MailboxOptions},
    worker::mail_reader,
};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::support::{ANNA, Database, TULIPS, TestApp};

/// More than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn inbox_at(url: &str) -> Inbox {
    Inbox {
        url: ImapUrl::parse(url).unwrap(),
        after: AfterReading::Move,
        processed: "Processed".to_owned(),
        quarantine: "Quarantine".to_owned(),
        idle_renew: Some(Duration::from_secs(300)),
        poll: Duration::from_secs(60),
        authorities: Vec::new(),
        oauth: None,
    }
}

/// A reader at work. Dropping it kills it as a crash would.
struct Reader {
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Reader {
    fn start(app: &TestApp, inbox: Inbox) -> Self {
        let options = mail_reader::options(&inbox);
        Self::start_with(app, inbox, options)
    }

    fn start_with(app: &TestApp, inbox: Inbox, options: MailboxOptions) -> Self {
        let stop = CancellationToken::new();
        let owner = uuid::Uuid::now_v7().to_string();
        let run = mail_reader::run_with(app.app.clone(), inbox, owner, options, stop.clone());
        Self {
            stop,
            task: tokio::spawn(run),
        }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap().unwrap();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request of somebody, and Anna's answer to the mail about it.
async fn rejected_by_mail(app: &TestApp, requester: &str) -> (RequestId, Vec<u8>) {
    let id = app.asks(requester, TULIPS).await;
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    let asked = mails.iter().rfind(|mail| mail.text.contains("/r/"));
    (id, asked.unwrap().answer(ANNA, "weigeren"))
}

async fn app() -> TestApp {
    TestApp::start(Database::Sqlite).await
}

/// Waits until something holds.
#[track_caller]
fn until(what: &'static str, mut holds: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < deadline, "never: {what} ({caller})");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn until_rejected(app: &TestApp, id: RequestId) {
    let deadline = Instant::now() + PATIENCE;
    while app.status_of(id).await != "rejected" {
        assert!(Instant::now() < deadline, "the answer was not read");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
