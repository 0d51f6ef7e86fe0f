//! A real Postfix of the test's own, that looks nothing up and sends nothing
//! off this machine.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::free_port::free_address;
use super::process::{Process, eventually, installed, is_root, listens, run};

/// `nobody`, who owns the Maildir.
const MAILBOX_OWNER: u32 = 65534;

/// The services of Debian's `master.cf` that this one needs, none chrooted.
const SERVICES: &str = "\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// A running Postfix. It takes mail for one domain, for every local part,
/// with `+` before a sub-address, and offers STARTTLS.
pub struct Postfix {
    pub address: SocketAddr,
    /// Further listeners, in the order of [`Postfix::also_listening`].
    pub more: Vec<SocketAddr>,
    _process: Process,
    directory: TempDir,
}

impl Postfix {
    /// Delivers mail for `domain` into one Maildir; see [`Postfix::delivered`].
    pub fn with_maildir(domain: &str) -> Self {
        Self::start(domain, "virtual", &[])
    }

    /// The same with further listeners, each with settings of its own.
    pub fn also_listening(domain: &str, settings: &[Vec<String>]) -> Self {
        Self::start(domain, "virtual", settings)
    }

    /// Hands mail for `domain` to the LMTP server at `address`.
    pub fn with_lmtp(domain: &str, address: SocketAddr) -> Self {
        Self::start(
            domain,
            &format!("lmtp:inet:[{}]:{}", address.ip(), address.port()),
            &[],
        )
    }

    /// The mails in the Maildir, once there are as many as expected.
    pub fn delivered(&self, expected: usize) -> Vec<String> {
        let maildir = self.directory.path().join("mail/inbox/new");
        let files = || {
            fs::read_dir(&maildir)
                .map(Iterator::count)
                .unwrap_or_default()
        };
        let complete = eventually(|| files() >= expected);
        assert!(
            complete,
            "{} of {expected} mails; the log:\n{}",
            files(),
            self.log()
        );
        let mails = fs::read_dir(&maildir).unwrap();
        mails
            .map(|mail| fs::read_to_string(mail.unwrap().path()).unwrap())
            .collect()
    }

    /// The same in PEM, as a file.
    pub fn certificate_file(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// Its certificate, for `127.0.0.1` and `localhost`, signed by itself.
    pub fn certificate(&self) -> CertificateDer<'static> {
        let file = self.certificate_file();
        let mut convert = Command::new("openssl");
        CertificateDer::from(run(convert
            .args(["x509", "-outform", "DER", "-in"])
            .arg(file)))
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn start(domain: &str, transport: &str, further: &[Vec<String>]) -> Self {
        let master = installed(&["/usr/lib/postfix/sbin/master"], "postfix");
        assert!(
            is_root(),
            "Postfix cannot run: its parts belong to several users, which only root can arrange. \
             Run this test as root, or leave it out with -E 'not test(postfix)'."
        );
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        for part in ["config", "queue", "data", "mail"] {
            fs::create_dir(path.join(part)).unwrap();
        }
        run(Command::new("chown").arg("postfix").arg(path.join("data")));
        chown(path.join("mail"), Some(MAILBOX_OWNER), Some(MAILBOX_OWNER)).unwrap();
        make_certificate(path);

        let address = free_address();
        let config = path.join("config");
        fs::write(config.join("main.cf"), settings(path, domain, transport)).unwrap();
        let mut services = format!("{address} inet n - n - - smtpd\n");
        let mut more = Vec::new();
        for settings in further {
            let address = free_address();
            services.push_str(&format!("{address} inet n - n - - smtpd\n"));
            for setting in settings {
                services.push_str(&format!("  -o {setting}\n"));
            }
            more.push(address);
        }
        fs::write(config.join("master.cf"), services + SERVICES).unwrap();
        // Makes the folders of the queue.
        run(Command::new("postfix").arg("-c").arg(&config).arg("check"));

        let arguments = ["-c".as_ref(), config.as_os_str(), "-d".as_ref()];
        let process = Process::start(master, arguments, address, &path.join("output"));
        assert!(more.iter().all(|further| listens(*further)));
        Self {
            address,
            more,
            _process: process,
            directory,
        }
    }
}

fn settings(path: &Path, domain: &str, transport: &str) -> String {
    let path = path.display();
    format!(
        "\
compatibility_level = 3.6
queue_directory = {path}/queue
data_directory = {path}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {path}/log
maillog_file_prefixes = {path}
myhostname = mail.test
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
smtpd_peername_lookup = no
alias_maps =
alias_database =
mydestination =
local_recipient_maps =
local_transport = error:nobody lives here
default_transport = error:nothing leaves this machine
relay_domains =
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {path}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{MAILBOX_OWNER}
virtual_gid_maps = static:{MAILBOX_OWNER}
virtual_transport = {transport}
recipient_delimiter = +
smtpd_tls_security_level = may
smtpd_tls_cert_file = {path}/certificate.pem
smtpd_tls_key_file = {path}/key.pem
"
    )
}

fn make_certificate(path: &Path) {
    let mut request = Command::new("openssl");
    request.args([
        "req",
        "-x509",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=mail.test",
    ]);
    request.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    request.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    request.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    request.arg("-keyout").arg(path.join("key.pem"));
    request.arg("-out").arg(path.join("certificate.pem"));
    run(&mut request);
}
