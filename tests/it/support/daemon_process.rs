//! The built program as a process of its own: started, asked, killed, started again.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{free_port::free_address, process::eventually, process::run};

/// A directory with configuration and keys, in which one daemon after the other lives.
pub struct Installation {
    home: TempDir,
    listen: SocketAddr,
    health: SocketAddr,
    authorities: Option<PathBuf>,
}

impl Installation {
    /// Keys and a configuration: `[server]` and `[keys]` are set, `config` says the rest. A relative
    /// `database.url` or `mail.file_dir` lies in [`Installation::home`].
    pub fn new(config: &str) -> Self {
        let installation = Self {
            home: tempfile::tempdir().unwrap(),
            listen: free_address(),
            health: free_address(),
            authorities: None,
        };
        let text = format!(
            "[server]\nlisten = \"{listen}\"\npublic_url = \"http://{listen}\"\n\
             admin_listen = \"{health}\"\n[keys]\nfile = \"esecured.keys\"\n{config}\n",
            listen = installation.listen,
            health = installation.health,
        );
        fs::write(installation.home().join("esecured.toml"), text).unwrap();
        installation.says(&["signing-key", "rotate"]);
        installation
    }

    /// From now on it trusts the authorities of this PEM file, in place of those of the system.
    pub fn trusts(&mut self, authorities: PathBuf) {
        self.authorities = Some(authorities);
    }

    /// Where its files are.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where people and shipping systems reach it: `http://127.0.0.1:PORT`.
    pub fn base(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Where its health is asked for.
    pub fn health(&self) -> SocketAddr {
        self.health
    }

    /// Runs a command to its end, beside the daemon or without one; what it printed. The command
    /// must succeed.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> String {
        String::from_utf8(run(self.command().args(words))).unwrap()
    }

    /// The same with a line on its stdin.
    #[track_caller]
    pub fn hears(&self, words: &[&str], line: &str) {
        let mut command = self.command();
        let mut child = command.args(words).stdin(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
        assert!(child.wait().unwrap().success(), "{words:?}");
    }

    /// The API key of a new shipping system that may use every account.
    #[track_caller]
    pub fn add_client(&self, name: &str) -> String {
        self.says(&["client", "add", name]).trim().to_owned()
    }

    /// Starts a daemon and waits until it is ready. Its log goes on where that of the last one ended.
    #[track_caller]
    pub fn start(&self) -> DaemonProcess {
        let log = self.home().join("log");
        let stderr = File::options().create(true).append(true).open(&log);
        let child = self
            .command()
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr.unwrap())
            .spawn()
            .unwrap();
        let mut daemon = DaemonProcess { child, log };
        let ready = eventually(|| {
            let ended = daemon.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {ended:?}\n{}", daemon.logged());
            is_ready(self.health).unwrap_or(false)
        });
        assert!(ready, "it is not ready; its log:\n{}", daemon.logged());
        daemon
    }

    /// Only the file configures it; whom to trust is for the system to say.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_esecured"));
        command
            .current_dir(self.home())
            .env_clear()
            .args(["-c", "esecured.toml"]);
        if let Some(authorities) = &self.authorities {
            command.env("SSL_CERT_FILE", authorities);
        }
        command
    }
}

fn is_ready(health: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(health)?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"))
}

/// A running daemon. Dropping it kills it.
pub struct DaemonProcess {
    child: Child,
    log: PathBuf,
}

impl DaemonProcess {
    /// SIGKILL: it finishes nothing and cleans up nothing.
    pub fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, without waiting for what comes of it.
    pub fn is_told_to_stop(&self) {
        run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
    }

    /// SIGTERM: it ends in order. How it ended.
    #[track_caller]
    pub fn terminate(mut self) -> ExitStatus {
        self.is_told_to_stop();
        let mut status = None;
        let ended = eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(ended, "it does not stop; its log:\n{}", self.logged());
        status.unwrap()
    }

    /// The lines of its log and of those before it, each a JSON object with `event`.
    pub fn log_lines(&self) -> Vec<Value> {
        let text = self.logged();
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }

    fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for DaemonProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
