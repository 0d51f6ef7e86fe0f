//! What another site makes a signed-in browser send has no effect, not even where it has guessed
//! the token of the form; the same form of our own has.

use axum::{Router, extract::Query, response::Html, routing::get};
use tokio::net::TcpListener;

use super::{
    calls,
    roles::{Account, Role},
    table::Right,
    world::World,
};
use crate::support::{ANNA, Chromium, Database, test_app::PASSWORD};

/// Another port of the same host, whose pages get the cookies along; and another host.
const OTHER_HOSTS: [&str; 2] = ["localhost", "127.0.0.2"];

type Fields = Vec<(String, String)>;

/// Forms about oneself, with what makes them change something. The last one ends the session.
const ONES_OWN: [(&str, &[(&str, &str)]); 7] = [
    ("/settings/language", &[("language", "en")]),
    (
        "/settings/notifications",
        &[("notifications", "digest"), ("hour", "8")],
    ),
    ("/settings/totp/begin", &[]),
    ("/settings/sessions/end-others", &[]),
    (
        "/settings/password",
        &[
            ("new", "four green bicycles"),
            ("again", "four green bicycles"),
        ],
    ),
    (
        "/settings/stand-in",
        &[
            ("name", "Mallory"),
            ("email", "mallory@elsewhere.example"),
            ("language", "en"),
            ("first", "2026-05-14"),
            ("last", "2026-05-20"),
        ],
    ),
    ("/logout", &[]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_another_site_change_nothing_and_the_same_of_ours_do() {
    let world = World::new(Database::Sqlite).await;
    let anna = Chromium::start(&world.app, "nl").await;
    anna.open("/authorized-users").await;
    anna.signs_in(ANNA, PASSWORD).await;
    anna.open("/settings").await;
    let token = "return document.querySelector('input[name=csrf]').value";
    let token = anna.asks(token, Vec::new()).await;
    let mut others = Vec::new();
    for host in OTHER_HOSTS {
        others.push(other_site(host).await);
    }

    let forms = forms(&world).await;
    assert!(forms.len() > 15, "{}", forms.len());
    let before = world.dump().await;
    for (path, fields) in &forms {
        let mut lure = fields.clone();
        lure.push(("csrf".to_owned(), token.as_str().unwrap().to_owned()));
        for other in &others {
            let action = format!("{}{path}", world.app.base);
            anna.is_lured_to(other, &action, &lure).await;
            assert!(
                world.dump().await == before,
                "{other} changed something by {path}"
            );
        }
    }
    // She is still who she was.
    anna.open("/settings").await;
    anna.shows("Taal van je mails").await;
    anna.leave().await;
    for (path, fields) in &forms {
        let before = world.dump().await;
        let page = world.sends(Role::Anna, path, fields).await;
        let changed = world.dump().await != before;
        assert!(changed, "nothing changed by {path}: {}", page.status);
    }
}

/// Every form of an account, and those about oneself.
async fn forms(world: &World) -> Vec<(String, Fields)> {
    let mut forms = Vec::new();
    for (number, (_, right)) in calls().into_iter().enumerate() {
        let Right::Change(form) = right else { continue };
        let domain = format!("lure-{number}.example");
        forms.push(form(&world.more_things(Account::Tulips, &domain).await));
    }
    forms.extend(ONES_OWN.map(|(path, fields)| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        (path.to_owned(), fields.iter().map(owned).collect())
    }));
    forms
}

/// A site with one page: a form to wherever it is told, with the fields it is told.
async fn other_site(host: &str) -> String {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = |Query(lure): Query<Fields>| async move { Html(form(&lure)) };
    let router = Router::new().route("/", get(page));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{host}:{port}")
}

fn form(lure: &[(String, String)]) -> String {
    let (_, action) = &lure[0];
    let fields: String = lure[1..]
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
        .collect();
    format!(
        "<!doctype html><title>Win</title>
         <form method=\"post\" action=\"{action}\">{fields}<button>Win</button></form>"
    )
}

impl Chromium {
    /// Follows a link to another site and presses the button there.
    async fn is_lured_to(&self, site: &str, action: &str, fields: &[(String, String)]) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("action", action)
            .extend_pairs(fields)
            .finish();
        self.open_elsewhere(&format!("{site}/?{query}")).await;
        self.press("Win").await;
    }
}
