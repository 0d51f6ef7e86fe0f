//! `webhook`: where shipping systems are told what happens.

use std::time::Duration;

use anyhow::Context;
use clap::{ArgGroup, Subcommand};
use serde_json::json;

use super::{
    arguments,
    exit::{self, Stop},
    invocation::Invocation,
    print::{self, Table, maybe_moment, moment},
};
use crate::{
    app::App,
    domain::{
        announced::FeedEventId,
        timestamp::Timestamp,
        webhook::{Endpoint, EndpointId, WebhookDelivery},
    },
    shapes::{DeliveryShape, EndpointShape},
    store::{clients, endpoints},
    webhook::WebhookUrl,
    workflow::{
        client_keys::ClientKeyError,
        manage_webhooks::{self, Added, BOTH_SIGN, Replay, Who},
        once::Answered,
    },
};

/// What can be done with endpoints.
#[derive(Subcommand)]
pub enum Command {
    /// Add an endpoint of a shipping system; prints its secret, which is shown this once.
    Add {
        /// Where it is called: https.
        url: String,
        /// Whose endpoint it is.
        #[arg(long, value_name = "NAME")]
        client: String,
    },
    /// List endpoints.
    List,
    /// List the newest deliveries to an endpoint.
    Deliveries {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
        /// At most this many.
        #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
    },
    /// Send an endpoint something to try it with.
    Test {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
    },
    /// Send again what was given up, or one event.
    #[command(group = ArgGroup::new("what").args(["event", "since"]))]
    Replay {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
        /// This event, whatever became of it.
        #[arg(long, value_name = "EVENT_ID")]
        event: Option<FeedEventId>,
        /// Only what is not older, such as 2d.
        #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
        since: Option<Duration>,
    },
    /// Print a new secret; the old one signs beside it for a day.
    Rotate {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
    },
    /// Call an endpoint no more; what happens meanwhile waits.
    Disable {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
    },
    /// Call an endpoint again, with what it missed.
    Enable {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
    },
    /// Take an endpoint away, with what waits for it.
    Remove {
        /// The endpoint, as `webhook list` prints it.
        id: EndpointId,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        let app = invocation.app().await?;
        let who = Who::Operator;
        match self {
            Self::Add { url, client } => add(&app, &url, client).await?,
            Self::List => list(&app, invocation.json).await?,
            Self::Deliveries { id, limit } => {
                deliveries(&app, id, limit, invocation.json).await?;
            }
            Self::Test { id } => {
                let event = manage_webhooks::test(&app, who, id).await?;
                eprintln!(
                    "Event {event} is queued; `esecured webhook deliveries {id}` says what becomes of it."
                );
            }
            Self::Replay { id, event, since } => {
                let what = match (event, since) {
                    (Some(event), _) => Replay::Event(event),
                    (None, Some(since)) => Replay::FailedSince(app.clock.now().minus(since)),
                    (None, None) => Replay::FailedSince(Timestamp::from_seconds(0)),
                };
                let count = manage_webhooks::replay(&app, who, id, what).await?;
                eprintln!("{count} sent again.");
            }
            Self::Rotate { id } => {
                match manage_webhooks::rotate(&app, who, id, None).await? {
                    Answered::Now(Added { secret, .. }) => print::line(&secret.expose())?,
                    Answered::Before(_) => unreachable!("without a key there is no earlier answer"),
                }
                eprintln!(
                    "Endpoint {id} has a new secret, shown this once; the old one signs beside it \
                     for {} hours.",
                    BOTH_SIGN.as_secs() / 3600
                );
            }
            Self::Disable { id } => {
                manage_webhooks::disable(&app, id).await?;
                eprintln!("Endpoint {id} is not called any more.");
            }
            Self::Enable { id } => {
                manage_webhooks::enable(&app, who, id).await?;
                eprintln!("Endpoint {id} is called again.");
            }
            Self::Remove { id } => {
                manage_webhooks::remove(&app, who, id).await?;
                eprintln!("Endpoint {id} is gone.");
            }
        }
        Ok(())
    }
}

async fn add(app: &App, url: &str, client: String) -> anyhow::Result<()> {
    let url: WebhookUrl = app
        .poster
        .parse(url)
        .map_err(|fault| Stop::with(exit::USAGE, format!("the URL: {fault}")))?;
    let found = clients::by_name(&mut *app.store.read().await?, &client, app.clock.now())
        .await
        .context("looking for the client")?;
    let found = found.ok_or(ClientKeyError::UnknownClient(client))?;
    match manage_webhooks::add(app, found.id(), Who::Operator, &url, None).await? {
        Answered::Now(Added { endpoint, secret }) => {
            print::line(&secret.expose())?;
            eprintln!(
                "Added endpoint {}. Give the secret to who runs it: it is shown this once.",
                endpoint.id
            );
        }
        Answered::Before(_) => unreachable!("without a key there is no earlier answer"),
    }
    Ok(())
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let endpoints = endpoints::all(&mut *app.store.read().await?).await?;
    if as_json {
        print::json_lines(endpoints.iter().map(|(client, endpoint)| {
            let mut shape = json!(EndpointShape::of(endpoint));
            shape["client"] = json!(client);
            shape
        }))?;
        return Ok(());
    }
    let mut table = Table::new(&["ID", "CLIENT", "STATE", "SINCE", "URL"]);
    for (client, endpoint) in endpoints {
        let (state, since) = state(&endpoint);
        table.row([
            endpoint.id.to_string(),
            client,
            state,
            moment(since),
            endpoint.url,
        ]);
    }
    table.print("There is no endpoint yet: add one with `esecured webhook add`.")?;
    Ok(())
}

fn state(endpoint: &Endpoint) -> (String, Timestamp) {
    match (endpoint.disabled, endpoint.failing_since) {
        (Some(disabled), _) => (format!("disabled ({})", disabled.because), disabled.at),
        (None, Some(since)) => (format!("failing ({})", endpoint.failures), since),
        (None, None) => ("works".to_owned(), endpoint.created_at),
    }
}

async fn deliveries(app: &App, id: EndpointId, limit: i64, as_json: bool) -> anyhow::Result<()> {
    let (deliveries, _) = manage_webhooks::deliveries(app, Who::Operator, id, None, limit).await?;
    if as_json {
        print::json_lines(deliveries.iter().map(DeliveryShape::of))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "EVENT", "TYPE", "QUEUED", "STATE", ">TRIES", "SETTLED", "REASON",
    ]);
    for delivery in deliveries {
        table.row(cells(delivery));
    }
    table.print("Nothing was sent to this endpoint yet.")?;
    Ok(())
}

fn cells(delivery: WebhookDelivery) -> [String; 7] {
    [
        delivery.event.to_string(),
        delivery.kind.as_str().to_owned(),
        moment(delivery.created_at),
        delivery.status.to_string(),
        delivery.attempts.to_string(),
        maybe_moment(delivery.settled_at),
        delivery.reason.unwrap_or_default(),
    ]
}
