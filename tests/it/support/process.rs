//! Programs that end with the test that started them, however it ends.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program in a session of its own and ends that session when
/// standard input ends. The kernel closes the pipe even if the test is
/// killed, when no `Drop` runs.
const LEASH: &str = r#"
setsid "$@" </dev/null &
program=$!
cat >/dev/null
kill -TERM "-$program"
{ sleep 5; kill -KILL "-$program"; } &
impatience=$!
wait "$program"
kill "$impatience"
"#;

/// A running program. Dropping it ends it and waits for its end.
pub struct Process {
    leash: Child,
}

impl Process {
    /// Starts a program whose output goes to the file `log`, and waits until
    /// it accepts connections at `address`.
    pub fn start(
        program: &str,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        address: SocketAddr,
        log: &Path,
    ) -> Self {
        let output = File::create(log).unwrap();
        let leash = Command::new("setsid")
            .args(["sh", "-c", LEASH, "leash", program])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
        let process = Self { leash };
        if !listens(address) {
            let said = fs::read_to_string(log).unwrap_or_default();
            panic!("{program} does not listen on {address}; it said:\n{said}");
        }
        process
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        let _ = self.leash.wait();
    }
}

/// Runs a program to its end and returns what it printed.
#[track_caller]
pub fn run(command: &mut Command) -> Vec<u8> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run {command:?} ({error}); `bash tests/run` installs what is missing")
        });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{said}",
        output.status
    );
    output.stdout
}

/// Waits until something accepts connections at `address`.
pub fn listens(address: SocketAddr) -> bool {
    eventually(|| TcpStream::connect(address).is_ok())
}

/// Asks again and again until the answer is yes. `false`: it never was.
pub fn eventually(mut answer: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if answer() {
            return true;
        }
        sleep(Duration::from_millis(10));
    }
    false
}

/// The first of `paths` that exists.
#[track_caller]
pub fn installed(paths: &[&'static str], package: &str) -> &'static str {
    paths
        .iter()
        .find(|path| Path::new(path).exists())
        .unwrap_or_else(|| {
            panic!(
                "{} is missing; `bash tests/run` installs the package {package}",
                paths[0]
            )
        })
}

pub fn user_id() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

pub fn is_root() -> bool {
    user_id() == 0
}
