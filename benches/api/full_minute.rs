//! Fifty requesters, each on a connection of its own, ask for many accounts, twice: evenly within some
//! time, or as fast as they are answered. The courier is at work meanwhile. With 100 accounts it is
//! 10,000 calls.

use std::time::{Duration, Instant};

use esecured::worker::courier;
use tokio_util::sync::CancellationToken;

use crate::{
    Figures, percentile,
    support::{
        Database, TestApp,
        many_callers::{Heard, all_ask_within, mailed_under_the_limits, nothing_is_lost, prepare},
    },
};

pub async fn measure(accounts: usize, within: Duration) -> Figures {
    let app = TestApp::start_with(Database::Sqlite, |config| config.api.rate_limit = None).await;
    prepare(&app, accounts).await;
    let stop = CancellationToken::new();
    let sending = courier::run(app.app.clone(), "bench".to_owned(), stop.clone());
    let sending = tokio::spawn(sending);
    let mut heard = Heard::default();
    let begun = Instant::now();
    for _ in 0..2 {
        let daemons = [app.base.as_str()];
        all_ask_within(&app, &daemons, 0..accounts, &mut heard, within / 2).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    stop.cancel();
    sending.await.expect("it goes on").expect("it sends");
    app.deliver_mail().await;
    nothing_is_lost(&app.app, &heard).await;
    let mails = mailed_under_the_limits(&app.app).await;

    let took: Vec<f64> = heard
        .took
        .iter()
        .map(|took| took.as_secs_f64() * 1e3)
        .collect();
    let mut figures = Figures::of("flood");
    figures.say("calls", took.len());
    figures.say("opened", heard.created.len());
    figures.say("joined", heard.joined);
    figures.say("mailsToAdministrators", mails);
    figures.measure("seconds", seconds);
    figures.measure("callsPerSecond", took.len() as f64 / seconds);
    figures.measure("p50Ms", percentile(took.clone(), 50));
    figures.measure("p99Ms", percentile(took, 99));
    figures.say("targetP99Ms", 50);
    figures
}
