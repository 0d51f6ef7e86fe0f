//! Replacing a file that holds a secret: all or nothing, and closed to others from its first byte.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

/// Puts a file with this text in the place of `path` (mode 0600), whoever owned that. After a crash
/// at any moment there is the old file or the new one. One at a time: see to it that nobody else is
/// replacing it.
///
/// # Errors
/// The old file is as it was.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path);
    let swap = || {
        write(&new, path, text)?;
        fs::rename(&new, path)?;
        File::open(directory_of(path))?.sync_all()
    };
    swap().inspect_err(|_| {
        // Best effort: the next change clears it away as well.
        let _ = fs::remove_file(&new);
    })
}

/// Where it lies.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn write(new: &Path, old: &Path, text: &str) -> io::Result<()> {
    // What a crash left behind; nobody else is writing it.
    match fs::remove_file(new) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(new)?;
    // Root may replace a file of the daemon's user; the daemon must still be able to read it.
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
