//! Many concurrent requests share a commit on SQLite, and none of them notices the others.

mod giving_up;

use std::{sync::Arc, time::Duration};

use esecured::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, timestamp::Timestamp},
    store::{Store, StoreError, Tx, people},
    workflow::submit::{self, Submission, Submitted},
};
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use sqlx::{AnyConnection, Connection};
use tokio::{sync::Barrier, time::timeout};

use crate::support::{Database, TULIPS, TestApp, invariants};

const NOON: Timestamp = Timestamp::from_seconds(1_778_493_600);
/// Longer than anything here takes: a member that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(20);

/// An empty database in a file, and somebody who looks at it from outside.
struct Shared {
    store: Store,
    outside: AnyConnection,
    _dir: tempfile::TempDir,
}

impl Shared {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("esecured.db").display());
        let store = Store::open(&url, true).await.unwrap();
        let outside = AnyConnection::connect(&url).await.unwrap();
        Self {
            store,
            outside,
            _dir: dir,
        }
    }

    /// Changes with every commit of somebody else that is seen.
    async fn version(&mut self) -> i64 {
        sqlx::query_scalar("SELECT data_version FROM pragma_data_version")
            .fetch_one(&mut self.outside)
            .await
            .unwrap()
    }

    /// Whom somebody outside sees.
    async fn people(&mut self) -> Vec<String> {
        sqlx::query_scalar("SELECT address FROM person ORDER BY address")
            .fetch_all(&mut self.outside)
            .await
            .unwrap()
    }
}

async fn add(tx: &mut Tx, name: &str) {
    let address = EmailAddress::parse(&format!("{name}@example.com")).unwrap();
    people::person(tx, &address, NOON).await.unwrap();
}

async fn adds(store: &Store, name: &str) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    add(&mut tx, name).await;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_at_once_take_few_commits() {
    const REQUESTS: usize = 400;
    let app = TestApp::start(Database::Sqlite).await;
    let url = app.app.config.database.url.expose_secret();
    let wal = format!("{}-wal", url.strip_prefix("sqlite:").unwrap());
    let mut outside = AnyConnection::connect(url).await.unwrap();
    // The log is emptied once and then only grows: each commit is a frame that says so.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut outside)
        .await
        .unwrap();
    no_checkpoints(&app.app.store).await;

    let begun = Arc::new(Barrier::new(REQUESTS));
    let asking = (0..REQUESTS).map(|number| {
        let (app, begun) = (app.app.clone(), begun.clone());
        tokio::spawn(async move {
            begun.wait().await;
            let opened = submit::submit_by_operator(&app, &submission(number)).await;
            assert!(matches!(opened, Ok(Submitted::Opened(_))), "{opened:?}");
        })
    });
    for asked in join_all(asking).await {
        asked.unwrap();
    }
    let commits = commits_in(&std::fs::read(&wal).unwrap());
    // A group has an age at which it is committed, so on a slow machine it has fewer members.
    assert!((1..=REQUESTS / 2).contains(&commits), "{commits} commits");
    invariants::hold(&app.app).await;

    // The measure itself: one at a time, each takes a commit of its own.
    for number in REQUESTS..REQUESTS + 10 {
        submit::submit_by_operator(&app.app, &submission(number))
            .await
            .unwrap();
    }
    let wal = std::fs::read(&wal).unwrap();
    assert_eq!(commits_in(&wal), commits + 10);
}

fn submission(number: usize) -> Submission {
    Submission {
        account: AccountNumber::parse(TULIPS).unwrap(),
        email: EmailAddress::parse(&format!("p{number}@elsewhere.example")).unwrap(),
        email_verified: false,
        name: None,
        reason: None,
        reference: None,
        language: None,
    }
}

async fn no_checkpoints(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    sqlx::query("PRAGMA wal_autocheckpoint = 0")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The frames of a write-ahead log that end a transaction (SQLite's file format, section 4.1): those
/// with the salts of the log's header that name the size of the database after the commit.
fn commits_in(wal: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let page_size = u32::from_be_bytes(wal[8..12].try_into().unwrap());
    let frame = FRAME_HEADER + usize::try_from(page_size).unwrap();
    let salts = &wal[16..24];
    let frames = wal[HEADER..].chunks_exact(frame);
    frames
        .filter(|frame| &frame[8..16] == salts && frame[4..8] != [0; 4])
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_before_the_commit() {
    let mut shared = Shared::open().await;
    let store = shared.store.clone();
    let mut left_to_another = 0;
    for round in 0..10 {
        let mut anna = store.begin().await.unwrap();
        add(&mut anna, &format!("anna{round}")).await;
        // Bram waits behind Anna, so her commit is left to him: as a rule, not for long.
        let mut bram = Box::pin(store.begin());
        assert!(futures_util::poll!(&mut bram).is_pending());
        let before = shared.version().await;
        let mut anna = Box::pin(anna.commit());
        match timeout(Duration::from_millis(10), &mut anna).await {
            Ok(answered) => {
                answered.unwrap();
                assert_ne!(shared.version().await, before);
            }
            Err(_) => {
                assert_eq!(shared.version().await, before);
                let mut bram = timeout(PATIENCE, bram).await.unwrap().unwrap();
                add(&mut bram, &format!("bram{round}")).await;
                bram.commit().await.unwrap();
                timeout(PATIENCE, anna).await.unwrap().unwrap();
                assert_ne!(shared.version().await, before);
                left_to_another += 1;
            }
        }
        let people = shared.people().await;
        assert!(people.contains(&format!("anna{round}@example.com")));
    }
    assert!(
        left_to_another > 0,
        "no commit was shared: the test shows nothing"
    );
    let people = shared.people().await;
    assert_eq!(people.len(), 10 + left_to_another);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_answered_is_seen_by_others() {
    let shared = Shared::open().await;
    let answered = (0..100).map(|number| {
        let store = shared.store.clone();
        tokio::spawn(async move {
            adds(&store, &format!("p{number}")).await.unwrap();
            let mut conn = store.read().await.unwrap();
            let address = EmailAddress::parse(&format!("p{number}@example.com")).unwrap();
            let seen = people::find_person(&mut conn, &address).await.unwrap();
            assert!(seen.is_some(), "{number}");
        })
    });
    for one in join_all(answered).await {
        one.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_fails_takes_nobody_with_it() {
    let mut shared = Shared::open().await;
    let begun = Arc::new(Barrier::new(90));
    let members = (0..90).map(|number| {
        let (store, begun) = (shared.store.clone(), begun.clone());
        tokio::spawn(async move {
            begun.wait().await;
            let mut tx = store.begin().await?;
            add(&mut tx, &format!("p{number}")).await;
            match number % 3 {
                0 => {}
                // Gives up of its own accord.
                1 => return Ok(false),
                // A statement fails: there is no such account.
                _ => {
                    sqlx::query("INSERT INTO client_account VALUES ('nobody', 'nothing')")
                        .execute(&mut *tx)
                        .await?;
                }
            }
            tx.commit().await?;
            Ok::<_, StoreError>(true)
        })
    });
    let mut expected = Vec::new();
    for (number, member) in join_all(members).await.into_iter().enumerate() {
        let outcome = member.unwrap();
        match number % 3 {
            0 => {
                assert!(outcome.unwrap());
                expected.push(format!("p{number}@example.com"));
            }
            1 => assert!(!outcome.unwrap()),
            _ => assert!(outcome.is_err()),
        }
    }
    expected.sort();
    assert_eq!(shared.people().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_fails_the_group_and_the_next_one_works() {
    let mut shared = Shared::open().await;
    adds(&shared.store, "before").await.unwrap();
    let store = shared.store.clone();
    let mut anna = store.begin().await.unwrap();
    add(&mut anna, "anna").await;
    let mut bram = Box::pin(store.begin());
    assert!(timeout(Duration::from_millis(1), &mut bram).await.is_err());
    let mut anna = Box::pin(anna.commit());
    // As a rule her commit is left to Bram.
    let early = timeout(Duration::from_millis(1), &mut anna).await.ok();

    // Bram fills the database; SQLite takes back the whole transaction, and Anna's part with it.
    let mut bram = bram.await.unwrap();
    limit_size(&mut bram, 1).await;
    let mut noor = Box::pin(store.begin());
    assert!(timeout(Duration::from_millis(1), &mut noor).await.is_err());
    let big = "x".repeat(1 << 20);
    let full = sqlx::query("INSERT INTO person (id, address, created_at) VALUES ('big', $1, 1)")
        .bind(&big)
        .execute(&mut *bram)
        .await;
    let said = full.unwrap_err().to_string();
    assert!(said.contains("full"), "{said}");
    drop(bram);
    let mut noor = timeout(PATIENCE, noor).await.unwrap().unwrap();
    limit_size(&mut noor, 1 << 30).await;
    add(&mut noor, "noor").await;
    let noor_told = timeout(PATIENCE, noor.commit()).await.unwrap();
    let anna_told = match early {
        Some(told) => told,
        None => timeout(PATIENCE, anna).await.unwrap(),
    };

    // Everybody was told the truth.
    let seen = shared.people().await;
    let is_there = |name: &str| seen.contains(&format!("{name}@example.com"));
    assert_eq!(anna_told.is_ok(), is_there("anna"), "{anna_told:?}");
    assert_eq!(noor_told.is_ok(), is_there("noor"), "{noor_told:?}");
    assert!(noor_told.is_ok(), "{noor_told:?}");
    timeout(PATIENCE, adds(&store, "after"))
        .await
        .unwrap()
        .unwrap();
    assert!(
        shared
            .people()
            .await
            .contains(&"after@example.com".to_owned())
    );
}

async fn limit_size(tx: &mut Tx, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .fetch_one(&mut **tx)
        .await
        .unwrap();
}
