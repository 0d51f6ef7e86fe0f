//! The layers of a configuration, from the file to `--set`: who set which key to what.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{Fault, Origin};
use super::file;
use super::keys::{self, Key};
use super::suggestion;
use super::value::{HIDDEN, Raw};

/// Where the daemon looks when no file is named; the first that exists is read.
const DEFAULT_FILES: [&str; 2] = ["/etc/esecured/esecured.toml", "config/esecured.toml"];

/// Everything a configuration may come from, apart from the defaults.
///
/// No `Debug`: variables and `--set` may hold passwords.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file named with `--config`; it must exist.
    pub file: Option<PathBuf>,
    /// Where to look when none is named, in this order; none of them must exist.
    pub default_files: Vec<PathBuf>,
    /// The environment; names without `ESECURED_` are passed over.
    pub env: Vec<(String, String)>,
    /// The directory of systemd credentials, each named `section.key`.
    pub credentials_dir: Option<PathBuf>,
    /// The texts after `--set`: `section.key=value`.
    pub set: Vec<String>,
}

impl Sources {
    /// The sources of this process: the only place where the environment is read.
    pub fn from_process(file: Option<PathBuf>, set: Vec<String>) -> Self {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.into_string().ok()?;
                let value = value.to_string_lossy().into_owned();
                name.starts_with(PREFIX).then_some((name, value))
            })
            .collect();
        Self {
            file,
            default_files: DEFAULT_FILES.map(PathBuf::from).to_vec(),
            env,
            credentials_dir: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            set,
        }
    }
}

/// The beginning of our environment variables.
const PREFIX: &str = "ESECURED_";

/// A key that somebody set.
pub(super) struct Given {
    pub key: &'static Key,
    pub raw: Raw,
    pub origin: Origin,
}

/// What all layers together say.
#[derive(Default)]
pub(super) struct Layers {
    /// The last word on each path.
    pub given: BTreeMap<String, Given>,
    /// Where each section of the file begins.
    pub sections: BTreeMap<String, Origin>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What could not be read or is no key.
    pub faults: Vec<Fault>,
    /// Whether the file has faults of TOML itself, so that nothing may be called missing.
    pub is_torn: bool,
}

impl Layers {
    /// Reads all layers, each over the ones before.
    pub(super) fn read(sources: &Sources) -> Self {
        let mut layers = Self::default();
        layers.read_file(sources);
        layers.read_variables(&sources.env);
        if let Some(directory) = &sources.credentials_dir {
            layers.read_credentials(directory);
        }
        for text in &sources.set {
            layers.read_set(text);
        }
        layers
    }

    /// Sets a key, or notes that there is no such key.
    pub(super) fn set(&mut self, path: &str, raw: Raw, origin: Origin) {
        match keys::find(path) {
            Some(key) => {
                self.given
                    .insert(path.to_owned(), Given { key, raw, origin });
            }
            None => self.unknown(path, &origin),
        }
    }

    /// Notes that there is no such key, and which one was probably meant.
    pub(super) fn unknown(&mut self, path: &str, origin: &Origin) {
        let hint = suggestion::suggestion(path)
            .map_or(String::new(), |meant| format!(", did you mean {meant}?"));
        let message = format!("{path} is not a key of the configuration{hint}");
        self.faults.push(Fault::at(origin, message));
    }

    fn read_file(&mut self, sources: &Sources) {
        let path = match &sources.file {
            Some(path) => path.clone(),
            None => match sources.default_files.iter().find(|path| path.exists()) {
                Some(path) => path.clone(),
                None => return,
            },
        };
        self.file = Some(path.clone());
        match fs::read_to_string(&path) {
            Ok(text) => file::read(self, &path, &text),
            Err(error) => {
                let message = format!("cannot be read: {}", in_words(&error));
                self.faults
                    .push(Fault::at(&Origin::File { path, line: 0 }, message));
                self.is_torn = true;
            }
        }
    }

    fn read_variables(&mut self, env: &[(String, String)]) {
        let mut env: Vec<_> = env.iter().collect();
        env.sort();
        // Files over plain values, whatever their names sort like.
        let (files, plain): (Vec<_>, Vec<_>) = env
            .into_iter()
            .filter_map(|(name, value)| Some((name, value, path_of(name)?)))
            .partition(|(_, _, path)| file_variable(path).is_some());
        for (name, value, path) in plain {
            let origin = Origin::Variable { name: name.clone() };
            self.set(&path, Raw::Text(value.clone()), origin);
        }
        for (name, value, path) in files {
            let origin = Origin::VariableFile {
                name: name.clone(),
                path: PathBuf::from(value),
            };
            let path = file_variable(&path).unwrap_or(&path).to_owned();
            self.set_from_file(&path, Path::new(value), origin);
        }
    }

    fn read_credentials(&mut self, directory: &Path) {
        let Ok(entries) = fs::read_dir(directory) else {
            let message = "cannot be read, though $CREDENTIALS_DIRECTORY names it";
            let path = directory.to_owned();
            self.faults
                .push(Fault::at(&Origin::Credential { path }, message));
            return;
        };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files {
            let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            // The directory may hold credentials for others; ours begin with a section.
            let is_ours = name
                .split_once('.')
                .is_some_and(|(section, _)| is_section(section));
            if is_ours {
                let path = name.to_owned();
                let origin = Origin::Credential { path: file.clone() };
                self.set_from_file(&path, &file, origin);
            }
        }
    }

    fn read_set(&mut self, text: &str) {
        let Some((path, value)) = text.split_once('=') else {
            let text = text.to_owned();
            let message = "expected section.key=value";
            self.faults.push(Fault::at(&Origin::Set { text }, message));
            return;
        };
        let path = path.trim();
        // A misspelt key may have been meant to hold a secret: only known ones are repeated.
        let shown = match keys::find(path) {
            Some(key) if !key.kind.is_secret() => value,
            _ => HIDDEN,
        };
        let origin = Origin::Set {
            text: format!("{path}={shown}"),
        };
        self.set(path, Raw::Text(value.to_owned()), origin);
    }

    fn set_from_file(&mut self, path: &str, file: &Path, origin: Origin) {
        match fs::read_to_string(file) {
            // Editors and `echo` end a file with a newline that is no part of the value.
            Ok(text) => self.set(path, Raw::Text(text.trim_end().to_owned()), origin),
            Err(error) => {
                let message = format!("{path} cannot be read: {}", in_words(&error));
                self.faults.push(Fault::at(&origin, message));
            }
        }
    }
}

/// Whether a section of that name exists.
pub(super) fn is_section(name: &str) -> bool {
    keys::SECTIONS.iter().any(|(section, _)| *section == name)
}

/// The path a variable sets: `ESECURED_SERVER__LISTEN` sets `server.listen`.
///
/// A variable without the two underscores is not for us: Kubernetes sets
/// `ESECURED_PORT` and others for a service of our name.
fn path_of(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix(PREFIX)?;
    rest.contains("__")
        .then(|| rest.replace("__", ".").to_ascii_lowercase())
}

/// The key of a path that ends in `_file` and is not a key itself.
fn file_variable(path: &str) -> Option<&str> {
    let key = path.strip_suffix("_file")?;
    keys::find(path).is_none().then_some(key)
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
