//! A real Dovecot of the test's own: one mailbox, read over IMAP and filled
//! over LMTP.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::free_port::free_address;
use super::process::{Process, installed, is_root, listens, run};

/// `nobody`, who owns the mail where Dovecot runs as root.
pub(super) const MAILBOX_OWNER: u32 = 65534;

/// The address of the mailbox, which takes `+token` too.
pub const ADDRESS: &str = "esecure@example.com";

pub(super) const PASSWORD: &str = "p@ss: word/\"1\\%";

/// Somebody else who may read the mailbox, with a password that LOGIN cannot
/// carry.
const COLLEAGUE: &str = "colleague@example.com";
const COLLEAGUES_PASSWORD: &str = "wachtwoord ë€";

/// A running Dovecot. Every user name leads to the one mailbox.
pub struct Dovecot {
    imap: SocketAddr,
    imaps: SocketAddr,
    lmtp: SocketAddr,
    process: Option<Process>,
    dropped_in: u32,
    directory: TempDir,
}

impl Dovecot {
    pub fn start() -> Self {
        Self::start_with(|_| String::new())
    }

    /// With further settings; files that they name can be written into the directory given.
    pub fn start_with(further: impl FnOnce(&Path) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(path.join("home")).unwrap();
        if is_root() {
            chown(path.join("home"), Some(MAILBOX_OWNER), Some(MAILBOX_OWNER)).unwrap();
        }
        make_certificate(path);
        let mut dovecot = Self {
            imap: free_address(),
            imaps: free_address(),
            lmtp: free_address(),
            process: None,
            dropped_in: 0,
            directory,
        };
        let further = further(dovecot.directory.path());
        let settings = dovecot.settings() + &further;
        fs::write(dovecot.path("dovecot.conf"), settings).unwrap();
        fs::write(dovecot.path("passwords"), passwords()).unwrap();
        dovecot.start_again();
        dovecot
    }

    /// Ends Dovecot with all its connections; the mail stays.
    pub fn stop(&mut self) {
        self.process = None;
    }

    pub fn start_again(&mut self) {
        let dovecot = installed(&["/usr/sbin/dovecot"], "dovecot-imapd");
        installed(&["/usr/lib/dovecot/lmtp"], "dovecot-lmtpd");
        let config = self.path("dovecot.conf");
        let arguments = ["-F".as_ref(), "-c".as_ref(), config.as_os_str()];
        let log = self.path("output");
        self.process = Some(Process::start(dovecot, arguments, self.imap, &log));
        assert!(listens(self.lmtp) && listens(self.imaps), "{}", self.log());
    }

    /// Where the mailbox is, without a sign-in, at an address of this machine.
    pub fn open_url(&self, scheme: &str, host: &str, query: &str) -> String {
        let port = match scheme {
            "imaps" => self.imaps.port(),
            _ => self.imap.port(),
        };
        format!("{scheme}://{host}:{port}/INBOX{query}")
    }

    /// The same with the sign-in.
    pub fn url_at(&self, scheme: &str, host: &str, query: &str) -> String {
        let port = match scheme {
            "imaps" => self.imaps.port(),
            _ => self.imap.port(),
        };
        self.url(scheme, host, port, query)
    }

    /// In clear text, which needs no certificate.
    pub fn imap_url(&self) -> String {
        self.url("imap", "127.0.0.1", self.imap.port(), "")
    }

    /// The same mailbox, with a user name and a password that are not ASCII
    /// only.
    pub fn colleagues_url(&self) -> String {
        let address = format!("127.0.0.1:{}", self.imap.port());
        url_of("imap", COLLEAGUE, COLLEAGUES_PASSWORD, &address, "")
    }

    pub fn imaps_url(&self) -> String {
        self.url("imaps", "127.0.0.1", self.imaps.port(), "")
    }

    /// With STARTTLS.
    pub fn starttls_url(&self) -> String {
        self.url("imap", "localhost", self.imap.port(), "?tls=required")
    }

    /// Its certificate, for `127.0.0.1` and `localhost`, signed by itself.
    pub fn certificate(&self) -> CertificateDer<'static> {
        let mut convert = Command::new("openssl");
        CertificateDer::from(run(convert
            .args(["x509", "-outform", "DER", "-in"])
            .arg(self.path("certificate.pem"))))
    }

    /// Where mail programs read.
    pub fn imap_address(&self) -> SocketAddr {
        self.imap
    }

    /// Where a mail server hands mail over.
    pub fn lmtp_address(&self) -> SocketAddr {
        self.lmtp
    }

    /// Hands a mail over as a mail server does, to [`ADDRESS`].
    pub fn deliver(&self, mail: &[u8]) {
        self.deliver_to(ADDRESS, mail);
    }

    /// Hands a mail over for another address, such as `esecure+token@…`.
    pub fn deliver_to(&self, recipient: &str, mail: &[u8]) {
        let mut stream = TcpStream::connect(self.lmtp).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        expect(&mut answers, '2');
        let commands = [
            ("LHLO mail.test".to_owned(), '2'),
            ("MAIL FROM:<anna@example.com>".to_owned(), '2'),
            (format!("RCPT TO:<{recipient}>"), '2'),
            ("DATA".to_owned(), '3'),
        ];
        for (command, code) in commands {
            stream
                .write_all(format!("{command}\r\n").as_bytes())
                .unwrap();
            expect(&mut answers, code);
        }
        let mut text = Vec::with_capacity(mail.len() + 5);
        for line in mail.split_inclusive(|octet| *octet == b'\n') {
            if line.starts_with(b".") {
                text.push(b'.');
            }
            text.extend_from_slice(line);
        }
        if !text.ends_with(b"\n") {
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b".\r\n");
        stream.write_all(&text).unwrap();
        expect(&mut answers, '2');
    }

    /// Puts a mail into the inbox directly: faster, for many, and without
    /// the header lines that LMTP adds.
    pub fn drop_in(&mut self, mail: &[u8]) {
        self.drop_into("", mail);
    }

    /// The same into a folder: its directory below the mailbox's, such as `.Answers`.
    pub fn drop_into(&mut self, directory: &str, mail: &[u8]) {
        self.dropped_in += 1;
        let maildir = self.path("home/Maildir").join(directory);
        for part in ["", "tmp", "new", "cur"] {
            let part = maildir.join(part);
            if !part.exists() {
                fs::create_dir(&part).unwrap();
                self.give_away(&part);
            }
        }
        let name = format!(
            "{}.{}.test",
            1_700_000_000 + self.dropped_in,
            std::process::id()
        );
        let unfinished = maildir.join("tmp").join(&name);
        fs::write(&unfinished, mail).unwrap();
        self.give_away(&unfinished);
        fs::rename(unfinished, maildir.join("new").join(name)).unwrap();
    }

    /// How many messages a folder holds; none where there is no such folder.
    pub fn count(&self, folder: &str) -> usize {
        self.messages(folder).len()
    }

    /// The messages of a folder, in no order.
    pub fn messages(&self, folder: &str) -> Vec<Vec<u8>> {
        let mut maildir = self.path("home/Maildir");
        if !folder.eq_ignore_ascii_case("INBOX") {
            maildir.push(format!(".{folder}"));
        }
        loop {
            let messages: std::io::Result<Vec<Vec<u8>>> = ["new", "cur"]
                .iter()
                .filter_map(|part| fs::read_dir(maildir.join(part)).ok())
                .flatten()
                .map(|file| fs::read(file?.path()))
                .collect();
            match messages {
                Ok(messages) => return messages,
                // Dovecot renamed or removed it between listing and reading: look again.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => panic!("{}: {error}", maildir.display()),
            }
        }
    }

    pub fn has_folder(&self, folder: &str) -> bool {
        self.path("home/Maildir")
            .join(format!(".{folder}"))
            .is_dir()
    }

    /// Forgets the UIDs, as happens when a mailbox is restored from a copy:
    /// its UIDVALIDITY is another one afterwards. Stops Dovecot meanwhile.
    pub fn renumber(&mut self, uid_validity: u32) {
        self.stop();
        let maildir = self.path("home/Maildir");
        for file in fs::read_dir(&maildir).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("dovecot.index") || name.starts_with("dovecot-uidlist") {
                fs::remove_file(file).unwrap();
            }
        }
        // The header of the list: version, generation, next UID.
        let list = maildir.join("dovecot-uidlist");
        fs::write(&list, format!("3 V{uid_validity} N1\n")).unwrap();
        self.give_away(&list);
        self.start_again();
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn give_away(&self, path: &Path) {
        if is_root() {
            chown(path, Some(MAILBOX_OWNER), Some(MAILBOX_OWNER)).unwrap();
        }
    }

    fn url(&self, scheme: &str, host: &str, port: u16, query: &str) -> String {
        url_of(scheme, ADDRESS, PASSWORD, &format!("{host}:{port}"), query)
    }

    fn settings(&self) -> String {
        let path = self.directory.path().display();
        let home = fs::metadata(self.path("home")).unwrap();
        let (owner, group) = (home.uid(), home.gid());
        let (imap, imaps, lmtp) = (self.imap.port(), self.imaps.port(), self.lmtp.port());
        let mut settings = format!(
            r#"
base_dir = {path}/run
state_dir = {path}/state
log_path = {path}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{path}/certificate.pem
ssl_key = <{path}/key.pem
ssl_dh =
mail_location = maildir:{path}/home/Maildir
recipient_delimiter = +
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {path}/passwords
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={path}/home allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"#
        );
        if !is_root() {
            settings.push_str(&unprivileged_settings());
        }
        settings
    }
}

/// Everything runs as who started it, and nothing changes its root.
fn unprivileged_settings() -> String {
    let name = |option| {
        let name = run(Command::new("id").arg(option));
        String::from_utf8(name).unwrap().trim().to_owned()
    };
    let mut settings = format!(
        "default_internal_user = {user}\ndefault_login_user = {user}\n\
         default_internal_group = {group}\n",
        user = name("-un"),
        group = name("-gn"),
    );
    for service in ["anvil", "stats", "imap-login", "old-stats", "log", "lmtp"] {
        settings.push_str(&format!("service {service} {{\n  chroot =\n}}\n"));
    }
    settings
}

/// The password file. The passwords hold signs that have a meaning in it.
fn passwords() -> String {
    [(ADDRESS, PASSWORD), (COLLEAGUE, COLLEAGUES_PASSWORD)]
        .map(|(user, password)| {
            let password = BASE64.encode(password.as_bytes());
            format!("{user}:{{PLAIN.B64}}{password}\n")
        })
        .concat()
}

fn url_of(scheme: &str, user: &str, password: &str, address: &str, query: &str) -> String {
    let user = utf8_percent_encode(user, NON_ALPHANUMERIC);
    let password = utf8_percent_encode(password, NON_ALPHANUMERIC);
    format!("{scheme}://{user}:{password}@{address}/INBOX{query}")
}

fn make_certificate(path: &Path) {
    run(Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(' '))
        .args("-days 2 -subj /CN=localhost -addext basicConstraints=critical,CA:FALSE".split(' '))
        .args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
        .arg("-keyout")
        .arg(path.join("key.pem"))
        .arg("-out")
        .arg(path.join("certificate.pem")));
}

/// Reads an answer to its last line, and makes sure of its class.
#[track_caller]
fn expect(answers: &mut impl BufRead, class: char) {
    let mut line = String::new();
    loop {
        line.clear();
        answers.read_line(&mut line).unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            break;
        }
    }
    assert!(line.starts_with(class), "Dovecot answered {line:?}");
}
