//! Somebody at the command line: the built program in a directory of its own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{free_port::free_address, process::eventually};

/// A configuration, a database and keys that go with the test.
pub struct Operator {
    home: TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Operator {
    /// Where nothing is set up yet.
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// With configuration and keys. Mails go into files.
    pub fn set_up() -> Self {
        let operator = Self::new();
        operator.says("init .").done();
        let config = format!(
            "[server]\nlisten = \"{}\"\npublic_url = \"http://127.0.0.1:8080\"\nadmin_listen = \"{}\"\n\
             [database]\nurl = \"sqlite:esecured.db\"\n\
             [keys]\nfile = \"esecured.keys\"\n\
             [mail]\nfrom = \"eSecure <esecure@example.com>\"\nreply_to = \"reply@example.com\"\n\
             transport = \"file\"\nfile_dir = \"mails\"\n\
             [inbox]\nrequire_auth = \"token\"\n",
            free_address(),
            free_address(),
        );
        operator.has("esecured.toml", &config);
        operator
    }

    /// The same with an account and its administrator Anna.
    pub fn with_account() -> Self {
        let operator = Self::set_up();
        operator
            .says("account add 112233445 --name Tulpenhandel")
            .done();
        let anna = "admin add anna@example.com --account 112233445 --name Anna --language nl";
        let words = anna.split_whitespace().chain(["--password-stdin"]);
        operator.hears(words, b"three blue bicycles\n").done();
        operator
    }

    /// Puts a file into the directory.
    pub fn has(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs a command whose words have no blanks.
    pub fn says(&self, line: &str) -> Said {
        self.hears(line.split_whitespace(), b"")
    }

    /// Runs a command with this on its stdin.
    pub fn hears(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>, stdin: &[u8]) -> Said {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails early may end without having read it.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A command that is not started yet. Only what stands in the directory configures it.
    pub fn command(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_esecured"));
        command.current_dir(self.home.path()).env_clear();
        command.env("TMPDIR", self.home.path());
        if self.path("esecured.toml").exists() {
            command.args(["-c", "esecured.toml"]);
        }
        command.args(words);
        command
    }

    /// Starts a command that runs until it is asked to stop.
    pub fn starts(&self, line: &str) -> Running {
        let stdout = self.path("stdout");
        let stderr = self.path("stderr");
        let child = self
            .command(line.split_whitespace())
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        Running {
            child,
            stdout,
            stderr,
        }
    }
}

impl Said {
    /// It was done; what it printed.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// It ended with this code and said this on stderr.
    #[track_caller]
    pub fn refused(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(words), "no {words:?} in {self:?}");
        self
    }

    /// What it printed, as JSON Lines.
    #[track_caller]
    pub fn json(self) -> Vec<Value> {
        let printed = self.done();
        let lines = printed.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }
}

/// A program that runs. Dropping it kills it.
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap()
    }

    pub fn logged(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }

    /// Asks it to stop, and waits; its exit code.
    pub fn stops(&mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let mut status = None;
        assert!(
            eventually(|| {
                status = self.child.try_wait().unwrap();
                status.is_some()
            }),
            "it did not stop; it said:\n{}",
            self.logged()
        );
        status.and_then(|status| status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
