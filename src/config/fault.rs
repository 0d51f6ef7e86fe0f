//! What is wrong with a configuration, and where it stands.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it: the default of the table of keys.
    Default,
    /// A line of the configuration file, counted from 1.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line of the value; 0 speaks of the file as a whole.
        line: usize,
    },
    /// An environment variable.
    Variable {
        /// Its name, such as `ESECURED_SERVER__LISTEN`.
        name: String,
    },
    /// A file that an environment variable points at.
    VariableFile {
        /// The name of the variable, such as `ESECURED_SMTP__URL_FILE`.
        name: String,
        /// The file it names.
        path: PathBuf,
    },
    /// A systemd credential.
    Credential {
        /// The file of the credential.
        path: PathBuf,
    },
    /// A `--set` of the command line.
    Set {
        /// The text after `--set`, a secret value in it replaced by `***`.
        text: String,
    },
}

impl Origin {
    /// In which order faults are listed: the file by its lines, then the layers as they are read.
    pub(super) fn order(&self) -> (u8, usize) {
        match self {
            Self::File { line, .. } => (0, *line),
            Self::Variable { .. } => (1, 0),
            Self::VariableFile { .. } => (2, 0),
            Self::Credential { .. } => (3, 0),
            Self::Set { .. } => (4, 0),
            Self::Default => (5, 0),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable { name } => f.write_str(name),
            Self::VariableFile { name, path } => write!(f, "{name} ({})", path.display()),
            Self::Credential { path } => write!(f, "credential {}", path.display()),
            Self::Set { text } => write!(f, "--set {text}"),
        }
    }
}

/// One thing that is wrong, in a sentence for the person who must mend it.
///
/// Never holds a secret: the value of a secret key is written `***`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// Where it stands; `None` when the fault is that nothing stands there.
    pub at: Option<Origin>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Fault {
    /// A fault at `origin`; a default has no place to point at.
    pub(super) fn at(origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            at: (*origin != Origin::Default).then(|| origin.clone()),
            message: message.into(),
        }
    }

    /// In which order faults are listed.
    pub(super) fn order(&self) -> (u8, usize) {
        self.at.as_ref().map_or((5, 0), Origin::order)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(origin) => write!(f, "{origin}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
