//! All doors at once: exactly one decides, and everybody else is shown its decision.

use std::{sync::Arc, time::Duration};

use esecured::{
    config::Config,
    domain::{
        people::AdministratorId,
        request::{Door, RequestId, Status},
    },
    workflow::{
        authorized_users,
        decide::{self, Answer, DecideError},
        expire,
        read_mail::Effect,
    },
};
use futures_util::future::join_all;
use tokio::{sync::Barrier, task::JoinHandle};

use super::{administrator, by_link, tulips};
use crate::support::{
    ANNA, BRAM, Browser, Database, Received, TULIPS, TestApp, invariants, on_both_databases,
    test_app::without_limits,
};

/// Between the expiries of two rounds.
const STEP: Duration = Duration::from_secs(10);

/// What one decider was told.
struct Told {
    door: Door,
    won: bool,
    /// How the request stands, where somebody was faster.
    shown: Option<Status>,
}

/// Everybody who can close a request, each through its own door.
struct Deciders {
    app: Arc<TestApp>,
    at_the_link: Arc<Browser>,
    anna_at_the_portal: Arc<Browser>,
    bram_at_the_portal: Arc<Browser>,
    csrf: [String; 2],
    bram: AdministratorId,
}

impl Deciders {
    async fn of(app: &Arc<TestApp>) -> Self {
        let anna = app.signed_in(ANNA).await;
        let bram = app.signed_in(BRAM).await;
        let csrf = [
            anna.open("/authorized-users").await.field("csrf"),
            bram.open("/authorized-users").await.field("csrf"),
        ];
        Self {
            app: app.clone(),
            at_the_link: Arc::new(app.browser()),
            anna_at_the_portal: Arc::new(anna),
            bram_at_the_portal: Arc::new(bram),
            csrf,
            bram: administrator(app, BRAM).await,
        }
    }

    /// All of them decide at once; what each was told.
    async fn race(&self, id: RequestId, mail: &Received) -> Vec<Told> {
        let email = self.app.request(id).await.email;
        let link = self.at_the_link.clone();
        let nonce = link.open(&mail.path("/r/")).await.field("nonce");
        let start = Arc::new(Barrier::new(8));
        let mut deciding: Vec<JoinHandle<Told>> = Vec::new();
        macro_rules! decides {
            ($decide:expr) => {{
                let (app, start) = (self.app.clone(), start.clone());
                let decide = $decide;
                deciding.push(tokio::spawn(async move {
                    start.wait().await;
                    decide(app).await
                }));
            }};
        }
        let path = mail.path("/r/");
        decides!(async move |_app: Arc<TestApp>| {
            let page = link.submit(&path, &[("nonce", &nonce)]).await;
            assert_eq!(page.status, 200, "{}", page.body);
            told_by_link(&page.body)
        });
        let reply = mail.answer(ANNA, "weigeren");
        decides!(async move |app: Arc<TestApp>| {
            let outcome = app.arrives(&reply).await;
            Told {
                door: Door::Reply,
                won: outcome.effect == Effect::Rejected,
                shown: outcome
                    .reason
                    .strip_prefix("the request is already ")
                    .and_then(Status::parse),
            }
        });
        let bram = by_link(self.bram);
        decides!(async move |app: Arc<TestApp>| {
            match decide::decide(&app.app, id, &Answer::RejectByMail(&bram)).await {
                Ok(_) => won(Door::Link),
                Err(error) => beaten(Door::Link, error),
            }
        });
        for (browser, csrf, action) in [
            (&self.anna_at_the_portal, &self.csrf[0], "approve"),
            (&self.bram_at_the_portal, &self.csrf[1], "reject"),
        ] {
            let (browser, csrf) = (browser.clone(), csrf.clone());
            decides!(async move |_app: Arc<TestApp>| at_portal(&browser, &csrf, id, action).await);
        }
        decides!(async move |app: Arc<TestApp>| Told {
            door: Door::Timer,
            won: expire::expire_due(&app.app, 9).await.unwrap() > 0,
            shown: None,
        });
        decides!(async move |app: Arc<TestApp>| {
            match expire::cancel_by_operator(&app.app, id).await {
                Ok(_) => won(Door::Operator),
                Err(error) => beaten(Door::Operator, error),
            }
        });
        decides!(async move |app: Arc<TestApp>| {
            authorized_users::add_by_operator(&app.app, &tulips(), &email, None)
                .await
                .unwrap();
            // Whoever adds a user does not ask for a decision; see below whether it was one.
            Told {
                door: Door::Operator,
                won: false,
                shown: None,
            }
        });
        let told = join_all(deciding).await;
        told.into_iter().map(Result::unwrap).collect()
    }
}

fn won(door: Door) -> Told {
    Told {
        door,
        won: true,
        shown: None,
    }
}

fn beaten(door: Door, error: DecideError) -> Told {
    match error {
        DecideError::AlreadyDecided(shown) => Told {
            door,
            won: false,
            shown: Some(shown.request.state.status()),
        },
        other => panic!("{door}: {other}"),
    }
}

fn told_by_link(page: &str) -> Told {
    let shown = [
        (
            "<h1 class=\"mark mark-approved\">Al beslist",
            Status::Approved,
        ),
        (
            "<h1 class=\"mark mark-rejected\">Al beslist",
            Status::Rejected,
        ),
        ("<h1 class=\"mark mark-expired\">", Status::Expired),
        ("<h1 class=\"mark mark-cancelled\">", Status::Cancelled),
    ];
    let shown = shown
        .into_iter()
        .find(|(heading, _)| page.contains(heading));
    let done = page.contains("<h1 class=\"mark mark-rejected\">Geweigerd");
    assert!(done != shown.is_some(), "{page}");
    Told {
        door: Door::Link,
        won: done,
        shown: shown.map(|(_, status)| status),
    }
}

async fn at_portal(browser: &Browser, csrf: &str, id: RequestId, action: &str) -> Told {
    let id = id.to_string();
    let status = format!("status_{id}");
    let fields = [
        ("csrf", csrf),
        ("list", "pending"),
        ("action", action),
        ("entry", &id),
        (&status, "pending"),
    ];
    let answer = browser.submit("/authorized-users", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // What the next page shows; that it does is told by the stories of the portal.
    let outcome = answer.headers["set-cookie"].to_str().unwrap();
    let good = outcome.starts_with("result=a") || outcome.starts_with("result=r");
    assert!(good || outcome.starts_with("result=d"), "{outcome}");
    Told {
        door: Door::Portal,
        won: good,
        shown: None,
    }
}

async fn every_door_at_once(
    database: Database,
    rounds: usize,
    configure: impl FnOnce(&mut Config),
) {
    let app = TestApp::start_with(database, |config| {
        config.reject.min_dwell = Duration::ZERO;
        // Fewer mails to write.
        config.requests.notify_requester = false;
        without_limits(config);
        configure(config);
    })
    .await;
    let app = Arc::new(app);
    let expires = app.app.config.requests.expires.unwrap();
    let mut ids = Vec::new();
    for round in 0..rounds {
        ids.push(
            app.asks(&format!("p{round}@elsewhere.example"), TULIPS)
                .await,
        );
        app.pass(STEP);
    }
    app.deliver_mail().await;
    let mails = app.mails_to(ANNA);
    assert_eq!(mails.len(), rounds);
    // The first of them is due; each round lets one more fall due.
    app.pass(expires - STEP * u32::try_from(rounds).unwrap());
    let deciders = Deciders::of(&app).await;
    let mut winners: Vec<(Door, Status)> = Vec::new();
    for (round, id) in ids.into_iter().enumerate() {
        let address = format!("p{round}@elsewhere.example");
        let mail = mails.iter().find(|mail| mail.text.contains(&address));
        let told = deciders.race(id, mail.unwrap()).await;
        let state = app.request(id).await.state;
        let (door, status) = (state.door().unwrap(), state.status());
        let mut won: Vec<Door> = told
            .iter()
            .filter(|one| one.won)
            .map(|one| one.door)
            .collect();
        if (door, status) == (Door::Operator, Status::Approved) {
            won.push(Door::Operator);
        }
        assert_eq!(won, [door], "round {round}: it is {status}");
        for loser in told.iter().filter(|one| !one.won) {
            if let Some(shown) = loser.shown {
                assert_eq!(shown, status, "round {round}, {}", loser.door);
            }
        }
        winners.push((door, status));
        app.pass(STEP);
    }
    invariants::hold(&app.app).await;
    winners.sort_by_key(|winner| format!("{winner:?}"));
    winners.dedup();
    assert!(
        winners.len() >= 3,
        "the same door won nearly always: {winners:?}"
    );
}

async fn of_all_doors_exactly_one_decides(database: Database) {
    // A server commits each of them by itself; what is missing here is in the next story.
    let rounds = match database {
        Database::Sqlite => 200,
        Database::Postgres => 160,
    };
    every_door_at_once(database, rounds, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_doors_exactly_one_decides_on_a_serializable_postgresql() {
    every_door_at_once(Database::Postgres, 40, |config| {
        use secrecy::ExposeSecret;
        let url = config.database.url.expose_secret();
        let option = "-c%20default_transaction_isolation%3Dserializable";
        config.database.url = format!("{url}?options={option}").into();
    })
    .await;
}

on_both_databases!(of_all_doors_exactly_one_decides);
