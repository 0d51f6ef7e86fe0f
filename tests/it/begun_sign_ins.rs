//! Whoever begins sign-ins and does not end them keeps nobody else from signing in.

use std::time::Duration;

use esecured::{domain::timestamp::Timestamp, store::ceremonies};

use crate::support::{Browser, Database, TestApp, browser::Page, on_both_databases};

async fn start(database: Database) -> TestApp {
    TestApp::start_with(database, |config| {
        let port = config.server.public_url.port().unwrap();
        config.server.public_url = format!("http://localhost:{port}").parse().unwrap();
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.portal.passkeys = true;
    })
    .await
}

/// Somebody at this address begins to sign in with a passkey.
async fn begins(browser: &Browser, from: &str) {
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", from)];
    let begun: Page = browser.submit_with("/login/passkey", &[], &headers).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    assert_eq!(begun.location.as_deref(), Some("/passkey"));
}

/// Whether the device of whoever has begun is still asked.
async fn is_asked(browser: &Browser) -> bool {
    browser.open("/passkey").await.status == 200
}

async fn one_place_uses_up_its_own_room_alone(database: Database) {
    let app = start(database).await;
    let (anna, colleague, stranger) = (app.browser(), app.browser(), app.browser());
    begins(&anna, "192.0.2.1").await;
    begins(&colleague, "2001:db8::1").await;
    app.pass(Duration::from_secs(1));
    for number in 0..100 {
        begins(&stranger, &format!("2001:db8::{number:x}")).await;
    }
    // What began first in that place has given way to what began last, and to nobody else.
    assert!(!is_asked(&colleague).await);
    assert!(is_asked(&stranger).await);
    assert!(is_asked(&anna).await);
    begins(&colleague, "2001:db8::1").await;
    assert!(is_asked(&colleague).await);
}

async fn many_places_that_fill_all_room_keep_nobody_out(database: Database) {
    let app = start(database).await;
    let mut tx = app.app.store.begin().await.unwrap();
    let filled = sqlx::query(
        "WITH RECURSIVE filled (n) AS (
             SELECT 1 UNION ALL SELECT n + 1 FROM filled WHERE n < 10000
         )
         INSERT INTO ceremony (id, kind, state, attempts, created_at)
         SELECT CAST(1000000000000000 + n % 101 AS TEXT) || '.' || CAST(n AS TEXT),
                'passkey.sign_in', '{}', 0, $1 + n
         FROM filled",
    );
    let now: Timestamp = app.app.clock.now();
    let filled = filled.bind(now.as_micros()).execute(&mut *tx).await;
    assert_eq!(filled.unwrap().rows_affected(), 10_000);
    tx.commit().await.unwrap();

    let anna = app.browser();
    begins(&anna, "192.0.2.1").await;
    assert!(is_asked(&anna).await);
    // The first place has one more than the others: its oldest is gone.
    let mut conn = app.app.store.read().await.unwrap();
    assert_eq!(ceremonies::strangers(&mut conn).await.unwrap(), 10_000);
    let gone = ceremonies::find(&mut conn, "1000000000000001.1").await;
    assert_eq!(gone.unwrap(), None);
}

on_both_databases!(
    one_place_uses_up_its_own_room_alone,
    many_places_that_fill_all_room_keep_nobody_out,
);
