//! Replacing the key file: one at a time, all or nothing, and closed to others from its first byte.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

use super::WriteKeysError;

/// The directory of the key file, locked until this is dropped. The lock is on the directory
/// because the file itself is replaced; it ends with the process, so a crash leaves none behind.
pub(super) struct LockedDirectory(File);

impl LockedDirectory {
    /// Makes the directory of `path` where it is missing, and waits until nobody else holds it.
    pub(super) fn make_and_lock(path: &Path) -> Result<Self, WriteKeysError> {
        let take = || {
            let directory = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                Some(_) | None => Path::new("."),
            };
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
            let directory = File::open(directory)?;
            directory.lock()?;
            Ok(Self(directory))
        };
        take().map_err(|cause| at(path, cause))
    }

    /// Puts a file with this text in the place of `path`. After a crash at any moment there is
    /// the old file or the new one.
    pub(super) fn replace(&self, path: &Path, text: &str) -> Result<(), WriteKeysError> {
        let new = beside(path);
        let swap = || {
            write_closed(&new, path, text)?;
            fs::rename(&new, path)?;
            self.0.sync_all()
        };
        swap().map_err(|cause| {
            // Best effort: the next change clears it away as well.
            let _ = fs::remove_file(&new);
            at(path, cause)
        })
    }
}

fn write_closed(new: &Path, old: &Path, text: &str) -> io::Result<()> {
    // What a crash left behind; nobody else is writing it, because the directory is locked.
    match fs::remove_file(new) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(new)?;
    // Root may rotate the keys of the daemon's user; the daemon must still be able to read them.
    if let Ok(before) = fs::metadata(old) {
        let made = file.metadata()?;
        if (before.uid(), before.gid()) != (made.uid(), made.gid()) {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    PathBuf::from(name)
}

fn at(path: &Path, cause: io::Error) -> WriteKeysError {
    WriteKeysError {
        path: path.to_owned(),
        cause,
    }
}
