//! A certificate authority of the test's own, and what it issues.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::process::run;

/// Who can be believed, or not.
pub struct Authority {
    directory: TempDir,
}

/// What a certificate is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// For `localhost` and the addresses of this machine that tests use.
    Good,
    /// For a host somewhere else.
    OtherHost,
    /// Like the good one, until some years ago.
    Expired,
}

const SETTINGS: &str = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\nserial = serial\n\
    new_certs_dir = .\ndefault_md = sha256\npolicy = any\nunique_subject = no\n\
    [any]\ncommonName = supplied\n";

impl Authority {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        fs::write(path.join("settings"), SETTINGS).unwrap();
        fs::write(path.join("index"), "").unwrap();
        fs::write(path.join("serial"), "01\n").unwrap();
        let authority = Self { directory };
        let name = path_name(&authority.directory);
        authority.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
             -subj /CN={name} -keyout ca.key -out ca.pem"
        ));
        for leaf in [Leaf::Good, Leaf::OtherHost, Leaf::Expired] {
            authority.issue(leaf);
        }
        authority
    }

    /// Its own certificate, in PEM.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// The certificate that it issued, in PEM.
    pub fn certificate(&self, leaf: Leaf) -> PathBuf {
        self.directory.path().join(format!("{leaf:?}.pem"))
    }

    /// The key of that certificate.
    pub fn key(&self, leaf: Leaf) -> PathBuf {
        self.directory.path().join(format!("{leaf:?}.key"))
    }

    fn issue(&self, leaf: Leaf) {
        let names = match leaf {
            Leaf::Good | Leaf::Expired => "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3",
            Leaf::OtherHost => "DNS:mail.elsewhere.test",
        };
        let extensions = format!("subjectAltName = {names}\nbasicConstraints = CA:FALSE\n");
        fs::write(self.path("extensions"), extensions).unwrap();
        self.openssl(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server \
             -keyout {leaf:?}.key -out request"
        ));
        let from_to = match leaf {
            Leaf::Expired => "-startdate 20200101000000Z -enddate 20200201000000Z",
            Leaf::Good | Leaf::OtherHost => "-days 2",
        };
        self.openssl(&format!(
            "ca -batch -notext -config settings -cert ca.pem -keyfile ca.key -in request \
             -extfile extensions -out {leaf:?}.pem {from_to}"
        ));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        let mut openssl = Command::new("openssl");
        let directory: &Path = self.directory.path();
        run(openssl
            .current_dir(directory)
            .args(arguments.split_whitespace()));
    }
}

/// The name of the directory, which no other authority has.
fn path_name(directory: &TempDir) -> String {
    let name = directory.path().file_name().unwrap();
    name.to_string_lossy().trim_start_matches('.').to_owned()
}
