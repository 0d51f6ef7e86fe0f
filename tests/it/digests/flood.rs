//! Whatever comes in, mails go out under the limits, and no request is left without one.

use std::{collections::HashSet, time::Duration};

use esecured::{
    config::{Config, Limit},
    domain::{
        account::Esecure, account_number::AccountNumber, email_address::EmailAddress,
        language::Language,
    },
    workflow::{gather, manage},
};
use futures_util::{StreamExt, stream};

use super::{HOUR, address, asks, asks_as, digests_to, requests_in};
use crate::support::{
    ANNA, BRAM, Database, TULIPS, TestApp, colleague::colleague, invariants, on_both_databases,
    test_app::without_limits,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn limit(count: u32, per: Duration) -> Option<Limit> {
    Some(Limit { count, per })
}

/// Nothing counts but the mails to one administrator.
fn only_mails(config: &mut Config, most: Option<Limit>) {
    config.requests.notify_requester = false;
    without_limits(config);
    config.limits.mails_per_administrator = most;
}

/// What somebody was mailed about, and in how many mails.
fn mailed_to(app: &TestApp, address: &str) -> (usize, HashSet<String>) {
    let mails = app.mails_to(address);
    let requests = mails.iter().flat_map(requests_in).collect();
    (mails.len(), requests)
}

async fn hundreds_of_requests_in_an_hour_are_thirty_mails_and_then_digests(database: Database) {
    // A server is asked over a wire, and has the same to show with fewer.
    let (how_many, expected) = match database {
        Database::Sqlite => (500, [30, 60, 89, 89]),
        Database::Postgres => (190, [30, 50, 50, 50]),
    };
    let app = TestApp::start_with(database, |config| only_mails(config, limit(30, HOUR))).await;
    app.dismiss(BRAM, TULIPS).await;
    let asked: HashSet<String> = stream::iter(0..how_many)
        .map(|number| asks_as(&app, number))
        .buffer_unordered(16)
        .collect()
        .await;
    assert_eq!(asked.len(), how_many);
    app.deliver_mail().await;
    assert_eq!(mailed_to(&app, ANNA).0, 30);
    assert!(digests_to(&app, ANNA).is_empty());

    // The window is full until an hour has passed.
    app.pass(HOUR - Duration::from_secs(1));
    assert_eq!(app.makes_digests().await, 0);
    let mut mails = vec![mailed_to(&app, ANNA).0];
    for wait in [Duration::from_secs(1), HOUR, HOUR] {
        app.pass(wait);
        app.makes_digests().await;
        app.deliver_mail().await;
        mails.push(mailed_to(&app, ANNA).0);
    }
    assert_eq!(mails, expected);
    let (_, requests) = mailed_to(&app, ANNA);
    assert_eq!(requests, asked);
    let first = &digests_to(&app, ANNA)[0];
    assert!(
        first.subject.starts_with("8 aanvragen wachten op je"),
        "{}",
        first.subject
    );
    assert!(first.raw.len() <= 15_000, "{}", first.raw.len());
    invariants::hold(&app.app).await;
}

/// A further account, of which Anna is the one administrator.
async fn anna_decides_for(app: &TestApp, number: &str) {
    let number = crate::api::add_account(app, number, Esecure::Active).await;
    let anna = EmailAddress::parse(ANNA).unwrap();
    manage::add_administrator(&app.app, &anna, &number, "Anna de Wit", Language::Nl, None)
        .await
        .unwrap();
}

async fn what_is_above_a_limit_of_requester_domain_or_account_goes_into_a_digest(
    database: Database,
) {
    let roses = "998877665";
    for (which, asking) in [
        (
            "per_requester",
            [("j@a.example", TULIPS), ("j@a.example", roses)],
        ),
        (
            "per_domain",
            [("j@a.example", TULIPS), ("k@b.a.example", TULIPS)],
        ),
        (
            "per_account",
            [("j@a.example", TULIPS), ("k@b.example", TULIPS)],
        ),
    ] {
        let app = TestApp::start_with(database, |config| {
            only_mails(config, limit(30, HOUR));
            let one_a_day = limit(1, DAY);
            match which {
                "per_requester" => config.limits.per_requester = one_a_day,
                "per_domain" => config.limits.per_domain = one_a_day,
                _ => config.limits.per_account = one_a_day,
            }
        })
        .await;
        anna_decides_for(&app, roses).await;
        for (email, account) in asking {
            asks(&app.app, email, account).await;
        }
        app.deliver_mail().await;
        assert_eq!(mailed_to(&app, ANNA).0, 1, "{which}");
        // The second waits an hour for company, stands in the portal meanwhile, and then comes.
        app.signed_in(ANNA)
            .await
            .open("/authorized-users?status=pending")
            .await
            .shows(asking[1].0);
        assert_eq!(app.makes_digests().await, 0, "{which}");
        app.pass(HOUR);
        app.makes_digests().await;
        app.deliver_mail().await;
        let digests = digests_to(&app, ANNA);
        assert_eq!(digests.len(), 1, "{which}");
        assert!(digests[0].text.contains(asking[1].0), "{which}");
        assert!(digests[0].subject.starts_with("1 aanvraag wacht op je"));
        // A day later there is room again.
        app.pass(DAY);
        let before = mailed_to(&app, ANNA).0;
        let next = match which {
            "per_requester" => "j@a.example",
            "per_domain" => "l@a.example",
            _ => "l@c.example",
        };
        // Nobody has asked for the third account, and Anna decides for it too.
        let third = if which == "per_account" {
            TULIPS
        } else {
            "998877666"
        };
        if third != TULIPS {
            anna_decides_for(&app, third).await;
        }
        asks(&app.app, next, third).await;
        app.deliver_mail().await;
        assert_eq!(mailed_to(&app, ANNA).0, before + 1, "{which}");
        invariants::hold(&app.app).await;
    }
}

/// Roses is asked for without end: Anna hears of Tulips at once all the same, and a digest has a place for it.
async fn one_company_does_not_silence_another(database: Database) {
    let roses = "998877665";
    let app = TestApp::start_with(database, |config| only_mails(config, limit(2, HOUR))).await;
    app.dismiss(BRAM, TULIPS).await;
    anna_decides_for(&app, roses).await;
    app.deliver_mail().await;
    let before = mailed_to(&app, ANNA).0;
    for number in 0..30 {
        asks(&app.app, &address(number), roses).await;
    }
    let mut of_tulips = Vec::new();
    for number in 30..33 {
        of_tulips.push(asks_as(&app, number).await);
    }
    app.deliver_mail().await;
    let (mails, requests) = mailed_to(&app, ANNA);
    assert_eq!(mails - before, 4, "two about each");
    assert!(requests.contains(&of_tulips[0]) && requests.contains(&of_tulips[1]));
    // The third came after twenty-eight of the other that wait, and does not wait for them: the digests
    // of the next hour carry sixteen.
    app.pass(HOUR);
    app.makes_digests().await;
    app.deliver_mail().await;
    let digests = digests_to(&app, ANNA);
    let carried: Vec<String> = digests.iter().flat_map(requests_in).collect();
    assert!(carried.len() < 29 && carried.contains(&of_tulips[2]));
    // While Roses is full, with digests, too, what is gathered for Tulips still has its turn.
    for number in 33..36 {
        asks(&app.app, &address(number), roses).await;
    }
    for number in 36..40 {
        of_tulips.push(asks_as(&app, number).await);
    }
    app.pass(HOUR - Duration::from_secs(1));
    app.makes_digests().await;
    app.pass(Duration::from_secs(1));
    app.makes_digests().await;
    app.deliver_mail().await;
    let (_, requests) = mailed_to(&app, ANNA);
    assert!(of_tulips.iter().all(|id| requests.contains(id)));
    invariants::hold(&app.app).await;
}

async fn off_is_no_limit(database: Database) {
    let app = TestApp::start_with(database, |config| only_mails(config, None)).await;
    app.dismiss(BRAM, TULIPS).await;
    for number in 0..40 {
        asks_as(&app, number).await;
    }
    app.deliver_mail().await;
    assert_eq!(mailed_to(&app, ANNA).0, 40);
    let mut conn = app.app.store.read().await.unwrap();
    let counted: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM mail_count")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(counted, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_daemons_share_the_limits_and_the_digests() {
    let app = TestApp::start_with(Database::Postgres, |config| {
        only_mails(config, limit(10, HOUR));
        config.limits.per_domain = limit(12, DAY);
    })
    .await;
    let other = colleague(&app).await;
    let daemons = [app.app.clone(), other.clone()];
    let asked: HashSet<String> = stream::iter(0..40)
        .map(|number| {
            let daemon = daemons[number % 2].clone();
            async move { asks(&daemon, &format!("joris{number}@elsewhere.example"), TULIPS).await }
        })
        .buffer_unordered(8)
        .collect()
        .await;
    app.deliver_mail().await;
    assert_eq!((mailed_to(&app, ANNA).0, mailed_to(&app, BRAM).0), (10, 10));
    app.pass(HOUR);
    // Both look for what is due at the same time.
    for _ in 0..4 {
        let (one, two) = tokio::join!(
            gather::make_due_digests(&app.app),
            gather::make_due_digests(&other)
        );
        one.unwrap();
        two.unwrap();
    }
    app.deliver_mail().await;
    for address in [ANNA, BRAM] {
        let (_, requests) = mailed_to(&app, address);
        assert_eq!(requests, asked);
        let mut carried: Vec<String> = digests_to(&app, address)
            .iter()
            .flat_map(requests_in)
            .collect();
        carried.sort();
        let all = carried.len();
        carried.dedup();
        assert_eq!((carried.len(), all), (30, 30), "each is carried once");
    }
    invariants::hold(&app.app).await;
    other.store.close().await;
}

async fn the_longest_addresses_leave_room_for_fewer(database: Database) {
    let app = TestApp::start_with(database, |config| only_mails(config, limit(1, HOUR))).await;
    app.dismiss(BRAM, TULIPS).await;
    asks_as(&app, 0).await;
    let label = "é".repeat(20);
    let domain = [label.as_str(); 4].join(".");
    for number in 10..25 {
        let long = format!("{}{number}@{domain}.example", "x".repeat(62));
        asks(&app.app, &long, TULIPS).await;
    }
    let mut carried = 0;
    for _ in 0..6 {
        app.pass(HOUR);
        app.makes_digests().await;
        app.deliver_mail().await;
    }
    let digests = digests_to(&app, ANNA);
    for digest in &digests {
        assert!(digest.raw.len() <= 15_000, "{}", digest.raw.len());
        let requests = requests_in(digest).len();
        assert!(requests < 8, "{requests}");
        carried += requests;
    }
    assert_eq!(carried, 15);
    invariants::hold(&app.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_administrator_of_a_busy_account_is_not_flooded() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        only_mails(config, limit(3, HOUR));
    })
    .await;
    for number in 0..8 {
        asks_as(&app, number).await;
    }
    let carla = EmailAddress::parse("carla@tulips.example").unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let password = Some(crate::support::test_app::PASSWORD.into());
    manage::add_administrator(
        &app.app,
        &carla,
        &tulips,
        "Carla Vos",
        Language::En,
        password,
    )
    .await
    .unwrap();
    app.deliver_mail().await;
    // What waits comes in one mail, at once.
    assert_eq!(mailed_to(&app, carla.as_typed()).0, 0);
    app.makes_digests().await;
    app.deliver_mail().await;
    let (mails, requests) = mailed_to(&app, carla.as_typed());
    assert_eq!((mails, requests.len()), (1, 8));
    invariants::hold(&app.app).await;
}

on_both_databases!(
    hundreds_of_requests_in_an_hour_are_thirty_mails_and_then_digests,
    what_is_above_a_limit_of_requester_domain_or_account_goes_into_a_digest,
    one_company_does_not_silence_another,
    off_is_no_limit,
    the_longest_addresses_leave_room_for_fewer,
);
