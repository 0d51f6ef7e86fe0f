//! The key file: loading it, and the commands that change it.
//!
//! A change takes a lock on the directory, writes a new file beside the old one and renames it
//! into place: two operators who rotate at once lose no key, and a reader sees the old file or
//! the new one, never half of one.

mod key_entries;
mod replace_file;

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use secrecy::SecretBox;

use super::{KeyId, KeyRing};
use crate::{domain::timestamp::Timestamp, random};
use key_entries::KeyEntry;
pub use key_entries::KeyState;
use replace_file::LockedDirectory;

/// How many older keys go on verifying after a rotation.
pub const MAX_VERIFYING: usize = 3;

/// Reads the keys of a deployment (its public URL) from a file.
///
/// # Errors
/// Each error names the file and what to do.
pub fn load(path: &Path, deployment: &str) -> Result<KeyRing, LoadKeysError> {
    let (signing, verifying) = key_entries::master_keys(read(path)?);
    Ok(KeyRing::new(deployment, &signing, &verifying))
}

/// Makes a new key that signs from now on; the one that signed until now still verifies. Makes
/// the file (mode 0600) and its directory (mode 0700) where they are missing.
///
/// # Errors
/// A file that is there but cannot be read as keys is left as it is.
pub fn rotate(path: &Path, now: Timestamp) -> Result<Rotated, RotateKeysError> {
    let locked = LockedDirectory::make_and_lock(path)?;
    let mut entries = match read(path) {
        Ok(entries) => entries,
        Err(LoadKeysError::Missing { .. }) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let created_file = entries.is_empty();

    for entry in &mut entries {
        if entry.state() == KeyState::Signing {
            entry.only_verify();
        }
    }
    let signing = unused_id(&entries);
    let secret = SecretBox::new(Box::new(random::bytes()));
    entries.insert(0, KeyEntry::signing(signing, now, secret));

    // The file is ordered, newest first, so what follows the newest ones is the oldest, whatever
    // the clock said.
    let mut verifying = (0..entries.len()).filter(|&at| entries[at].state() == KeyState::Verifying);
    let oldest = verifying.nth(MAX_VERIFYING);
    let dropped = oldest.map(|at| entries.remove(at).id);

    locked.replace(path, &key_entries::render(&entries))?;
    Ok(Rotated {
        signing,
        dropped,
        created_file,
    })
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The new key.
    pub signing: KeyId,
    /// The key that had to go because [`MAX_VERIFYING`] others stay: what it signed is worth
    /// nothing from now on.
    pub dropped: Option<KeyId>,
    /// There was no key file before.
    pub created_file: bool,
}

/// The keys of the file, newest first, without their secrets.
///
/// # Errors
/// As [`load`].
pub fn list(path: &Path) -> Result<Vec<ListedKey>, LoadKeysError> {
    let listed = |entry: &KeyEntry| ListedKey {
        id: entry.id,
        created: entry.created,
        state: entry.state(),
    };
    Ok(read(path)?.iter().map(listed).collect())
}

/// A line of `esecured signing-key list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its name.
    pub id: KeyId,
    /// When it was made.
    pub created: Timestamp,
    /// What it is used for.
    pub state: KeyState,
}

/// Ends a key: its secret is removed from the file, and what it signed is worth nothing from now
/// on. It stays listed. Revoking it again changes nothing.
///
/// # Errors
/// The key that signs cannot be revoked: mails could not be sent. Rotate first.
pub fn revoke(path: &Path, key_id: KeyId) -> Result<(), RevokeKeyError> {
    // Read before anything is made: only a rotation creates what is missing.
    read(path)?;
    let locked = LockedDirectory::make_and_lock(path)?;
    let mut entries = read(path)?;
    let entry = entries
        .iter_mut()
        .find(|entry| entry.id == key_id)
        .ok_or_else(|| RevokeKeyError::Unknown {
            key_id,
            path: path.to_owned(),
        })?;
    match entry.state() {
        KeyState::Signing => return Err(RevokeKeyError::StillSigning { key_id }),
        KeyState::Verifying => entry.revoke(),
        KeyState::Revoked => return Ok(()),
    }
    locked.replace(path, &key_entries::render(&entries))?;
    Ok(())
}

/// Why the keys could not be loaded, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum LoadKeysError {
    /// There is no such file.
    #[error(
        "there is no signing key file {}; make one with `esecured signing-key rotate`",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It may be read, or written, by others than its owner.
    #[error(
        "others than its owner can reach the signing keys in {0} (mode {mode:04o}); \
         close it with `chmod 600 {0}`, and rotate the keys if somebody may have read them",
        path.display()
    )]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is there and cannot be read.
    #[error(
        "cannot read the signing keys in {}: {cause}; \
         the file must belong to the user that runs esecured",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It does not say what a key file says. The words never hold a secret.
    #[error("{}, line {line}: {fault}; restore the file from a backup, or move it away and make a new one with `esecured signing-key rotate`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        fault: String,
    },
}

/// A new key file could not be put in place; the old one is as it was.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the signing keys to {}: {cause}", path.display())]
pub struct WriteKeysError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub cause: io::Error,
}

/// Why no new key was made.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// The keys that are there cannot be read.
    #[error(transparent)]
    Load(#[from] LoadKeysError),
    /// The new file could not be written.
    #[error(transparent)]
    Write(#[from] WriteKeysError),
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeKeyError {
    /// No key has this name.
    #[error("there is no signing key {key_id} in {}; see `esecured signing-key list`", path.display())]
    Unknown {
        /// The name asked for.
        key_id: KeyId,
        /// The file.
        path: PathBuf,
    },
    /// It is the key that signs.
    #[error(
        "{key_id} is the key that signs; put another in its place with \
         `esecured signing-key rotate`, then revoke it"
    )]
    StillSigning {
        /// The name asked for.
        key_id: KeyId,
    },
    /// The keys that are there cannot be read.
    #[error(transparent)]
    Load(#[from] LoadKeysError),
    /// The new file could not be written.
    #[error(transparent)]
    Write(#[from] WriteKeysError),
}

fn read(path: &Path) -> Result<Vec<KeyEntry>, LoadKeysError> {
    let unreadable = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => LoadKeysError::Missing {
            path: path.to_owned(),
        },
        _ => LoadKeysError::Unreadable {
            path: path.to_owned(),
            cause,
        },
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    let mode = found.mode() & 0o777;
    // A systemd credential that an access list opens for the service's user shows as 0440 of
    // root and group root, which is as closed as 0400.
    let credential = mode == 0o440 && found.uid() == 0 && found.gid() == 0;
    if mode & 0o077 != 0 && !credential {
        return Err(LoadKeysError::ReadableByOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    key_entries::parse(&text).map_err(|(line, fault)| LoadKeysError::Malformed {
        path: path.to_owned(),
        line,
        fault,
    })
}

/// A name that no listed key has, not even a revoked one: its tokens must never come back to life.
fn unused_id(entries: &[KeyEntry]) -> KeyId {
    loop {
        let id = KeyId::from_bytes(random::bytes());
        if entries.iter().all(|entry| entry.id != id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests;
