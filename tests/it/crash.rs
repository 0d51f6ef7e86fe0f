//! The real program, killed at random moments in the middle of its work and started again: what was
//! acknowledged is there, and what was begun is finished.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use esecured::{app::App, clock::Clock, config::Config};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::support::{
    ANNA, Database, Received, TULIPS, daemon_process::Installation, database::OwnDatabase,
    invariants, on_both_databases, scripted_smtp::ScriptedSmtp, test_app::without_limits,
};

const KILLS: usize = 4;
/// Those who ask at once.
const CALLERS: usize = 3;
/// `smtp.connections`: so many mails are under way at a kill, and may come twice.
const CONNECTIONS: usize = 4;
/// Lease, poll and one second: nothing due waits longer after a crash.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(32);
/// What a debug build on a busy machine needs for the backlog itself.
const WORK: Duration = Duration::from_secs(15);

/// When a caller notes that its request was acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// With the answer, as the daemon promises.
    WithTheAnswer,
    /// When it is sent: the control, as though the daemon answered before the commit.
    BeforeTheCommit,
}

/// A daemon with somebody to ask, somebody to answer, and a mail server that outlives it.
struct Journey {
    installation: Installation,
    own: OwnDatabase,
    key: String,
    smtp: ScriptedSmtp,
    noted: Noted,
    asked: AtomicUsize,
    answered_mails: AtomicUsize,
    acknowledged: Mutex<Vec<String>>,
    rejected: Mutex<Vec<String>>,
}

impl Journey {
    async fn on(database: Database, noted: Noted) -> Self {
        let smtp = ScriptedSmtp::start().await;
        // Of SQLite only the name: the file lies with the others of the installation.
        let elsewhere = tempfile::tempdir().unwrap();
        let own = database.create(elsewhere.path());
        let url = match database {
            Database::Sqlite => "sqlite:esecured.db",
            Database::Postgres => &own.url,
        };
        let installation = Installation::new(&format!(
            "[database]\nurl = \"{url}\"\n\
             [mail]\nfrom = \"esecure@example.com\"\nreply_to = \"reply@example.com\"\n\
             [smtp]\nurl = \"smtp://{}\"\nconnections = {CONNECTIONS}\n\
             [reject]\nmin_dwell = \"0s\"\n\
             [requests]\nnotify_requester = false\n\
             [limits]\nper_domain = \"off\"\nper_account = \"off\"\n\
             mails_per_administrator = \"off\"\n",
            smtp.address
        ));
        installation.says(&["account", "add", TULIPS, "--name", "Tulpenhandel"]);
        let anna = ["admin", "add", ANNA, "--account", TULIPS];
        let details = ["--name", "Anna de Wit", "--language", "nl"];
        installation.says(&[&anna[..], &details[..]].concat());
        Self {
            key: installation.add_client("booking"),
            installation,
            own,
            smtp,
            noted,
            asked: AtomicUsize::new(0),
            answered_mails: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
            rejected: Mutex::default(),
        }
    }

    /// One life of the daemon, ended by SIGKILL.
    async fn live_for(self: &Arc<Self>, time: Duration) {
        let daemon = self.installation.start();
        let over = CancellationToken::new();
        let mut working: Vec<_> = (0..CALLERS)
            .map(|_| tokio::spawn(self.clone().ask(over.clone())))
            .collect();
        working.push(tokio::spawn(self.clone().reject(over.clone())));
        sleep(time).await;
        daemon.kill9();
        over.cancel();
        for worker in join_all(working).await {
            worker.unwrap();
        }
    }

    /// Asks for one address after the other until the daemon is gone.
    async fn ask(self: Arc<Self>, over: CancellationToken) {
        let http = reqwest::Client::new();
        while !over.is_cancelled() {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            let email = format!("p{number}@elsewhere.example");
            if self.noted == Noted::BeforeTheCommit {
                self.acknowledged.lock().unwrap().push(email.clone());
            }
            let answer = http
                .post(format!("{}/v1/access-requests", self.installation.base()))
                .bearer_auth(&self.key)
                .json(&json!({"accountNumber": TULIPS, "email": email}))
                .send()
                .await;
            let Ok(answer) = answer else { return };
            assert_eq!(answer.status(), 201);
            let Ok(answer) = answer.json::<Value>().await else {
                return;
            };
            if self.noted == Noted::WithTheAnswer {
                let id = answer["id"].as_str().unwrap().to_owned();
                self.acknowledged.lock().unwrap().extend([id, email]);
                // The backlog stays one that a test can wait for.
                sleep(Duration::from_millis(15)).await;
            }
        }
    }

    /// Anna presses the button in every third mail until the daemon is gone.
    async fn reject(self: Arc<Self>, over: CancellationToken) {
        let http = reqwest::Client::new();
        let base = self.installation.base();
        while !over.is_cancelled() {
            let next = self.answered_mails.load(Ordering::Relaxed);
            let Some(mail) = self.smtp.arrived().get(next).cloned() else {
                sleep(Duration::from_millis(10)).await;
                continue;
            };
            self.answered_mails.fetch_add(3, Ordering::Relaxed);
            let mail = Received::parse(None, ANNA, mail.text.as_bytes());
            if !mail.text.contains("/r/") {
                continue;
            }
            let url = format!("{base}{}", mail.path("/r/"));
            let Ok(page) = http.get(&url).send().await else {
                return;
            };
            let Ok(page) = page.text().await else { return };
            let Some((_, field)) = page.split_once("name=\"nonce\" value=\"") else {
                continue; // Another copy of this mail was answered.
            };
            let nonce = field.split('"').next().unwrap();
            let press = http.post(&url).header("sec-fetch-site", "same-origin");
            let Ok(done) = press.form(&[("nonce", nonce)]).send().await else {
                return;
            };
            let Ok(done) = done.text().await else { return };
            assert!(done.contains("mark-rejected"), "{done}");
            let words = mail.text.split_whitespace();
            let address = words
                .rev()
                .find(|word| word.ends_with("@elsewhere.example"));
            self.rejected
                .lock()
                .unwrap()
                .push(address.unwrap().to_owned());
        }
    }

    /// The database as the test looks at it.
    async fn look(&self) -> App {
        let nowhere = "127.0.0.1:0".parse().unwrap();
        let mut config = Config::demo(nowhere, self.installation.home()).unwrap();
        without_limits(&mut config);
        if self.own.url.starts_with("postgres") {
            config.database.url = self.own.url.clone().into();
        }
        App::build(config, Clock::System, false).await.unwrap()
    }

    fn mails(&self) -> Vec<Received> {
        let arrived = self.smtp.arrived();
        let mails = arrived.iter();
        mails
            .map(|mail| Received::parse(None, ANNA, mail.text.as_bytes()))
            .collect()
    }
}

/// Times between a tenth of a second and a second, the same for the same seed.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> Duration {
        // Steele and Vigna's SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_millis(100 + (bits ^ (bits >> 31)) % 900)
    }
}

/// From `CRASH_SEED`, to see a failure again, or a new one.
fn moments() -> Moments {
    let seed = std::env::var("CRASH_SEED")
        .ok()
        .map(|seed| seed.parse().unwrap());
    let seed = seed.unwrap_or_else(|| u64::from_be_bytes(esecured::random::bytes()));
    eprintln!("CRASH_SEED={seed}");
    Moments(seed)
}

/// How many messages are due and neither delivered nor given up.
async fn due(app: &App) -> i64 {
    let mut conn = app.store.read().await.unwrap();
    sqlx::query_scalar("SELECT COUNT(*) FROM message WHERE status = 'queued' AND due_at <= $1")
        .bind(app.clock.now().as_micros())
        .fetch_one(&mut *conn)
        .await
        .unwrap()
}

/// Requests that are still open, and whose administrator was never mailed.
async fn forgotten(app: &App) -> i64 {
    let mut conn = app.store.read().await.unwrap();
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM access_request r WHERE r.status = 'pending' AND NOT EXISTS (
             SELECT 1 FROM message m WHERE m.request_id = r.id
               AND m.kind = 'approval_request' AND m.status = 'delivered')",
    )
    .fetch_one(&mut *conn)
    .await
    .unwrap()
}

async fn what_was_acknowledged_survives_every_kill_and_is_finished(database: Database) {
    let journey = Arc::new(Journey::on(database, Noted::WithTheAnswer).await);
    let mut moments = moments();
    for _ in 0..KILLS {
        journey.live_for(moments.next()).await;
    }
    let daemon = journey.installation.start();
    let ready = Instant::now();
    let app = journey.look().await;
    while due(&app).await > 0 {
        let waited = ready.elapsed();
        assert!(
            waited < TAKEN_UP_WITHIN + WORK,
            "{} are due",
            due(&app).await
        );
        sleep(Duration::from_millis(20)).await;
    }
    let acknowledged = journey.acknowledged.lock().unwrap().clone();
    let rejected = journey.rejected.lock().unwrap().clone();
    let mails = journey.mails();
    assert!(
        acknowledged.len() > 10,
        "too little happened: {acknowledged:?}"
    );
    assert!(!rejected.is_empty(), "no mail was answered");

    let mut faults = invariants::acknowledged_survive(&app, &acknowledged).await;
    faults.extend(invariants::rejections_survive(&app, &rejected).await);
    faults.extend(invariants::delivered_arrived(&app, &mails).await);
    faults.extend(invariants::copies_are_equal(&mails));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    invariants::hold(&app).await;
    assert_eq!(forgotten(&app).await, 0);
    let mut ids: Vec<&str> = mails.iter().map(|mail| &*mail.message_id).collect();
    ids.sort_unstable();
    ids.dedup();
    // A second copy comes only where the final answer could have been lost.
    let copies = mails.len() - ids.len();
    assert!(
        copies <= KILLS * CONNECTIONS,
        "{copies} of {} mails",
        mails.len()
    );

    let lines = daemon.log_lines();
    let ready = lines.iter().filter(|line| line["event"] == "daemon.ready");
    assert_eq!(ready.count(), KILLS + 1);
    assert!(daemon.terminate().success());
}

on_both_databases!(what_was_acknowledged_survives_every_kill_and_is_finished);

/// The control: the same kills find a daemon that answers before the commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit_would_be_noticed() {
    let journey = Arc::new(Journey::on(Database::Sqlite, Noted::BeforeTheCommit).await);
    let mut moments = moments();
    let mut faults = Vec::new();
    for _ in 0..3 * KILLS {
        journey.live_for(moments.next()).await;
        let acknowledged = journey.acknowledged.lock().unwrap().clone();
        let app = journey.look().await;
        faults = invariants::acknowledged_survive(&app, &acknowledged).await;
        app.store.close().await;
        if !faults.is_empty() {
            break;
        }
    }
    assert!(faults.iter().all(|fault| fault.starts_with("I1: ")));
    assert!(
        !faults.is_empty(),
        "nothing was lost, so the kills show nothing"
    );
}
