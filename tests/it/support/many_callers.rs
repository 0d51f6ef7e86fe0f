//! Fifty requesters who ask for many accounts: what each call was answered, and what of it the
//! database has and the administrators were mailed.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    time::{Duration, Instant},
};

use esecured::{
    app::App,
    config::Limit,
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
    },
    workflow::manage::{self, Existence},
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{ANNA, BRAM, TestApp};

/// So many ask at once, each one call after the other.
pub const REQUESTERS: usize = 50;
/// They are of so many companies.
const COMPANIES: usize = 5;

/// What the calls were answered.
#[derive(Default)]
pub struct Heard {
    /// The requests that were opened: 201.
    pub created: HashSet<String>,
    /// How many joined one that was there: 200.
    pub joined: usize,
    /// How long each answer took.
    pub took: Vec<Duration>,
}

fn account(number: usize) -> AccountNumber {
    AccountNumber::parse(&(300_000_000 + number).to_string()).unwrap()
}

/// Anna and Bram administer so many accounts.
pub async fn prepare(app: &TestApp, accounts: usize) {
    for number in (0..accounts).map(account) {
        let account = Account {
            number: number.clone(),
            name: "Tulpenhandel De Wit".to_owned(),
            language: Language::Nl,
            time_zone: "Europe/Amsterdam".to_owned(),
            esecure: Esecure::Active,
            requester_mails: true,
        };
        manage::put_account(&app.app, &account, Existence::New)
            .await
            .unwrap();
        for (email, language) in [(ANNA, Language::Nl), (BRAM, Language::En)] {
            let email = EmailAddress::parse(email).unwrap();
            manage::add_administrator(&app.app, &email, &number, "Anna", language, None)
                .await
                .unwrap();
        }
    }
    app.deliver_mail().await;
}

/// Everybody asks for each of these accounts, once; the calls go to the daemons in turn.
pub async fn all_ask(app: &TestApp, daemons: &[&str], accounts: Range<usize>, heard: &mut Heard) {
    all_ask_within(app, daemons, accounts, heard, Duration::ZERO).await;
}

/// The same, evenly spread over this time. An answer takes as long as it comes after the moment at
/// which the call was due.
pub async fn all_ask_within(
    app: &TestApp,
    daemons: &[&str],
    accounts: Range<usize>,
    heard: &mut Heard,
    time: Duration,
) {
    let start = tokio::time::Instant::now();
    let calls = u32::try_from(REQUESTERS * accounts.len()).unwrap();
    let asking = (0..REQUESTERS).map(|requester| {
        let accounts = accounts.clone();
        async move {
            let email = format!("joris{requester}@company{}.example", requester % COMPANIES);
            let mut answers = Vec::with_capacity(accounts.len());
            for (round, number) in accounts.enumerate() {
                let base = daemons[(requester + number) % daemons.len()];
                let body = json!({ "accountNumber": account(number).as_str(), "email": email });
                let place = u32::try_from(round * REQUESTERS + requester).unwrap();
                let begun = if time.is_zero() {
                    Instant::now()
                } else {
                    let due = start + time * place / calls;
                    tokio::time::sleep_until(due).await;
                    due.into_std()
                };
                let call = app
                    .http
                    .post(format!("{base}/v1/access-requests"))
                    .bearer_auth(&app.api_key)
                    .json(&body);
                let answer = call.send().await.unwrap();
                let status = answer.status().as_u16();
                let answer: Value = answer.json().await.unwrap();
                answers.push((begun.elapsed(), status, answer));
            }
            answers
        }
    });
    for (took, status, answer) in join_all(asking).await.into_iter().flatten() {
        heard.took.push(took);
        match status {
            201 => assert!(
                heard
                    .created
                    .insert(answer["id"].as_str().unwrap().to_owned())
            ),
            200 => heard.joined += 1,
            _ => panic!("{status}: {answer}"),
        }
    }
}

/// What was answered is in the database, and nothing else is.
pub async fn nothing_is_lost(app: &App, heard: &Heard) {
    let mut conn = app.store.read().await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT id, repeats FROM access_request")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    let repeats: i64 = rows.iter().map(|(_, repeats)| *repeats).sum();
    let kept: HashSet<String> = rows.into_iter().map(|(id, _)| id).collect();
    assert_eq!(kept.len(), heard.created.len());
    assert_eq!(kept, heard.created);
    assert_eq!(usize::try_from(repeats).unwrap(), heard.joined);
}

/// Whatever was mailed about requests stays under each limit of the configuration; how many mails
/// administrators got.
pub async fn mailed_under_the_limits(app: &App) -> usize {
    let mut conn = app.store.read().await.unwrap();
    let mails: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT r.id, r.account_number, p.address, m.administrator_id
         FROM message m JOIN access_request r ON r.id = m.request_id
         JOIN person p ON p.id = r.person_id
         WHERE m.kind = 'approval_request' AND m.status = 'delivered'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let limits = &app.config.limits;
    let requests_by = |key: fn(&str, &str) -> String, limit: Option<Limit>| {
        let mut requests: HashMap<String, HashSet<&str>> = HashMap::new();
        for (request, account, requester, _) in &mails {
            requests
                .entry(key(account, requester))
                .or_default()
                .insert(request);
        }
        let most = requests.values().map(HashSet::len).max().unwrap_or(0);
        let limit = limit.unwrap().count as usize;
        assert!(most <= limit, "{most} are more than {limit}");
    };
    requests_by(|_, requester| requester.to_owned(), limits.per_requester);
    let domain = |_: &str, requester: &str| requester.split_once('@').unwrap().1.to_owned();
    requests_by(domain, limits.per_domain);
    requests_by(|account, _| account.to_owned(), limits.per_account);
    let receipts: Vec<(String, i64)> = sqlx::query_as(
        "SELECT recipient_id, COUNT(*) FROM message
         WHERE kind = 'requester_received' AND status = 'delivered' GROUP BY recipient_id",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let limit = i64::from(limits.per_requester.unwrap().count);
    assert_eq!(receipts.len(), REQUESTERS);
    let most = receipts.iter().map(|(_, count)| *count).max();
    assert!(
        most <= Some(limit),
        "{most:?} receipts are more than {limit}"
    );
    let mut to_each: HashMap<(&str, &str), u32> = HashMap::new();
    for (_, account, _, administrator) in &mails {
        *to_each.entry((account, administrator)).or_default() += 1;
    }
    let limit = limits.mails_per_administrator.unwrap().count;
    assert!(to_each.values().all(|mails| *mails <= limit), "{to_each:?}");
    mails.len()
}
