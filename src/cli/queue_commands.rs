//! `queue`: what waits to be sent, in the manner of `mailq`.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{
    exit::{self, Stop},
    inbox_queue_list,
    invocation::Invocation,
    print::{self, Table, moment},
    webhook_queue_list,
};
use crate::{
    clock::Clock,
    domain::{
        message::{About, InvalidMessageId, MessageId},
        webhook::DeliveryId,
    },
    store::{
        queue::{self, Queued},
        webhook_log,
    },
};

/// What can be done with messages.
#[derive(Subcommand)]
pub enum Command {
    /// List what waits, is gathered for a digest, is held (!) or was given up (#); * is being sent now.
    List(List),
    /// Try a message or a webhook delivery again at once, also one that was given up.
    Retry {
        /// Which, as `queue list` prints it.
        id: Named,
    },
}

/// Which queue is listed.
#[derive(Args)]
pub struct List {
    /// Which queue.
    #[arg(long, default_value = "outbox")]
    queue: Queue,
    /// At most this many of them.
    #[arg(short = 'n', long, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Queue {
    /// Mails that go out.
    Outbox,
    /// Events that shipping systems are told.
    Webhooks,
    /// Mails that came in and had no effect: put aside (!) or ignored.
    Inbox,
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        match self {
            Self::List(list) => self::list(invocation, &list).await,
            Self::Retry { id } => retry(invocation, id).await,
        }
    }
}

async fn list(invocation: &Invocation, list: &List) -> anyhow::Result<()> {
    match list.queue {
        Queue::Outbox => {}
        Queue::Webhooks => return webhook_queue_list::list(invocation, list.limit).await,
        Queue::Inbox => return inbox_queue_list::list(invocation, list.limit).await,
    }
    let store = invocation.store().await?;
    let mut conn = store.read().await?;
    let messages = queue::list(&mut conn, Clock::System.now(), list.limit).await?;
    if invocation.json {
        print::json_lines(messages.iter().map(as_json))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "ID",
        "ARRIVED",
        "NEXT TRY",
        ">TRIES",
        "RECIPIENT",
        "MAIL",
        "REASON",
    ]);
    for queued in &messages {
        table.row([
            format!("{}{}", queued.message.id, mark(queued)),
            moment(queued.created_at),
            match queued.status.as_str() {
                "queued" | "gathered" => moment(queued.message.due_at),
                _ => "-".to_owned(),
            },
            queued.attempts.to_string(),
            queued.email.masked(),
            queued.message.kind.to_string(),
            reason(queued),
        ]);
    }
    if !table.is_empty() {
        table.print("")?;
    }
    print::line(&totals(&queue::totals(&mut conn).await?))?;
    Ok(())
}

/// The mark of `mailq` behind the id.
fn mark(queued: &Queued) -> &'static str {
    match queued.status.as_str() {
        "held" => "!",
        "failed" => "#",
        _ if queued.active => "*",
        _ => "",
    }
}

fn reason(queued: &Queued) -> String {
    match (&queued.reason, queued.status.as_str()) {
        (Some(reason), _) => reason.clone(),
        (None, "held") => "held by the operator".to_owned(),
        (None, "gathered") => "gathered for the next digest".to_owned(),
        (None, _) if queued.active => "is being sent".to_owned(),
        (None, _) if queued.message.due_at > queued.created_at && queued.attempts == 0 => {
            "waits on purpose, so that a rejection can be undone before it goes out".to_owned()
        }
        (None, _) => "has not been tried yet".to_owned(),
    }
}

/// The last line: what stands where, and what is done.
fn totals(counts: &[(String, i64)]) -> String {
    let count = |status: &str| {
        counts
            .iter()
            .find(|(of, _)| of == status)
            .map_or(0, |(_, count)| *count)
    };
    format!(
        "{} waiting, {} held, {} given up; {} delivered, {} dropped as obsolete; \
         {} gathered for a digest, {} carried by one",
        count("queued"),
        count("held"),
        count("failed"),
        count("delivered"),
        count("dropped"),
        count("gathered"),
        count("carried"),
    )
}

fn as_json(queued: &Queued) -> serde_json::Value {
    let mut json = json!({
        "id": queued.message.id.to_string(),
        "queue": "outbox",
        "status": match queued.active {
            true => "active",
            false => queued.status.as_str(),
        },
        "mail": queued.message.kind.as_str(),
        "recipient": queued.email.masked(),
        "arrivedAt": queued.created_at,
        "tries": queued.attempts,
    });
    match &queued.message.about {
        About::Request(id) => json["requestId"] = json!(id.to_string()),
        About::Invitation(id) => json["invitationId"] = json!(id.to_string()),
        About::Account(number) => json["accountNumber"] = json!(number.as_str()),
        About::SignIn(id) => json["administratorId"] = json!(id.to_string()),
        About::Digest(id) => json["digestId"] = json!(id.to_string()),
    }
    if matches!(queued.status.as_str(), "queued" | "gathered") {
        json["nextTryAt"] = json!(queued.message.due_at);
    }
    if let Some(reason) = &queued.reason {
        json["reason"] = json!(reason);
    }
    json
}

/// Something of a queue.
#[derive(Clone, Copy)]
pub enum Named {
    /// A message of the outbox.
    Message(MessageId),
    /// An event on its way to an endpoint.
    Delivery(DeliveryId),
}

impl FromStr for Named {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let marks = ['*', '#'];
        match text.trim().trim_end_matches(marks).parse() {
            Ok(delivery) => Ok(Self::Delivery(delivery)),
            Err(_) => text.parse().map(Self::Message),
        }
    }
}

async fn retry(invocation: &Invocation, id: Named) -> anyhow::Result<()> {
    let store = invocation.store().await?;
    let mut tx = store.begin().await?;
    let now = Clock::System.now();
    let (is_set_going, name) = match id {
        Named::Message(id) => (
            queue::retry(&mut tx, id, now).await?,
            format!("message {id}"),
        ),
        Named::Delivery(id) => (
            webhook_log::retry(&mut tx, id, now).await?,
            format!("webhook delivery {id}"),
        ),
    };
    if !is_set_going {
        let words =
            format!("there is no {name} that waits or was given up: see `esecured queue list`");
        return Err(Stop::with(exit::FAILED, words).into());
    }
    tx.commit().await?;
    eprintln!("{} is tried again at once.", upper(&name));
    Ok(())
}

fn upper(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_what_stands_where() {
        let counts = [("delivered".to_owned(), 7), ("queued".to_owned(), 2)];
        assert_eq!(
            totals(&counts),
            "2 waiting, 0 held, 0 given up; 7 delivered, 0 dropped as obsolete; \
             0 gathered for a digest, 0 carried by one"
        );
    }
}
