//! Replacing the key file: one at a time, all or nothing, and closed to others from its first byte.

use std::{
    fs::{DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use super::WriteKeysError;
use crate::closed_file;

/// The directory of the key file, locked until this is dropped. The lock is on the directory
/// because the file itself is replaced; it ends with the process, so a crash leaves none behind.
pub(super) struct LockedDirectory(#[expect(dead_code, reason = "it holds the lock")] File);

impl LockedDirectory {
    /// Makes the directory of `path` where it is missing, and waits until nobody else holds it.
    pub(super) fn make_and_lock(path: &Path) -> Result<Self, WriteKeysError> {
        let take = || {
            let directory = closed_file::directory_of(path);
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

    /// Puts a file with this text in the place of `path`.
    pub(super) fn replace(&self, path: &Path, text: &str) -> Result<(), WriteKeysError> {
        closed_file::replace(path, text).map_err(|cause| at(path, cause))
    }
}

fn at(path: &Path, cause: std::io::Error) -> WriteKeysError {
    WriteKeysError {
        path: path.to_owned(),
        cause,
    }
}
