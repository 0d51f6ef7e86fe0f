//! The log of a whole journey: one request can be followed by its number, and no line of any crate,
//! at any level, says an address, a number, a link, a password or a word of a mail.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use crate::support::{
    ANNA, BRAM, Database, JORIS, Received, TULIPS, TestApp, on_both_databases, test_app::PASSWORD,
};

/// One line, with everything that was said in it.
#[derive(Clone, Debug, Default)]
struct Line {
    event: String,
    number: String,
    text: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, &format!("{value:?}"));
    }
}

impl Line {
    fn note(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => value.clone_into(&mut self.event),
            "request.number" => value.clone_into(&mut self.number),
            _ => {}
        }
        write!(self.text, " {}={value}", field.name()).unwrap();
    }
}

/// Hears everything that any crate says, at every level.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Line>>>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line {
            text: event.metadata().target().to_owned(),
            ..Line::default()
        };
        event.record(&mut line);
        self.0.lock().unwrap().push(line);
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut line = Line::default();
        attributes.record(&mut line);
        self.0.lock().unwrap().push(line);
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        values.record(&mut line);
        self.0.lock().unwrap().push(line);
    }
}

impl Listener {
    /// The one of this process.
    fn hears() -> &'static Self {
        static LISTENER: OnceLock<Listener> = OnceLock::new();
        LISTENER.get_or_init(|| {
            let listener = Self::default();
            let subscriber = tracing_subscriber::registry().with(listener.clone());
            tracing::subscriber::set_global_default(subscriber).unwrap();
            listener
        })
    }

    fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    /// The lines that say one of these.
    fn leaks(&self, secrets: &[String]) -> Vec<String> {
        let secrets: Vec<String> = secrets.iter().map(|secret| secret.to_lowercase()).collect();
        let said = |line: &Line| {
            let text = line.text.to_lowercase();
            secrets.iter().any(|secret| text.contains(secret))
        };
        let lines = self.lines().into_iter();
        lines.filter(said).map(|line| line.text).collect()
    }
}

/// What a mail must keep to itself.
fn secrets_of(mail: &Received) -> Vec<String> {
    let mut secrets: Vec<String> = ["/r/", "/u/"]
        .iter()
        .filter_map(|door| mail.text.split(door).nth(1))
        .map(|rest| rest[..76].to_owned())
        .collect();
    let addresses = [mail.reply_to.as_deref(), mail.envelope_from.as_deref()];
    let tokens = addresses
        .into_iter()
        .flatten()
        .filter_map(|address| address.split_once('+')?.1.split_once('@'))
        .map(|(token, _)| token.trim_start_matches("b.").to_owned());
    secrets.extend(tokens);
    secrets
}

async fn a_whole_journey_says_no_secret_and_names_its_request(database: Database) {
    const WRONG: &str = "four yellow unicycles";
    let listener = Listener::hears();
    let app = TestApp::start(database).await;
    let mut secrets: Vec<String> = [TULIPS, ANNA, BRAM, JORIS, PASSWORD, WRONG, &app.api_key]
        .map(str::to_owned)
        .to_vec();
    // In the requester's and the administrator's own words.
    secrets.extend(["Joris Jansen", "Retour van", "Doe maar niet"].map(str::to_owned));

    let id = app.joris_asks().await;
    let number = app.request(id).await.number.to_string();
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let done = app.rejects_by_link(&mail).await;
    app.deliver_mail().await;
    let undo = app.last_mail_to(ANNA).path("/u/");
    app.presses(&undo).await;
    app.arrives(&mail.answer(ANNA, "Doe maar niet? Of toch."))
        .await;
    app.arrives(&mail.answer(BRAM, "weigeren")).await;
    app.arrives(&mail.answer(ANNA, "weigeren, doe maar niet"))
        .await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(20 * 60));
    app.deliver_mail().await;

    // The portal, with guesses, and everything that is refused.
    let browser = app.browser();
    for _ in 0..6 {
        browser.sign_in(ANNA, WRONG, "/").await;
    }
    app.pass(Duration::from_secs(60));
    let signed_in = browser.sign_in(ANNA, PASSWORD, "/").await;
    let cookie = signed_in.header("set-cookie").split_once('=').unwrap().1;
    secrets.push(cookie.split(';').next().unwrap().to_owned());
    let piet = app.asks("piet@elsewhere.example", TULIPS).await;
    secrets.push("piet@elsewhere.example".to_owned());
    let list = browser.open("/authorized-users").await;
    secrets.push(list.field("csrf"));
    browser.decides(&[&piet.to_string()], "approve").await;
    let person = app.request(piet).await.requester;
    browser
        .overturns("approved", &format!("{TULIPS}.{person}"), "reject")
        .await;
    browser.open(&format!("/r/{}x", mail.token())).await;
    browser
        .open(&format!("/requests/{id}?secret={PASSWORD}"))
        .await;
    let bad = serde_json::json!({ "accountNumber": TULIPS, "email": format!("{JORIS}@") });
    app.post("/v1/access-requests", &bad).await;
    let out = browser.open("/").await.field("csrf");
    browser.submit("/logout", &[("csrf", &out)]).await;
    app.deliver_mail().await;
    secrets.extend([out, done.body.split("/u/").nth(1).unwrap()[..76].to_owned()]);
    for who in [ANNA, BRAM, JORIS] {
        for mail in app.mails_to(who) {
            secrets.extend(secrets_of(&mail));
        }
    }
    assert!(secrets.len() > 25 && secrets.iter().all(|secret| secret.len() > 8));

    let leaks = listener.leaks(&secrets);
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    for event in [
        "access_request.created",
        "access_request.repeated",
        "outbox.delivered",
        "link.viewed",
        "access_request.decided",
        "access_request.reopened",
        "inbox.received",
    ] {
        let lines = listener.lines();
        let named = |line: &&Line| line.event == event && line.number == number;
        let line = lines.iter().find(named);
        assert!(line.is_some(), "no {event} of {number}");
        assert!(line.unwrap().text.contains(&number));
    }
    for event in [
        "login.failed",
        "login.throttled",
        "login.succeeded",
        "inbox.ignored",
        "link.refused",
    ] {
        assert!(
            listener.lines().iter().any(|line| line.event == event),
            "{event}"
        );
    }

    // The check can fail: other crates are heard as well, and what is planted is found.
    let heard = |target: &str| {
        listener
            .lines()
            .iter()
            .any(|line| line.text.starts_with(target))
    };
    assert!(heard("sqlx") && heard("esecured"));
    for (number, secret) in secrets.iter().enumerate() {
        tracing::trace!(target: "another_crate", value = ?secret, "planted");
        assert_eq!(listener.leaks(&secrets).len(), number + 1, "{secret}");
    }
    listener
        .0
        .lock()
        .unwrap()
        .retain(|line| !line.text.contains("planted"));
}

on_both_databases!(a_whole_journey_says_no_secret_and_names_its_request);
