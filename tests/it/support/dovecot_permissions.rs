//! What the files of a mailbox let Dovecot do.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};

use super::dovecot::{Dovecot, MAILBOX_OWNER};
use super::process::is_root;

impl Dovecot {
    /// Whether a folder takes mails. One that takes none stands for a quota that is full.
    pub fn lets_write_into(&self, folder: &str, lets: bool) {
        let folder = self.path("home/Maildir").join(format!(".{folder}"));
        for part in ["", "tmp", "new", "cur"] {
            let mode = if lets { 0o700 } else { 0o500 };
            fs::set_permissions(folder.join(part), Permissions::from_mode(mode)).unwrap();
        }
    }

    /// Whether Dovecot may read a mail of the inbox, by the count of those that were dropped in. It
    /// forgets what it knew of it.
    pub fn lets_read(&self, dropped_in: u32, lets: bool) {
        let maildir = self.path("home/Maildir");
        let _ = fs::remove_file(maildir.join("dovecot.index.cache"));
        let beginning = (1_700_000_000 + dropped_in).to_string();
        let files = ["new", "cur"].map(|part| fs::read_dir(maildir.join(part)).ok());
        let mail = (files.into_iter().flatten().flatten())
            .map(|file| file.unwrap().path())
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(&beginning)
            })
            .unwrap();
        fs::set_permissions(&mail, Permissions::from_mode(if lets { 0o600 } else { 0 })).unwrap();
        if is_root() {
            let owner = if lets { MAILBOX_OWNER } else { 0 };
            chown(&mail, Some(owner), None).unwrap();
        }
    }
}
