//! Setting the daemon up: `init`, `check-config` and `config show`.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::{
    mail_check,
    print::{self, PrintError},
};
use crate::config::{self, Fault, Loaded};
use crate::domain::timestamp::Timestamp;
use crate::signing::key_file;

/// The exit code for a wrong configuration (`EX_CONFIG` of sysexits.h).
pub const EXIT_CONFIG: u8 = 78;

/// Where the packaged service keeps its configuration and its database.
const SYSTEM_CONFIG: &str = "/etc/esecured";
const SYSTEM_STATE: &str = "/var/lib/esecured";

/// What [`init`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initialized {
    /// The configuration file.
    pub config: PathBuf,
    /// The file of signing keys.
    pub keys: PathBuf,
}

/// Writes a commented configuration and fresh signing keys into a directory, made when missing.
///
/// The daemon runs with it at once, on this machine alone and over its own mail
/// server: what a real installation must change is said on stderr. `now` is when the
/// key was made.
///
/// # Errors
/// One of the files exists already (nothing is written then), or cannot be written.
pub fn init(dir: &Path, now: Timestamp) -> anyhow::Result<Initialized> {
    let dir = std::path::absolute(dir).context("the working directory is gone")?;
    let config = dir.join("esecured.toml");
    let keys = dir.join("esecured.keys");
    let existing: Vec<String> = [&config, &keys]
        .into_iter()
        .filter(|file| fs::symlink_metadata(file).is_ok())
        .map(|file| file.display().to_string())
        .collect();
    if !existing.is_empty() {
        bail!(
            "{} there already, nothing was written",
            match existing.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(" and ")),
            }
        );
    }

    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(&dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    key_file::rotate(&keys, now).with_context(|| format!("cannot write {}", keys.display()))?;
    // A password may be written into it later, so nobody else gets to read it now.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(&config)
        .and_then(|mut file| file.write_all(first_config(&dir, &keys).as_bytes()))
        .with_context(|| format!("cannot write {}", config.display()))?;

    print::line(&config.display().to_string())?;
    print::line(&keys.display().to_string())?;
    eprintln!(
        "Next: set server.public_url, mail.from, smtp.url and, to read replies, [inbox]\n\
         in {config}; then esecured -c {config} check-config",
        config = config.display()
    );
    Ok(Initialized { config, keys })
}

fn first_config(dir: &Path, keys: &Path) -> String {
    let state = if dir == Path::new(SYSTEM_CONFIG) {
        Path::new(SYSTEM_STATE)
    } else {
        dir
    };
    let database = state.join("esecured.db");
    config::reference_with(&[
        ("server.public_url", "http://127.0.0.1:8080".to_owned()),
        ("database.url", format!("sqlite:{}", database.display())),
        ("keys.file", keys.display().to_string()),
        ("mail.from", "eSecure <esecure@localhost>".to_owned()),
        ("smtp.url", "smtp://localhost:25".to_owned()),
    ])
}

/// A configuration whose signing keys and templates the daemon would take, or the faults it would
/// stop at.
pub fn with_its_files(loaded: Loaded) -> Result<Loaded, Vec<Fault>> {
    let config = &loaded.config;
    let mut faults = Vec::new();
    if let Err(error) = key_file::load(&config.keys.file, &config.server.origin()) {
        faults.push(format!("keys.file: {error}"));
    }
    if let Some(fault) = config
        .mail
        .template_dir
        .as_deref()
        .and_then(mail_check::fault)
    {
        faults.push(format!("mail.template_dir: {fault}"));
    }
    if faults.is_empty() {
        return Ok(loaded);
    }
    let faults = faults.into_iter();
    Err(faults.map(|message| Fault { at: None, message }).collect())
}

/// `check-config`: says whether the configuration is right; returns the exit code.
///
/// Words go to stderr; with `json` each fault is a line on stdout.
///
/// # Errors
/// Stdout cannot be written to.
pub fn check_config(loaded: &Result<Loaded, Vec<Fault>>, json: bool) -> Result<u8, PrintError> {
    match loaded {
        Ok(loaded) => {
            warn(loaded);
            eprintln!("The configuration is right.");
            Ok(0)
        }
        Err(faults) if json => {
            print::json_lines(faults.iter().map(|fault| {
                let at = fault.at.as_ref().map(ToString::to_string);
                serde_json::json!({ "at": at, "fault": fault.message })
            }))?;
            Ok(EXIT_CONFIG)
        }
        Err(faults) => Ok(report(faults)),
    }
}

/// Names every fault on stderr, each on its own line; returns the exit code.
pub fn report(faults: &[Fault]) -> u8 {
    for fault in faults {
        eprintln!("{fault}");
    }
    match faults.len() {
        1 => eprintln!("The configuration has 1 fault."),
        count => eprintln!("The configuration has {count} faults."),
    }
    EXIT_CONFIG
}

/// Says on stderr what is allowed but probably not meant.
fn warn(loaded: &Loaded) {
    for warning in &loaded.warnings {
        eprintln!("warning: {warning}");
    }
}

/// `config show`: prints each key with its value, secrets as `***`, on stdout.
///
/// # Errors
/// Stdout cannot be written to, which is no fault when its reader has seen enough.
pub fn config_show(loaded: &Loaded, origin: bool, json: bool) -> Result<(), PrintError> {
    print::bytes(loaded.show(origin, json).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::{Config, Sources};

    const MOMENT: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn what_init_writes_can_be_served_at_once() {
        let home = tempfile::tempdir().unwrap();
        let written = init(&home.path().join("etc/esecured"), MOMENT).unwrap();
        let loaded = Config::load(&Sources {
            file: Some(written.config.clone()),
            ..Sources::default()
        })
        .unwrap();

        assert_eq!(loaded.config.keys.file, written.keys);
        assert_eq!(loaded.warnings, Vec::<String>::new());
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&written.keys), 0o600);
        assert_eq!(mode(&written.config) & 0o007, 0);
    }

    #[test]
    fn init_leaves_existing_files_as_they_are() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("esecured.toml"), "[server]\n").unwrap();
        let refused = init(home.path(), MOMENT).unwrap_err().to_string();

        assert!(
            refused.contains("esecured.toml is there already"),
            "{refused}"
        );
        assert!(!refused.contains("esecured.keys"), "{refused}");
        assert!(!home.path().join("esecured.keys").exists());
    }

    #[test]
    fn the_system_wide_database_is_not_kept_in_etc() {
        let text = first_config(
            Path::new(SYSTEM_CONFIG),
            Path::new("/etc/esecured/esecured.keys"),
        );
        assert!(
            text.contains("\nurl = \"sqlite:/var/lib/esecured/esecured.db\"\n"),
            "{text}"
        );
    }

    #[test]
    fn a_wrong_configuration_ends_with_78() {
        let nothing = Config::load(&Sources::default());
        assert_eq!(check_config(&nothing, false).unwrap(), 78);
        assert_eq!(check_config(&nothing, true).unwrap(), 78);
    }
}
