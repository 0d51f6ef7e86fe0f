//! What a monitoring system is told, and when it wakes somebody.

use std::{fs, process::Command, time::Duration};

use axum::{
    body::Body,
    http::{Request, header},
};
use esecured::{
    http,
    worker::messenger,
    workflow::{expire, read_mail::Effect},
};
use reqwest::Method;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{
    ANNA, Database, Received, TULIPS, TestApp,
    captured_log::CapturedLog,
    own_word::MetricsPage,
    process::{installed, run},
    receiver::Receiver,
    test_app::without_limits,
};

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/esecured.rules.yml");
const ALERTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/alerts.test.yml"
);

fn promtool() -> Command {
    Command::new(installed(&["/usr/bin/promtool"], "prometheus"))
}

/// What it has to say of a page is an error.
fn promtool_likes(page: &MetricsPage) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, &page.0).unwrap();
    let script = "exec \"$0\" check metrics <\"$1\"";
    let program = promtool();
    run(Command::new("sh")
        .args(["-c", script])
        .arg(program.get_program())
        .arg(file.path()));
}

/// Something happens by every door, and some things go wrong.
async fn a_busy_day(app: &TestApp) {
    let receiver = Receiver::start().await;
    let endpoint = json!({ "url": receiver.url() });
    app.post("/v1/webhook-endpoints", &endpoint).await;
    let mut ids = Vec::new();
    for name in ["joris", "marie", "piet", "els"] {
        let email = format!("{name}@elsewhere.example");
        ids.push(app.asks(&email, TULIPS).await);
        app.asks(&email, TULIPS).await;
    }
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    let about = |id| -> &Received {
        let mut mails = mails.iter();
        mails.find(|mail| app.request_of(mail) == id).unwrap()
    };
    app.rejects_by_link(about(ids[0])).await;
    app.deliver_mail().await;
    app.presses(&app.last_mail_to(ANNA).path("/u/")).await;

    let stranger = about(ids[1]).answer("eve@elsewhere.example", "weigeren");
    assert_eq!(app.arrives(&stranger).await.effect, Effect::Ignored);
    let answer = about(ids[1]).answer(ANNA, "weigeren");
    assert_eq!(app.arrives(&answer).await.effect, Effect::Rejected);

    let stranger = app.browser();
    let wrong = stranger.sign_in(ANNA, "wrong password, sorry", "/").await;
    assert_eq!(wrong.status, 401);
    let browser = app.signed_in(ANNA).await;
    browser.decides(&[&ids[2].to_string()], "approve").await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(15 * 86_400));
    expire::expire_due(&app.app, 9).await.unwrap();
    app.deliver_mail().await;
    messenger::deliver_due(&app.app, "test").await.unwrap();
}

#[tokio::test]
async fn what_the_log_says_is_counted_and_promtool_finds_no_fault() {
    let app = TestApp::start(Database::Sqlite).await;
    let quiet = TestApp::start(Database::Sqlite).await;
    let log = CapturedLog::start();
    a_busy_day(&app).await;

    let page = MetricsPage::of(&app.app).await;
    let requests = "esecured_access_requests";
    let mails = "esecured_outbox_mails_total".to_owned();
    let sign_ins = "esecured_sign_ins_total".to_owned();
    let inbox = "esecured_inbox_mails_total".to_owned();
    let webhooks = "esecured_webhook_deliveries_total".to_owned();
    for (events, metric, label) in [
        (
            &["access_request.created"][..],
            format!("{requests}_created_total"),
            "rule=\"ask\"",
        ),
        (
            &["access_request.decided", "access_request.expired"],
            format!("{requests}_decided_total"),
            "",
        ),
        (
            &["access_request.repeated"],
            format!("{requests}_repeated_total"),
            "",
        ),
        (
            &["access_request.reopened"],
            format!("{requests}_reopened_total"),
            "",
        ),
        (&["outbox.delivered"], mails.clone(), "\"delivered\""),
        (&["outbox.dropped"], mails, "\"dropped\""),
        (&["inbox.received"], inbox.clone(), "effect=\"rejected\""),
        (&["inbox.ignored"], inbox, "effect=\"ignored\""),
        (&["login.succeeded"], sign_ins.clone(), "\"succeeded\""),
        (&["login.failed"], sign_ins, "\"failed\""),
        (&["webhook.delivered"], webhooks, "\"delivered\""),
    ] {
        let logged: usize = events.iter().map(|event| log.of(event).len()).sum();
        assert!(logged > 0, "{events:?}");
        assert_eq!(page.sum(&metric, label), logged as f64, "{metric} {label}");
    }
    let doors = ["link", "reply", "portal", "timer"];
    for (door, decided) in doors.into_iter().zip([1.0, 1.0, 1.0, 2.0]) {
        let label = format!("door=\"{door}\",rule=\"ask\"");
        assert_eq!(
            page.sum(&format!("{requests}_decided_total"), &label),
            decided,
            "{door}"
        );
    }
    let refused = "esecured_inbox_replies_refused_total{reason=\"other_sender\"}";
    assert!(page.series().contains(refused));
    let asked =
        "esecured_http_requests_total{code=\"201\",method=\"POST\",route=\"/v1/access-requests\"}";
    assert!(page.series().contains(asked), "{:?}", page.series());

    // Another daemon, also of this process, has counted nothing of it.
    let other = MetricsPage::of(&quiet.app).await;
    assert_eq!(other.sum(&format!("{requests}_created_total"), ""), 0.0);
    promtool_likes(&page);
    promtool_likes(&other);
}

#[tokio::test]
async fn ten_thousand_paths_methods_and_addresses_make_no_more_series() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        without_limits(config);
        config.api.rate_limit = None;
    })
    .await;
    let router = http::router(app.app.clone());
    let bearer = format!("Bearer {}", app.api_key);
    let ask = async |number: usize| {
        let (method, path) = match number % 10 {
            0 => (Method::GET, format!("/r/{number}")),
            1 => (Method::GET, format!("/requests/{number}")),
            2 => (Method::GET, format!("/v1/access-requests/{number}")),
            3 => (Method::POST, "/v1/access-checks".to_owned()),
            4 => {
                let made_up = format!("BREW{number}");
                (made_up.parse().unwrap(), "/login".to_owned())
            }
            _ => (Method::GET, format!("/v1/{number}/nothing")),
        };
        let email = format!("joris{number}@elsewhere{number}.example");
        let body = json!({ "accountNumber": TULIPS, "email": email });
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, &bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        router.clone().oneshot(request.unwrap()).await.unwrap()
    };
    for number in 0..20 {
        ask(number).await;
    }
    let few = MetricsPage::of(&app.app).await;
    for number in 20..10_000 {
        ask(number).await;
    }
    let many = MetricsPage::of(&app.app).await;
    assert_eq!(few.series(), many.series());
    assert_eq!(many.sum("esecured_http_requests_total", ""), 10_000.0);
    assert!(many.series().len() < 500);
    for personal in ["elsewhere", "BREW", "esk_"] {
        assert!(!many.0.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn while_the_database_is_away_the_rest_is_told_all_the_same() {
    let app = TestApp::start(Database::Sqlite).await;
    app.joris_asks().await;
    let page = MetricsPage::of(&app.app).await;
    let in_database = "esecured_access_requests_open{state=\"unreminded\"}";
    assert_eq!(page.sum("esecured_database_up", ""), 1.0);
    assert_eq!(page.sum(in_database, ""), 1.0);
    app.app.store.close().await;
    let page = MetricsPage::of(&app.app).await;
    assert_eq!(page.sum("esecured_database_up", ""), 0.0);
    assert!(!page.series().contains(in_database));
    assert_eq!(page.sum("esecured_access_requests_created_total", ""), 1.0);
}

#[test]
fn the_alert_rules_are_good_ask_for_what_there_is_and_each_has_its_story() {
    run(promtool().args(["check", "rules", RULES]));
    run(promtool().args(["test", "rules", ALERTS]));
    let catalogue = include_str!("../../src/metrics/catalogue.rs");
    let rules = fs::read_to_string(RULES).unwrap();
    let stories = fs::read_to_string(ALERTS).unwrap();
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut alerts = 0;
    for line in rules.lines().map(str::trim) {
        if let Some(expr) = line.strip_prefix("expr: ") {
            let names = expr.split(|c| !is_of_name(c));
            for name in names.filter(|name| name.starts_with("esecured_")) {
                assert!(catalogue.contains(&format!("\"{name}\"")), "{name}");
            }
        }
        if let Some(alert) = line.strip_prefix("- alert: ") {
            assert!(stories.contains(alert), "{alert}");
            alerts += 1;
        }
    }
    assert!(alerts > 10, "{alerts}");
}
