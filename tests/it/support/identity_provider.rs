//! A real OpenID Connect provider (oidc-provider on Node.js), at which people say who they are.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use esecured::config::IdentityProvider as Settings;
use reqwest::header::LOCATION;
use tempfile::TempDir;

use super::{
    TestApp,
    process::{Process, run},
};

/// What the operator calls it.
pub const COMPANY: &str = "company";
/// What the daemon proves there who it is with.
pub const CLIENT_SECRET: &str = "a password that only the two of us know";

/// The provider.
pub struct IdentityProvider {
    // In this order: the program ends before its files go.
    _process: Process,
    dir: TempDir,
}

/// How a daemon is told about the provider at this address.
pub fn settings(address: SocketAddr) -> Settings {
    Settings {
        name: COMPANY.to_owned(),
        issuer: format!("http://{address}"),
        client_id: "esecured".to_owned(),
        client_secret: CLIENT_SECRET.into(),
        label: "Tulpen BV".to_owned(),
    }
}

impl IdentityProvider {
    /// Starts it for the daemon that people reach at `base`. It signs with `algorithm`, by keys that
    /// it makes anew.
    pub fn start(address: SocketAddr, base: &str, algorithm: &str) -> Self {
        Self::run(tempfile::tempdir().unwrap(), address, base, algorithm, &[])
    }

    /// The same over https, with a certificate by an authority of the company alone.
    pub fn start_behind_tls(address: SocketAddr, base: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        make_certificates(dir.path());
        let files = ["key.pem", "certificate.pem"].map(|name| dir.path().join(name));
        Self::run(dir, address, base, "ES256", &files)
    }

    /// The certificate of that authority, as PEM.
    pub fn authority(&self) -> PathBuf {
        self.dir.path().join("authority.pem")
    }

    fn run(
        dir: TempDir,
        address: SocketAddr,
        base: &str,
        algorithm: &str,
        tls: &[PathBuf],
    ) -> Self {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let mut arguments = vec![
            peers.join("identity_provider.mjs").display().to_string(),
            address.port().to_string(),
            format!("{base}/login/oidc/{COMPANY}/callback"),
            algorithm.to_owned(),
        ];
        arguments.extend(tls.iter().map(|file| file.display().to_string()));
        let log = dir.path().join("provider.log");
        Self {
            _process: Process::start("node", arguments, address, &log),
            dir,
        }
    }
}

/// An authority, and a certificate for `127.0.0.1` that it signed.
fn make_certificates(dir: &Path) {
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let make = |name: &str, key: &str, certificate: &str, more: &[&str]| {
        let mut command = Command::new("openssl");
        command.current_dir(dir).args(new.split(' '));
        command.args(["-subj", name, "-keyout", key, "-out", certificate]);
        run(command.args(more));
    };
    make("/CN=Tulpen CA", "authority.key", "authority.pem", &[]);
    let signed = [
        ["-CA", "authority.pem"],
        ["-CAkey", "authority.key"],
        ["-addext", "basicConstraints=critical,CA:FALSE"],
        ["-addext", "subjectAltName=IP:127.0.0.1"],
    ];
    make(
        "/CN=localhost",
        "key.pem",
        "certificate.pem",
        signed.as_flattened(),
    );
}

/// Somebody goes where a page of ours led, says there to be `person` (or, with none, breaks it off),
/// and is led back: the path of ours at which they arrive.
pub async fn says_to_be(app: &TestApp, url: &str, person: &str) -> String {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut answer = client.get(url).send().await.unwrap();
    loop {
        let at = answer.url().clone();
        answer = match answer.headers().get(LOCATION) {
            Some(to) => {
                let to = at.join(to.to_str().unwrap()).unwrap();
                if let Some(path) = to.as_str().strip_prefix(&app.base) {
                    return path.to_owned();
                }
                client.get(to).send().await.unwrap()
            }
            None if at.path().starts_with("/who/") => {
                let form = client.post(at).form(&[("person", person)]);
                form.send().await.unwrap()
            }
            None => panic!("{at} says {}", answer.text().await.unwrap()),
        };
    }
}
