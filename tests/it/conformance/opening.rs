//! Opening a database: what it must promise, and how it is refused.

use esecured::store::{Dialect, OpenError, SCHEMA_VERSION, Store};
use sqlx::{
    Connection, Row, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::Place;
use crate::support::{Database, free_port::free_address, on_both_databases};

async fn refused(url: &str) -> OpenError {
    match Store::open(url, true).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    }
}

async fn opening_again_finds_everything_as_it_was(database: Database) {
    let place = Place::open(database).await;
    place.request("joris@example.com").await;
    let url = place.own.url.clone();
    let again = Store::open(&url, false).await.unwrap();
    let mut conn = again.read().await.unwrap();
    let versions = sqlx::query("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    let versions: Vec<i64> = versions.iter().map(|row| row.get(0)).collect();
    assert_eq!(versions, numbers_of_the_files());
    assert_eq!(versions.last(), Some(&SCHEMA_VERSION));
    let requests: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM access_request")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(requests, 1);
}

/// Every file of `migrations/` is run.
fn numbers_of_the_files() -> Vec<i64> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let mut numbers: Vec<i64> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split('_').next().unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    numbers
}

async fn a_newer_schema_is_refused(database: Database) {
    let place = Place::open(database).await;
    let checksum = match place.store.dialect() {
        Dialect::Sqlite => "x'00'",
        Dialect::Postgres => "'\\x00'::bytea",
    };
    let newer = format!(
        "INSERT INTO _sqlx_migrations
             (version, description, installed_on, success, checksum, execution_time)
         VALUES ({}, 'of tomorrow', CURRENT_TIMESTAMP, TRUE, {checksum}, 1)",
        SCHEMA_VERSION + 1
    );
    place.says(&newer).await.unwrap();
    let url = place.own.url.clone();
    place.store.close().await;
    drop(place.store);
    let error = refused(&url).await;
    let newer = SCHEMA_VERSION + 1;
    assert!(
        matches!(error, OpenError::Newer(version) if version == newer),
        "{error}"
    );
    let said = error.to_string();
    assert!(
        said.contains(&format!("it has version {newer}"))
            && said.contains("run the newer esecured"),
        "{said}"
    );
}

async fn whoever_only_looks_cannot_write(database: Database) {
    let place = Place::open(database).await;
    if place.store.dialect() == Dialect::Postgres {
        return; // There the same connections do both.
    }
    let mut conn = place.store.read().await.unwrap();
    let written = sqlx::query("UPDATE account SET name = ''")
        .execute(&mut *conn)
        .await;
    let said = written.unwrap_err().to_string();
    assert!(said.contains("readonly"), "{said}");
}

/// What the first version of the program left behind.
const OF_THE_FIRST_VERSION: &str = "
INSERT INTO account (number, name, language, time_zone, created_at)
VALUES ('112233445', 'Tulpenhandel', 'nl', 'Europe/Amsterdam', 1);
INSERT INTO person (id, address, address_key, created_at) VALUES ('p1', 'joris@example.com', 'joris@example.com', 1);
INSERT INTO access_request (id, number, account_number, person_id, status, rule, language, repeats, created_at, updated_at, expires_at)
VALUES ('r1', 'R-7Q4K9', '112233445', 'p1', 'pending', 'ask', 'nl', 0, 1, 1, 9);
INSERT INTO message (id, kind, request_id, recipient_id, occasion, key_id, dated_at, status, due_at, attempts, lease_epoch, created_at)
VALUES ('m1', 'requester_received', 'r1', 'p1', '', 'k1', 1, 'queued', 1, 3, 7, 1);
INSERT INTO inbound (fingerprint, received_at, kind, decision, effect, reason, message_id, request_id)
VALUES ('f1', 1, 'other', 'none', 'ignored', 'it was', 'm1', 'r1');
INSERT INTO person (id, address, address_key, created_at) VALUES
    ('p2', 'anna@example.com', 'anna@example.com', 1), ('p3', 'bram@example.com', 'bram@example.com', 1);
INSERT INTO administrator (id, person_id, name, language, phone, password_hash, password_at, created_at) VALUES
    ('d2', 'p2', 'Anna', 'nl', '020', '$', 1, 1), ('d3', 'p3', 'Bram', 'en', '010', NULL, NULL, 1);
INSERT INTO account_administrator (account_number, administrator_id, added_at) VALUES ('112233445', 'd2', 5);
INSERT INTO audit_chain (chain, seq, hash) VALUES ('112233445', 2, '');
INSERT INTO audit_event (chain, seq, at, name, actor, evidence, previous, hash) VALUES
    ('112233445', 1, 1, 'access_request.rejected', 'administrator:d3', '{}', '', ''),
    ('112233445', 2, 1, 'access_request.rejected', 'administrator:d2', '{}', '', '');
";

async fn a_database_of_the_first_version_keeps_its_mails_and_names(database: Database) {
    sqlx::any::install_default_drivers();
    let dir = tempfile::tempdir().unwrap();
    let own = database.create(dir.path());
    let url = match own.url.starts_with("sqlite:") {
        true => format!("{}?mode=rwc", own.url),
        false => own.url.clone(),
    };
    let mut old = sqlx::AnyConnection::connect(&url).await.unwrap();
    let first = Migration::new(
        1,
        "first".into(),
        MigrationType::Simple,
        include_str!("../../../migrations/0001_first.sql").into_sql_str(),
        false,
    );
    let migrator = Migrator {
        migrations: vec![first].into(),
        locking: false,
        ..Migrator::DEFAULT
    };
    migrator.run_direct(None, &mut old, false).await.unwrap();
    sqlx::raw_sql(OF_THE_FIRST_VERSION)
        .execute(&mut old)
        .await
        .unwrap();
    old.close().await.unwrap();

    let store = Store::open(&own.url, true).await.unwrap();
    let mut conn = store.read().await.unwrap();
    let kept: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM message m JOIN inbound i ON i.message_id = m.id
         WHERE m.about = 'r1' AND m.request_id = 'r1' AND m.attempts = 3 AND m.lease_epoch = 7
           AND i.fingerprint = 'f1' AND i.request_id = 'r1'",
    )
    .fetch_one(&mut *conn)
    .await
    .unwrap();
    assert_eq!(kept, 1);
    // Names stay with the account: those who decide, and whoever once did.
    let names = sqlx::query("SELECT name, COALESCE(phone, '') FROM known_as ORDER BY name")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    let names: Vec<(String, String)> = names.iter().map(|row| (row.get(0), row.get(1))).collect();
    let named = |name: &str, phone: &str| (name.to_owned(), phone.to_owned());
    assert_eq!(names, [named("Anna", "020"), named("Bram", "")]);
    let signed_in: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM account_administrator WHERE signed_in_at = 5")
            .fetch_one(&mut *conn)
            .await
            .unwrap();
    assert_eq!(signed_in, 1);
    drop(conn);
    // What refers to a message still has to name one.
    let mut tx = store.begin().await.unwrap();
    let stray = sqlx::query("UPDATE inbound SET message_id = 'nobody'")
        .execute(&mut *tx)
        .await;
    assert!(stray.is_err());
}

on_both_databases!(
    a_database_of_the_first_version_keeps_its_mails_and_names,
    opening_again_finds_everything_as_it_was,
    a_newer_schema_is_refused,
    whoever_only_looks_cannot_write,
);

#[tokio::test]
async fn sqlite_is_set_to_lose_nothing() {
    let place = Place::open(Database::Sqlite).await;
    let mut tx = place.tx().await;
    for (pragma, wanted) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
    ] {
        let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
        let found: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(found, wanted, "{pragma}");
    }
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
}

#[tokio::test]
async fn a_second_daemon_on_the_same_file_is_refused() {
    let place = Place::open(Database::Sqlite).await;
    let url = place.own.url.clone();
    let file = place.dir.path().join("esecured.db");
    for same in [url.clone(), format!("sqlite://{}", file.display())] {
        let error = refused(&same).await;
        assert!(matches!(error, OpenError::InUse { .. }), "{error}");
        assert!(
            error.to_string().contains("another daemon already runs on"),
            "{error}"
        );
    }
    // The command line works beside it, and the next daemon after it.
    Store::open(&url, false).await.unwrap().close().await;
    place.store.close().await;
    drop(place.store);
    Store::open(&url, true).await.unwrap();
}

#[tokio::test]
async fn postgresql_that_may_lose_a_commit_is_refused() {
    let place = Place::open(Database::Postgres).await;
    let url = place.own.url.clone();
    let name = url.rsplit('/').next().unwrap();
    // fsync and full_page_writes are of the whole server, which others are using.
    place
        .says(&format!(
            "ALTER DATABASE {name} SET synchronous_commit = off"
        ))
        .await
        .unwrap();
    let error = refused(&url).await;
    assert!(matches!(error, OpenError::Unsafe(_)), "{error}");
    assert!(
        error.to_string().contains("synchronous_commit = off"),
        "{error}"
    );
    place
        .says(&format!("ALTER DATABASE {name} RESET synchronous_commit"))
        .await
        .unwrap();
    Store::open(&url, true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_that_start_at_once_on_an_empty_postgresql_share_the_migration() {
    let dir = tempfile::tempdir().unwrap();
    let own = Database::Postgres.create(dir.path());
    let starts = (0..4).map(|_| {
        let url = own.url.clone();
        tokio::spawn(async move { Store::open(&url, true).await.map(|_| ()) })
    });
    for start in futures_util::future::join_all(starts).await {
        start.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_and_its_password_is_not() {
    sqlx::any::install_default_drivers();
    let nobody = free_address();
    for url in ["mysql://root:geheim@localhost/x", "esecured.db", ""] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Url { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("expected sqlite:FILE or postgres://"),
            "{error}"
        );
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
    let unreachable = format!("postgres://esecured:geheim@{nobody}/esecured");
    let place = Place::open(Database::Postgres).await;
    let (front, _) = place.own.url.rsplit_once('/').unwrap();
    let password = front.split([':', '@']).nth(2).unwrap().to_owned();
    let missing = format!("{front}/no_such_database");
    let wrong = place.own.url.replace(&password, "geheim");
    assert!(sqlx::AnyConnection::connect(&place.own.url).await.is_ok());
    for (url, words) in [
        (unreachable.as_str(), "refused"),
        (&missing, "no_such_database"),
        (&wrong, "password authentication failed"),
        (
            "sqlite:/nowhere/at/all/esecured.db",
            "/nowhere/at/all/esecured.db",
        ),
    ] {
        let error = refused(url).await;
        let said = error.to_string();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{said}");
        assert!(
            said.contains("cannot open the database") && said.contains(words),
            "{said}"
        );
        assert!(
            !said.contains("geheim") && !said.contains(&password),
            "{said}"
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let error = refused(&format!("sqlite:{}", directory.path().display())).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    let no_database = directory.path().join("notes.txt");
    std::fs::write(&no_database, "Dit is geen database. ".repeat(100)).unwrap();
    let error = refused(&format!("sqlite:{}", no_database.display())).await;
    assert!(error.to_string().contains("not a database"), "{error}");
}
