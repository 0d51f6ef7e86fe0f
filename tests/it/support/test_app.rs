//! A whole daemon as a value: real router, real database, a clock the test moves, and workers the
//! test drives. Anna and Bram administer the account Tulips; Joris wants to use it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use esecured::{
    app::App,
    clock::{Clock, FixedClock},
    config::Config,
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
        request::{AccessRequest, RequestId},
        timestamp::Timestamp,
    },
    http,
    mail::dev_mailbox::DevMailbox,
    signing::key_file,
    store::{audit, requests},
    worker::courier,
    workflow::{
        client_keys, gather,
        manage::{self, Existence},
        place_events,
        read_mail::{self, Outcome},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Browser, Database, Received, browser::Page, database::OwnDatabase};

/// The account of the stories.
pub const TULIPS: &str = "112233445";
/// Administrator, Dutch.
pub const ANNA: &str = "anna@tulips.example";
/// Administrator, English.
pub const BRAM: &str = "bram@tulips.example";
/// Wants to use the account.
pub const JORIS: &str = "joris@elsewhere.example";
/// Everybody's password.
pub const PASSWORD: &str = "three blue bicycles";
/// When every story begins: Monday 11 May 2026, 07:14 UTC.
pub const BEGINNING: Timestamp = Timestamp::from_seconds(1_778_483_640);

/// However much is asked, each administrator is mailed about each request.
pub fn without_limits(config: &mut Config) {
    config.limits.per_requester = None;
    config.limits.per_domain = None;
    config.limits.per_account = None;
    config.limits.mails_per_administrator = None;
}

/// The daemon of one story.
pub struct TestApp {
    /// The daemon.
    pub app: App,
    /// Its clock.
    pub clock: FixedClock,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub base: String,
    /// The key of a shipping system that may use every account.
    pub api_key: String,
    /// For calls that need no cookies.
    pub http: reqwest::Client,
    /// The newest mail before the last delivery.
    before_delivery: AtomicU64,
    // In this order: connections end before their database goes.
    _serving: Serving,
    _database: OwnDatabase,
    _dir: TempDir,
}

struct Serving(CancellationToken);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl TestApp {
    /// A daemon with one account, two administrators and one shipping system.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, |_| {}).await
    }

    /// The same, configured otherwise.
    pub async fn start_with(database: Database, configure: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let own_database = database.create(dir.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = Config::demo(address, dir.path()).unwrap();
        config.database.url = own_database.url.clone().into();
        configure(&mut config);
        key_file::rotate(&config.keys.file, BEGINNING).unwrap();

        let clock = FixedClock::at(BEGINNING);
        let app = App::build(config, Clock::Fixed(clock.clone()), true)
            .await
            .unwrap();
        let api_key = set_up(&app).await;
        let stop = CancellationToken::new();
        let router = http::router(app.clone());
        tokio::spawn(http::serve::serve(listener, router, stop.clone()));
        Self {
            app,
            clock,
            base: format!("http://{address}"),
            api_key,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            before_delivery: AtomicU64::new(0),
            _serving: Serving(stop),
            _database: own_database,
            _dir: dir,
        }
    }

    /// Moves the clock.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// `POST` to the API.
    pub async fn post(&self, path: &str, body: &Value) -> reqwest::Response {
        self.http
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.api_key)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// `GET` from the API.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.api_key)
            .send()
            .await
            .unwrap()
    }

    /// Somebody asks for an account over HTTP.
    pub async fn asks(&self, email: &str, account: &str) -> RequestId {
        let body = json!({
            "accountNumber": account,
            "email": email,
            "name": "Joris Jansen",
            "reason": "Retour van een bestelling",
        });
        let answer = self.post("/v1/access-requests", &body).await;
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        let answer: Value = answer.json().await.unwrap();
        answer["id"].as_str().unwrap().parse().unwrap()
    }

    /// Joris asks for Tulips.
    pub async fn joris_asks(&self) -> RequestId {
        self.asks(JORIS, TULIPS).await
    }

    /// The request that an approval mail is about, as its portal link says.
    pub fn request_of(&self, mail: &Received) -> RequestId {
        let path = mail.path("/requests/");
        path.trim_start_matches("/requests/").parse().unwrap()
    }

    /// The request as it stands.
    pub async fn request(&self, id: RequestId) -> AccessRequest {
        let mut conn = self.app.store.read().await.unwrap();
        requests::find(&mut conn, id).await.unwrap().unwrap()
    }

    /// The word for where it stands.
    pub async fn status_of(&self, id: RequestId) -> &'static str {
        self.request(id).await.state.status().as_str()
    }

    /// The courier sends everything that is due.
    pub async fn deliver_mail(&self) {
        let before = self.newest_mail();
        while courier::deliver_due(&self.app, "test").await.unwrap() > 0 {}
        if self.newest_mail() > before {
            self.before_delivery.store(before, Ordering::Relaxed);
        }
    }

    fn newest_mail(&self) -> u64 {
        let mailbox = self.app.transport.dev_mailbox();
        let mails = mailbox.map(DevMailbox::all).unwrap_or_default();
        mails.iter().map(|mail| mail.id).max().unwrap_or(0)
    }

    /// The sweeper makes the digests that are due; how many there were.
    pub async fn makes_digests(&self) -> usize {
        let mut made = 0;
        loop {
            match gather::make_due_digests(&self.app).await.unwrap() {
                0 => break made,
                some => made += some,
            }
        }
    }

    /// The sweeper gives what was announced its place in the event feed.
    pub async fn places_events(&self) {
        while place_events::place_events(&self.app, 3).await.unwrap() > 0 {}
    }

    /// The mails somebody got, the oldest first.
    pub fn mails_to(&self, address: &str) -> Vec<Received> {
        let mailbox = self.app.transport.dev_mailbox().unwrap();
        let mut mails: Vec<Received> = mailbox
            .all()
            .iter()
            .filter(|mail| mail.to == address)
            .map(|mail| Received::parse(mail.from.as_deref(), &mail.to, &mail.bytes))
            .collect();
        mails.reverse();
        mails
    }

    /// The newest mail somebody got, which came alone: what waits together is sent in any order.
    pub fn last_mail_to(&self, address: &str) -> Received {
        let before = self.before_delivery.load(Ordering::Relaxed);
        let mailbox = self.app.transport.dev_mailbox().unwrap().all();
        let at_once = mailbox
            .iter()
            .filter(|mail| mail.to == address && mail.id > before);
        let mut mails = self.mails_to(address);
        let newest = mails.split_off(mails.len() - at_once.count());
        let subjects: Vec<&str> = newest.iter().map(|mail| mail.subject.as_str()).collect();
        assert!(
            newest.len() < 2,
            "{address} got several at once: {subjects:?}"
        );
        let newest = newest.into_iter().next().or_else(|| mails.pop());
        newest.unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// What the mails say that somebody was sent about how they sign in, in the
    /// order of the alphabet: what waits together is sent in any order.
    pub async fn sign_in_mails_to(&self, address: &str) -> Vec<String> {
        self.deliver_mail().await;
        let about_sign_in = |mail: &Received| mail.text.contains("hoe jij inlogt");
        let mails = self.mails_to(address).into_iter().filter(about_sign_in);
        let change = |mail: Received| {
            let (_, rest) = mail.text.split_once("hoe jij inlogt").unwrap();
            let mut lines = rest.lines().skip(1).filter(|line| !line.is_empty());
            lines.next().unwrap().to_owned()
        };
        let mut changes: Vec<String> = mails.map(change).collect();
        changes.sort();
        changes
    }

    /// A mail comes in.
    pub async fn arrives(&self, raw: &[u8]) -> Outcome {
        read_mail::read_mail(&self.app, raw, false).await.unwrap()
    }

    /// A browser with nobody signed in.
    pub fn browser(&self) -> Browser {
        Browser::at(&self.base)
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        let page = browser.sign_in(email, PASSWORD, "/").await;
        assert_eq!(page.status, 303, "{}", page.body);
        // Stories are told in Dutch, whoever they are about, and ask for English where they want it.
        browser.forgets_language();
        browser
    }

    /// The recipient of a mail opens its reject link and, having read the page, presses the button.
    pub async fn rejects_by_link(&self, mail: &Received) -> Page {
        self.presses(&mail.path("/r/")).await
    }

    /// The same with the page behind any link: its one button is pressed after five seconds.
    pub async fn presses(&self, path: &str) -> Page {
        let browser = self.browser();
        let page = browser.open(path).await;
        self.pass(Duration::from_secs(5));
        browser
            .submit(path, &[("nonce", &page.field("nonce"))])
            .await
    }

    /// Everything in the database, to be compared.
    pub async fn dump(&self) -> String {
        super::invariants::dump(&self.app).await
    }

    /// What shows each event of this name, the newest last.
    pub async fn events(&self, name: &str) -> Vec<Value> {
        let mut conn = self.app.store.read().await.unwrap();
        let rows = audit::newest(&mut conn, i64::MAX).await.unwrap();
        rows.iter()
            .filter(|row| row.name == name)
            .map(|row| serde_json::from_str(&row.evidence).unwrap())
            .collect()
    }

    /// An administrator stops being one.
    pub async fn dismiss(&self, email: &str, account: &str) {
        let email = EmailAddress::parse(email).unwrap();
        let account = AccountNumber::parse(account).unwrap();
        manage::remove_administrator(&self.app, &email, &account)
            .await
            .unwrap();
    }

    /// And is made one again, by the operator.
    pub async fn appoints_again(&self, email: &str, account: &str) {
        let email = EmailAddress::parse(email).unwrap();
        let account = AccountNumber::parse(account).unwrap();
        manage::add_administrator(&self.app, &email, &account, "Anna", Language::Nl, None)
            .await
            .unwrap();
    }
}

async fn set_up(app: &App) -> String {
    let number = AccountNumber::parse(TULIPS).unwrap();
    let account = Account {
        number: number.clone(),
        name: "Tulpenhandel De Wit".to_owned(),
        language: Language::Nl,
        time_zone: "Europe/Amsterdam".to_owned(),
        esecure: Esecure::Active,
        requester_mails: true,
    };
    manage::put_account(app, &account, Existence::New)
        .await
        .unwrap();
    for (email, name, language) in [
        (ANNA, "Anna de Wit", Language::Nl),
        (BRAM, "Bram Smith", Language::En),
    ] {
        let email = EmailAddress::parse(email).unwrap();
        let password = Some(PASSWORD.into());
        manage::add_administrator(app, &email, &number, name, language, password)
            .await
            .unwrap();
    }
    let key = client_keys::add_client(app, "booking", &[], None)
        .await
        .unwrap();
    key.expose().to_owned()
}
