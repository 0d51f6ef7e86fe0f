//! How long after a decision is on disk its answer is with whoever waits for it, beside how long the
//! same HTTP stack takes for a call that is answered with a fixed word.

use std::time::Instant;

use axum::{Router, routing::get};
use esecured::{domain::request::RequestId, http::serve, workflow::expire};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    Figures, median, percentile,
    support::{Database, TULIPS, TestApp, test_app::without_limits},
};

pub async fn measure(times: usize) -> Figures {
    let fixed = fixed_answers(times).await;
    let app = TestApp::start_with(Database::Sqlite, |config| {
        without_limits(config);
        config.api.rate_limit = None;
    })
    .await;
    let mut heard = Vec::with_capacity(times);
    for number in 0..times {
        let requester = format!("joris{number}@elsewhere{number}.example");
        let id = app.asks(&requester, TULIPS).await;
        heard.push(one_wake_up(&app, id).await);
    }

    let mut figures = Figures::of("wake");
    figures.say("times", times);
    let fixed_median = median(fixed.clone());
    let heard_median = median(heard.clone());
    figures.measure("fixedMedianUs", fixed_median);
    figures.measure("fixedP99Us", percentile(fixed, 99));
    figures.measure("wakeMedianUs", heard_median);
    figures.measure("wakeP99Us", percentile(heard, 99));
    figures.measure("ratio", heard_median / fixed_median);
    figures
}

/// Microseconds from the commit to the whole answer.
async fn one_wake_up(app: &TestApp, id: RequestId) -> f64 {
    let waiting = app
        .http
        .get(format!("{}/v1/access-requests/{id}", app.base))
        .bearer_auth(&app.api_key)
        .header("prefer", "wait=60")
        .send();
    let waiting = tokio::spawn(async move {
        let answer = waiting.await.expect("an answer");
        let text = answer.text().await.expect("its body");
        (text, Instant::now())
    });
    while !app.app.request_changes.is_awaited() {
        tokio::task::yield_now().await;
    }
    let cancelled = expire::cancel_by_operator(&app.app, id).await;
    let committed = Instant::now();
    cancelled.expect("it was open");
    let (text, at) = waiting.await.expect("it goes on");
    assert!(text.contains("\"status\":\"cancelled\""), "{text}");
    at.saturating_duration_since(committed).as_secs_f64() * 1e6
}

/// Microseconds of each call.
async fn fixed_answers(times: usize) -> Vec<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let router = Router::new().route("/", get(|| async { "ok" }));
    let stop = CancellationToken::new();
    tokio::spawn(serve::serve(listener, router, stop.clone()));
    let client = reqwest::Client::new();
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        let answer = client.get(&url).send().await.expect("an answer");
        answer.text().await.expect("its body");
        took.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    stop.cancel();
    took
}
