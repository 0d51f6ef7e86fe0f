//! Postfix's `smtp-sink`: a real SMTP server that takes every mail.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::free_port::free_address;
use super::process::{Process, installed, is_root};

pub struct SmtpSink {
    pub address: SocketAddr,
    _process: Process,
    directory: TempDir,
}

impl SmtpSink {
    pub fn start() -> Self {
        let program = installed(&["/usr/sbin/smtp-sink"], "postfix");
        let directory = tempfile::tempdir().unwrap();
        let mails = directory.path().join("mails");
        fs::create_dir(&mails).unwrap();
        // Started by root, it becomes another user.
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&mails, Permissions::from_mode(0o777)).unwrap();

        let address = free_address();
        let mut arguments = vec!["-d".to_owned(), format!("{}/", mails.display())];
        if is_root() {
            arguments.extend(["-u".to_owned(), "postfix".to_owned()]);
        }
        // The last one is the length of its queue of callers.
        arguments.extend([address.to_string(), "100".to_owned()]);
        let log = directory.path().join("log");
        let process = Process::start(program, &arguments, address, &log);
        Self {
            address,
            _process: process,
            directory,
        }
    }

    /// The mails so far, byte for byte as they were sent, in no order.
    pub fn received(&self) -> Vec<Vec<u8>> {
        let mails = fs::read_dir(self.directory.path().join("mails")).unwrap();
        mails
            .map(|mail| as_sent(&fs::read_to_string(mail.unwrap().path()).unwrap()))
            .collect()
    }
}

/// Undoes what the sink does to a mail: the envelope in `X-` lines and a
/// `Received` field of three lines before it, an empty line after it, and LF
/// for CRLF.
fn as_sent(dump: &str) -> Vec<u8> {
    let lines = dump
        .split_inclusive('\n')
        .skip_while(|line| !line.starts_with("Received:"));
    let mail: String = lines.skip(3).collect();
    mail.strip_suffix('\n')
        .unwrap_or(&mail)
        .replace('\n', "\r\n")
        .into_bytes()
}
