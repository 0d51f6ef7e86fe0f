//! The courier: what becomes of mails when the mail server is slow, refuses, breaks off or is away,
//! and when several couriers share one outbox.

mod away;
mod faults;
mod outbox;
mod sharing;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use esecured::{
    app::App,
    config::{self, Config},
    mail::{
        smtp::{Limits, Smtp, SmtpUrl},
        transport::Transport,
    },
    store::queue::{self, Queued},
};
use mail_parser::MessageParser;

use crate::support::{TestApp, scripted_smtp::ArrivedMail};

/// After this the first retry is due, whatever its jitter.
const FIRST_RETRY: Duration = Duration::from_secs(19);

/// For tests in which something hangs.
const SOON: Duration = Duration::from_millis(150);

/// Mails leave over SMTP.
fn over_smtp(config: &mut Config, server: SocketAddr) {
    config.mail.transport = config::Transport::Smtp;
    config.smtp = Some(config::Smtp {
        url: SmtpUrl::parse(&format!("smtp://{server}")).unwrap(),
        connections: 4,
        timeout: Duration::from_secs(30),
        authorities: Vec::new(),
        oauth: None,
    });
}

/// Fresh connections, and little patience with the server.
fn impatient(app: &mut App) {
    let smtp = app.config.smtp.as_ref().unwrap();
    let limits = Limits {
        connect: smtp.timeout,
        command: SOON,
        text: SOON,
        confirmation: SOON,
    };
    let smtp = Smtp::new(smtp.url.clone(), smtp.connections, smtp.timeout, &[]);
    app.transport = Arc::new(Transport::Smtp(Box::new(smtp.with_limits(limits))));
}

/// What `queue list` lists.
async fn queued(app: &TestApp) -> Vec<Queued> {
    let mut conn = app.app.store.read().await.unwrap();
    let now = app.app.clock.now();
    queue::list(&mut conn, now, 1_000).await.unwrap()
}

/// How many messages have this status.
async fn count(app: &TestApp, status: &str) -> i64 {
    let mut conn = app.app.store.read().await.unwrap();
    let totals = queue::totals(&mut conn).await.unwrap();
    let of_this = totals.iter().find(|(of, _)| of == status);
    of_this.map_or(0, |(_, count)| *count)
}

fn message_id(mail: &ArrivedMail) -> String {
    let parsed = MessageParser::default().parse(mail.text.as_bytes());
    parsed.unwrap().message_id().unwrap().to_owned()
}
