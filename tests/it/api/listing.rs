//! `GET /v1/access-requests`: every request once, the newest first, whatever is added meanwhile.

use std::{slice, time::Duration};

use esecured::{domain::account::Esecure, workflow::client_keys};
use reqwest::Method;

use super::{Answer, add_account, call};
use crate::support::{ANNA, Database, TULIPS, TestApp, on_both_databases};

const LIST: &str = "/v1/access-requests";

async fn list(app: &TestApp, query: &str) -> Answer {
    Answer::of(app.get(&format!("{LIST}?{query}")).await).await
}

fn addresses(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let requests = answer.body["data"].as_array().unwrap().iter();
    requests.map(|one| one["email"].as_str().unwrap()).collect()
}

async fn pages_hold_every_request_once_though_more_come(database: Database) {
    let app = TestApp::start(database).await;
    for number in 0..7 {
        // Three of them in the same microsecond.
        if number > 2 {
            app.pass(Duration::from_secs(1));
        }
        app.asks(&format!("p{number}@elsewhere.example"), TULIPS)
            .await;
    }
    let mut seen = Vec::new();
    let mut query = "limit=3".to_owned();
    let mut pages = 0;
    loop {
        let page = list(&app, &query).await;
        seen.extend(addresses(&page).into_iter().map(str::to_owned));
        pages += 1;
        app.asks(&format!("late{pages}@elsewhere.example"), TULIPS)
            .await;
        match page.body.get("nextCursor") {
            Some(cursor) => query = format!("limit=3&cursor={}", cursor.as_str().unwrap()),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    let mut expected: Vec<String> = (0..7)
        .map(|number| format!("p{number}@elsewhere.example"))
        .collect();
    for (place, number) in [6, 5, 4, 3].into_iter().enumerate() {
        assert_eq!(seen[place], expected[number]);
    }
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    // A page that ends with the list says so.
    let all = list(&app, "limit=10").await;
    assert_eq!(addresses(&all).len(), 10);
    assert_eq!(all.body.get("nextCursor"), None);
}

async fn a_list_is_of_one_status_or_one_account_where_that_is_asked(database: Database) {
    let app = TestApp::start(database).await;
    let roses = add_account(&app, "998877665", Esecure::Active).await;
    app.asks("open@elsewhere.example", TULIPS).await;
    let rejected = app.asks("no@elsewhere.example", TULIPS).await.to_string();
    app.asks("rose@elsewhere.example", roses.as_str()).await;
    app.signed_in(ANNA)
        .await
        .decides(&[&rejected], "reject")
        .await;

    for (query, expected) in [
        ("status=rejected", vec!["no@elsewhere.example"]),
        ("status=approved", vec![]),
        ("accountNumber=998877665", vec!["rose@elsewhere.example"]),
        (
            "accountNumber=112%20233%20445&status=pending",
            vec!["open@elsewhere.example"],
        ),
        ("accountNumber=555555555", vec![]),
    ] {
        assert_eq!(addresses(&list(&app, query).await), expected, "{query}");
    }
    let one = list(&app, "status=rejected").await;
    let alone = Answer::of(app.get(&format!("{LIST}/{rejected}")).await).await;
    assert_eq!(
        one.body["data"][0], alone.body,
        "the same object everywhere"
    );

    let key = client_keys::add_client(&app.app, "roses", slice::from_ref(&roses), None)
        .await
        .unwrap();
    let bearer = format!("Bearer {}", key.expose());
    let headers = [("authorization", bearer.as_str())];
    for (query, expected) in [
        ("", vec!["rose@elsewhere.example"]),
        ("?status=pending", vec!["rose@elsewhere.example"]),
        ("?accountNumber=112233445", vec![]),
    ] {
        let theirs = call(&app, Method::GET, &format!("{LIST}{query}"), &headers, "").await;
        assert_eq!(addresses(&theirs), expected, "{query}");
    }
}

async fn what_cannot_be_asked_is_named(database: Database) {
    let app = TestApp::start(database).await;
    for number in 0..2 {
        app.asks(&format!("p{number}@elsewhere.example"), TULIPS)
            .await;
    }
    for (query, named) in [
        ("status=open", "open"),
        ("accountNumber=1", "accountNumber"),
        ("limit=0", "limit"),
        ("limit=1000", "limit"),
        ("colour=red", "colour"),
        ("limit=1&limit=1", "twice"),
        ("cursor=abc", "nextCursor"),
    ] {
        let answer = list(&app, query).await;
        answer.is_problem(400, LIST);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{query}: {detail}");
    }
    // Another client's cursor is nobody else's.
    let page = list(&app, "limit=1").await;
    let cursor = page.body["nextCursor"].as_str().unwrap();
    let key = client_keys::add_client(&app.app, "other", &[], None)
        .await
        .unwrap();
    let bearer = format!("Bearer {}", key.expose());
    let path = format!("{LIST}?cursor={cursor}");
    let theirs = call(&app, Method::GET, &path, &[("authorization", &bearer)], "").await;
    theirs.is_problem(400, LIST);
    let nobody = call(&app, Method::GET, LIST, &[], "").await;
    nobody.is_problem(401, LIST);
}

on_both_databases!(
    pages_hold_every_request_once_though_more_come,
    a_list_is_of_one_status_or_one_account_where_that_is_asked,
    what_cannot_be_asked_is_named,
);
