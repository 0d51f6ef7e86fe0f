//! Requests that expire by the hundred are mailed about under the limits too.

use std::time::Duration;

use esecured::{config::Limit, workflow::expire};

use super::{HOUR, address, asks_as};
use crate::support::{Database, TestApp, invariants, on_both_databases, test_app::without_limits};

const ASKED: usize = 6;

async fn delivered(app: &TestApp, kind: &str) -> i64 {
    let mut conn = app.app.store.read().await.unwrap();
    sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE kind = $1 AND status = 'delivered'")
        .bind(kind)
        .fetch_one(&mut *conn)
        .await
        .unwrap()
}

async fn what_was_above_a_limit_expires_without_a_mail_to_whoever_was_named(database: Database) {
    let app = TestApp::start_with(database, |config| {
        without_limits(config);
        config.limits.per_account = Some(Limit {
            count: 5,
            per: HOUR * 24,
        });
        config.limits.mails_per_administrator = Some(Limit {
            count: 3,
            per: HOUR,
        });
    })
    .await;
    for number in 0..ASKED {
        asks_as(&app, number).await;
    }
    app.deliver_mail().await;
    assert_eq!(delivered(&app, "requester_received").await, 5);
    // Anna and Bram were asked about three each, and hear of the others in a digest.
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 2);
    app.deliver_mail().await;

    app.pass(Duration::from_secs(15 * 24 * 3600));
    assert_eq!(expire::expire_due(&app.app, 99).await.unwrap(), ASKED);
    app.deliver_mail().await;
    // Who was told that the request was received hears how it ended; whoever was only named does not.
    assert_eq!(delivered(&app, "requester_expired").await, 5);
    for number in 0..ASKED {
        let heard = app.mails_to(&address(number)).len();
        assert!(heard == 0 || heard == 2, "{heard}");
    }
    // Administrators got as many as an hour may bring each of them.
    assert_eq!(delivered(&app, "expired").await, 2 * 3);
    // That takes no room from whoever asks now.
    asks_as(&app, ASKED).await;
    app.deliver_mail().await;
    assert_eq!(delivered(&app, "approval_request").await, 2 * (3 + 1));
    invariants::hold(&app.app).await;
}

on_both_databases!(what_was_above_a_limit_expires_without_a_mail_to_whoever_was_named);
