//! The same question from many callers at once is one request.

use esecured::{domain::request::RequestId, store::request_lists};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{ANNA, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases};

impl TestApp {
    /// Asks under an Idempotency-Key; status, whether it is an answer given before, and its text.
    async fn asks_under(&self, key: &str, email: &str) -> (u16, bool, String) {
        let body = json!({"accountNumber": TULIPS, "email": email});
        let answer = self
            .http
            .post(format!("{}/v1/access-requests", self.base))
            .bearer_auth(&self.api_key)
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await
            .unwrap();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        (
            answer.status().as_u16(),
            replayed,
            answer.text().await.unwrap(),
        )
    }
}

async fn one_idempotency_key_gives_one_request_and_one_answer(database: Database) {
    let app = TestApp::start(database).await;
    let answers = join_all((0..16).map(|_| app.asks_under("key", JORIS))).await;
    let first = answers.iter().find(|(_, replayed, _)| !replayed).unwrap();
    assert_eq!(
        answers.iter().filter(|(_, replayed, _)| *replayed).count(),
        15
    );
    for (status, _, text) in &answers {
        assert_eq!((*status, text), (201, &first.2));
    }
    let answer: Value = serde_json::from_str(&first.2).unwrap();
    let id: RequestId = answer["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(app.request(id).await.repeats, 0);
    assert_eq!(requests_there(&app).await, 1);

    // The same key with sixteen other bodies: one of them is done, the others are told.
    let emails: Vec<String> = (0..16)
        .map(|number| format!("p{number}@elsewhere.example"))
        .collect();
    let answers = join_all(emails.iter().map(|email| app.asks_under("other", email))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.0).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert_eq!(statuses[1..], [422; 15]);
    assert_eq!(requests_there(&app).await, 2);
    invariants::hold(&app.app).await;
}

async fn sixteen_who_ask_for_the_same_join_one_request(database: Database) {
    let app = TestApp::start(database).await;
    let ids = join_all((0..16).map(|_| app.joris_asks())).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(app.request(ids[0]).await.repeats, 15);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);
    invariants::hold(&app.app).await;
}

async fn requests_there(app: &TestApp) -> usize {
    let mut conn = app.app.store.read().await.unwrap();
    let all = request_lists::newest(&mut conn, None, None, 99)
        .await
        .unwrap();
    all.len()
}

on_both_databases!(
    one_idempotency_key_gives_one_request_and_one_answer,
    sixteen_who_ask_for_the_same_join_one_request,
);
