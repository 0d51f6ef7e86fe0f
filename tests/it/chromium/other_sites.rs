//! What another site makes a signed-in browser send has no effect.

use axum::{Router, extract::Query, response::Html, routing::get};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::support::{ANNA, Chromium, Database, TULIPS, TestApp, routes, test_app::PASSWORD};

/// Another port of the same host, whose pages get the cookies along; and another host.
const OTHER_HOSTS: [&str; 2] = ["127.0.0.1", "127.0.0.2"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_another_site_change_nothing() {
    let app = TestApp::start(Database::Sqlite).await;
    let request = app.joris_asks().await.to_string();
    app.deliver_mail().await;
    let reject = app.last_mail_to(ANNA).path("/r/");
    let anna = Chromium::start(&app, "nl").await;
    anna.open("/authorized-users").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.shows("joris@").await;

    let forms: Vec<String> = routes::all()
        .into_iter()
        // The mailbox of the developer is no part of a real installation.
        .filter(|route| route.methods.contains(&"post") && !route.pattern.starts_with("/dev/"))
        .map(|route| match route.pattern.as_str() {
            "/r/{token}" => reject.clone(),
            pattern => pattern
                .replace("{id}", &request)
                .replace("{token}", "x")
                .replace("{name}", "x"),
        })
        .collect();
    assert!(forms.contains(&"/authorized-users".to_owned()), "{forms:?}");
    let before = app.dump().await;
    for host in OTHER_HOSTS {
        let other = other_site(host).await;
        for path in &forms {
            let action = format!("{}{path}", app.base);
            anna.is_lured_to(&other, &action, &request).await;
            assert_eq!(app.dump().await, before, "{host} {path}");
        }
    }
    // She is still who she was: the same form of our own page works.
    anna.open("/authorized-users").await;
    anna.tick(crate::support::JORIS)
        .await
        .press("Goedkeuren")
        .await;
    assert_ne!(app.dump().await, before);
    anna.leave().await;
}

#[derive(Deserialize)]
struct Lure {
    action: String,
    request: String,
}

/// A site with one page: a form to wherever it is told, with every field that one of ours has.
async fn other_site(host: &str) -> String {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let page = |Query(lure): Query<Lure>| async move { Html(form(&lure)) };
    let router = Router::new().route("/", get(page));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

fn form(lure: &Lure) -> String {
    let request = &lure.request;
    let fields: String = [
        ("action", "approve"),
        ("entry", request),
        (&format!("status_{request}"), "pending"),
        ("status", "pending"),
        ("list", "pending"),
        ("account", TULIPS),
        ("email", "mallory@elsewhere.example"),
        ("emails", "mallory@elsewhere.example"),
        ("name", "Mallory"),
        ("language", "en"),
        ("domain", "elsewhere.example"),
        ("kind", "authorized"),
        ("password", PASSWORD),
        ("new_password", "four green bicycles"),
        ("code", "000000"),
        ("csrf", ""),
        ("nonce", ""),
    ]
    .iter()
    .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
    .collect();
    format!(
        "<!doctype html><title>Win</title>
         <form method=\"post\" action=\"{}\">{fields}<button>Win</button></form>",
        lure.action
    )
}

impl Chromium {
    /// Follows a link to another site and presses the button there.
    async fn is_lured_to(&self, site: &str, action: &str, request: &str) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("action", action)
            .append_pair("request", request)
            .finish();
        self.open_elsewhere(&format!("{site}/?{query}")).await;
        self.press("Win").await;
    }
}
