//! Opening a database, and what it must promise before a single request is accepted.

use std::{borrow::Cow, fs::File, path::Path, sync::Arc, time::Duration};

use sqlx::{
    AnyConnection, AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{Migration, MigrationType, Migrator},
};

use super::{Dialect, Store, writer::Writer};

/// The newest migration this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// The one history of the schema, for both databases, by number. Migrations only add; a released one
/// stays as it is.
const MIGRATIONS: [(i64, &str, &str); 14] = [
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (
        2,
        "people",
        include_str!("../../migrations/0002_people.sql"),
    ),
    (3, "mail", include_str!("../../migrations/0003_mail.sql")),
    (
        4,
        "wrong_codes",
        include_str!("../../migrations/0004_wrong_codes.sql"),
    ),
    (
        5,
        "reminders",
        include_str!("../../migrations/0005_reminders.sql"),
    ),
    (
        6,
        "event_feed",
        include_str!("../../migrations/0006_event_feed.sql"),
    ),
    (
        7,
        "known_as",
        include_str!("../../migrations/0007_known_as.sql"),
    ),
    (
        8,
        "stand_in_accounts",
        include_str!("../../migrations/0008_stand_in_accounts.sql"),
    ),
    (
        9,
        "link_generation",
        include_str!("../../migrations/0009_link_generation.sql"),
    ),
    (
        10,
        "shared_aliases",
        include_str!("../../migrations/0010_shared_aliases.sql"),
    ),
    (
        11,
        "mailbox_lease",
        include_str!("../../migrations/0011_mailbox_lease.sql"),
    ),
    (
        12,
        "webhooks",
        include_str!("../../migrations/0012_webhooks.sql"),
    ),
    (
        13,
        "test mode",
        include_str!("../../migrations/0013_test_mode.sql"),
    ),
    (
        14,
        "call buckets",
        include_str!("../../migrations/0014_call_buckets.sql"),
    ),
];

/// Older ones have a fault that can corrupt the database when a WAL is reset.
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

const READERS: u32 = 8;

/// How long a PostgreSQL server may take to let us in.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often, and how soon again, the schema of a PostgreSQL is looked at that others may migrate.
const MIGRATE_ATTEMPTS: u32 = 40;
const MIGRATE_AGAIN: Duration = Duration::from_millis(250);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no database we speak to.
    #[error("database.url is {url:?}, expected sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME")]
    Url {
        /// What it is, without a password.
        url: String,
    },
    /// It does not answer, or not to us.
    #[error("cannot open the database {url}: {source}")]
    Unreachable {
        /// Which one, without a password.
        url: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// It would lose what it acknowledged, or is too old.
    #[error("the database cannot be relied on: {0}")]
    Unsafe(String),
    /// Another daemon has this file.
    #[error(
        "another daemon already runs on {file}: stop it first, or use PostgreSQL to share a database"
    )]
    InUse {
        /// The SQLite file.
        file: String,
    },
    /// The schema could not be brought up to date.
    #[error("the database schema could not be migrated: {0}")]
    Migrate(String),
    /// The schema is newer than this program.
    #[error(
        "the database schema could not be migrated: it has version {0}, this program knows up to {SCHEMA_VERSION}: run the newer esecured"
    )]
    Newer(i64),
}

impl Store {
    /// Opens the database, creating and migrating it where needed, and checks what it promises.
    /// With `only_daemon` a second daemon on the same SQLite file is refused.
    pub async fn open(url: &str, only_daemon: bool) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        match dialect(url)? {
            Dialect::Sqlite => open_sqlite(url, only_daemon).await,
            Dialect::Postgres => open_postgres(url).await,
        }
    }
}

/// Brings the schema up to date; refuses one that is newer than this program.
pub async fn migrate(connection: &mut AnyConnection) -> Result<(), OpenError> {
    let migrations = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    let migrator = Migrator {
        migrations: Cow::Owned(migrations.into()),
        // Advisory locks are what some distributed databases lack; see `open_postgres`.
        locking: false,
        ..Migrator::DEFAULT
    };
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => OpenError::Newer(version),
            other => OpenError::Migrate(other.to_string()),
        })
}

fn dialect(url: &str) -> Result<Dialect, OpenError> {
    if url.starts_with("sqlite:") {
        Ok(Dialect::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Dialect::Postgres)
    } else {
        Err(OpenError::Url {
            url: without_password(url),
        })
    }
}

fn without_password(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else {
        return "(unreadable)".to_owned();
    };
    parsed.set_query(None); // A password may stand there too.
    if parsed.password().is_some() && parsed.set_password(Some("***")).is_err() {
        return "(unreadable)".to_owned();
    }
    parsed.to_string()
}

async fn open_sqlite(url: &str, only_daemon: bool) -> Result<Store, OpenError> {
    let path = url
        .trim_start_matches("sqlite:")
        .trim_start_matches("//")
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let unreachable = |source| OpenError::Unreachable {
        url: format!("sqlite:{path}"),
        source,
    };
    let lock = only_daemon.then(|| lock_for_daemon(&path)).transpose()?;

    make_private(&path).map_err(|error| unreachable(sqlx::Error::Io(error)))?;
    let mut writer = connect(&format!("sqlite://{path}?mode=rwc"))
        .await
        .map_err(unreachable)?;
    prepare_sqlite(&mut writer).await.map_err(unreachable)?;
    check_sqlite(&mut writer).await?;
    migrate(&mut writer).await?;

    let readers = AnyPoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("PRAGMA query_only = ON; PRAGMA busy_timeout = 10000")
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .connect(&format!("sqlite://{path}?mode=ro"))
        .await
        .map_err(unreachable)?;
    Ok(Store {
        dialect: Dialect::Sqlite,
        readers,
        writer: Writer::group(writer),
        _only_daemon: lock.map(Arc::new),
    })
}

async fn connect(url: &str) -> Result<AnyConnection, sqlx::Error> {
    use std::str::FromStr;
    AnyConnectOptions::from_str(url)?.connect().await
}

/// sqlx's defaults lose acknowledged commits on a power cut, so everything is said here.
async fn prepare_sqlite(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn check_sqlite(connection: &mut AnyConnection) -> Result<(), OpenError> {
    for (pragma, wanted) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
    ] {
        let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
        let found = ask(connection, sql).await?;
        if found != wanted {
            return Err(OpenError::Unsafe(format!(
                "{pragma} is {found}, it must be {wanted}"
            )));
        }
    }
    let version = ask(connection, "SELECT sqlite_version()".to_owned()).await?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < SQLITE_MIN {
        return Err(OpenError::Unsafe(format!(
            "SQLite is {version}, it must be 3.51.3 or newer"
        )));
    }
    Ok(())
}

async fn ask(connection: &mut AnyConnection, sql: String) -> Result<String, OpenError> {
    sqlx::query_scalar::<_, String>(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .map_err(|error| OpenError::Unsafe(error.to_string()))
}

/// A new database is nobody else's to read; SQLite gives its other files the same mode.
fn make_private(path: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

fn lock_for_daemon(path: &str) -> Result<File, OpenError> {
    let name = format!("{path}.daemon");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(Path::new(&name))
        .map_err(|error| OpenError::Unreachable {
            url: format!("sqlite:{path}"),
            source: sqlx::Error::Io(error),
        })?;
    file.try_lock().map_err(|_| OpenError::InUse {
        file: path.to_owned(),
    })?;
    Ok(file)
}

async fn open_postgres(url: &str) -> Result<Store, OpenError> {
    let unreachable = |source| OpenError::Unreachable {
        url: without_password(url),
        source,
    };
    // One connection by itself first: a pool goes on trying, and then says only that time is over.
    let mut connection = tokio::time::timeout(ANSWER_WITHIN, connect(url))
        .await
        .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
        .map_err(unreachable)?;
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let sql = format!("SELECT CAST(current_setting('{setting}') AS TEXT)");
        if ask(&mut connection, sql).await? == "off" {
            return Err(OpenError::Unsafe(format!(
                "PostgreSQL has {setting} = off, which loses acknowledged requests: switch it on"
            )));
        }
    }
    // Daemons may start at once: one of them migrates, and the others find the work done.
    let mut attempts = 1;
    while let Err(error) = migrate(&mut connection).await {
        if attempts == MIGRATE_ATTEMPTS || matches!(error, OpenError::Newer(_)) {
            return Err(error);
        }
        attempts += 1;
        tokio::time::sleep(MIGRATE_AGAIN).await;
    }
    let pool = AnyPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(ANSWER_WITHIN)
        .test_before_acquire(false)
        .connect(url)
        .await
        .map_err(unreachable)?;
    let _ = connection.close().await;
    Ok(Store {
        dialect: Dialect::Postgres,
        readers: pool.clone(),
        writer: Writer::Pool(pool),
        _only_daemon: None,
    })
}
