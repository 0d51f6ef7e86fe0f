//! Living through a history, and looking at it from all four sides after each step.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use esecured::{domain::request::RequestId, worker::messenger, workflow::expire};
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::timeout};

use super::{
    Requester, Step,
    model::{Answered, Known, Model},
};
use crate::support::{
    ANNA, BRAM, Browser, Database, Received, TULIPS, TestApp, invariants,
    receiver::Receiver,
    test_app::{BEGINNING, without_limits},
};

const REQUESTS: &str = "/v1/access-requests";
const MINUTE: Duration = Duration::from_secs(60);
const TWO_WEEKS: Duration = Duration::from_secs(14 * 86_400 + 3600);
const SOON: Duration = Duration::from_secs(30);

/// A history as it is lived.
pub struct Story {
    app: Arc<TestApp>,
    receiver: Receiver,
    bram: Browser,
    joris: Model,
    mila: Model,
    /// Every event of the feed so far, and where the next ones stand.
    events: Vec<Value>,
    cursor: Option<String>,
    reports: usize,
}

impl Story {
    /// Lives through it; panics where two views differ. The kinds of events that were met.
    pub async fn is_told(database: Database, steps: &[Step]) -> BTreeSet<String> {
        let app = Arc::new(TestApp::start_with(database, without_limits).await);
        let receiver = Receiver::start().await;
        let added = app
            .post("/v1/webhook-endpoints", &json!({ "url": receiver.url() }))
            .await;
        assert_eq!(added.status(), 201);
        let mut story = Self {
            bram: app.signed_in(BRAM).await,
            app,
            receiver,
            joris: Model::new(),
            mila: Model::new(),
            events: Vec::new(),
            cursor: None,
            reports: 0,
        };
        for step in steps {
            story.goes_on(*step).await;
        }
        story.is_told_alike_by_webhook().await;
        invariants::hold(&story.app.app).await;
        let kinds = story.events.iter().map(|event| text(&event["type"]));
        kinds.map(str::to_owned).collect()
    }

    fn now(&self) -> Duration {
        self.app.app.clock.now().since(BEGINNING)
    }

    fn of(&mut self, who: Requester) -> &mut Model {
        match who {
            Requester::Joris => &mut self.joris,
            Requester::Mila => &mut self.mila,
        }
    }

    /// One step, and a look from all sides. Somebody waits for the newest request of each meanwhile.
    async fn goes_on(&mut self, step: Step) {
        let mut waiting = Vec::new();
        for model in [&self.joris, &self.mila] {
            if let Some(known) = model.newest() {
                waiting.push((known.clone(), self.begins_to_wait(&known.id).await));
            }
        }
        let kinds = self.lives(step).await;
        let newest: Vec<Known> = [&self.joris, &self.mila]
            .iter()
            .filter_map(|model| model.newest().cloned())
            .collect();
        for (before, heard) in waiting {
            match newest.iter().find(|known| known.id == before.id) {
                Some(now) if *now != before => {
                    let heard = timeout(SOON, heard).await.expect("nobody rang").unwrap();
                    shows(&heard, now, "the long poll");
                    assert_eq!(heard, self.looks(&now.id).await, "{step:?}: the long poll");
                }
                _ => heard.abort(),
            }
        }
        self.reads_on(step, &kinds).await;
        // Whatever was mailed is on its way before the next step, and the webhooks with it.
        self.app.deliver_mail().await;
        self.app.pass(MINUTE);
        self.tells().await;
    }

    /// Makes it happen, here and in the model; the kinds of events that must follow.
    async fn lives(&mut self, step: Step) -> Vec<&'static str> {
        let now = self.now();
        match step {
            Step::Asks(who) => self.asks(who).await,
            Step::IsRejectedByLink(who) if self.of(who).is_open() => {
                let mail = self.mail_about(who);
                self.app.rejects_by_link(&mail).await.shows("/u/");
                let by = masked(&mail.to);
                self.of(who).rejected("link", by, now);
                vec!["access_request.rejected"]
            }
            Step::IsRejectedByReply(who) if self.of(who).is_open() => {
                let mail = self.mail_about(who);
                let outcome = self.app.arrives(&mail.answer(&mail.to, "weigeren")).await;
                assert_eq!(outcome.effect.as_str(), "rejected", "{outcome:?}");
                let by = masked(&mail.to);
                self.of(who).rejected("reply", by, now);
                vec!["access_request.rejected"]
            }
            Step::IsApproved(who) if self.of(who).is_open() => {
                self.decides(who, "approve").await;
                self.of(who).approved(masked(BRAM));
                vec!["access_request.approved"]
            }
            Step::IsRejected(who) if self.of(who).is_open() => {
                self.decides(who, "reject").await;
                self.of(who).rejected("portal", masked(BRAM), now);
                vec!["access_request.rejected"]
            }
            Step::HasRejectionUndone(who) if self.of(who).can_undo(now) => {
                let mail = self.mail_with(who, "/u/");
                self.app.presses(&mail.path("/u/")).await;
                self.of(who).reopened();
                vec!["access_request.reopened"]
            }
            Step::IsOverturned(who) => match self.of(who).can_overturn() {
                Some((list, action)) => {
                    let id = self.newest_of(who);
                    let row = format!("{TULIPS}.{}", self.app.request(id).await.requester);
                    self.bram.overturns(list, &row, action).await;
                    self.of(who).overturned(now);
                    match action {
                        "approve" => vec!["authorized_user.added"],
                        _ => vec!["authorized_user.revoked"],
                    }
                }
                None => vec![],
            },
            Step::IsTakenBack(who) if self.of(who).is_open() => {
                let path = format!("{REQUESTS}/{}/cancel", self.newest_of(who));
                assert_eq!(self.app.post(&path, &json!({})).await.status(), 200);
                self.of(who).taken_back();
                vec!["access_request.cancelled"]
            }
            Step::Expire => self.two_weeks_pass().await,
            Step::MailsBounce(who) if self.of(who).is_open() => {
                for to in [ANNA, BRAM] {
                    let mail = self.mail_about_to(who, to);
                    self.reports += 1;
                    let name = format!("report-{}", self.reports);
                    let report = crate::bounces::report(&mail, "failed", "5.1.1", &name);
                    self.app.arrives(&report).await;
                }
                vec![]
            }
            // Nothing can come of it now.
            _ => vec![],
        }
    }

    async fn asks(&mut self, who: Requester) -> Vec<&'static str> {
        let now = self.now();
        let email = address(who);
        let body = json!({ "accountNumber": TULIPS, "email": email });
        let answer = self.app.post(REQUESTS, &body).await;
        let status = answer.status().as_u16();
        let answer: Value = answer.json().await.unwrap();
        let expected = self.of(who).asks(now);
        match expected {
            Answered::New => {
                assert_eq!(status, 201, "{answer}");
                self.of(who).opened(text(&answer["id"]).to_owned());
                return vec!["access_request.created"];
            }
            Answered::Counted => {
                self.of(who).counted();
                let known = self.of(who).newest().unwrap().clone();
                shows(&answer, &known, "the answer");
            }
            Answered::Without(said) => {
                assert_eq!((&answer["status"], answer.get("id")), (&json!(said), None));
            }
        }
        assert_eq!(status, 200, "{answer}");
        vec![]
    }

    async fn two_weeks_pass(&mut self) -> Vec<&'static str> {
        self.app.pass(TWO_WEEKS);
        expire::expire_due(&self.app.app, 9).await.unwrap();
        self.bram = self.app.signed_in(BRAM).await;
        let open = [&mut self.joris, &mut self.mila].into_iter();
        open.filter(|model| model.is_open())
            .map(|model| {
                model.expired();
                "access_request.expired"
            })
            .collect()
    }

    async fn decides(&mut self, who: Requester, action: &str) {
        let id = self.newest_of(who).to_string();
        self.bram.decides(&[&id], action).await;
    }

    fn newest_of(&mut self, who: Requester) -> RequestId {
        self.of(who).newest().unwrap().id.parse().unwrap()
    }

    /// The newest mail with a Reject link about the newest request, whoever got it.
    fn mail_about(&mut self, who: Requester) -> Received {
        self.mail_about_to(who, ANNA)
    }

    fn mail_about_to(&mut self, who: Requester, to: &str) -> Received {
        let link = format!("/requests/{}", self.newest_of(who));
        let mut mails = self.app.mails_to(to);
        mails.retain(|mail| mail.text.contains(&link) && mail.text.contains("/r/"));
        mails.pop().unwrap_or_else(|| panic!("no mail to {to}"))
    }

    /// The newest mail to Anna about the request with such a link.
    fn mail_with(&mut self, who: Requester, link: &str) -> Received {
        let number = self.app_number(who);
        let mut mails = self.app.mails_to(ANNA);
        mails.retain(|mail| mail.text.contains(link) && mail.subject.contains(&number));
        mails.pop().unwrap_or_else(|| panic!("no mail with {link}"))
    }

    fn app_number(&mut self, who: Requester) -> String {
        let id = self.newest_of(who).to_string();
        let is_it = |event: &&Value| event["data"]["id"] == id.as_str();
        let event = self.events.iter().find(is_it).unwrap();
        text(&event["data"]["number"]).to_owned()
    }

    async fn looks(&self, id: &str) -> Value {
        let answer = self.app.get(&format!("{REQUESTS}/{id}")).await;
        answer.json().await.unwrap()
    }

    /// Waits for another state of a request than that of now.
    async fn begins_to_wait(&self, id: &str) -> JoinHandle<Value> {
        let path = format!("{}{REQUESTS}/{id}", self.app.base);
        let known = self.app.get(&format!("{REQUESTS}/{id}")).await;
        let tag = known.headers()["etag"].clone();
        let request = self.app.http.get(path).bearer_auth(&self.app.api_key);
        let request = request
            .header("prefer", "wait=60")
            .header("if-none-match", tag);
        tokio::spawn(async move {
            let answer = request.send().await.unwrap();
            answer.json().await.unwrap_or_default()
        })
    }

    /// The poll and the feed show what the model says, and the same as each other.
    async fn reads_on(&mut self, step: Step, kinds: &[&str]) {
        for model in [&self.joris, &self.mila] {
            for known in model.requests() {
                shows(&self.looks(&known.id).await, known, "the poll");
            }
        }
        self.app.places_events().await;
        let cursor = self.cursor.as_ref();
        let query = cursor.map_or_else(String::new, |cursor| format!("cursor={cursor}"));
        let answer = self.app.get(&format!("/v1/events?{query}")).await;
        let answer: Value = answer.json().await.unwrap();
        self.cursor = answer["nextCursor"].as_str().map(str::to_owned);
        let news = answer["data"].as_array().unwrap();
        let mut told: Vec<&str> = Vec::new();
        for event in news {
            let (kind, about) = (text(&event["type"]), &event["data"]);
            if kind.starts_with("access_request.") {
                assert_eq!(
                    *about,
                    self.looks(text(&about["id"])).await,
                    "{step:?}: the feed"
                );
            }
            match kind {
                // When that is, the stories of bounces say.
                "access_request.unreachable" => {
                    assert_eq!(
                        (&about["status"], &about["reachable"]),
                        (&json!("pending"), &json!(false))
                    );
                }
                _ => told.push(kind),
            }
        }
        assert_eq!(told, kinds, "{step:?}");
        self.events.extend(news.iter().cloned());
    }

    async fn tells(&self) {
        while messenger::deliver_due(&self.app.app, "test").await.unwrap() > 0 {}
    }

    /// Each event was called about once, those about one request in order, with the same object that
    /// the feed has, then and now.
    async fn is_told_alike_by_webhook(&self) {
        let told: Vec<Value> = self
            .receiver
            .told()
            .iter()
            .map(|told| told.json())
            .collect();
        let position = |event: &Value| event["sequence"].as_i64().unwrap();
        for email in [address(Requester::Joris), address(Requester::Mila)] {
            let about = told.iter().filter(|event| event["data"]["email"] == email);
            assert!(about.is_sorted_by_key(position), "{told:?}");
        }
        let mut sorted = told.clone();
        sorted.sort_by_key(position);
        assert_eq!(sorted, self.events, "the webhooks");
        let answer = self.app.get("/v1/events?limit=200").await;
        let whole: Value = answer.json().await.unwrap();
        assert_eq!(whole["data"], json!(self.events), "the feed, later");
    }
}

/// What a view shows is what the model says.
fn shows(shown: &Value, known: &Known, view: &str) {
    let decision = shown.get("decision").map(|decision| {
        let by = decision.get("by").map(text);
        (text(&decision["door"]), by)
    });
    assert_eq!(
        (
            text(&shown["id"]),
            text(&shown["status"]),
            decision,
            &shown["repeats"]
        ),
        (
            known.id.as_str(),
            known.status,
            known.decision,
            &json!(known.repeats)
        ),
        "{view}: {shown}"
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn address(who: Requester) -> &'static str {
    match who {
        Requester::Joris => "joris@elsewhere.example",
        Requester::Mila => "mila@elsewhere.example",
    }
}

/// How shipping systems see an administrator.
fn masked(administrator: &str) -> &'static str {
    match administrator {
        ANNA => "a***@tulips.example",
        _ => "b***@tulips.example",
    }
}
