//! Requests, and Anna's answers to the mails about them.

use esecured::{
    config::{AfterReading, Inbox},
    domain::request::RequestId,
    mail::imap::ImapUrl,
    worker::mail_reader,
};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{
    ANNA, BRAM, Database, Received, TULIPS, TestApp, dovecot::Dovecot, test_app::without_limits,
};

/// The development mailbox keeps a few hundred mails.
const AT_ONCE: usize = 100;

/// A daemon on SQLite whose one administrator is Anna.
pub async fn app() -> TestApp {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        without_limits(config);
        config.requests.notify_requester = false;
        config.api.rate_limit = None;
    })
    .await;
    app.dismiss(BRAM, TULIPS).await;
    app
}

/// So many requests, and the answer that rejects each.
pub async fn answered(app: &TestApp, count: usize) -> Vec<(RequestId, Vec<u8>)> {
    let mut answered = Vec::with_capacity(count);
    let mut last = 0;
    while answered.len() < count {
        for number in answered.len()..count.min(answered.len() + AT_ONCE) {
            app.asks(&format!("joris.{number}@elsewhere.example"), TULIPS)
                .await;
        }
        app.deliver_mail().await;
        let mailbox = app.app.transport.dev_mailbox().expect("mails stay here");
        // The newest comes first.
        let mut mails = mailbox.all();
        mails.retain(|mail| mail.id > last && mail.to == ANNA);
        last = mails.first().map_or(last, |mail| mail.id);
        for mail in mails {
            let mail = Received::parse(mail.from.as_deref(), &mail.to, &mail.bytes);
            answered.push((app.request_of(&mail), mail.answer(ANNA, "weigeren")));
        }
    }
    answered
}

/// The mail reader at work, until it is stopped.
pub struct Reader {
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Reader {
    pub fn start(app: &TestApp, dovecot: &Dovecot) -> Self {
        let inbox = Inbox {
            url: ImapUrl::parse(&dovecot.imap_url()).expect("a URL"),
            after: AfterReading::Move,
            processed: "Processed".to_owned(),
            quarantine: "Quarantine".to_owned(),
            idle_renew: Some(Duration::from_secs(300)),
            poll: Duration::from_secs(60),
            authorities: Vec::new(),
            oauth: None,
        };
        let stop = CancellationToken::new();
        let run = mail_reader::run(app.app.clone(), inbox, "bench".to_owned(), stop.clone());
        Self {
            stop,
            task: tokio::spawn(run),
        }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("it goes on").expect("it reads");
    }
}
