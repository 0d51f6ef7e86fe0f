//! The key ring of a running daemon, which follows its file.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use super::{
    KeyRing,
    key_file::{self, LoadKeysError},
};

/// The key ring that everybody in the daemon signs and verifies with. Clones share it.
#[derive(Clone)]
pub struct SharedKeys(Arc<Followed>);

struct Followed {
    path: PathBuf,
    deployment: String,
    current: RwLock<Arc<KeyRing>>,
    watched: Mutex<Watched>,
}

/// What [`SharedKeys::reload_if_changed`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The file is the one in use.
    Unchanged,
    /// The new keys are in use from now on.
    Reloaded,
    /// The fault is the one already told; the old keys stay in use.
    StillFaulty,
}

impl SharedKeys {
    /// Loads the key file. `deployment` is the public URL.
    ///
    /// # Errors
    /// As [`key_file::load`].
    pub fn load(path: &Path, deployment: &str) -> Result<Self, LoadKeysError> {
        // Looked at before it is read: a change in between is then found at the next look.
        let version = FileVersion::of(path).ok();
        Ok(Self(Arc::new(Followed {
            path: path.to_owned(),
            deployment: deployment.to_owned(),
            current: RwLock::new(Arc::new(key_file::load(path, deployment)?)),
            watched: Mutex::new(Watched {
                version,
                told: None,
            }),
        })))
    }

    /// The ring as it is now. Take it once for a piece of work, so that all of it uses one ring.
    pub fn current(&self) -> Arc<KeyRing> {
        // Nothing that holds these locks can leave a half-made value behind, so a poisoned one is
        // as good as any.
        let current = self
            .0
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Takes the file's keys into use if it changed. To be called every few seconds.
    ///
    /// # Errors
    /// As [`key_file::load`]; the old keys stay in use, and a fault is told once, not at every call.
    pub fn reload_if_changed(&self) -> Result<Reload, LoadKeysError> {
        let followed = &self.0;
        let mut watched = followed
            .watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let version = FileVersion::of(&followed.path).ok();
        if version.is_some() && version == watched.version {
            watched.told = None;
            return Ok(Reload::Unchanged);
        }
        match key_file::load(&followed.path, &followed.deployment) {
            Ok(ring) => {
                *followed
                    .current
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
                *watched = Watched {
                    version,
                    told: None,
                };
                Ok(Reload::Reloaded)
            }
            Err(fault) => {
                let words = fault.to_string();
                if watched.told.as_ref() == Some(&words) {
                    return Ok(Reload::StillFaulty);
                }
                watched.told = Some(words);
                Err(fault)
            }
        }
    }
}

struct Watched {
    /// Of the ring in use.
    version: Option<FileVersion>,
    /// The fault told last.
    told: Option<String>,
}

/// What changes whenever a file does: a rotation brings a new inode, an editor a new time of
/// change, and `chmod`, which may open the file to others, only a new time of status change.
#[derive(PartialEq, Eq)]
struct FileVersion {
    inode: u64,
    length: u64,
    modified: (i64, i64),
    status_changed: (i64, i64),
}

impl FileVersion {
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self {
            inode: found.ino(),
            length: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
            status_changed: (found.ctime(), found.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::timestamp::Timestamp, signing::Purpose};

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);

    #[test]
    fn a_rotation_is_picked_up_and_older_signatures_stay_good() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        let first = key_file::rotate(&path, NOW).unwrap().signing;
        let shared = SharedKeys::load(&path, "https://esecure.example").unwrap();
        let clone = shared.clone();
        let before = shared.current();
        assert_eq!(shared.reload_if_changed().unwrap(), Reload::Unchanged);

        let second = key_file::rotate(&path, NOW).unwrap().signing;
        assert_eq!(shared.current().signing_key(), first);
        assert_eq!(shared.reload_if_changed().unwrap(), Reload::Reloaded);
        assert_eq!(shared.reload_if_changed().unwrap(), Reload::Unchanged);

        assert_eq!(clone.current().signing_key(), second);
        let mac: [u8; 16] = before.sign(Purpose::Link, &[b"sent before"]);
        let fields: &[&[u8]] = &[b"sent before"];
        let found = shared.current().verify(first, Purpose::Link, fields, &mac);
        assert_eq!(found, Ok(()));
    }

    #[test]
    fn a_broken_file_leaves_the_old_keys_in_use_and_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        let first = key_file::rotate(&path, NOW).unwrap().signing;
        let good = fs::read(&path).unwrap();
        let shared = SharedKeys::load(&path, "https://esecure.example").unwrap();

        fs::write(&path, "[[key").unwrap();
        assert!(shared.reload_if_changed().is_err());
        assert_eq!(shared.reload_if_changed().unwrap(), Reload::StillFaulty);
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            shared.reload_if_changed(),
            Err(LoadKeysError::Missing { .. })
        ));
        assert_eq!(shared.current().signing_key(), first);

        fs::write(&path, good).unwrap();
        // A file made by hand is readable by others until somebody says otherwise.
        fs::set_permissions(&path, os_mode(0o644)).unwrap();
        assert!(matches!(
            shared.reload_if_changed(),
            Err(LoadKeysError::ReadableByOthers { .. })
        ));
        fs::set_permissions(&path, os_mode(0o600)).unwrap();
        assert_eq!(shared.reload_if_changed().unwrap(), Reload::Reloaded);
    }

    #[test]
    fn a_file_opened_to_others_while_in_use_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        key_file::rotate(&path, NOW).unwrap();
        let shared = SharedKeys::load(&path, "https://esecure.example").unwrap();
        fs::set_permissions(&path, os_mode(0o644)).unwrap();
        assert!(matches!(
            shared.reload_if_changed(),
            Err(LoadKeysError::ReadableByOthers { .. })
        ));
    }

    fn os_mode(mode: u32) -> fs::Permissions {
        std::os::unix::fs::PermissionsExt::from_mode(mode)
    }
}
