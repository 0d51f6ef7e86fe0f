//! What a daemon says of itself: `/readyz?verbose` and `/metrics`.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use esecured::{
    app::App,
    domain::timestamp::Timestamp,
    http::health::{self, Stopping},
};
use tower::ServiceExt;

/// What `/readyz?verbose` says.
pub async fn ready(app: &App) -> String {
    get(app, "/readyz?verbose").await
}

async fn get(app: &App, path: &str) -> String {
    let router = health::router(app.clone(), Stopping::default());
    let asked = Request::get(path).body(Body::empty()).unwrap();
    let answer = router.oneshot(asked).await.unwrap();
    assert_eq!(answer.status(), 200);
    let octets = axum::body::to_bytes(answer.into_body(), 1_000_000).await;
    String::from_utf8(octets.unwrap().to_vec()).unwrap()
}

/// What `/metrics` says.
pub struct MetricsPage(pub String);

impl MetricsPage {
    /// As it is now.
    pub async fn of(app: &App) -> Self {
        Self(get(app, "/metrics").await)
    }

    /// Each series, without its value.
    pub fn series(&self) -> BTreeSet<&str> {
        self.samples().map(|(series, _)| series).collect()
    }

    /// Of all series of a metric with this among their labels, the sum.
    pub fn sum(&self, metric: &str, label: &str) -> f64 {
        let of_metric = |series: &str| {
            let rest = series.strip_prefix(metric);
            rest.is_some_and(|labels| labels.is_empty() || labels.starts_with('{'))
        };
        self.samples()
            .filter(|(series, _)| of_metric(series) && series.contains(label))
            .map(|(_, value)| value)
            .sum()
    }

    /// The time that a metric without labels says; none where it is left out.
    pub fn at(&self, metric: &str) -> Option<Timestamp> {
        let (_, seconds) = self.samples().find(|(series, _)| *series == metric)?;
        Some(Timestamp::from_micros((seconds * 1e6) as i64))
    }

    fn samples(&self) -> impl Iterator<Item = (&str, f64)> {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series, value.parse().unwrap())
        })
    }
}
