//! A real PostgreSQL, one for all tests of this user, and a database of its
//! own in it for each test.
//!
//! Making a cluster takes seconds, and nextest runs every test in a process
//! of its own; so the first process that asks starts the server, the others
//! find it, and a watchdog ends it when no process has used it for a while.
//! Who uses it holds a shared lock on a file, which the kernel takes back
//! even from a process that is killed. Durability is as in production:
//! nothing is switched off to make tests faster.

use std::fs::{self, File, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::free_port::free_address;
use super::process::{eventually, is_root, listens, run, user_id};

/// Starts the server (the arguments) and ends it after ten seconds without a
/// user. The exclusive lock is held while it ends, so that whoever comes then
/// waits and starts a new one.
const WATCHDOG: &str = r#"
"$@" </dev/null >log 2>&1 &
server=$!
exec 9>users
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 1
    if flock -n 9; then
        idle=$((idle + 1))
        [ "$idle" -ge 10 ] && break
        flock -u 9
    else
        idle=0
    fi
done
flock 9
rm -f url
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf cluster
"#;

/// A database of one test. Dropping it drops the database.
pub struct PostgresDatabase {
    name: String,
    server: &'static Server,
}

impl PostgresDatabase {
    /// A new, empty database.
    pub fn create() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let server = SERVER.get_or_init(Server::found_or_started);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_micros();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{now}_{number}", std::process::id());
        run(&mut server.psql(&format!("CREATE DATABASE {name}")));
        Self { name, server }
    }

    /// `postgres://…`, with the password.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.url, self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // What stays, because the server died in the test, ends with it.
        let _ = self.server.psql(&drop).stderr(Stdio::null()).status();
    }
}

struct Server {
    url: String,
    /// Locked for as long as this process lives.
    _users: File,
}

impl Server {
    fn found_or_started() -> Self {
        let home = std::env::temp_dir().join(format!("esecured-test-postgres-{}", user_id()));
        fs::create_dir_all(&home).unwrap();
        let owner = fs::metadata(&home).unwrap().uid();
        assert_eq!(
            owner,
            user_id(),
            "{} belongs to somebody else",
            home.display()
        );
        // The server runs as another user when root starts it.
        fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();

        let users = File::options()
            .create(true)
            .append(true)
            .open(home.join("users"))
            .unwrap();
        users.lock_shared().unwrap();
        let start = File::create(home.join("start")).unwrap();
        start.lock().unwrap();
        let url = running(&home).unwrap_or_else(|| start_server(&home));
        let server = Self { url, _users: users };
        // It listens before it answers.
        let answers = eventually(|| {
            let mut psql = server.psql("SELECT 1");
            let quiet = psql.stdout(Stdio::null()).stderr(Stdio::null());
            quiet.status().is_ok_and(|status| status.success())
        });
        assert!(answers, "PostgreSQL does not answer");
        server
    }

    fn psql(&self, sql: &str) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]);
        psql.args(["--command", sql])
            .arg(format!("{}/postgres", self.url));
        psql
    }
}

fn running(home: &Path) -> Option<String> {
    let url = fs::read_to_string(home.join("url")).ok()?;
    let address: SocketAddr = url.rsplit('@').next()?.parse().ok()?;
    std::net::TcpStream::connect(address).is_ok().then_some(url)
}

fn start_server(home: &Path) -> String {
    let cluster = home.join("cluster");
    // The remains of a server that was killed together with its watchdog.
    let _ = fs::remove_dir_all(&cluster);
    fs::create_dir(&cluster).unwrap();
    let password = random_password();
    let password_file = home.join("password");
    fs::write(&password_file, &password).unwrap();
    if is_root() {
        run(Command::new("chown")
            .arg("postgres")
            .arg(&cluster)
            .arg(&password_file));
    }
    let mut initdb = as_postgres(&binary("initdb"));
    initdb.args([
        "--username=esecured",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
    ]);
    initdb
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(&cluster);
    run(&mut initdb);
    fs::remove_file(&password_file).unwrap();

    let address = free_address();
    let mut server = as_postgres(&binary("postgres"));
    server
        .arg("-D")
        .arg(&cluster)
        .arg(format!("--port={}", address.port()));
    server.args([
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
    ]);
    server.args(["-c", "max_connections=300"]);
    let watchdog = Command::new("setsid")
        .args(["--fork", "sh", "-c", WATCHDOG, "watchdog"])
        .arg(server.get_program())
        .args(server.get_args())
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        watchdog.is_ok_and(|status| status.success()),
        "the watchdog does not start"
    );
    let log = || fs::read_to_string(home.join("log")).unwrap_or_default();
    assert!(
        listens(address),
        "PostgreSQL does not listen; its log:\n{}",
        log()
    );

    let url = format!("postgres://esecured:{password}@{address}");
    let file = home.join("url");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, &url).unwrap();
    url
}

/// PostgreSQL refuses to run as root; Debian's package made it a user.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=postgres",
            "--regid=postgres",
            "--init-groups",
            "--",
        ])
        .arg(program);
    command
}

/// Debian keeps the server's programs outside the path, by version.
fn binary(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let programs = versions.map(|version| version.path().join("bin").join(name));
    programs
        .filter(|program| program.exists())
        .max()
        .unwrap_or_else(|| {
            panic!("PostgreSQL is missing; `bash tests/run` installs the package postgresql-15")
        })
}

fn random_password() -> String {
    let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
    uuid.trim().to_owned()
}
