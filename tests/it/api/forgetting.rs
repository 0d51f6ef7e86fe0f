//! The event feed forgets what is older than `retention.events`, and says so to whoever was behind.

use std::time::Duration;

use esecured::workflow::forget_events;
use serde_json::Value;

use super::Answer;
use crate::support::{Database, JORIS, TULIPS, TestApp, on_both_databases};

const DAY: Duration = Duration::from_secs(86_400);

async fn feed(app: &TestApp, cursor: Option<&Value>) -> Answer {
    let path = match cursor {
        Some(cursor) => format!("/v1/events?cursor={}", cursor.as_str().unwrap()),
        None => "/v1/events".to_owned(),
    };
    Answer::of(app.get(&path).await).await
}

async fn old_events_are_forgotten_and_whoever_was_behind_is_told(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.retention.events = Some(30 * DAY);
    })
    .await;
    let start = feed(&app, None).await.body["nextCursor"].clone();
    for name in ["a", "b", "c"] {
        app.asks(&format!("{name}@elsewhere.example"), TULIPS).await;
    }
    app.places_events().await;
    app.pass(DAY);
    let first_day = feed(&app, None).await.body["nextCursor"].clone();
    app.asks(JORIS, TULIPS).await;
    app.places_events().await;

    app.pass(30 * DAY - Duration::from_secs(1));
    assert_eq!(forget_events::forget_events(&app.app, 2).await.unwrap(), 3);
    assert_eq!(forget_events::forget_events(&app.app, 2).await.unwrap(), 0);
    // Nothing was missed by whoever had read that far; whoever had not is told what to do.
    let all = feed(&app, None).await;
    assert_eq!(all.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        feed(&app, Some(&first_day)).await.body["data"],
        all.body["data"]
    );
    let behind = feed(&app, Some(&start)).await;
    behind.is_problem(410, "/v1/events");
    let detail = behind.body["detail"].as_str().unwrap();
    assert!(detail.contains("without a cursor"), "{detail}");

    // Where nothing is left the end of the feed is still the end.
    app.pass(2 * DAY);
    assert_eq!(forget_events::forget_events(&app.app, 9).await.unwrap(), 1);
    let end = &all.body["nextCursor"];
    assert_eq!(feed(&app, Some(end)).await.status, 200);
    feed(&app, Some(&first_day))
        .await
        .is_problem(410, "/v1/events");
    app.asks("d@elsewhere.example", TULIPS).await;
    app.places_events().await;
    let news = feed(&app, Some(end)).await;
    assert_eq!(news.body["data"].as_array().unwrap().len(), 1);
}

on_both_databases!(old_events_are_forgotten_and_whoever_was_behind_is_told);

#[tokio::test]
async fn without_a_setting_events_are_kept_for_ever() {
    let app = TestApp::start_with(Database::Sqlite, |config| config.retention.events = None).await;
    app.joris_asks().await;
    app.places_events().await;
    app.pass(4000 * DAY);
    assert_eq!(forget_events::forget_events(&app.app, 9).await.unwrap(), 0);
    assert_eq!(
        feed(&app, None).await.body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
