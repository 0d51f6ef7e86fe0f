//! A real OpenID Connect provider (oidc-provider on Node.js), at which people say who they are.

use std::{net::SocketAddr, path::Path};

use esecured::config::IdentityProvider as Settings;
use reqwest::header::LOCATION;
use tempfile::TempDir;

use super::{TestApp, process::Process};

/// What the operator calls it.
pub const COMPANY: &str = "company";
const PASSWORD: &str = "a password that only the two of us know";

/// The provider.
pub struct IdentityProvider {
    _process: Process,
    _dir: TempDir,
}

/// How a daemon is told about the provider at this address.
pub fn settings(address: SocketAddr) -> Settings {
    Settings {
        name: COMPANY.to_owned(),
        issuer: format!("http://{address}"),
        client_id: "esecured".to_owned(),
        client_secret: PASSWORD.into(),
        label: "Tulpen BV".to_owned(),
    }
}

impl IdentityProvider {
    /// Starts it for one daemon. It signs with `algorithm`, by keys that it makes anew.
    pub fn start(address: SocketAddr, app: &TestApp, algorithm: &str) -> Self {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let arguments = [
            peers.join("identity_provider.mjs").display().to_string(),
            address.port().to_string(),
            format!("{}/login/oidc/{COMPANY}/callback", app.base),
            algorithm.to_owned(),
        ];
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("provider.log");
        Self {
            _process: Process::start("node", arguments, address, &log),
            _dir: dir,
        }
    }
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
