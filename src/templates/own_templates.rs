//! Mail templates of an operator's own: files named as the built-in ones, in whose place they are used.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::embedded;

/// Nobody looks deeper: a link may lead in a circle.
const DEEPEST: usize = 8;

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadOwnTemplatesError {
    /// It, or something in it, cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A template in it would never be used.
    #[error(
        "{} is named like no mail template; the nearest is {nearest}.hbs in the directory",
        path.display()
    )]
    Unknown {
        /// Its file.
        path: PathBuf,
        /// The name that was perhaps meant.
        nearest: &'static str,
    },
    /// There is none in it.
    #[error("{} holds no template, such as mail/approval_request/nl.txt.hbs", .0.display())]
    None(PathBuf),
}

/// All templates of a directory by their names. What does not end in `.hbs` is passed over, and what
/// begins with a dot.
pub(super) fn read(directory: &Path) -> Result<HashMap<String, String>, ReadOwnTemplatesError> {
    let mut found = HashMap::new();
    read_below(directory, "", DEEPEST, &mut found)?;
    if found.is_empty() {
        return Err(ReadOwnTemplatesError::None(directory.to_owned()));
    }
    Ok(found)
}

fn read_below(
    directory: &Path,
    prefix: &str,
    deep: usize,
    found: &mut HashMap<String, String>,
) -> Result<(), ReadOwnTemplatesError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ReadOwnTemplatesError::Unreadable { path, source }
    };
    for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
        let path = entry.map_err(unreadable(directory))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if fs::metadata(&path).map_err(unreadable(&path))?.is_dir() {
            if deep > 1 {
                read_below(&path, &format!("{name}/"), deep - 1, found)?;
            }
        } else if let Some(name) = name.strip_suffix(".hbs") {
            if !names().any(|known| known == name) {
                let nearest = nearest(name);
                return Err(ReadOwnTemplatesError::Unknown { path, nearest });
            }
            let source = fs::read_to_string(&path).map_err(unreadable(&path))?;
            found.insert(name.to_owned(), source);
        }
    }
    Ok(())
}

fn names() -> impl Iterator<Item = &'static str> {
    let mails = embedded::MAIL_HTML.iter().chain(embedded::TEXT);
    mails.map(|(name, _)| *name)
}

fn nearest(name: &str) -> &'static str {
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    names().min_by_key(distance).unwrap_or_default()
}
