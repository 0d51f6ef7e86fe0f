//! What every answer carries, and that looking changes nothing.

use std::time::Duration;

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    http::health,
    workflow::manage,
};
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{ANNA, BRAM, Database, TestApp, browser::Page, on_both_databases, routes};

/// Every path that can be looked at, with a request that is open and one that is rejected.
async fn every_path(app: &TestApp) -> Vec<String> {
    let open = app.joris_asks().await;
    let rejected = app
        .asks("piet@elsewhere.example", crate::support::TULIPS)
        .await;
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    let about = |id| {
        mails
            .iter()
            .find(|mail| app.request_of(mail) == id)
            .unwrap()
    };
    let done = app.rejects_by_link(about(rejected)).await;
    app.deliver_mail().await;
    let undo = done.body.split("/u/").nth(1).unwrap();
    let undo = undo.split('"').next().unwrap();
    let eva = EmailAddress::parse("eva@tulips.example").unwrap();
    let number = AccountNumber::parse(crate::support::TULIPS).unwrap();
    manage::add_administrator(&app.app, &eva, &number, "Eva", Language::Nl, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let invitation = app.mails_to("eva@tulips.example");
    let invitation = invitation
        .iter()
        .find(|mail| mail.text.contains("/invite/"));
    let entry = app.request(rejected).await;
    let named = [
        invitation.unwrap().path("/invite/"),
        format!(
            "/authorized-users/{}.{}",
            entry.account.as_str(),
            entry.requester
        ),
        about(rejected).path("/r/"),
        app.mails_to(BRAM)[0].path("/r/"),
        format!("/u/{undo}"),
        "/r/x".to_owned(),
        "/login?next=/requests/1&language=en".to_owned(),
        "/authorized-users?status=rejected&select=all&q=piet".to_owned(),
        format!("/requests/{rejected}"),
        "/requests/nonsense".to_owned(),
        "/nothing".to_owned(),
        "/api/v1/messages".to_owned(),
    ];
    let of_routes = routes::all().into_iter().map(|route| {
        let id = match route.pattern.as_str() {
            "/r/{token}" => return about(open).path("/r/"),
            pattern if pattern.starts_with("/dev/") || pattern.starts_with("/api/") => {
                "1".to_owned()
            }
            _ => open.to_string(),
        };
        let pattern = route.pattern.replace("{id}", &id).replace("{entry}", &id);
        pattern.replace("{token}", "x").replace("{name}", "x")
    });
    let paths: Vec<String> = of_routes.chain(named).collect();
    assert!(!paths.iter().any(|path| path.contains('{')), "{paths:?}");
    paths
}

async fn looking_changes_no_row(database: Database) {
    let app = TestApp::start(database).await;
    let paths = every_path(&app).await;
    let anna = app.signed_in(ANNA).await;
    let nobody = app.browser();
    let key = format!("Bearer {}", app.api_key);
    app.pass(Duration::from_secs(120));
    let before = app.dump().await;
    let mails = app.mails_to(ANNA).len();
    for path in &paths {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for browser in [&anna, &nobody] {
                for headers in [vec![], vec![("authorization", key.as_str())]] {
                    let page = browser.send(method.clone(), path, &headers).await;
                    assert!(page.status < 500, "{method} {path}: {}", page.status);
                    if method != Method::GET {
                        let status = page.status;
                        assert!(method == Method::HEAD || status == 405 || status == 404);
                    }
                }
            }
        }
        assert_eq!(app.dump().await, before, "{path}");
    }
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), mails);
}

on_both_databases!(looking_changes_no_row);

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_in_its_place() {
    let app = TestApp::start(Database::Sqlite).await;
    let paths = every_path(&app).await;
    let anna = app.signed_in(ANNA).await;
    for path in &paths {
        let page = anna.open(path).await;
        let is_valid = path.starts_with("/authorized-users/1")
            || path.len() > "/invite/x".len() && path.starts_with("/invite/");
        assert!(!is_valid || page.status == 200, "{path}: {}", page.status);
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert!(page.header("x-robots-tag").contains("noindex"), "{path}");
        assert!(!page.header("x-request-id").is_empty(), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval"), "{path}: {policy}");
        if !path.starts_with("/dev/") {
            assert!(policy.contains("frame-ancestors 'none'"), "{path}");
            assert!(policy.contains("form-action 'self'"), "{path}");
            assert!(!policy.contains("script-src"), "{path}");
            assert!(!policy.contains("unsafe-inline"), "{path}");
        }
        let caching = match path.as_str() {
            "/style.css" | "/v1/openapi.json" => "public, max-age=3600",
            "/icon.svg" => "public, max-age=86400",
            // So is the script, where passkeys are offered; here they are not.
            _ => "no-store",
        };
        assert_eq!(page.header("cache-control"), caching, "{path}");
        keeps_to_itself(path, &page, &app.base);
    }
}

/// Our pages need no script, no style in the page, and nobody else's host.
#[track_caller]
fn keeps_to_itself(path: &str, page: &Page, base: &str) {
    if path.starts_with("/dev/") || path.starts_with("/api/") || path.ends_with(".css") {
        return;
    }
    for foreign in ["<script", " style=\"", "<style", "onclick", "javascript:"] {
        assert!(!page.body.contains(foreign), "{path} has {foreign}");
    }
    for url in page.body.split("src=\"").skip(1) {
        assert!(url.starts_with('/') || url.starts_with(base), "{path}");
    }
}

#[tokio::test]
async fn the_test_mailbox_answers_under_a_name_of_this_machine_alone() {
    let app = TestApp::start(Database::Sqlite).await;
    let browser = app.browser();
    for (host, status) in [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
    ] {
        for path in ["/dev/mailbox", "/api/v1/messages"] {
            let page = browser.send(Method::GET, path, &[("host", host)]).await;
            assert_eq!(page.status, status, "{host} {path}");
        }
    }
}

#[tokio::test]
async fn the_pages_behind_links_set_no_cookie_and_need_none() {
    let app = TestApp::start(Database::Sqlite).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    // `presses` asks with a browser of its own, `client` keeps no cookies at all.
    let page = app.browser().open(&mail.path("/r/")).await;
    let done = app.rejects_by_link(&mail).await;
    for page in [&page, &done] {
        assert_eq!(page.status, 200);
        assert_eq!(page.header("set-cookie"), "");
    }
    let elsewhere = app.http.get(format!("{}{}", app.base, mail.path("/r/")));
    let elsewhere = elsewhere.send().await.unwrap();
    assert_eq!(elsewhere.status(), 200);
    assert!(elsewhere.text().await.unwrap().contains("Al beslist"));
}

#[tokio::test]
async fn what_is_not_there_is_404_in_both_languages_and_not_the_sign_in() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    for path in ["/nothing", "/authorized-users/x", "/admin", "/r", "/.env"] {
        for browser in [&anna, &app.browser()] {
            let page = browser.open(path).await;
            assert_eq!(page.status, 404, "{path}");
            page.shows("Deze pagina bestaat niet");
            // Whose language is not known reads both.
            if !page.body.contains("Anna de Wit") {
                page.shows("This page does not exist");
            }
            // What to mention to whoever runs this.
            let id = page.header("x-request-id").to_owned();
            page.shows(&id);
        }
    }
    let refused = anna.send(Method::DELETE, "/authorized-users", &[]).await;
    assert_eq!(refused.status, 405);
    assert!(refused.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn health_carries_the_headers_of_every_answer() {
    let app = TestApp::start(Database::Sqlite).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let health = health::router(app.app.clone(), health::Stopping::default());
    tokio::spawn(async move { axum::serve(listener, health).await });
    for (path, begins) in [
        ("/livez", "ok\n"),
        ("/readyz", "ok\n"),
        ("/metrics", "# HELP "),
    ] {
        let answer = crate::support::Browser::at(&base).open(path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.starts_with(begins), "{}", answer.body);
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("x-robots-tag").contains("noindex"));
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_the_same_headers() {
    let app = TestApp::start(Database::Sqlite).await;
    let address = app.base.trim_start_matches("http://");
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000));
    let many: String = (0..150).map(|n| format!("x-{n}: y\r\n")).collect();
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    for (sent, status) in [
        ("\u{16}\u{3}nothing\r\n\r\n", 400),
        (&long, 414),
        (&many, 431),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        for header in [
            "content-security-policy: default-src 'none'; ",
            "x-content-type-options: nosniff\r\n",
            "referrer-policy: no-referrer\r\n",
            "cache-control: no-store\r\n",
            "x-robots-tag: noindex, nofollow\r\n",
        ] {
            assert_eq!(answer.matches(header).count(), 1, "{status}: {answer}");
        }
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
