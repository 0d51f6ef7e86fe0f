//! Two companies' accounts, and people of every kind who have to do with one, both or none of them.

use std::time::Duration;

use esecured::{
    domain::{
        self, account::Esecure, account_number::AccountNumber, email_address::EmailAddress,
        language::Language, people::StandInId,
    },
    store::{
        accounts, aliases, audit, people,
        stand_ins::{self, StandIn},
    },
    workflow::{
        authorized_users, client_keys,
        manage::{self, Existence},
        stand_in_turns::take_turns,
    },
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    roles::{ACCOUNTS, Account, ROLES, Role},
    table::Call,
};
use crate::{
    portal::{CARLA, ROSES, add_roses},
    support::{
        ANNA, BRAM, Browser, Database, TULIPS, TestApp, browser::Page, free_port::free_address,
        identity_provider::settings, test_app::PASSWORD,
    },
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What one account has, as forms and paths call it.
pub struct Things {
    pub number: String,
    /// An open request.
    pub request: String,
    /// An authorized user.
    pub entry: String,
    /// An administrator who was invited and has no password yet.
    pub administrator: String,
    /// An address that nobody knows.
    pub newcomer: String,
    /// A further address of that administrator.
    pub alias: String,
    /// Its domain.
    pub domain: String,
}

/// An API key.
#[derive(Debug)]
pub struct Key {
    secret: String,
    scope: Vec<Account>,
    pub is_valid: bool,
}

impl Key {
    pub fn reaches(&self, account: Account) -> bool {
        self.scope.contains(&account)
    }
}

/// A daemon with all of them.
pub struct World {
    pub app: TestApp,
    pub keys: Vec<Key>,
    browsers: Vec<(Role, Browser, String)>,
    things: Vec<Things>,
}

impl World {
    pub async fn new(database: Database) -> Self {
        let app = TestApp::start_with(database, |config| {
            // Every way in is offered; nobody goes to the provider here.
            let port = config.server.public_url.port().unwrap();
            config.server.public_url = format!("http://localhost:{port}").parse().unwrap();
            config.portal.passkeys = true;
            config
                .portal
                .identity_providers
                .push(settings(free_address()));
        })
        .await;
        add_roses(&app).await;
        for (address, name) in [("dora@both.example", "Dora"), ("eva@gone.example", "Eva")] {
            for number in [TULIPS, ROSES] {
                // A password is given once; the second account is added to it.
                let password = (number == TULIPS).then(|| PASSWORD.into());
                add(&app, address, name, number, password).await;
            }
        }
        let mut things = Vec::new();
        for account in ACCOUNTS {
            things.push(set_up(&app, account, "first.example").await);
        }
        for (address, name, days) in [
            ("past@away.example", "Past", 1),
            ("now@away.example", "Now", 3),
        ] {
            stands_in_for_bram(&app, address, name, days).await;
        }
        // The first one's time is over, the other's is not.
        app.pass(DAY * 2);
        while take_turns(&app.app, 9).await.unwrap() > 0 {}
        let mut browsers = Vec::new();
        for role in ROLES.into_iter().filter(|role| *role != Role::Nobody) {
            let browser = app.signed_in(address_of(role)).await;
            let csrf = browser.open("/settings").await.field("csrf");
            browsers.push((role, browser, csrf));
        }
        browsers.push((Role::Nobody, app.browser(), String::new()));
        for number in [TULIPS, ROSES] {
            app.dismiss("eva@gone.example", number).await;
        }
        app.places_events().await;
        Self {
            keys: keys(&app).await,
            app,
            browsers,
            things,
        }
    }

    pub fn things(&self, account: Account) -> &Things {
        &self.things[account as usize]
    }

    /// More of the same, about which nothing was done yet; `domain` is that of their addresses.
    pub async fn more_things(&self, account: Account, domain: &str) -> Things {
        set_up(&self.app, account, domain).await
    }

    /// What every page about the account says.
    pub fn mark(&self, account: Account) -> &str {
        &self.things(account).number
    }

    pub fn browser(&self, role: Role) -> &Browser {
        &self.of(role).1
    }

    fn of(&self, role: Role) -> &(Role, Browser, String) {
        let mut all = self.browsers.iter();
        all.find(|(of, ..)| *of == role).unwrap()
    }

    /// A webhook endpoint of the client with this key; its id.
    pub async fn adds_endpoint(&self, key: &Key, number: usize) -> String {
        let body = json!({ "url": format!("https://example.com/{number}") });
        let path = "/v1/webhook-endpoints";
        let (status, text) = self.calls(key, &Method::POST, path, Some(&body)).await;
        assert_eq!(status, 201, "{text}");
        let added: Value = serde_json::from_str(&text).unwrap();
        added["id"].as_str().unwrap().to_owned()
    }

    /// Sends a form from one of our own pages, with the token of the sender's session.
    pub async fn sends(&self, role: Role, path: &str, fields: &[(String, String)]) -> Page {
        let (_, browser, csrf) = self.of(role);
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields.iter().map(|(name, value)| (&**name, &**value)));
        browser.submit(path, &all).await
    }

    /// What a shipping system gets: status and body.
    pub async fn calls(
        &self,
        key: &Key,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, String) {
        let url = format!("{}{path}", self.app.base);
        let mut request = self.app.http.request(method.clone(), url);
        request = request.bearer_auth(&key.secret);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Asserts that nothing of an account about which they may not make the call is on the page.
    /// Numbers are not looked for: a page may repeat what was typed.
    #[track_caller]
    pub fn shows_only_what_is_theirs(&self, call: &Call, role: Role, page: &Page, cell: &str) {
        for account in ACCOUNTS {
            if role.may(call, account) {
                continue;
            }
            // The name of an account for which they decide they may read on any page.
            let name_is_known = role.decides_for(account);
            for secret in secrets(account)
                .into_iter()
                .skip(usize::from(name_is_known))
            {
                assert!(!page.body.contains(secret), "{secret} is shown: {cell}");
            }
        }
    }

    /// What there is, but for how often keys called: whoever asks in vain has asked.
    pub async fn dump(&self) -> String {
        let dump = self.app.dump().await;
        let lines = dump
            .lines()
            .filter(|line| !line.starts_with("call_bucket "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What there is of requests, without the last use of keys.
    pub async fn dump_of_requests(&self) -> String {
        let tables = [
            "access_request",
            "entry",
            "message",
            "audit_event",
            "person",
        ];
        self.dump_of(&tables).await
    }

    /// What belongs to accounts, and to no person alone.
    pub async fn dump_of_accounts(&self) -> String {
        self.dump_of(&["account", "access_request", "entry", "client", "stand_in"])
            .await
    }

    /// Everything of a dump that has to do with an account.
    pub fn lines_of<'d>(&self, account: Account, dump: &'d str) -> Vec<&'d str> {
        let number = self.mark(account);
        dump.lines().filter(|line| line.contains(number)).collect()
    }

    /// For which accounts an address decides.
    pub async fn accounts_decided_by(&self, address: &str) -> Vec<Account> {
        let email = EmailAddress::parse(address).unwrap();
        let mut conn = self.app.app.store.read().await.unwrap();
        let Some((found, _)) = people::by_email(&mut conn, &email).await.unwrap() else {
            return Vec::new();
        };
        let theirs = accounts::of_administrator(&mut conn, found.id)
            .await
            .unwrap();
        ACCOUNTS
            .into_iter()
            .filter(|account| {
                theirs
                    .iter()
                    .any(|one| one.number.as_str() == self.mark(*account))
            })
            .collect()
    }

    /// How much is on record that somebody else than this role did.
    pub async fn events_by_others(&self, role: Role) -> usize {
        let email = EmailAddress::parse(address_of(role)).unwrap();
        let mut conn = self.app.app.store.read().await.unwrap();
        let (own, _) = people::by_email(&mut conn, &email).await.unwrap().unwrap();
        let events = audit::newest(&mut conn, i64::MAX).await.unwrap();
        let own = format!("administrator:{}", own.id);
        events.iter().filter(|event| event.actor != own).count()
    }

    async fn dump_of(&self, tables: &[&str]) -> String {
        let dump = self.dump().await;
        let of_them = |line: &&str| tables.iter().any(|table| line.starts_with(table));
        dump.lines().filter(of_them).collect::<Vec<_>>().join("\n")
    }
}

/// Who somebody is that can sign in, or could.
fn address_of(role: Role) -> &'static str {
    match role {
        Role::Nobody => panic!("nobody has no address"),
        Role::Dismissed => "eva@gone.example",
        Role::Anna => ANNA,
        Role::Carla => CARLA,
        Role::Dora => "dora@both.example",
        Role::StandIn => "now@away.example",
        Role::PastStandIn => "past@away.example",
    }
}

/// What nobody but its administrators is shown.
fn secrets(account: Account) -> [&'static str; 4] {
    match account {
        Account::Tulips => ["Tulpenhandel", "tulip-secret@", "tulip-user@", "tulip-new@"],
        Account::Roses => ["Rozenkwekerij", "rose-secret@", "rose-user@", "rose-new@"],
    }
}

async fn set_up(app: &TestApp, account: Account, domain: &str) -> Things {
    let number = match account {
        Account::Tulips => TULIPS,
        Account::Roses => ROSES,
    };
    let parsed = AccountNumber::parse(number).unwrap();
    let protected = domain::account::Account {
        esecure: Esecure::Active,
        ..manage::find_account(&app.app, &parsed).await.unwrap()
    };
    manage::put_account(&app.app, &protected, Existence::Known)
        .await
        .unwrap();
    let [_, requester, user, colleague] =
        secrets(account).map(|secret| format!("{secret}{domain}"));
    let request = app.asks(&requester, number).await;
    let user = EmailAddress::parse(&user).unwrap();
    authorized_users::add_by_operator(&app.app, &parsed, &user, None)
        .await
        .unwrap();
    let mut conn = app.app.store.read().await.unwrap();
    let person = people::find_person(&mut conn, &user)
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    add(app, &colleague, "Fien", number, None).await;
    let alias = EmailAddress::parse(&colleague.replace('@', "@home.")).unwrap();
    let colleague = EmailAddress::parse(&colleague).unwrap();
    let mut tx = app.app.store.begin().await.unwrap();
    let colleague = people::by_email(&mut tx, &colleague).await.unwrap();
    let colleague = colleague.unwrap().0.id;
    let now = app.app.clock.now();
    let alias = people::person(&mut tx, &alias, now).await.unwrap();
    let is_new = aliases::insert(&mut tx, alias, colleague, now).await;
    assert!(is_new.unwrap());
    tx.commit().await.unwrap();
    Things {
        number: number.to_owned(),
        request: request.to_string(),
        entry: format!("{number}.{person}"),
        administrator: colleague.to_string(),
        newcomer: format!("mallory@{domain}"),
        alias: alias.to_string(),
        domain: domain.to_owned(),
    }
}

async fn add(
    app: &TestApp,
    address: &str,
    name: &str,
    number: &str,
    password: Option<secrecy::SecretString>,
) {
    let email = EmailAddress::parse(address).unwrap();
    let number = AccountNumber::parse(number).unwrap();
    manage::add_administrator(&app.app, &email, &number, name, Language::Nl, password)
        .await
        .unwrap();
}

/// Bram has named somebody, who stands in for so many days from now on.
async fn stands_in_for_bram(app: &TestApp, address: &str, name: &str, days: u32) {
    // With a password, and no account.
    add(app, address, name, TULIPS, Some(PASSWORD.into())).await;
    app.dismiss(address, TULIPS).await;
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let [bram, stand_in] = [BRAM, address].map(|address| EmailAddress::parse(address).unwrap());
    let (bram, _) = people::by_email(&mut tx, &bram).await.unwrap().unwrap();
    let (stand_in, _) = people::by_email(&mut tx, &stand_in).await.unwrap().unwrap();
    let named = StandIn {
        id: StandInId::new(),
        absent: bram.id,
        stand_in: stand_in.id,
        person: stand_in.person,
        name: name.to_owned(),
        from: now,
        until: now.plus(DAY * days),
        created_at: now,
        ended_at: None,
    };
    stand_ins::insert(&mut tx, &named).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(take_turns(&app.app, 9).await.unwrap(), 1);
}

async fn keys(app: &TestApp) -> Vec<Key> {
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    let mut keys = Vec::new();
    for (name, scope, accounts) in [
        ("tulips", vec![tulips], vec![Account::Tulips]),
        ("roses", vec![roses], vec![Account::Roses]),
        ("all", vec![], ACCOUNTS.to_vec()),
        ("gone", vec![], vec![]),
    ] {
        let key = client_keys::add_client(&app.app, name, &scope, None)
            .await
            .unwrap();
        keys.push(Key {
            secret: key.expose().to_owned(),
            scope: accounts,
            is_valid: name != "gone",
        });
    }
    client_keys::revoke_client(&app.app, "gone").await.unwrap();
    keys
}
